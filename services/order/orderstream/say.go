package orderstream

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// version counts an event of the order and returns its number.
func (t *turn) version() int64 {
	t.o.Version++
	t.o.UpdatedAt = t.ctx.Now()
	return t.o.Version
}

func (t *turn) accept() {
	s := t.submission
	t.decided()
	t.o.Company, t.o.Customer, t.o.ShipTo = s.Company, s.Customer, s.ShipTo
	t.o.Currency, t.o.Shipping = s.Currency, s.Shipping
	t.o.PurchaseOrder, t.o.ShipComplete, t.o.Shortage = s.PurchaseOrder, s.ShipComplete, s.Shortage
	t.agree()
	t.o.AcceptedAt, t.o.NeededBy = t.ctx.Now(), s.RequestedBy
	t.place(s.Lines)
	t.ctx.ClearTimer(timerExpire)
	t.out.accepted.Send(t.ctx, t.id, &event.OrderAccepted{
		OrderID: t.id, OrderVersion: t.version(), Channel: s.Channel, ExternalID: s.ExternalID, Company: s.Company,
		Customer: s.Customer, ShipTo: s.ShipTo, Currency: s.Currency, Lines: s.Lines, Shipping: s.Shipping, Total: s.Total,
		OrderedAt: s.OrderedAt, AcceptedAt: t.o.AcceptedAt, ShipComplete: s.ShipComplete, Shortage: s.Shortage, PurchaseOrder: s.PurchaseOrder, Terms: t.o.Terms,
	})
	t.moment("order.accepted", "")
	t.translateKnown()
	for _, h := range t.holds.All(t.ctx) {
		t.sayHeld(h)
	}
}

func (t *turn) reject() {
	s := t.submission
	t.decided()
	t.out.rejected.Send(t.ctx, t.id, &event.OrderRejected{
		OrderID: t.id, Channel: s.Channel, ExternalID: s.ExternalID, SubmissionID: s.SubmissionID,
		Reasons: t.faults, RejectedAt: t.ctx.Now(),
	})
	t.o.UpdatedAt = t.ctx.Now()
	t.o.CancelReason = t.faults[0].Code // the first stands for all in counts
	for _, f := range t.faults[:min(len(t.faults), 20)] {
		t.moment("order.rejected", f.Code+" "+f.Pointer+": "+f.Detail)
	}
}

func (t *turn) validate() {
	waived := order.Waived(t.o)
	t.out.validated.Send(t.ctx, t.id, &event.OrderValidated{OrderID: t.id, OrderVersion: t.version(), ValidatedAt: t.ctx.Now(), Waived: waived})
	t.moment("order.validated", "waived: "+strings.Join(waived, ", "))
}

// allocate settles what each node gives.
func (t *turn) allocate() {
	t.trim()
	var all []event.Allocation
	units := int64(0)
	for _, i := range t.items() {
		all = append(all, order.Allocations(i)...)
		units += order.Granted(i)
	}
	t.o.Allocated += units
	t.queue()
	short := t.short()
	t.o.LinesShort = int64(len(short))
	if units == 0 && len(short) == 0 {
		return // what was asked for left or was cancelled meanwhile
	}
	currency, decision := t.decision()
	t.out.allocated.Send(t.ctx, t.id, &event.OrderAllocated{
		OrderID: t.id, OrderVersion: t.version(), Plan: t.o.Plan, Allocations: all, Short: short, Complete: len(short) == 0, AllocatedAt: t.ctx.Now(),
		Currency: currency, Decision: decision,
	})
	t.moment("order.allocated", fmt.Sprintf("%d of %d units, plan %d", t.o.Allocated, t.o.Units, t.o.Plan))
	if len(short) > 0 && t.o.Shortage == event.ShortagePolicyBackorder {
		t.backorder(short)
	}
}

// outcome says what becomes of units that stock cannot give.
func (t *turn) outcome() event.ShortOutcome {
	if t.o.Shortage == event.ShortagePolicyCancel {
		return event.ShortOutcomeCancelled
	}
	return event.ShortOutcomeBackordered
}

