package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Facts is all that is known of an order. Rows are in the order of their keys.
type Facts struct {
	ID           string
	Order        *Record
	Items        []*Item
	Charges      []*Charge
	Consignments []*Consignment
	Fulfilments  []*Fulfilment
	Shipments    []*Shipment
	Invoices     []*Invoice
	Timeline     []*Moment
}

// Status says where the whole order stands.
func Status(o *Record) event.OrderStatus {
	switch o.Phase {
	case none, recalled:
		return event.OrderStatusSubmitted
	case reserving, claiming, committing, returning:
		return event.OrderStatusValidated
	case backordered:
		return event.OrderStatusBackordered
	case completed:
		return event.OrderStatusCompleted
	case cancelled:
		return event.OrderStatusCancelled
	case rejected:
		return event.OrderStatusRejected
	}
	switch {
	case o.Shipped == 0 && o.Units > 0:
		return event.OrderStatusReleased
	case o.InFlight > 0:
		return event.OrderStatusPartlyShipped
	case o.Billed < o.ToBill:
		return event.OrderStatusShipped
	}
	return event.OrderStatusInvoiced
}

// Open says whether an accepted order is still under way.
func Open(o *Record) bool {
	switch o.Phase {
	case none, recalled, rejected, backordered, completed, cancelled:
		return false
	}
	return true
}

// Lines computes where the units of each line are, in the order of the lines.
func Lines(f *Facts) []event.OrderLineState {
	type placed struct {
		position int
		state    event.OrderLineState
	}
	var all []placed
	parts := partsOf(f)
	for _, item := range f.Items {
		for _, l := range item.Lines {
			all = append(all, placed{l.Position, lineState(f.Order, item, l.Line, parts[l.Line.LineID])})
		}
	}
	for _, c := range f.Charges {
		all = append(all, placed{c.Position, chargeState(f.Order, c.Line)})
	}
	slices.SortFunc(all, func(a, b placed) int { return a.position - b.position })
	states := make([]event.OrderLineState, len(all))
	for i := range all {
		states[i] = all[i].state
	}
	return states
}

// part is what one node was asked for of a line, and how far it is with it.
type part struct {
	qty, shipped int64
	fulfilment   *Fulfilment
}

// partsOf collects the parts of each line with the shipments against them.
func partsOf(f *Facts) map[string][]part {
	type key struct{ fulfilment, line string }
	left := make(map[key]int64)
	for _, s := range f.Shipments {
		for _, l := range s.Lines {
			left[key{s.FulfilmentID, l.LineID}] += l.Qty
		}
	}
	parts := make(map[string][]part)
	for _, c := range f.Consignments {
		at := slices.IndexFunc(f.Fulfilments, func(x *Fulfilment) bool { return x.Node == c.Node && x.Units > 0 })
		if at < 0 {
			continue
		}
		for _, l := range c.Lines {
			of := f.Fulfilments[at]
			parts[l.LineID] = append(parts[l.LineID], part{l.Qty, left[key{of.FulfilmentID, l.LineID}], of})
		}
	}
	return parts
}

// lineState deals the units of a line to its buckets. They add up to what was
// ordered; units shipped beyond it come on top.
func lineState(o *Record, item *Item, l event.OrderLine, parts []part) event.OrderLineState {
	s := event.OrderLineState{LineID: l.LineID, Sku: l.Sku, Kind: l.Kind, Ordered: l.Qty}
	rest := l.Qty
	for _, p := range parts {
		rest -= p.qty
		s.Shipped += p.shipped
		still := max(0, p.qty-p.shipped)
		switch rank := ranks[p.fulfilment.Status]; {
		case Ended(p.fulfilment):
			rest += still
		case rank >= ranks[event.FulfilmentStatusPacked]:
			s.Packed += still
		case rank >= ranks[event.FulfilmentStatusPicked]:
			s.Picked += still
		default:
			s.Released += still
		}
	}
	switch {
	case len(parts) == 0 && Open(o) && o.Phase != released:
		unreleased(&s, item, l, rest)
	case Outcomes(o) == event.ShortOutcomeCancelled:
		s.Cancelled = rest
	default:
		s.Backordered = rest
	}
	return s
}

// unreleased deals the units of a line that no node was asked for yet.
func unreleased(s *event.OrderLineState, i *Item, l event.OrderLine, rest int64) {
	for _, a := range Allocations(i) {
		if a.LineID != l.LineID {
			continue
		}
		rest -= a.Qty
		if i.State == event.ItemStateCommitted {
			s.Allocated += a.Qty
		} else {
			s.Reserved += a.Qty
		}
	}
	s.Open = rest
}

// chargeState counts a line that nothing ships for: it is open until billed.
func chargeState(o *Record, l event.OrderLine) event.OrderLineState {
	s := event.OrderLineState{LineID: l.LineID, Sku: l.Sku, Kind: l.Kind, Ordered: l.Qty}
	switch {
	case o.Phase == cancelled || o.Phase == rejected:
		s.Cancelled = l.Qty
	case o.Billed > 0:
		s.Shipped = l.Qty
	default:
		s.Open = l.Qty
	}
	return s
}
