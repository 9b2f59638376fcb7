package stock

import (
	"cmp"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

const (
	// maxBackorders bounds the orders that wait for supply of an item.
	maxBackorders = 1000
	// horizon is how far ahead of its date a backorder begins to take units in
	// hand; until then it claims supply only.
	horizon = 14 * 24 * time.Hour
	// backorderReminder is the name of the reminder that a date has come near.
	backorderReminder = "backorder"
)

// backorder claims units at one node that are to come. The claim is answered at
// once with the date that supply allows, again when the date changes, and as
// granted when the units are there.
func (b *Book) backorder(c *event.InventoryCommand, h *event.StockHolding) {
	switch {
	case len(c.Nodes) != 1:
		b.refuse(c, ReasonMalformed)
		return
	case b.record.Backorders >= maxBackorders:
		b.refuse(c, ReasonTooMany)
		return
	}
	place := b.place(c.Priority)
	b.add(c, h, Await, c.Nodes)
	r := &h.Reservations[len(h.Reservations)-1]
	r.Place = place
	b.record.Backorders++
	b.stirred = true
	b.rows.PutHolding(c.OrderID, h)
	b.rows.PutBackorder(place, &event.StockBackorder{
		CommandID: c.CommandID, OrderID: c.OrderID, Plan: c.Plan, ReservationID: r.ReservationID, Node: r.Node, Qty: r.Qty, NotBefore: c.NotBefore, DatesOnly: c.DatesOnly, MinExpiry: c.MinExpiry,
		Channel: h.Channel, CustomerClass: h.CustomerClass,
	})
	b.asked = place
}

// answerBackorder says again what a waiting claim was told.
func (b *Book) answerBackorder(c *event.InventoryCommand, place string) {
	b.rows.Backorders(func(p string, o *event.StockBackorder) {
		if p == place {
			b.tellBackorder(o, c.CommandID)
		}
	})
}

func (b *Book) tellBackorder(o *event.StockBackorder, commandID string) {
	b.answer(&event.InventoryCommand{CommandID: commandID, OrderID: o.OrderID, Plan: o.Plan}, waits(o), event.StockVerdictBackordered, nil)
	b.answers[len(b.answers)-1].PromisedFor = o.PromisedFor
}

// waits is the buyer that a backorder is for.
func waits(o *event.StockBackorder) buyer {
	return buyer{o.Channel, o.CustomerClass, lives(o.MinExpiry)}
}

// lessen follows a backordered reservation that gave units back.
func (b *Book) lessen(r *event.StockReservation) {
	b.stirred = true
	if r.State == event.ReservationStateClosed {
		b.rows.DeleteBackorder(r.Place)
		b.record.Backorders--
		r.Place = ""
		return
	}
	place, left := r.Place, open(r)
	var row *event.StockBackorder
	b.rows.Backorders(func(p string, o *event.StockBackorder) {
		if p == place {
			row = o
		}
	})
	row.Qty = left
	b.rows.PutBackorder(place, row)
}

// waiting is a backorder at its place while all are gone through.
type waiting struct {
	place string
	row   *event.StockBackorder
	dated bool // its date is beyond the horizon, or it takes no units in hand
}

// serveBackorders gives units in hand to those that waited, in their order, and
// promises the rest dates of supply. For one that has a date, the units in hand
// that it counts on are set aside, against the next ones, first tries and the
// queue; one without a date keeps nobody from what is there. What the queue waited
// for before is not set aside.
func (b *Book) serveBackorders() {
	if !b.stirred && (b.record.Backorders == 0 || !b.changed) {
		return
	}
	var all []waiting
	var near time.Time
	b.rows.Backorders(func(place string, row *event.StockBackorder) {
		far := row.NotBefore != nil && row.NotBefore.After(b.now.Add(horizon))
		if far && (near.IsZero() || row.NotBefore.Before(near)) {
			near = *row.NotBefore
		}
		w := waiting{place, row, far || row.DatesOnly}
		all = append(all, w)
	})
	if !near.IsZero() {
		near = near.Add(-horizon)
	}
	b.rows.Remind(backorderReminder, near)
	supplies := b.rows.Supplies()
	slices.SortFunc(supplies, earlier)
	free := make(map[string]int64)
	for i := range b.record.Nodes {
		if n := &b.record.Nodes[i]; b.promised(n) {
			available := max(0, b.available(n))
			free[n.Node] = max(available-n.Waiting, min(available, n.Claimed))
		}
	}
	claimed := make(map[string]int64)
	for _, w := range all {
		o := w.row
		may := b.offer(b.node(o.Node), waits(o), free[o.Node], false)
		if lasting := b.lasting(b.node(o.Node), waits(o).date, queued); lasting < o.Qty {
			may = 0 // too few live long enough: it gets all of them from supply, or none
		}
		if !w.dated && o.Qty <= may {
			free[o.Node] -= o.Qty
			if b.frozen() { // they are its own when it thaws
				claimed[o.Node] += o.Qty
				b.promise(w, o.PromisedFor)
			} else {
				b.fill(w)
			}
			continue
		}
		promised, aside := draw(o, w.dated, may, supplies)
		free[o.Node] -= aside
		claimed[o.Node] += aside
		b.promise(w, promised)
	}
	for i := range b.record.Nodes {
		if n := &b.record.Nodes[i]; n.Claimed != claimed[n.Node] && b.promised(n) {
			n.Claimed = claimed[n.Node]
			b.touch()
		}
	}
	b.keepSupplies(supplies)
	b.asked = ""
}

// keepSupplies keeps what of the supplies nobody claims.
func (b *Book) keepSupplies(left []*event.StockSupply) {
	b.unclaimed = left
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		if !b.promised(n) {
			continue
		}
		claimed := n.Incoming
		for _, s := range left {
			if s.Node == n.Node {
				claimed -= s.Qty
			}
		}
		if n.IncomingClaimed != claimed {
			n.IncomingClaimed = claimed
			b.touch()
		}
	}
}

