package orderstream

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// release asks each node for its part and says so.
func (t *turn) release() {
	t.o.Rounds++
	said := &event.OrderReleased{OrderID: t.id, ReleasedAt: t.ctx.Now()}
	for _, allocations := range order.Parts(t.items()) {
		f := t.consign(allocations)
		said.Fulfilments = append(said.Fulfilments, event.FulfilmentRef{FulfilmentID: f.FulfilmentID, Node: f.Node, Units: f.Units})
	}
	t.leaveBut(t.o.Rounds, said.Fulfilments)
	for _, i := range t.items() {
		if len(i.Grants) > 0 {
			i.State, i.Grants = event.ItemStateOpen, nil
			t.changed(i)
		}
	}
	if t.o.Units == 0 && t.o.ToBill == 0 {
		t.o.ToBill++
		if t.invoices.Get(t.ctx, withoutShipment) != nil {
			order.Billed(t.o)
		}
		t.moment("order.released", "nothing to ship")
	}
	if len(said.Fulfilments) > 0 || t.o.Units == 0 {
		said.OrderVersion = t.version()
		t.out.released.Send(t.ctx, t.id, said)
	}
}

// consign asks one node to ship what it granted. A fact about the fulfilment that
// came ahead finds its cause here.
func (t *turn) consign(allocations []event.Allocation) *order.Fulfilment {
	node := allocations[0].Node
	f := t.fulfilment(order.FulfilmentID(t.id, node, t.o.Rounds), node)
	f.Owner = orElse(allocations[0].Owner, event.OwnerSelf)
	f.Round, f.Attempts, f.ReleasedAt = t.o.Rounds, 1, t.ctx.Now()
	if !f.Counted {
		t.count(f)
	}
	if f.Status == event.FulfilmentStatusUnmapped {
		f.Status = event.FulfilmentStatusPlanned
	}
	was := order.Ended(f)
	var parts []*order.Part
	for _, a := range allocations {
		f.Units += a.Qty
		p := t.part(f, a.LineID, a.Sku)
		order.Move(t.o, t.item(a.Sku), p, was, was, func() { p.Asked, p.ReservationID = a.Qty, a.ReservationID })
		t.changed(t.item(a.Sku))
		parts = append(parts, p)
		t.parts.Put(t.ctx, partKey(p), p)
	}
	t.flag(exceptionEarly, f.FulfilmentID, false, "")
	t.request(f, parts)
	for _, group := range bySKU(parts) {
		t.tellOf(f, group, event.StockActionConsign, "consign "+f.FulfilmentID, 0)
	}
	t.settlePurchase(f)
	t.moment("order.released", fmt.Sprintf("%d units from %s", f.Units, node))
	t.booked(f, parts)
	return f
}

// request asks a node to ship its part; a repeat is the same document, down to the
// order of its lines, or the node would take it for another one.
func (t *turn) request(f *order.Fulfilment, parts []*order.Part) {
	if order.Supplied(f) {
		t.buy(f, parts)
		return
	}
	r := &event.FulfilmentRequested{
		FulfilmentID: f.FulfilmentID, OrderID: t.id, Node: f.Node, Channel: t.o.Channel, Currency: t.o.Currency, ShipTo: t.o.ShipTo,
		ShipComplete: t.o.ShipComplete, RequestedAt: f.ReleasedAt, PurchaseOrder: t.o.PurchaseOrder, Attempt: f.Attempts,
	}
	for _, p := range sorted(parts) {
		if p.Asked > 0 {
			r.Lines = append(r.Lines, event.FulfilmentLine{LineID: p.LineID, Sku: p.Sku, Qty: p.Asked, ReservationID: p.ReservationID, MinExpiry: t.minExpiry(p)})
		}
	}
	t.out.requested.Send(t.ctx, t.id, r)
}

// minExpiry is the date before which no unit of a part must expire, nil for none.
func (t *turn) minExpiry(p *order.Part) *time.Time {
	if sold := order.LineOf(t.item(p.Sku), p.LineID); sold != nil {
		return sold.Line.MinExpiry
	}
	return nil
}

// sorted are parts in the order of their keys.
func sorted(parts []*order.Part) []*order.Part {
	return slices.SortedFunc(slices.Values(parts), func(a, b *order.Part) int { return strings.Compare(partKey(a), partKey(b)) })
}

// recall asks nodes not to ship what they have beyond what is wanted.
func (t *turn) recall() {
	fulfilments := t.fulfilments.All(t.ctx)
	touched := make(map[string]bool)
	for _, p := range order.Recalls(t.items(), t.parts.All(t.ctx), fulfilments) {
		t.parts.Put(t.ctx, partKey(p), p)
		touched[p.FulfilmentID] = true
	}
	for _, f := range fulfilments {
		if touched[f.FulfilmentID] {
			t.askToStop(f, orElse(t.o.CancelReason, "NOT_WANTED"))
			t.wind(f)
			t.fulfilments.Put(t.ctx, f.FulfilmentID, f)
		}
	}
}