// short lists what stock did not give.
func (t *turn) short() []event.ShortLine {
	var all []event.ShortLine
	for _, i := range t.items() {
		all = append(all, order.Short(i, t.outcome())...)
	}
	return all
}

// countShort counts the lines of the items for which an order gets nothing.
func (t *turn) countShort() {
	t.o.LinesShort = 0
	for _, i := range t.items() {
		if i.State == event.ItemStateShort || i.State == event.ItemStateContended {
			t.o.LinesShort += int64(len(i.Lines))
		}
	}
}

func (t *turn) backorder(lines []event.ShortLine) {
	t.o.Again = false
	fresh := t.claimSupply()
	t.awaitRefusers()
	if !fresh && t.o.Claims > 0 {
		return // it waits already
	}
	units := int64(0)
	for _, l := range lines {
		units += l.Qty
	}
	currency, decision := t.decision()
	t.out.backordered.Send(t.ctx, t.id, &event.OrderBackordered{
		OrderID: t.id, OrderVersion: t.version(), Lines: lines, BackorderedAt: t.ctx.Now(), Currency: currency, Decision: decision,
	})
	t.moment("order.backordered", fmt.Sprintf("%d units wait for supply", units))
}

// reasonStock is why an order ends that stock cannot give.
const reasonStock = "STOCK"

func (t *turn) end() {
	reason := t.o.CancelReason
	if reason == "" {
		reason = reasonStock
	}
	t.out.cancelled.Send(t.ctx, t.id, &event.OrderCancelled{OrderID: t.id, OrderVersion: t.version(), Reason: reason, CancelledAt: t.ctx.Now(), Units: t.o.Cancelled})
	t.moment("order.cancelled", reason)
}

func (t *turn) complete() {
	t.out.completed.Send(t.ctx, t.id, &event.OrderCompleted{
		OrderID: t.id, OrderVersion: t.version(), CompletedAt: t.ctx.Now(), UnitsShipped: t.o.Shipped, UnitsCancelled: t.o.Cancelled,
		Invoiced: t.o.Invoiced, Currency: t.o.Currency,
	})
	t.moment("order.completed", "")
}

// publish says where the whole order stands, once an input.
func (t *turn) publish() {
	if !t.publishing || t.o.AcceptedAt.UnixMicro() <= 0 {
		return
	}
	f := t.facts()
	s := &event.OrderState{
		OrderID: t.id, OrderVersion: t.o.Version, Channel: t.o.Channel, ExternalID: t.o.ExternalID, Status: order.Status(t.o),
		Currency: t.o.Currency, Total: t.o.Total, OrderedAt: t.o.OrderedAt, UpdatedAt: t.o.UpdatedAt, Lines: order.Lines(f),
	}
	for _, x := range f.Shipments {
		if x.FulfilmentID == "" {
			continue // a parcel spoke of it first
		}
		units := int64(0)
		for _, l := range x.Lines {
			units += l.Qty
		}
		s.Shipments = append(s.Shipments, event.ShipmentRef{ShipmentID: x.ShipmentID, Node: x.Node, Units: units})
	}
	for _, x := range f.Invoices {
		s.Invoices = append(s.Invoices, event.InvoiceRef{InvoiceID: x.InvoiceID, Number: x.Number, Amount: x.Total})
	}
	t.out.state.Send(t.ctx, t.id, s)
}

// facts reads the rows that the state is made of, as this turn sees them.
func (t *turn) facts() *order.Facts {
	return &order.Facts{
		ID: t.id, Order: t.o, Items: t.items(),
		Charges: t.charges.All(t.ctx), Parts: t.parts.All(t.ctx), Fulfilments: t.fulfilments.All(t.ctx),
		Shipments: t.shipments.All(t.ctx), Invoices: t.invoices.All(t.ctx),
	}
}
