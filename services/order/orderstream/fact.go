package orderstream

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// withoutShipment is the key of the invoice of an order that ships nothing.
const withoutShipment = "-"

// Exceptions: facts that should not have happened.
const (
	exceptionEarly    = "EARLY"             // a node speaks of what it was not asked, for longer than its cause may take
	exceptionOver     = "OVER_SHIPPED"      // more of a part left than the node was asked for
	exceptionDouble   = "DOUBLE_SHIPMENT"   // more of a line left, or is about to, than was ordered
	exceptionAfterEnd = "SHIPPED_AFTER_END" // units left an order that was cancelled
	exceptionWord     = "BROKEN_WORD"       // units left after the node said that nothing more comes
	exceptionRefused  = "CANCEL_REFUSED"    // the node said that it will not stop
	exceptionLost     = "LOST"              // a parcel will not arrive
)

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
	var lines []lineFact
	for _, w := range s.Withheld {
		lines = append(lines, lineFact{w.LineID, w.Sku, func(p *order.Part) { p.Withheld = max(p.Withheld, w.Qty) }})
	}
	t.book(f, func() { order.Stated(f, s) }, lines)
	if f.Status != before {
		t.moment("fulfilment."+string(f.Status), s.Node+" says "+s.Word)
	}
	t.raise(order.Progress, order.View{})
}

// shipment books units that left, once a shipment, and has stock issue them.
func (t *turn) shipment(s *event.ShipmentConfirmed) {
	row := t.shipments.Get(t.ctx, s.ShipmentID)
	if row == nil {
		row = &order.Shipment{ShipmentID: s.ShipmentID}
	}
	if row.FulfilmentID != "" {
		return
	}
	f := t.fulfilment(s.FulfilmentID, s.Node)
	units := int64(0)
	var lines []lineFact
	for _, l := range s.Lines {
		units += l.Qty
		lines = append(lines, lineFact{l.LineID, l.Sku, func(p *order.Part) { p.Shipped += l.Qty }})
		t.issue(s, f, l)
	}
	t.book(f, func() { f.Shipped += units }, lines)
	t.o.ToBill++
	if t.invoices.Get(t.ctx, s.ShipmentID) != nil || order.BilledAhead(t.o) && t.invoices.Get(t.ctx, withoutShipment) != nil {
		order.Billed(t.o)
	} else {
		t.ctx.SetTimer(timerBill+s.ShipmentID, t.cfg.Clocks.Bill)
	}
	t.moment("shipment.confirmed", fmt.Sprintf("%d units from %s, %s", units, s.Node, s.Document))
	row.Lines = s.Lines
	t.deliver(row, func() {
		row.FulfilmentID, row.Node, row.Document, row.ShippedAt = s.FulfilmentID, s.Node, s.Document, s.ShippedAt
		row.Carrier, row.Tracking = s.Carrier, s.Tracking
	})
	if row.Tracking != "" && len(row.Parcels) == 0 {
		t.ctx.SetTimer(timerScan+s.ShipmentID, t.cfg.Clocks.Scan)
	}
	t.expect(row)
	t.raise(order.Progress, order.View{})
}

// issue sends stock the goods issue of a line, under the reservation that the
// line has at the node. The lot is the one that the node picked.
func (t *turn) issue(s *event.ShipmentConfirmed, f *order.Fulfilment, l event.ShipmentLine) {
	t.out.movement.Send(t.ctx, l.Sku, &event.InventoryMovement{
		EntryID: order.EntryID(s.Node, s.ShipmentID, l.LineID, l.Lot), Sku: l.Sku, Node: s.Node, Owner: orElse(f.Owner, event.OwnerSelf), Lot: l.Lot,
		Qty: l.Qty, From: event.StockConditionSellable, To: event.StockConditionOutside, Source: "order",
		EffectiveAt: s.ShippedAt, Document: s.Document, ReservationID: t.part(f, l.LineID, l.Sku).ReservationID, OrderID: t.id,
	})
}

// lineFact is what a fact says about one line of a fulfilment.
type lineFact struct {
	lineID, sku string
	apply       func(p *order.Part)
}

