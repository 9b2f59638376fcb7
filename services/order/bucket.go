package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Facts is all that is known of an order. Rows are in the order of their keys.
type Facts struct {
	ID          string
	Order       *Record
	Items       []*Item
	Charges     []*Charge
	Parts       []*Part
	Fulfilments []*Fulfilment
	Shipments   []*Shipment
	Invoices    []*Invoice
	Holds       []*Hold
	Claims      []*SupplyClaim
	Exceptions  []*Exception
	Timeline    []*Moment
	Frozen      map[string]*event.StockFreeze // by item, of those that are frozen
}

// Status says where the whole order stands.
func Status(o *Record) event.OrderStatus {
	switch o.Phase {
	case none, recalled, asking, queueing, yielding, kept:
		return event.OrderStatusSubmitted
	case completed:
		return event.OrderStatusCompleted
	case cancelled:
		return event.OrderStatusCancelled
	case rejected:
		return event.OrderStatusRejected
	}
	if len(o.Holds) > 0 && o.InFlight == 0 {
		return event.OrderStatusHeld
	}
	if o.Rounds == 0 {
		return unreleasedStatus(o)
	}
	switch {
	case o.Phase == backordered:
		return event.OrderStatusBackordered
	case o.Shipped == 0 && o.Units > 0:
		return event.OrderStatusReleased
	case o.InFlight > 0 || o.Lacking > 0:
		return event.OrderStatusPartlyShipped
	case o.Billed < o.ToBill:
		return event.OrderStatusShipped
	}
	return event.OrderStatusInvoiced
}

// unreleasedStatus is the status of an order that no node was asked to ship.
func unreleasedStatus(o *Record) event.OrderStatus {
	switch o.Phase {
	case validating:
		return event.OrderStatusAccepted
	case backordered, released:
		return event.OrderStatusBackordered
	case allocated:
		if o.Allocated < o.Lacking {
			return event.OrderStatusPartlyAllocated
		}
		return event.OrderStatusAllocated
	}
	return event.OrderStatusValidated
}

// Over says whether the order has ended; it never reopens.
func Over(o *Record) bool {
	return o.Phase == completed || o.Phase == cancelled || o.Phase == rejected
}

// Open says whether an accepted order is still under way.
func Open(o *Record) bool {
	switch o.Phase {
	case none, recalled, rejected, backordered, completed, cancelled, asking, queueing, yielding, kept:
		return false
	}
	return true
}

// Planning says whether the order waits for stock's answers.
func Planning(o *Record) bool {
	return o.Phase == reserving || o.Phase == returning || o.Phase == claiming || o.Phase == committing
}

// Delivered says whether the buyer has every parcel of a shipment that is known.
func Delivered(s *Shipment) bool {
	if s.FulfilmentID == "" {
		return false
	}
	return len(s.Parcels) > 0 && !slices.ContainsFunc(s.Parcels, func(p event.ShipmentParcel) bool {
		return p.Status != string(event.ParcelStatusDelivered)
	})
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
		granted := Allocations(item)
		for n := range item.Lines {
			l := &item.Lines[n]
			all = append(all, placed{l.Position, lineState(f.Order, item, l, granted, parts[l.Line.LineID])})
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

// flying is what of a line is at a node, and how far the node is with it.
type flying struct {
	qty         int64
	rank        int
	provisional bool
}

// partsOf collects what is at nodes by line.
func partsOf(f *Facts) map[string][]flying {
	byID := make(map[string]*Fulfilment, len(f.Fulfilments))
	for _, x := range f.Fulfilments {
		byID[x.FulfilmentID] = x
	}
	all := make(map[string][]flying)
	for _, p := range f.Parts {
		if x := byID[p.FulfilmentID]; x != nil {
			all[p.LineID] = append(all[p.LineID], flying{Flight(p, Ended(x)), x.Status.Rank(), Provisional(x)})
		}
	}
	return all
}

// lineState deals the units of a line to its buckets. They add up to what was
// ordered; units that left or are at nodes beyond it come on top.
func lineState(o *Record, i *Item, l *event.ItemLine, granted []event.Allocation, parts []flying) event.OrderLineState {
	s := event.OrderLineState{
		LineID: l.Line.LineID, Sku: l.Line.Sku, Kind: l.Line.Kind, Ordered: l.Line.Qty,
		Shipped: l.Shipped, Delivered: l.Delivered, Cancelled: Cancelled(l),
	}
	for _, p := range parts {
		if p.provisional {
			s.Provisional += p.qty
		}
		switch {
		case p.rank >= event.FulfilmentStatusPacked.Rank():
			s.Packed += p.qty
		case p.rank >= event.FulfilmentStatusPicked.Rank():
			s.Picked += p.qty
		default:
			s.Released += p.qty
		}
	}
	rest := Lacking(l)
	for _, a := range granted {
		switch {
		case a.LineID != s.LineID:
			continue
		case i.State == event.ItemStateCommitted:
			s.Allocated += a.Qty
			if a.Provisional {
				s.Provisional += a.Qty
			}
		default:
			s.Reserved += a.Qty
		}
		rest -= a.Qty
	}
	if o.Backordered > 0 {
		s.Backordered = rest
	} else {
		s.Open = rest
	}
	return s
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
