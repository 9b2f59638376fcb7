package settlement

import (
	"github.com/millrace/millrace/schemas/event"
)

// Fill puts the money into a bill whose lines say what left; earlier are the
// bills before it. It returns the lines of the invoice.
func Fill(b *Bill, p *Price, earlier []*Bill) []event.InvoiceLine {
	var lines []event.InvoiceLine
	b.Currency, b.Total = p.Currency, 0
	shipped := shippedOf(earlier)
	var billed []event.BilledLine
	now := shippedOf([]*Bill{b})
	for _, l := range p.Lines {
		before, qty := shipped[l.LineID], now[l.LineID]
		if !ships(l.Kind) && len(earlier) == 0 {
			qty = l.Qty
		}
		if qty == 0 {
			continue
		}
		amount := share(l.Amount, before+qty, l.Qty) - share(l.Amount, before, l.Qty)
		billed = append(billed, event.BilledLine{LineID: l.LineID, Qty: qty, Amount: amount})
		lines = append(lines, event.InvoiceLine{LineID: l.LineID, Sku: l.Sku, Kind: l.Kind, Qty: qty, UnitPriceE6: l.UnitPriceE6, Amount: amount})
		b.Total += amount
	}
	b.Lines = billed
	b.Shipping = freight(p, shipped, now)
	b.Total += b.Shipping
	return lines
}

// freight is the part of the freight that goes with what left now: by the value
// shipped, or all of it at once when nothing has a value.
func freight(p *Price, before, now map[string]int64) int64 {
	whole, valueBefore, value := int64(0), int64(0), int64(0)
	for _, l := range p.Lines {
		if !ships(l.Kind) {
			continue
		}
		whole += l.Amount
		valueBefore += share(l.Amount, before[l.LineID], l.Qty)
		value += share(l.Amount, before[l.LineID]+now[l.LineID], l.Qty)
	}
	if whole == 0 {
		if len(before) > 0 {
			return 0
		}
		return p.Shipping
	}
	return share(p.Shipping, value, whole) - share(p.Shipping, valueBefore, whole)
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

// ships says whether a line's units leave a node.
func ships(kind event.LineKind) bool {
	return kind == event.LineKindGoods || kind == event.LineKindKit
}