// book changes what is known of a fulfilment and of lines of it, and keeps every
// sum right: when it ends by that, all of its parts end.
func (t *turn) book(f *order.Fulfilment, change func(), lines []lineFact) {
	was := order.Ended(f)
	change()
	now := order.Ended(f)
	parts := make(map[string]*order.Part)
	var touched []*order.Part
	if was != now {
		touched = t.partsOf(f.FulfilmentID)
		for _, p := range touched {
			parts[p.LineID] = p
		}
	}
	for _, l := range lines {
		if parts[l.lineID] == nil {
			p := t.part(f, l.lineID, l.sku)
			parts[l.lineID] = p
			touched = append(touched, p)
		}
	}
	for _, p := range touched {
		i := t.item(p.Sku)
		if !f.Counted {
			i = nil
		}
		order.Move(t.o, i, p, was, now, func() {
			for _, l := range lines {
				if l.lineID == p.LineID {
					l.apply(p)
				}
			}
		})
		if i != nil {
			t.changed(i)
		}
	}
	if !f.Counted {
		t.o.Early = true
		if !t.ctx.TimerSet(timerEarly) {
			t.ctx.SetTimer(timerEarly, t.cfg.Clocks.Early)
		}
	}
	t.booked(f, touched)
}

// booked looks at a fulfilment and parts of it after they changed: what came back
// goes back to stock, what should not be is named, and the clock is set.
func (t *turn) booked(f *order.Fulfilment, parts []*order.Part) {
	ended := order.Ended(f)
	for _, group := range bySKU(parts) {
		t.comeBack(f, group, ended)
	}
	for _, p := range parts {
		t.parts.Put(t.ctx, partKey(p), p)
		over := fmt.Sprintf("%d of %d units of line %s left %s", p.Shipped, p.Asked, p.LineID, f.Node)
		t.flag(exceptionOver, partKey(p), f.Round > 0 && p.Shipped > p.Asked, over)
		if l := order.LineOf(t.item(p.Sku), p.LineID); l != nil {
			double := fmt.Sprintf("of %d units of line %s %d left and %d are at nodes", l.Line.Qty, p.LineID, l.Shipped, l.InFlight)
			t.flag(exceptionDouble, p.LineID, l.Shipped+l.InFlight > l.Line.Qty, double)
		}
	}
	t.flag(exceptionWord, f.FulfilmentID, f.Final && f.Shipped > f.Stated, fmt.Sprintf("%d units left %s, which said %d are all", f.Shipped, f.Node, f.Stated))
	if order.Supplied(f) {
		t.flag(exceptionPurchase, f.FulfilmentID, order.PurchaseLate(f), purchaseLate(f))
	}
	t.flag(exceptionRefused, f.FulfilmentID, f.Refused, f.Node+" says it will not stop")
	t.lateShipments()
	if f.CancelAsked && order.Answered(t.partsOf(f.FulfilmentID), ended) {
		f.CancelAsked = false
	}
	t.keepPlace(f, ended)
	t.wind(f)
	t.fulfilments.Put(t.ctx, f.FulfilmentID, f)
}

// comeBack has stock take back what a node will not ship of an item. Unless the
// buyer no longer wants it, others may ship it.
func (t *turn) comeBack(f *order.Fulfilment, parts []*order.Part, ended bool) {
	qty, ids := int64(0), []string(nil)
	for _, p := range parts {
		if back := order.Back(p, ended); back > p.Returned {
			qty += back - p.Returned
			p.Returned = back
			ids = append(ids, p.ReservationID)
		}
	}
	i := t.item(parts[0].Sku)
	if qty == 0 || i == nil {
		return
	}
	if order.LackingOf(i) > 0 {
		order.Exclude(i, f.Node)
		t.o.Again = true
	}
	word := event.ReleaseWordNode
	if f.GivenUp {
		word = event.ReleaseWordPerson
	}
	t.takeBack(i, f.Node, qty, ids, word)
}

// bySKU groups parts, in the order in which items first occur.
func bySKU(parts []*order.Part) [][]*order.Part {
	var groups [][]*order.Part
	at := make(map[string]int)
	for _, p := range parts {
		n, known := at[p.Sku]
		if !known {
			n, groups = len(groups), append(groups, nil)
			at[p.Sku] = n
		}
		groups[n] = append(groups[n], p)
	}
	return groups
}

