package stock

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// A buyer may demand that units do not expire before a date. No lot is set aside: the
// node picks, and what is promised is only that it can pick. Units that live until a
// date are a part of those that live until an earlier one, so all reservations of a
// node can be met at once just when, for every date, those that demand it or a later
// one hold no more than the units that live until then (Hall's condition for nested
// sets; for no date at all it is what is available). A node that picks, of the lots
// that will do, the one that expires first breaks no other promise. What it picks
// otherwise is a fact, and so is a lot that turns out older: then too few may be left,
// nothing more is granted of that date, and the node says what it cannot ship.

// maxLasting bounds the pairs of node and date of an item.
const maxLasting = 1000

// lives is the date before which units of a reservation must not expire, zero for none.
func lives(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// demand adds open units of a reservation to those of its date, or takes them off.
func (b *Book) demand(r *event.StockReservation, sign int64) {
	waits := r.State == event.ReservationStateWaiting
	if r.MinExpiry == nil || open(r) == 0 || !waits && !holds(r.State) {
		return
	}
	at, known := slices.BinarySearchFunc(b.record.Lasting, r, func(l event.StockLasting, r *event.StockReservation) int {
		return cmp.Or(cmp.Compare(l.Node, r.Node), l.MinExpiry.Compare(*r.MinExpiry))
	})
	if !known {
		b.record.Lasting = slices.Insert(b.record.Lasting, at, event.StockLasting{Node: r.Node, MinExpiry: *r.MinExpiry})
	}
	l := &b.record.Lasting[at]
	switch {
	case waits:
		l.Waiting += sign * open(r)
	case r.State == event.ReservationStateTentative:
		l.Tentative += sign * open(r)
		fallthrough
	default:
		l.Held += sign * open(r)
	}
	if l.Held == 0 && l.Waiting == 0 {
		b.record.Lasting = slices.Delete(b.record.Lasting, at, at+1)
	}
}

// What of the demands of a date stands against a new one: all that is kept; with what
// the queue asks for; without what may come back.
func kept(l *event.StockLasting) int64   { return l.Held }
func queued(l *event.StockLasting) int64 { return l.Held + l.Waiting }
func firmly(l *event.StockLasting) int64 { return l.Held - l.Tentative }

// lasting is how many units of a node may still be granted that must not expire before
// a date, beside what stands against them; without a date nothing bounds them here. A
// grant counts at each date up to its own, so the least of these decides.
func (b *Book) lasting(n *event.StockNode, date time.Time, stands func(*event.StockLasting) int64) int64 {
	if date.IsZero() {
		return math.MaxInt64
	}
	room := b.living(n, date) - b.demanded(n, date, stands)
	for i := range b.record.Lasting {
		if l := &b.record.Lasting[i]; l.Node == n.Node && l.MinExpiry.Before(date) {
			room = min(room, b.living(n, l.MinExpiry)-b.demanded(n, l.MinExpiry, stands))
		}
	}
	return room
}

// demanded is what stands against units of a node that live until a date.
func (b *Book) demanded(n *event.StockNode, date time.Time, stands func(*event.StockLasting) int64) (sum int64) {
	for i := range b.record.Lasting {
		if l := &b.record.Lasting[i]; l.Node == n.Node && !l.MinExpiry.Before(date) {
			sum += stands(l)
		}
	}
	return sum
}

// living is how many of the units that a node may promise live until a date. Those
// that no lot is known of, or no date of whose lot, do.
func (b *Book) living(n *event.StockNode, date time.Time) int64 {
	units := promisable(n)
	for _, l := range b.lots() {
		if l.Node == n.Node && l.Owner == n.Owner && l.Condition == event.StockConditionSellable && !l.Expired && l.ExpiresAt != nil && l.ExpiresAt.Before(date) {
			units -= max(0, l.Qty)
		}
	}
	return units
}

// lots are those of the item, read when first asked for: an input changes lots before
// anything is judged by them.
func (b *Book) lots() []*event.StockLot {
	if b.known == nil {
		b.known = []*event.StockLot{}
		b.rows.Lots(func(l *event.StockLot) { b.known = append(b.known, l) })
	}
	return b.known
}

// fewDates says whether a reservation of a date can be counted at some nodes.
func (b *Book) fewDates(date *time.Time, nodes int) bool {
	return date == nil || len(b.record.Lasting)+nodes <= maxLasting
}
