package settlement

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Accepted books what was sold. It returns the prices to keep, nil for a repeat.
func (b *Books) Accepted(a *event.OrderAccepted) *Price {
	o := b.Order
	if o.Known {
		return nil
	}
	o.Known, o.Currency, o.Customer, o.Terms = true, a.Currency, a.Customer, event.PaymentTermsAccount
	if a.Terms != nil {
		o.Terms = *a.Terms
	}
	price := &Price{Currency: a.Currency, Shipping: a.Shipping, Lines: a.Lines}
	if amended := b.priced(); amended != nil {
		price.Lines, price.Former = amended.Lines, b.former(amended.Lines, slices.Concat(a.Lines, amended.Former))
	} else {
		o.Total = a.Total
	}
	b.Price = func() *Price { return price }
	return price
}

// Amended books other lines of an order; an older change says nothing after a
// newer one. It returns the prices to keep, nil when nothing changes. What is
// billed stays billed: other prices hold for what leaves from here on.
func (b *Books) Amended(a *event.OrderAmended) *Price {
	o := b.Order
	if a.OrderVersion <= o.Amended {
		return nil
	}
	o.Amended, o.Total = a.OrderVersion, a.Total
	price := &Price{Currency: a.Currency, Lines: a.Lines}
	if was := b.priced(); was != nil {
		price.Shipping, price.Former = was.Shipping, b.former(a.Lines, slices.Concat(was.Former, was.Lines))
	}
	b.Price = func() *Price { return price }
	return price
}

// priced is what is known of the prices, nil for nothing.
func (b *Books) priced() *Price {
	if b.Price == nil {
		return nil
	}
	return b.Price()
}

// former is what of the lines before may leave beyond those of now. A proforma order
// is billed whole before it ships, as it is then.
func (b *Books) former(now, before []event.OrderLine) []event.OrderLine {
	if b.Order.Terms == event.PaymentTermsProforma {
		return nil
	}
	return formerOf(now, before...)
}

// Released books that nodes were asked to ship, or that there is nothing to ship.
func (b *Books) Released(r *event.OrderReleased) {
	b.Order.Bare = b.Order.Bare || len(r.Fulfilments) == 0
}

// Ended books the end of the order and the units that had left by then.
func (b *Books) Ended(units int64) {
	b.Order.Ended = true
	b.Order.EndedUnits = max(b.Order.EndedUnits, units)
}

// Shipped books what left, once a shipment.
func (b *Books) Shipped(s *event.ShipmentConfirmed) {
	if b.Bills.Get(s.ShipmentID) != nil {
		return
	}
	bill := &Bill{ShipmentID: s.ShipmentID}
	for _, l := range s.Lines {
		bill.Lines = append(bill.Lines, event.BilledLine{LineID: l.LineID, Qty: l.Qty})
		b.Order.Shipped += l.Qty
	}
	b.Bills.Put(s.ShipmentID, bill)
	b.Order.Unbilled++
}

// Posted books the number and total that the system of record gave an invoice.
func (b *Books) Posted(out *Out, p *event.InvoicePosted) {
	key := billKey(p.ShipmentID)
	bill := b.Bills.Get(key)
	if bill == nil || bill.Number != "" {
		return
	}
	bill.Number = p.Number
	b.Order.Posted += p.Total
	if bill.Revision == 0 {
		bill.Owed = p.Total
	}
	b.Bills.Put(key, bill)
	b.expose(out, event.CreditActionInvoice, bill.Owed, p.Number, p.PostedAt)
}

// Corrected books the newest correction of an invoice.
func (b *Books) Corrected(out *Out, c *event.InvoiceCorrected) {
	key := billKey(c.ShipmentID)
	bill := b.Bills.Get(key)
	if bill == nil || c.Revision <= bill.Revision {
		return
	}
	if bill.Number != "" {
		b.expose(out, event.CreditActionInvoice, c.Total-bill.Owed, fmt.Sprint(c.Number, "/", c.Revision), c.CorrectedAt)
	}
	bill.Revision, bill.Owed = c.Revision, c.Total
	b.Bills.Put(key, bill)
}

// CreditPosted books a credit note, also one that nobody here asked for.
func (b *Books) CreditPosted(out *Out, p *event.CreditPosted) {
	c := b.Credits.Get(p.RefundID)
	if c == nil {
		c = &Credit{Currency: p.Currency, RefundID: p.RefundID, State: event.CreditStateApproved}
	}
	rule := next(creditTable, c.State, Post)
	if rule == nil || c.State == rule.To {
		return
	}
	b.Order.Credited += p.Total - c.Total
	c.State, c.Number, c.Total = rule.To, p.Number, p.Total
	b.Credits.Put(p.RefundID, c)
	b.expose(out, event.CreditActionCredit, p.Total, p.Number, p.PostedAt)
}

// Requested takes a request, once; at is the time now. An error says why it
// cannot be carried out.
func (b *Books) Requested(r *event.SettlementRequest, at time.Time) error {
	o := b.Order
	switch r.Action {
	case event.SettlementActionVoid:
		o.Voiding = true
		return nil
	case event.SettlementActionCapture:
		o.Advance, o.Stopped = max(o.Advance, r.Amount), false
		return nil
	case event.SettlementActionRefund, event.SettlementActionCredit:
	default:
		return fmt.Errorf("request %s asks for %q of order %s: it is capture, void, refund or credit", r.RequestID, r.Action, b.ID)
	}
	if b.Requests.Get(r.RequestID) != nil {
		return nil
	}
	row := &Request{
		Currency: r.Currency, RequestID: r.RequestID, Action: r.Action, Cause: r.Cause, ReturnID: r.ReturnID, Shipping: r.Shipping, TakenAt: at,
	}
	for _, l := range r.Lines {
		if l.Qty <= 0 || l.Allowance != nil && *l.Allowance < 0 {
			return fmt.Errorf("request %s credits %d units of line %s of order %s: quantities are above zero, allowances not below", r.RequestID, l.Qty, l.LineID, b.ID)
		}
		row.Lines = append(row.Lines, event.RequestedLine{LineID: l.LineID, Qty: l.Qty, ShipmentID: l.ShipmentID, Allowance: l.Allowance})
	}
	o.Requests++
	b.Requests.Put(r.RequestID, row)
	return nil
}
