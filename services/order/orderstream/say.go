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

// submit takes a submission: the first one is decided, later ones are compared.
func (t *turn) submit(s *event.OrderSubmit) {
	t.submission = s
	if t.o.SubmissionID == "" {
		t.faults = order.Check(t.id, s)
	}
	goods := 0
	for _, l := range s.Lines {
		if order.Reservable(l.Kind) {
			goods++
		}
	}
	t.raise(order.Submit, order.View{Faults: len(t.faults), Goods: goods, Body: s.BodyHash})
}

// decided keeps what tells a repeat of the submission from another order.
func (t *turn) decided() {
	s := t.submission
	t.o.SubmissionID, t.o.BodyHash, t.o.Source = s.SubmissionID, s.BodyHash, s.Source
	t.o.Channel, t.o.ExternalID, t.o.OrderedAt = s.Channel, s.ExternalID, s.OrderedAt
}

func (t *turn) accept() {
	s := t.submission
	t.decided()
	t.o.Company, t.o.Customer, t.o.ShipTo = s.Company, s.Customer, s.ShipTo
	t.o.Currency, t.o.Shipping, t.o.Total = s.Currency, s.Shipping, s.Total
	t.o.PurchaseOrder, t.o.ShipComplete, t.o.Shortage = s.PurchaseOrder, s.ShipComplete, s.Shortage
	t.o.AcceptedAt = t.ctx.Now()
	items, charges := order.NewItems(s.Currency, s.Lines)
	for _, i := range items {
		t.o.Units += i.Ordered
		t.keep(i)
		t.changed(i)
	}
	for _, c := range charges {
		t.o.Charged += c.Line.Qty
		t.charges.Put(t.ctx, fmt.Sprintf("%06d", c.Position), c)
	}
	t.list, t.all, t.o.Items = items, true, int64(len(items))
	t.ctx.ClearTimer(timerExpire)
	order.Recount(t.o)
	t.out.accepted.Send(t.ctx, t.id, &event.OrderAccepted{
		OrderID: t.id, OrderVersion: t.version(), Channel: s.Channel, ExternalID: s.ExternalID, Company: s.Company,
		Customer: s.Customer, ShipTo: s.ShipTo, Currency: s.Currency, Lines: s.Lines, Shipping: s.Shipping, Total: s.Total,
		OrderedAt: s.OrderedAt, AcceptedAt: t.o.AcceptedAt, ShipComplete: s.ShipComplete, Shortage: s.Shortage, PurchaseOrder: s.PurchaseOrder, Terms: s.Terms,
	})
	t.moment("order.accepted", "")
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
	t.out.validated.Send(t.ctx, t.id, &event.OrderValidated{OrderID: t.id, OrderVersion: t.version(), ValidatedAt: t.ctx.Now(), Waived: order.Waived})
	t.moment("order.validated", "waived: "+strings.Join(order.Waived, ", "))
}

// allocate settles what each node gives.
func (t *turn) allocate() {
	var all []event.Allocation
	for _, i := range t.items() {
		all = append(all, order.Allocations(i)...)
		t.o.Allocated += order.Granted(i)
	}
	short := t.short()
	t.o.LinesShort = int64(len(short))
	order.Recount(t.o)
	t.out.allocated.Send(t.ctx, t.id, &event.OrderAllocated{
		OrderID: t.id, OrderVersion: t.version(), Plan: t.o.Plan, Allocations: all, Short: short, Complete: len(short) == 0, AllocatedAt: t.ctx.Now(),
	})
	t.moment("order.allocated", fmt.Sprintf("%d of %d units, plan %d", t.o.Allocated, t.o.Units, t.o.Plan))
	if len(short) > 0 && order.Outcomes(t.o) == event.ShortOutcomeBackordered {
		t.backorder(short)
	}
}

// short lists what stock did not give.
func (t *turn) short() []event.ShortLine {
	var all []event.ShortLine
	for _, i := range t.items() {
		all = append(all, order.Short(i, order.Outcomes(t.o))...)
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
	units := int64(0)
	for _, l := range lines {
		units += l.Qty
	}
	t.out.backordered.Send(t.ctx, t.id, &event.OrderBackordered{OrderID: t.id, OrderVersion: t.version(), Lines: lines, BackorderedAt: t.ctx.Now()})
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

// publish says where the whole order stands.
func (t *turn) publish() {
	f := t.facts()
	s := &event.OrderState{
		OrderID: t.id, OrderVersion: t.o.Version, Channel: t.o.Channel, ExternalID: t.o.ExternalID, Status: order.Status(t.o),
		Currency: t.o.Currency, Total: t.o.Total, OrderedAt: t.o.OrderedAt, UpdatedAt: t.o.UpdatedAt, Lines: order.Lines(f),
	}
	for _, x := range f.Shipments {
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

// facts reads all rows but the timeline, as this turn sees them.
func (t *turn) facts() *order.Facts {
	return &order.Facts{
		ID: t.id, Order: t.o, Items: t.items(),
		Charges: t.charges.All(t.ctx), Consignments: t.consignments.All(t.ctx), Fulfilments: t.fulfilments.All(t.ctx),
		Shipments: t.shipments.All(t.ctx), Invoices: t.invoices.All(t.ctx),
	}
}
