package settlement

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// claimLimit is how long a request waits for units that no bill bears yet.
const claimLimit = 7 * 24 * time.Hour

// unshipped is the request that credits what a proforma order never shipped.
const unshipped = "unshipped"

// credit finds the units of open requests on bills, and approves the credits
// whose invoice is posted.
func (b *Books) credit(out *Out, now time.Time) {
	b.creditUnshipped(now)
	if b.Order.Requests == 0 {
		return
	}
	for _, key := range b.Requests.Keys() {
		r := b.Requests.Get(key)
		for n := range r.Lines {
			if l := &r.Lines[n]; rest(l) > 0 {
				b.claim(r, l)
				if rest(l) > 0 && b.hopeless(r, l, now) {
					l.Refused += rest(l)
				}
				b.Requests.Put(key, r)
			}
		}
	}
	for _, key := range b.Credits.Keys() {
		c := b.Credits.Get(key)
		if bill := b.Bills.Get(c.Bill); c.State == event.CreditStateWaitingInvoice && bill != nil && bill.Number != "" {
			b.approve(out, key, c, bill, now)
		}
	}
}

// creditUnshipped asks to credit what was billed before it left and never will.
func (b *Books) creditUnshipped(now time.Time) {
	bill := b.Bills
	o := b.Order
	if o.Terms != event.PaymentTermsProforma || !b.quiet() || bill.Get(Whole) == nil || b.Requests.Get(unshipped) != nil {
		return
	}
	left := make(map[string]int64)
	for _, key := range bill.Keys() {
		if row := bill.Get(key); row.Covered {
			for _, l := range row.Lines {
				left[l.LineID] += l.Qty
			}
		}
	}
	r := &Request{RequestID: unshipped, Action: event.SettlementActionRefund, Cause: "UNSHIPPED", Currency: o.Currency, Shipping: true, TakenAt: now}
	shippable := make(map[string]bool)
	for _, l := range b.Price().Lines {
		shippable[l.LineID] = ships(l.Kind)
	}
	for _, l := range bill.Get(Whole).Lines {
		if qty := l.Qty - left[l.LineID]; shippable[l.LineID] && qty > 0 {
			r.Lines = append(r.Lines, event.RequestedLine{LineID: l.LineID, Qty: qty})
		}
	}
	o.Requests++
	b.Requests.Put(unshipped, r)
}

// approve asks the system of record for the credit note of a posted invoice.
func (b *Books) approve(out *Out, key string, c *Credit, bill *Bill, now time.Time) {
	trim(c, c.Total-b.room(c.Bill, bill))
	b.allow(out, key, c, bill, now)
}

// allow asks for the credit note of a credit as it is. What is worth nothing needs none.
func (b *Books) allow(out *Out, key string, c *Credit, bill *Bill, now time.Time) {
	c.State = next(creditTable, c.State, Invoice).To
	b.Credits.Put(key, c)
	if c.Total <= 0 {
		c.State, c.Total, c.Shipping, c.Lines = event.CreditStatePosted, 0, 0, nil
		return
	}
	b.Order.Credited += c.Total
	r := b.Requests.Get(c.RequestID)
	lines := make([]event.CreditLine, len(c.Lines))
	for n, l := range c.Lines {
		lines[n] = event.CreditLine(l)
	}
	out.Refunds = append(out.Refunds, &event.RefundApproved{
		RefundID: c.RefundID, OrderID: b.orderID(), RequestID: c.RequestID, ReturnID: r.ReturnID, Cause: r.Cause,
		InvoiceID: bill.InvoiceID, InvoiceNumber: bill.Number, ShipmentID: bill.ShipmentID, Currency: c.Currency,
		Lines: lines, Shipping: c.Shipping, Total: c.Total, PaysBack: b.collects(), Customer: b.Order.Customer, ApprovedAt: now,
	})
}

// room is what can still be credited of a bill: the system of record may have
// corrected it to less than was asked for.
func (b *Books) room(key string, bill *Bill) int64 {
	left := bill.Owed
	for _, id := range b.Credits.Keys() {
		if c := b.Credits.Get(id); c.Bill == key && c.State != event.CreditStateWaitingInvoice {
			left -= c.Total
		}
	}
	return max(0, left)
}

// trim takes an amount off a credit, freight first.
func trim(c *Credit, amount int64) {
	off := min(max(0, amount), c.Shipping)
	c.Shipping -= off
	c.Total -= off
	for n := len(c.Lines) - 1; n >= 0 && amount > off; n-- {
		part := min(amount-off, max(0, c.Lines[n].Amount))
		c.Lines[n].Amount -= part
		c.Total -= part
		off += part
	}
}

// answer tells returns what became of their requests.
func (b *Books) answer(out *Out, now time.Time) {
	if b.Order.Requests == 0 {
		return
	}
	for _, key := range b.Requests.Keys() {
		r := b.Requests.Get(key)
		if r.ReturnID == "" {
			continue
		}
		said := event.ReturnCredited{RequestID: r.RequestID, ReturnID: r.ReturnID, OrderID: b.orderID(), Currency: b.Order.Currency, AnsweredAt: now}
		for _, l := range r.Lines {
			said.Units += l.Claimed
			said.Refused += l.Refused
			said.Waiting += rest(&l)
		}
		for _, id := range b.Credits.Keys() {
			c := b.Credits.Get(id)
			switch {
			case c.RequestID != r.RequestID:
			case c.State == event.CreditStateWaitingInvoice:
				for _, l := range c.Lines {
					said.Units -= l.Qty
					said.Waiting += l.Qty
				}
			default:
				said.Total += c.Total
			}
		}
		if said.Total == r.Total && said.Units == r.Units && said.Refused == r.Refused && said.Waiting == r.Waiting {
			continue
		}
		r.Total, r.Units, r.Refused, r.Waiting = said.Total, said.Units, said.Refused, said.Waiting
		b.Requests.Put(key, r)
		out.Answers = append(out.Answers, &said)
	}
}
