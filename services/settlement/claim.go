package settlement

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// rest is how many units of a line are neither found nor refused.
func rest(l *event.RequestedLine) int64 { return l.Qty - l.Claimed - l.Refused }

// claim takes units of bills for a line of a request.
func (b *Books) claim(r *Request, l *event.RequestedLine) {
	for _, key := range b.Bills.Keys() {
		row := b.Bills.Get(key)
		if rest(l) == 0 {
			return
		}
		if row.InvoiceID == "" && !row.Covered || !b.offers(r, l, key) {
			continue
		}
		paid, payer := row, key
		if row.Covered {
			payer = Whole
			paid = b.Bills.Get(Whole)
		}
		units := min(rest(l), free(row, l.LineID), free(paid, l.LineID))
		if paid == nil || units <= 0 {
			continue
		}
		b.take(r, l, key, payer, paid, units)
		if row != paid {
			lineOf(row, l.LineID).Claimed += units
		}
		b.Bills.Put(key, row)
		b.Bills.Put(payer, paid)
	}
}

// offers says whether a bill may bear the units that a line asks for. The bill of
// a whole proforma order offers what left only by the shipments that it covers.
func (b *Books) offers(r *Request, l *event.RequestedLine, key string) bool {
	if b.Order.Terms == event.PaymentTermsProforma && key == Whole {
		return r.RequestID == unshipped || !b.leaves(l.LineID)
	}
	return r.RequestID != unshipped && (l.ShipmentID == nil || *l.ShipmentID == key || !b.leaves(l.LineID))
}

// leaves says whether the units of a line leave a node.
func (b *Books) leaves(lineID string) bool {
	l := b.sold(lineID)
	return l != nil && ships(l.Kind)
}

// hopeless says whether no bill will ever bear the rest of a line: the shipment
// it names is billed, everything that left is, or it has waited long enough.
func (b *Books) hopeless(r *Request, l *event.RequestedLine, now time.Time) bool {
	named := l.ShipmentID != nil && b.Bills.Get(*l.ShipmentID) != nil
	return named || b.quiet() || r.RequestID == unshipped || !now.Before(r.TakenAt.Add(claimLimit))
}

func lineOf(row *Bill, lineID string) *event.BilledLine {
	for n := range row.Lines {
		if row.Lines[n].LineID == lineID {
			return &row.Lines[n]
		}
	}
	return nil
}

// free is how many units of a line are not claimed; row may be nil.
func free(row *Bill, lineID string) int64 {
	if row == nil {
		return 0
	}
	if l := lineOf(row, lineID); l != nil {
		return l.Qty - l.Claimed
	}
	return 0
}

// take moves units of a bill to a credit. Their worth is what the claimed part of
// the line grows by, so that all credits of a bill together never exceed it.
// A credit takes its units at once, so an approved one never grows.
func (b *Books) take(r *Request, l *event.RequestedLine, row, payer string, bill *Bill, units int64) {
	id := RefundID(b.ID, r.RequestID, row)
	c := b.Credits.Get(id)
	if c == nil {
		c = &Credit{Currency: b.Order.Currency, RefundID: id, RequestID: r.RequestID, Bill: payer, State: event.CreditStateWaitingInvoice}
	}
	line, before := lineOf(bill, l.LineID), b.position(bill)
	amount := share(line.Amount, line.Claimed+units, line.Qty) - share(line.Amount, line.Claimed, line.Qty)
	line.Claimed += units
	if l.Allowance != nil {
		part := share(*l.Allowance, l.Claimed+units, l.Qty) - share(*l.Allowance, l.Claimed, l.Qty)
		amount = max(0, min(amount, part))
	} else if b.leaves(l.LineID) {
		b.takeShared(r, c, bill, before, b.position(bill))
	}
	l.Claimed += units
	c.Lines = append(c.Lines, event.CreditedLine{LineID: l.LineID, Sku: b.sku(l.LineID), Qty: units, Amount: amount})
	c.Total += amount
	b.Credits.Put(id, c)
}

// position is how far the goods of a bill are claimed: their value, or their
// units when they have none, and all of it.
func (b *Books) position(bill *Bill) (at [2]int64) {
	var units [2]int64
	for _, l := range bill.Lines {
		if b.leaves(l.LineID) {
			at[0] += share(l.Amount, l.Claimed, l.Qty)
			at[1] += l.Amount
			units[0] += l.Claimed
			units[1] += l.Qty
		}
	}
	if at[1] == 0 {
		return units
	}
	return at
}

// takeShared adds to a credit what belongs to all goods of a bill: its discounts
// always, its freight when the request says so.
func (b *Books) takeShared(r *Request, c *Credit, bill *Bill, before, after [2]int64) {
	part := func(total int64) int64 {
		return share(total, after[0], after[1]) - share(total, before[0], before[1])
	}
	for _, l := range bill.Lines {
		if amount := part(l.Amount); l.Amount < 0 && amount != 0 && !b.leaves(l.LineID) {
			c.Lines = append(c.Lines, event.CreditedLine{LineID: l.LineID, Sku: b.sku(l.LineID), Amount: amount})
			c.Total += amount
		}
	}
	if r.Shipping {
		amount := part(bill.Shipping)
		c.Shipping += amount
		c.Total += amount
	}
}

func (b *Books) sku(lineID string) string {
	if l := b.sold(lineID); l != nil {
		return l.Sku
	}
	return ""
}
