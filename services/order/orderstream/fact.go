package orderstream

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// withoutShipment is the key of the invoice of an order that ships nothing.
const withoutShipment = "-"

// release asks each node for its part and says so.
func (t *turn) release() {
	said := &event.OrderReleased{OrderID: t.id, OrderVersion: t.version(), ReleasedAt: t.ctx.Now()}
	for _, c := range order.Consign(t.items()) {
		id := order.FulfilmentID(t.id, c.Node)
		units := int64(0)
		for _, l := range c.Lines {
			units += l.Qty
		}
		t.consignments.Put(t.ctx, c.Node, c)
		f := t.fulfilment(id, c.Node)
		order.Released(t.o, f, units)
		t.fulfilments.Put(t.ctx, id, f)
		said.Fulfilments = append(said.Fulfilments, event.FulfilmentRef{FulfilmentID: id, Node: c.Node, Units: units})
		t.out.requested.Send(t.ctx, t.id, &event.FulfilmentRequested{
			FulfilmentID: id, OrderID: t.id, Node: c.Node, Channel: t.o.Channel, Currency: t.o.Currency, ShipTo: t.o.ShipTo,
			Lines: c.Lines, ShipComplete: t.o.ShipComplete, RequestedAt: t.ctx.Now(), PurchaseOrder: t.o.PurchaseOrder,
		})
		t.moment("order.released", fmt.Sprintf("%d units from %s", units, c.Node))
	}
	if len(said.Fulfilments) == 0 {
		t.o.ToBill++
		if t.invoices.Get(t.ctx, withoutShipment) != nil {
			order.Billed(t.o)
		}
		t.moment("order.released", "nothing to ship")
	}
	t.out.released.Send(t.ctx, t.id, said)
	t.next = order.Progress
}

// recall asks each node that has not ended to stop.
func (t *turn) recall() {
	for _, f := range t.fulfilments.All(t.ctx) {
		if order.Ended(f) || f.CancelAsked || f.Shipped >= f.Units {
			continue
		}
		f.CancelAsked = true
		t.fulfilments.Put(t.ctx, f.FulfilmentID, f)
		t.out.cancel.Send(t.ctx, t.id, &event.FulfilmentCancel{
			FulfilmentID: f.FulfilmentID, OrderID: t.id, Node: f.Node, Reason: t.o.CancelReason, RequestedAt: t.ctx.Now(),
		})
		t.moment("fulfilment.cancel", f.Node)
	}
	t.next = order.Progress
}

// fulfilment reads a fulfilment, or begins one that a fact speaks of first.
func (t *turn) fulfilment(id, node string) *order.Fulfilment {
	if f := t.fulfilments.Get(t.ctx, id); f != nil {
		return f
	}
	return &order.Fulfilment{FulfilmentID: id, Node: node, Status: event.FulfilmentStatusUnmapped}
}

// status books what a node stated.
func (t *turn) status(s *event.FulfilmentStatusChanged) {
	f := t.fulfilment(s.FulfilmentID, s.Node)
	before := f.Status
	order.Stated(t.o, f, s)
	switch {
	case f.Status != before:
		t.moment("fulfilment."+string(f.Status), s.Node+" says "+s.Word)
	case s.Status == event.FulfilmentStatusCancelRefused:
		t.exception(momentRecallLost, s.Node+" says "+s.Word)
	}
	t.booked(f)
}

// shipment books units that left, once a shipment, and has stock issue them.
func (t *turn) shipment(s *event.ShipmentConfirmed) {
	if t.shipments.Get(t.ctx, s.ShipmentID) != nil {
		return
	}
	t.shipments.Put(t.ctx, s.ShipmentID, &order.Shipment{
		ShipmentID: s.ShipmentID, FulfilmentID: s.FulfilmentID, Node: s.Node, Lines: s.Lines,
		Carrier: s.Carrier, Tracking: s.Tracking, Document: s.Document, ShippedAt: s.ShippedAt,
	})
	units := t.issue(s)
	f := t.fulfilment(s.FulfilmentID, s.Node)
	order.Shipped(t.o, f, units)
	if t.invoices.Get(t.ctx, s.ShipmentID) != nil {
		order.Billed(t.o)
	}
	t.moment("shipment.confirmed", fmt.Sprintf("%d units from %s, %s", units, s.Node, s.Document))
	switch {
	case f.Units == 0:
		t.exception(momentUnknown, "nothing was asked of "+s.Node)
	case order.Over(f) > 0:
		t.exception(momentOver, fmt.Sprintf("%d units more than asked of %s", order.Over(f), s.Node))
	}
	if p := t.o.Phase; p == event.OrderPhaseCancelled || p == event.OrderPhaseCompleted {
		t.exception(momentAfterEnd, fmt.Sprintf("%d units from %s left after the order was %s", units, s.Node, p))
	}
	t.booked(f)
}

// booked stores a fulfilment after a fact about it and looks whether the order
// has come further.
func (t *turn) booked(f *order.Fulfilment) {
	t.takeBack(f)
	t.fulfilments.Put(t.ctx, f.FulfilmentID, f)
	t.raise(order.Progress, order.View{})
}

// issue sends stock the goods issue of each line, under the reservation that the
// line has at the node, and returns the units.
func (t *turn) issue(s *event.ShipmentConfirmed) int64 {
	reservation := make(map[string]string)
	if c := t.consignments.Get(t.ctx, s.Node); c != nil {
		for _, l := range c.Lines {
			reservation[l.LineID] = l.ReservationID
		}
	}
	units := int64(0)
	for _, l := range s.Lines {
		units += l.Qty
		t.out.movement.Send(t.ctx, l.Sku, &event.InventoryMovement{
			EntryID: order.EntryID(s.Node, s.ShipmentID, l.LineID, l.Lot), Sku: l.Sku, Node: s.Node, Owner: "own", Lot: l.Lot,
			Qty: l.Qty, From: event.StockConditionSellable, To: event.StockConditionOutside, Source: "order",
			EffectiveAt: s.ShippedAt, Document: s.Document, ReservationID: reservation[l.LineID], OrderID: t.id,
		})
	}
	return units
}

// shipmentsOf reads the shipments of a fulfilment.
func (t *turn) shipmentsOf(id string) []*order.Shipment {
	var all []*order.Shipment
	t.shipments.Range(t.ctx, "", func(_ string, s *order.Shipment) bool {
		if s.FulfilmentID == id {
			all = append(all, s)
		}
		return true
	})
	return all
}

// invoice books an invoice, once a shipment.
func (t *turn) invoice(i *event.InvoicePosted) {
	key := i.ShipmentID
	if key == "" {
		key = withoutShipment
	}
	if t.invoices.Get(t.ctx, key) != nil {
		return
	}
	t.invoices.Put(t.ctx, key, &order.Invoice{
		Currency: i.Currency, InvoiceID: i.InvoiceID, ShipmentID: i.ShipmentID, Number: i.Number, System: i.System, Total: i.Total, PostedAt: i.PostedAt,
	})
	t.o.Invoiced += i.Total
	if t.shipments.Get(t.ctx, key) != nil || key == withoutShipment && t.o.Units == 0 && t.o.ToBill > 0 {
		order.Billed(t.o)
	}
	t.moment("invoice.posted", i.Number)
	t.raise(order.Progress, order.View{})
}

func (t *turn) registered(r *event.OrderRegistered) {
	if t.o.Registered == r.Number {
		return
	}
	t.o.Registered = r.Number
	t.moment("order.registered", r.System+" "+r.Number)
}