// maxDated bounds the supplies of a position.
const maxDated = 100

// datedSupplies are the first supplies of which somebody may still claim units.
func (b *Book) datedSupplies() (all []event.DatedSupply) {
	left := b.unclaimed
	if left == nil && b.record.Supplies > 0 {
		left = b.rows.Supplies()
		slices.SortFunc(left, earlier)
	}
	for _, s := range left {
		if s.Qty > 0 && len(all) < maxDated {
			all = append(all, event.DatedSupply{Node: s.Node, Qty: s.Qty, Due: s.Due})
		}
	}
	return all
}

// earlier orders supplies by when they are due.
func earlier(x, y *event.StockSupply) int {
	return cmp.Or(x.Due.Compare(y.Due), cmp.Compare(x.SupplyID, y.SupplyID))
}

// draw takes what a backorder needs off what it may have of what is in hand,
// unless its date is far, and off supply at its node. It returns when all of it is
// there, and how much of what is in hand is set aside. When there is too little it
// takes nothing.
func draw(o *event.StockBackorder, dated bool, may int64, supplies []*event.StockSupply) (at *time.Time, aside int64) {
	if !dated {
		aside = max(0, may)
	}
	need := o.Qty - aside
	var used []*event.StockSupply
	var when time.Time
	for _, s := range supplies {
		if need > 0 && s.Node == o.Node && s.Qty > 0 {
			used, when = append(used, s), s.Due
			need -= s.Qty
		}
	}
	if need > 0 {
		return nil, 0
	}
	for _, s := range used {
		s.Qty = 0
	}
	used[len(used)-1].Qty = -need
	if o.NotBefore != nil && o.NotBefore.After(when) {
		when = *o.NotBefore
	}
	return &when, aside
}

// fill turns a backorder into a promise of units in hand.
func (b *Book) fill(w waiting) {
	h := b.rows.Holding(w.row.OrderID)
	i := slices.IndexFunc(h.Reservations, func(r event.StockReservation) bool { return r.Place == w.place })
	r := &h.Reservations[i]
	r.Place = ""
	b.drawFrom(buyerOf(h), r)
	b.move(r, Fill, 0)
	h.TouchedAt = b.now
	b.rows.PutHolding(w.row.OrderID, h)
	b.rows.DeleteBackorder(w.place)
	b.record.Backorders--
	b.answer(&event.InventoryCommand{CommandID: w.row.CommandID, OrderID: w.row.OrderID, Plan: w.row.Plan}, buyerOf(h), event.StockVerdictGranted, []event.Grant{b.grantOf(r)})
}

// promise keeps the date of a backorder and tells it when it is new.
func (b *Book) promise(w waiting, when *time.Time) {
	old := w.row.PromisedFor
	same := old == nil && when == nil || old != nil && when != nil && old.Equal(*when)
	if !same {
		w.row.PromisedFor = when
		b.rows.PutBackorder(w.place, w.row)
	}
	if !same || w.place == b.asked {
		b.tellBackorder(w.row, w.row.CommandID)
	}
}
