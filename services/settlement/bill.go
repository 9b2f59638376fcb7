package settlement

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// bill asks for an invoice of every shipment that has none.
func (b *Books) bill(out *Out, now time.Time) {
	o := b.Order
	proforma := o.Terms == event.PaymentTermsProforma
	if (o.Bare || proforma && (!o.Ended || o.Shipped > 0)) && b.Bills.Get(Whole) == nil {
		b.Bills.Put(Whole, &Bill{})
		o.Unbilled++
	}
	if o.Unbilled == 0 {
		return
	}
	var done, open []*Bill
	for _, key := range b.Bills.Keys() {
		switch bill := b.Bills.Get(key); {
		case bill.Covered:
		case bill.InvoiceID != "":
			done = append(done, bill)
		case proforma && key != Whole:
			bill.Covered = true
			b.Bills.Put(key, bill)
		default:
			open = append(open, bill)
		}
	}
	price := b.Price()
	for _, bill := range open {
		if proforma {
			bill.Lines = whole(price)
		}
		lines := Fill(bill, price, done)
		bill.InvoiceID, bill.Owed = InvoiceID(b.ID, bill.ShipmentID), bill.Total
		o.Requested += bill.Total
		b.Bills.Put(billKey(bill.ShipmentID), bill)
		out.Invoices = append(out.Invoices, &event.InvoiceRequested{
			InvoiceID: bill.InvoiceID, OrderID: b.ID, ShipmentID: bill.ShipmentID, Currency: o.Currency, Lines: lines,
			Goods: bill.Total - bill.Shipping, Shipping: bill.Shipping, Total: bill.Total, RequestedAt: now, Customer: o.Customer,
		})
		done = append(done, bill)
	}
	o.Unbilled = 0
}

// whole is every unit of an order that ships.
func whole(p *Price) []event.BilledLine {
	var lines []event.BilledLine
	for _, l := range p.Lines {
		if ships(l.Kind) {
			lines = append(lines, event.BilledLine{LineID: l.LineID, Qty: l.Qty})
		}
	}
	return lines
}

func billKey(shipmentID string) string {
	if shipmentID == "" {
		return Whole
	}
	return shipmentID
}

// Fill puts the money into a bill whose lines say what left; earlier are the
// bills before it. It returns the lines of the invoice.
func Fill(b *Bill, p *Price, earlier []*Bill) []event.InvoiceLine {
	var lines []event.InvoiceLine
	b.Currency, b.Total = p.Currency, 0
	before, now := shippedOf(earlier), shippedOf([]*Bill{b})
	sold, first := everSold(p), len(earlier) == 0
	all := newDeal(p, sold, before, now)
	var billed []event.BilledLine
	for _, l := range sold {
		qty, amount := l.Qty, l.Amount
		switch {
		case ships(l.Kind):
			qty = now[l.LineID]
			amount = worth(p, &l, before[l.LineID]+qty) - worth(p, &l, before[l.LineID])
		case l.Amount < 0:
			amount = min(0, all.share(l.Amount, billedOf(earlier, l.LineID)))
		case !first:
			qty = 0
		}
		if qty == 0 || !ships(l.Kind) && amount == 0 && !first {
			continue
		}
		billed = append(billed, event.BilledLine{LineID: l.LineID, Qty: qty, Amount: amount})
		lines = append(lines, event.InvoiceLine{LineID: l.LineID, Sku: l.Sku, Kind: l.Kind, Qty: qty, UnitPriceE6: l.UnitPriceE6, Amount: amount})
		b.Total += amount
	}
	b.Lines = billed
	b.Shipping = max(0, all.share(p.Shipping, freightOf(earlier)))
	b.Total += b.Shipping
	return lines
}

// deal splits what belongs to all goods of an order, freight and discounts, by
// the value that left; all of it goes at once when nothing has a value.
type deal struct {
	left, whole int64 // value of what left up to now, and of what is ordered
}

func newDeal(p *Price, sold []event.OrderLine, before, now map[string]int64) (d deal) {
	for _, l := range sold {
		if ships(l.Kind) {
			d.whole += l.Amount
			d.left += worth(p, &l, before[l.LineID]+now[l.LineID])
		}
	}
	return d
}

// share is what the goods that left up to now bear of total, less what was billed of
// it before: when lines changed meanwhile that was by other shares, and stays billed.
func (d deal) share(total, billed int64) int64 {
	if d.whole > 0 {
		total = share(total, d.left, d.whole)
	}
	return total - billed
}

// freightOf is the freight of bills.
func freightOf(bills []*Bill) (sum int64) {
	for _, b := range bills {
		sum += b.Shipping
	}
	return sum
}

// billedOf is what bills ask for a line.
func billedOf(bills []*Bill, lineID string) (sum int64) {
	for _, b := range bills {
		if l := lineOf(b, lineID); l != nil {
			sum += l.Amount
		}
	}
	return sum
}

// shippedOf adds up what left by line.
func shippedOf(bills []*Bill) map[string]int64 {
	sum := make(map[string]int64)
	for _, b := range bills {
		for _, l := range b.Lines {
			sum[l.LineID] += l.Qty
		}
	}
	return sum
}