// askToStop asks a node not to ship what its parts count as recalled.
func (t *turn) askToStop(f *order.Fulfilment, reason string) {
	f.CancelAsked, f.RecalledAt = true, t.ctx.Now()
	f.Recalls++
	t.out.cancel.Send(t.ctx, t.id, &event.FulfilmentCancel{
		FulfilmentID: f.FulfilmentID, OrderID: t.id, Node: f.Node, Reason: reason, RequestedAt: t.ctx.Now(),
		Lines: order.Withholds(t.partsOf(f.FulfilmentID)), Attempt: f.Recalls,
	})
	for _, group := range bySKU(t.partsOf(f.FulfilmentID)) {
		asked := int64(0)
		for _, p := range group {
			asked += max(0, min(p.Recalled-p.Withheld, order.Flight(p, false)))
		}
		if asked > 0 {
			t.tellOf(f, group, event.StockActionRecall, fmt.Sprint("recall ", f.Recalls, " ", f.FulfilmentID), asked)
		}
	}
	t.moment("fulfilment.cancel", f.Node+": "+reason)
}

// tellOf informs stock of what the node was asked about one item: to ship what is
// reserved there, or not to ship some of it.
func (t *turn) tellOf(f *order.Fulfilment, parts []*order.Part, action event.StockAction, name string, qty int64) {
	i := t.item(parts[0].Sku)
	if i == nil {
		return
	}
	c := event.InventoryCommand{CommandID: order.CommandID(t.id, i.Sku, name), Action: action, ReservationIds: reservationsOf(parts)}
	if qty > 0 {
		c.Nodes = []event.NodeQty{{Node: f.Node, Qty: qty}}
	}
	if len(c.ReservationIds) > 0 {
		t.tell(i, c)
	}
}

// reservationsOf names what is reserved for parts, each once.
func reservationsOf(parts []*order.Part) (ids []string) {
	for _, p := range parts {
		if p.ReservationID != "" && !slices.Contains(ids, p.ReservationID) {
			ids = append(ids, p.ReservationID)
		}
	}
	return ids
}

// forsake counts a fulfilment as ended by a person's decision.
func (t *turn) forsake() {
	f := t.fulfilments.Get(t.ctx, t.resolve.FulfilmentID)
	if f == nil || f.Round == 0 || order.Ended(f) {
		t.moment(momentNothingToGiveUp, t.resolve.FulfilmentID)
		return
	}
	t.moment("fulfilment.given_up", f.Node+", by "+t.resolve.RequestedBy)
	t.book(f, func() { f.GivenUp = true }, nil)
}

// wind sets the clock of a fulfilment to what is to be done next about it.
func (t *turn) wind(f *order.Fulfilment) {
	step, at := order.Due(f, t.cfg.Clocks, t.calendar(f.Node))
	if step == order.Nothing {
		t.ctx.ClearTimer(timerFulfilment + f.FulfilmentID)
		return
	}
	t.ctx.SetTimerAt(timerFulfilment+f.FulfilmentID, at)
}

// due does what is to be done about a fulfilment whose clock ran out.
func (t *turn) due(id string) {
	f := t.fulfilments.Get(t.ctx, id)
	if f == nil {
		return
	}
	step, at := order.Due(f, t.cfg.Clocks, t.calendar(f.Node))
	if step == order.Nothing || at.After(t.ctx.Now()) {
		t.wind(f)
		return
	}
	switch step {
	case order.Remind:
		f.Attempts++
		t.request(f, t.partsOf(id))
		t.moment(asked(f), f.Node+" is reminded")
	case order.Doubt:
		f.InDoubt = true
		for _, p := range t.partsOf(id) {
			p.Recalled = p.Withheld + order.Flight(p, false)
			t.parts.Put(t.ctx, partKey(p), p)
		}
		if order.Supplied(f) {
			t.flag(exceptionPurchase, id, order.PurchaseLate(f), purchaseLate(f))
		} else {
			t.alert("NODE_NOT_ACCEPTED", id, f.Node, f.Node+" did not accept in time; its units stay there until it says so, or a person does")
		}
		t.askToStop(f, "NOT_ACCEPTED")
	case order.RecallOnce:
		if f.Recalls == 1 {
			t.alert("CANCEL_UNANSWERED", id, f.Node, f.Node+" did not answer a cancel in time")
		}
		reason := "NOT_WANTED"
		if order.InDoubt(f) {
			reason = "NOT_ACCEPTED"
		}
		t.askToStop(f, orElse(t.o.CancelReason, reason))
	}
	t.wind(f)
	t.fulfilments.Put(t.ctx, id, f)
}

// part reads a part, or begins one.
func (t *turn) part(f *order.Fulfilment, lineID, sku string) *order.Part {
	p := &order.Part{FulfilmentID: f.FulfilmentID, Node: f.Node, LineID: lineID, Sku: sku}
	if known := t.parts.Get(t.ctx, partKey(p)); known != nil {
		return known
	}
	return p
}

func partKey(p *order.Part) string { return p.FulfilmentID + "/" + p.LineID }

// partsOf reads the parts of a fulfilment.
func (t *turn) partsOf(id string) []*order.Part {
	var all []*order.Part
	t.parts.Range(t.ctx, id+"/", func(key string, p *order.Part) bool {
		if !strings.HasPrefix(key, id+"/") {
			return false
		}
		all = append(all, p)
		return true
	})
	return all
}

// alert says that something needs a person, also in the order's history.
func (t *turn) alert(kind, subject, node, detail string) {
	t.raiseAlert(kind, subject, node, detail)
	t.moment("alert."+kind, detail)
}

func (t *turn) raiseAlert(kind, subject, node, detail string) {
	t.out.alert.Send(t.ctx, subject, &event.AlertRaised{
		AlertID: event.AlertID(kind, subject), Kind: kind, Subject: subject, OrderID: t.id, Node: node, Detail: detail, RaisedAt: t.ctx.Now(),
	})
}

func orElse(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}
