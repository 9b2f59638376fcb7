package orderstream

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// exceptionPurchase: a supplier did not decide about a purchase in time.
const exceptionPurchase = "PURCHASE_LATE"

// reasonDeclined is the reason of the movement by which units that a supplier refused
// are taken off its count, until a later count of it speaks.
const reasonDeclined = "DECLINED"

// buy asks a supplier to sell us what its node ships, under the number of the
// fulfilment; a repeat is the same document.
func (t *turn) buy(f *order.Fulfilment, parts []*order.Part) {
	shipTo := t.o.ShipTo
	r := &event.PurchaseRequested{
		PurchaseID: f.FulfilmentID, OrderID: t.id, Node: f.Node, Owner: f.Owner, Kind: event.PurchaseKindSupplier, Channel: t.o.Channel, ShipTo: &shipTo,
		ShipComplete: t.o.ShipComplete, PurchaseOrder: t.o.PurchaseOrder, RequestedAt: f.ReleasedAt, Attempt: f.Attempts,
	}
	for _, p := range sorted(parts) {
		if p.Asked > 0 {
			r.Lines = append(r.Lines, event.PurchaseLine{LineID: p.LineID, Sku: p.Sku, Qty: p.Asked, MinExpiry: t.minExpiry(p)})
		}
	}
	t.out.purchase.Send(t.ctx, t.id, r)
}

// purchased takes a supplier's decision about a purchase. The first one stands: what
// changes later, the supplier says as any node does.
func (t *turn) purchased(a *event.PurchaseAccepted) {
	f := t.fulfilment(a.PurchaseID, a.Node)
	if f.Decided {
		return
	}
	lines := make([]lineFact, len(a.Lines))
	accepted, refused := int64(0), int64(0)
	for n, l := range a.Lines {
		accepted, refused = accepted+l.Accepted, refused+l.Refused
		lines[n] = lineFact{l.LineID, l.Sku, func(p *order.Part) { p.Declined, p.Withheld = l.Refused, max(p.Withheld, l.Refused) }}
	}
	decision := order.Decision(a)
	t.book(f, func() { order.Decided(f, a); order.Stated(f, decision) }, lines)
	t.moment("purchase.accepted", fmt.Sprintf("%s ships %d units and refuses %d %s", f.Node, accepted, refused, decision.Word))
	t.settlePurchase(f)
	t.publishing = true
	t.raise(order.Progress, order.View{})
}

// settlePurchase tells stock what a supplier decided: as of which position of its
// count it took the units on, and that what it refused is not there.
func (t *turn) settlePurchase(f *order.Fulfilment) {
	if f.Round == 0 || !f.Decided || !order.Supplied(f) {
		return
	}
	for _, group := range bySKU(t.partsOf(f.FulfilmentID)) {
		var taken []*order.Part
		for _, p := range group {
			if p.Asked > p.Declined {
				taken = append(taken, p)
			}
			if units := min(p.Asked, p.Declined); units > 0 {
				t.strike(f, p, units)
			}
		}
		if len(taken) > 0 {
			t.tellAccepted(f, taken)
		}
	}
}

// tellAccepted informs stock that a supplier took units of one item on.
func (t *turn) tellAccepted(f *order.Fulfilment, parts []*order.Part) {
	i := t.item(parts[0].Sku)
	if i == nil {
		return
	}
	c := event.InventoryCommand{
		CommandID: order.CommandID(t.id, i.Sku, "accept "+f.FulfilmentID), Action: event.StockActionAccept, ReservationIds: reservationsOf(parts),
		AcceptedSeq: f.DecidedSeq, AcceptedAt: f.DecidedAt,
	}
	if len(c.ReservationIds) > 0 {
		t.tell(i, c)
	}
}

// strike takes units that a supplier refused off what it counts, until a count that
// is younger than the refusal comes: they are not promised to the next one.
func (t *turn) strike(f *order.Fulfilment, p *order.Part, units int64) {
	t.out.movement.Send(t.ctx, p.Sku, &event.InventoryMovement{
		EntryID: order.EntryID(f.Node, f.FulfilmentID, p.LineID, reasonDeclined), Sku: p.Sku, Node: f.Node, Owner: f.Owner, Qty: units,
		From: event.StockConditionSellable, To: event.StockConditionOutside, Source: f.DecidedBy, SourceSeq: f.DecidedSeq, EffectiveAt: *f.DecidedAt,
		OrderID: t.id, Reason: reasonDeclined,
	})
}

// purchaseLate says that a supplier did not decide in time, for people.
func purchaseLate(f *order.Fulfilment) string {
	return f.Node + " did not accept the purchase in time; its units stay there until it says so, or a person does"
}

// asked names what a node was sent.
func asked(f *order.Fulfilment) string {
	if order.Supplied(f) {
		return "purchase.requested"
	}
	return "fulfilment.requested"
}
