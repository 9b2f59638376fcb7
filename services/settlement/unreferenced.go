package settlement

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Goods that came back with no order that is known are credited on a person's word,
// within the policy of their channel, which returns hold it to. Such money stands in
// books of its own under the id of the return: no bill bears its units, so a
// request says what they are worth, and there is no invoice to wait for. It stays on the
// customer's account at the system of record; his credit hears of the posted note as of
// those of orders, and counts it until a balance contains it.

// Unreferenced takes a request to credit a return without an order, once; at is the
// time now. An error says why it cannot be carried out.
func (b *Books) Unreferenced(out *Out, r *event.SettlementRequest, at time.Time) error {
	o := b.Order
	switch {
	case r.OrderID != "" || o.Known:
		return fmt.Errorf("request %s credits order %s in the books of return %s: those are of what has no order", r.RequestID, r.OrderID, b.ID)
	case r.Action != event.SettlementActionCredit || r.Customer == nil || len(r.Lines) == 0:
		return fmt.Errorf("request %s asks for %q of return %s without an order: it is a credit, of units, to somebody", r.RequestID, r.Action, b.ID)
	case o.Currency != "" && o.Currency != r.Currency:
		return fmt.Errorf("request %s credits return %s in %s, and it was in %s before", r.RequestID, b.ID, r.Currency, o.Currency)
	}
	for _, l := range r.Lines {
		if l.Qty <= 0 || l.Sku == "" || l.Allowance == nil || *l.Allowance < 0 {
			return fmt.Errorf("request %s credits %d units of %q in line %s of return %s: it needs an item, units, and what they are worth", r.RequestID, l.Qty, l.Sku, l.LineID, b.ID)
		}
	}
	if b.Requests.Get(r.RequestID) == nil {
		b.grant(out, r, at)
	}
	return nil
}

// grant keeps a request and asks the system of record for its credit note.
func (b *Books) grant(out *Out, r *event.SettlementRequest, at time.Time) {
	row := &Request{Currency: r.Currency, RequestID: r.RequestID, Action: r.Action, Cause: r.Cause, ReturnID: r.ReturnID, TakenAt: at}
	c := &Credit{Currency: r.Currency, RefundID: RefundID(b.ID, r.RequestID, Whole), RequestID: r.RequestID, State: event.CreditStateWaitingInvoice}
	for _, l := range r.Lines {
		row.Lines = append(row.Lines, event.RequestedLine{LineID: l.LineID, Qty: l.Qty, Allowance: l.Allowance, Claimed: l.Qty})
		c.Lines = append(c.Lines, event.CreditedLine{LineID: l.LineID, Sku: l.Sku, Qty: l.Qty, Amount: *l.Allowance})
		c.Total += *l.Allowance
	}
	b.Order.Currency, b.Order.Customer = r.Currency, *r.Customer
	b.Order.Requests++
	b.Requests.Put(r.RequestID, row)
	b.allow(out, c.RefundID, c, &Bill{}, at)
}

// OfReturn says whether money is that of a return, which is credited without an order.
func OfReturn(o *Record) bool { return !o.Known && o.Currency != "" }

// unreferenced says whether the books are those of a return.
func (b *Books) unreferenced() bool { return OfReturn(b.Order) }

// orderID is the order that the books are of, empty for those of a return.
func (b *Books) orderID() string {
	if b.unreferenced() {
		return ""
	}
	return b.ID
}