// lateShipments names units that left an order which ended without any.
func (t *turn) lateShipments() {
	ended := t.o.Phase == event.OrderPhaseCancelled
	t.flag(exceptionAfterEnd, t.id, ended && t.o.Shipped > 0, fmt.Sprintf("%d units left", t.o.Shipped))
}

// parcel books where a parcel stands. A parcel whose shipment is not known yet
// waits in a row without a fulfilment.
func (t *turn) parcel(s *event.ParcelStatusChanged) {
	if s.ShipmentID == "" {
		return // a parcel that no source joins to a shipment says nothing about units
	}
	row := t.shipments.Get(t.ctx, s.ShipmentID)
	if row == nil {
		row = &order.Shipment{ShipmentID: s.ShipmentID}
	}
	at := slices.IndexFunc(row.Parcels, func(p event.ShipmentParcel) bool { return p.ParcelID == s.ParcelID })
	if at < 0 {
		at, row.Parcels = len(row.Parcels), append(row.Parcels, event.ShipmentParcel{ParcelID: s.ParcelID})
	}
	if s.Seq <= row.Parcels[at].Seq {
		return
	}
	t.deliver(row, func() { row.Parcels[at].Status, row.Parcels[at].Seq = string(s.Status), s.Seq })
	t.ctx.ClearTimer(timerScan + s.ShipmentID)
	t.moment("parcel."+string(s.Status), s.Carrier+" "+s.Tracking+" says "+s.Word)
}

// deliver changes what is known of a shipment and counts what the buyer has.
func (t *turn) deliver(row *order.Shipment, change func()) {
	before := order.Delivered(row)
	change()
	if after := order.Delivered(row); before != after && t.fulfilment(row.FulfilmentID, row.Node).Counted {
		sign := int64(1)
		if before {
			sign = -1
		}
		t.countDelivered(row, sign)
	}
	t.flag(exceptionLost, row.ShipmentID, order.Lost(row), "a parcel will not arrive")
	t.redress(row)
	if order.Delivered(row) || order.Lost(row) {
		t.ctx.ClearTimer(timerArrive + row.ShipmentID)
	}
	t.shipments.Put(t.ctx, row.ShipmentID, row)
	t.publishing = true
}

// countDelivered counts the units of a shipment as with the buyer, or takes that
// back.
func (t *turn) countDelivered(row *order.Shipment, sign int64) {
	for _, l := range row.Lines {
		i := t.item(l.Sku)
		if line := order.LineOf(i, l.LineID); line != nil {
			order.Book(t.o, i, func() { line.Delivered += sign * l.Qty })
			t.changed(i)
		}
	}
}

// count counts what left by a fulfilment whose facts came ahead of it.
func (t *turn) count(f *order.Fulfilment) {
	f.Counted = true
	for _, p := range t.partsOf(f.FulfilmentID) {
		i := t.item(p.Sku)
		if l := order.LineOf(i, p.LineID); l != nil {
			order.Book(t.o, i, func() { l.Shipped += p.Shipped })
			t.changed(i)
		}
	}
	for _, s := range t.shipments.All(t.ctx) {
		if s.FulfilmentID == f.FulfilmentID && order.Delivered(s) {
			t.countDelivered(s, 1)
		}
	}
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
	shipment := t.shipments.Get(t.ctx, key)
	if key == withoutShipment && order.BilledAhead(t.o) {
		t.o.Billed = t.o.ToBill
	} else if shipment != nil && shipment.FulfilmentID != "" || key == withoutShipment && t.o.Units == 0 && t.o.ToBill > 0 {
		order.Billed(t.o)
	}
	t.ctx.ClearTimer(timerBill + key)
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

// early counts the facts whose cause has not come in time, and makes exceptions
// of them.
func (t *turn) early() {
	for _, f := range t.fulfilments.All(t.ctx) {
		if f.Counted {
			continue
		}
		t.count(f)
		t.flag(exceptionEarly, f.FulfilmentID, true, f.Node+" speaks of what it was not asked")
		t.booked(f, nil)
	}
	t.raise(order.Progress, order.View{})
}
