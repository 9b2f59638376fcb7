package order

import (
	"cmp"
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Ended says whether the node will ship nothing more: it said so, and every
// shipment that it counted by then has arrived here, or a person decided it. Until
// then units that look left behind may be on the way.
func Ended(f *Fulfilment) bool { return f.Final && f.Shipped >= f.Stated || f.GivenUp }

// Flight is how many units of a part are at the node and may still leave.
func Flight(p *Part, ended bool) int64 {
	if ended {
		return 0
	}
	return max(0, p.Asked-p.Shipped-p.Withheld)
}

// Back is how many units of a part the node will not ship: stock gets them back.
func Back(p *Part, ended bool) int64 { return max(0, p.Asked-p.Shipped) - Flight(p, ended) }

// Move changes a part, or whether its fulfilment has ended, and keeps its line
// and the order right. The item is nil when the order has none of that kind.
func Move(o *Record, i *Item, p *Part, was, now bool, change func()) {
	flight, shipped := Flight(p, was), p.Shipped
	change()
	l := LineOf(i, p.LineID)
	if l == nil {
		return
	}
	Book(o, i, func() {
		l.InFlight += Flight(p, now) - flight
		l.Shipped += p.Shipped - shipped
	})
}

// Stated books what a node stated about its fulfilment as a whole. A statement
// that says nothing new changes nothing.
func Stated(f *Fulfilment, s *event.FulfilmentStatusChanged) {
	if rank := s.Status.Rank(); rank > 0 && further(rank, s, f) {
		f.Status, f.Word = s.Status, s.Word
	}
	f.Refused = f.Refused || s.Status == event.FulfilmentStatusCancelRefused
	f.Stated = max(f.Stated, s.Shipped)
	f.Final = f.Final || s.Final
	if s.OccurredAt.After(f.UpdatedAt) {
		f.UpdatedAt = s.OccurredAt
	}
}

// further says whether a statement goes beyond what is known. Of two that say as
// much, the order of words decides, so that the order of arrival does not.
func further(rank int, s *event.FulfilmentStatusChanged, f *Fulfilment) bool {
	return cmp.Or(cmp.Compare(rank, f.Status.Rank()), cmp.Compare(s.Status, f.Status), cmp.Compare(s.Word, f.Word)) > 0
}

// Accepted says whether the node took its part on.
func Accepted(f *Fulfilment) bool {
	return f.Status.Rank() >= event.FulfilmentStatusAccepted.Rank()
}

// Heard says whether the node has the request at all.
func Heard(f *Fulfilment) bool {
	return f.Status.Rank() >= event.FulfilmentStatusAcknowledged.Rank()
}

// Answered says whether a node has said what became of every unit that it was
// asked not to ship.
func Answered(parts []*Part, ended bool) bool {
	return !slices.ContainsFunc(parts, func(p *Part) bool { return Flight(p, ended) > 0 && p.Recalled > p.Withheld })
}

// BilledAhead says whether one invoice bills the whole order before it ships.
func BilledAhead(o *Record) bool { return on(o, event.PaymentTermsProforma) }

// Billed books the invoice of a shipment that is known.
func Billed(o *Record) { o.Billed++ }

// Recalls decides what to ask nodes not to ship: of each line as many units as
// are at nodes beyond what is wanted, the youngest fulfilment first, and none
// twice. It counts them at the parts and returns those that changed. Fulfilments
// and parts are those of the order, in the order of their keys.
func Recalls(items []*Item, parts []*Part, fulfilments []*Fulfilment) []*Part {
	byID := make(map[string]*Fulfilment, len(fulfilments))
	for _, f := range fulfilments {
		byID[f.FulfilmentID] = f
	}
	ofLine := make(map[string][]*Part)
	for _, p := range parts {
		if f := byID[p.FulfilmentID]; f != nil && Flight(p, Ended(f)) > 0 {
			ofLine[p.LineID] = append(ofLine[p.LineID], p)
		}
	}
	var changed []*Part
	for _, i := range items {
		for n := range i.Lines {
			l := &i.Lines[n]
			at := ofLine[l.Line.LineID]
			slices.SortStableFunc(at, func(a, b *Part) int {
				return int(byID[b.FulfilmentID].Round - byID[a.FulfilmentID].Round)
			})
			changed = append(changed, recallLine(Excess(l), at, byID)...)
		}
	}
	return changed
}

// recallLine deals the excess of one line to its parts, which have units at nodes.
func recallLine(excess int64, parts []*Part, byID map[string]*Fulfilment) []*Part {
	open := make([]int64, len(parts)) // what could still be asked
	for n, p := range parts {
		flight := Flight(p, Ended(byID[p.FulfilmentID]))
		asked := min(flight, max(0, p.Recalled-p.Withheld))
		open[n] = flight - asked
		excess -= asked
	}
	var changed []*Part
	for n, p := range parts {
		if take := min(excess, open[n]); take > 0 {
			p.Recalled = max(p.Recalled, p.Withheld) + take
			excess -= take
			changed = append(changed, p)
		}
	}
	return changed
}

// Withholds is what a node is asked not to ship in all; none when that is
// everything it still has, which is asked as a whole.
func Withholds(parts []*Part) []event.WithheldLine {
	var all []event.WithheldLine
	whole := true
	for _, p := range parts {
		whole = whole && p.Recalled-p.Withheld >= Flight(p, false)
		if p.Recalled > 0 {
			all = append(all, event.WithheldLine{LineID: p.LineID, Sku: p.Sku, Qty: p.Recalled})
		}
	}
	if whole {
		return nil
	}
	return all
}
