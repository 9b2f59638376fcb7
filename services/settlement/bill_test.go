package settlement

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// drawPrice makes an order of goods and charges.
func drawPrice(t *rapid.T) *Price {
	p := &Price{Currency: "EUR", Shipping: rapid.Int64Range(0, 9999).Draw(t, "shipping")}
	for n := range rapid.IntRange(1, 5).Draw(t, "lines") {
		l := event.OrderLine{LineID: fmt.Sprint(n), Kind: event.LineKindGoods, Qty: rapid.Int64Range(1, 20).Draw(t, "qty"), Amount: rapid.Int64Range(0, 100_000).Draw(t, "amount")}
		if n > 0 && rapid.Bool().Draw(t, "charge") {
			l.Kind, l.Amount = event.LineKindCharge, l.Amount-50_000
		}
		p.Lines = append(p.Lines, l)
	}
	return p
}

// ship takes a random part of what has not left; nil when that is nothing.
func ship(t *rapid.T, p *Price, left map[string]int64) *Bill {
	b := &Bill{}
	for _, l := range p.Lines {
		if !ships(l.Kind) {
			continue
		}
		if qty := rapid.Int64Range(0, left[l.LineID]).Draw(t, "leaves"); qty > 0 {
			left[l.LineID] -= qty
			b.Lines = append(b.Lines, event.BilledLine{LineID: l.LineID, Qty: qty})
		}
	}
	if len(b.Lines) == 0 {
		return nil
	}
	return b
}

func TestBillsAddUpExactlyWhicheverShipmentIsLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPrice(t)
		left, total := make(map[string]int64), p.Shipping
		for _, l := range p.Lines {
			left[l.LineID] = l.Qty
			total += l.Amount
		}
		var bills []*Bill
		sum, freight := int64(0), int64(0)
		add := func(b *Bill) {
			lines := Fill(b, p, bills)
			bills = append(bills, b)
			said := b.Shipping
			for _, l := range lines {
				said += l.Amount
				if ships(l.Kind) && l.Amount < 0 {
					t.Fatalf("a bill takes money back for goods: %+v", l)
				}
			}
			if said != b.Total {
				t.Fatalf("the invoice lines and freight add up to %d, the bill says %d", said, b.Total)
			}
			sum += b.Total
			freight += b.Shipping
		}
		for range rapid.IntRange(0, 4).Draw(t, "parts") {
			if b := ship(t, p, left); b != nil {
				add(b)
			}
		}
		if freight > p.Shipping || freight < 0 {
			t.Fatalf("%d of %d freight is billed", freight, p.Shipping)
		}
		rest := &Bill{}
		for _, l := range p.Lines {
			if ships(l.Kind) && left[l.LineID] > 0 {
				rest.Lines = append(rest.Lines, event.BilledLine{LineID: l.LineID, Qty: left[l.LineID]})
			}
		}
		if len(rest.Lines) > 0 {
			add(rest)
		}
		if sum != total {
			t.Fatalf("%d bills add up to %d of %d", len(bills), sum, total)
		}
	})
}

func TestNobodyPaysForMoreThanWasOrdered(t *testing.T) {
	p := &Price{Currency: "EUR", Lines: []event.OrderLine{{LineID: "1", Kind: event.LineKindGoods, Qty: 3, Amount: 100}}}
	first := &Bill{Lines: []event.BilledLine{{LineID: "1", Qty: 2}}}
	Fill(first, p, nil)
	second := &Bill{Lines: []event.BilledLine{{LineID: "1", Qty: 4}}}
	Fill(second, p, []*Bill{first})
	if first.Total != 67 || second.Total != 33 {
		t.Errorf("%d and %d, want 67 and 33", first.Total, second.Total)
	}
	third := &Bill{Lines: []event.BilledLine{{LineID: "1", Qty: 1}, {LineID: "9", Qty: 1}}}
	Fill(third, p, []*Bill{first, second})
	if third.Total != 0 {
		t.Errorf("units beyond the order cost %d", third.Total)
	}
}

func TestChargesGoFirstAndDiscountsByValue(t *testing.T) {
	p := &Price{Currency: "EUR", Shipping: 10, Lines: []event.OrderLine{
		{LineID: "1", Kind: event.LineKindGoods, Qty: 2, Amount: 100},
		{LineID: "2", Kind: event.LineKindCharge, Qty: 1, Amount: -7},
		{LineID: "3", Kind: event.LineKindService, Qty: 1, Amount: 9},
	}}
	first := &Bill{Lines: []event.BilledLine{{LineID: "1", Qty: 1}}}
	lines := Fill(first, p, nil)
	if first.Total != 50-4+9+5 || first.Shipping != 5 || len(lines) != 3 {
		t.Errorf("%+v", first)
	}
	second := &Bill{Lines: []event.BilledLine{{LineID: "1", Qty: 1}}}
	if Fill(second, p, []*Bill{first}); second.Total != 50-3+5 {
		t.Errorf("%+v", second)
	}
}

func TestShareIsRoundedHalfToEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "total")
		whole := rapid.Int64Range(1, 1000).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		exact := new(big.Rat).SetFrac64(total*part, whole)
		got := share(total, part, whole)
		off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(got))
		switch off.Abs(off).Cmp(big.NewRat(1, 2)) {
		case 1:
			t.Fatalf("share(%d, %d, %d) = %d, exactly %s", total, part, whole, got, exact)
		case 0:
			if got%2 != 0 {
				t.Fatalf("share(%d, %d, %d) = %d is odd, exactly %s", total, part, whole, got, exact)
			}
		}
	})
	if got := share(1<<62, 1<<40, 1<<41); got != 1<<61 {
		t.Errorf("a large share is %d", got)
	}
}

func TestAmendmentCountsWhicheverCameFirst(t *testing.T) {
	accepted := &event.OrderAccepted{Currency: "EUR", Shipping: 40, Total: 1040, Lines: []event.OrderLine{{LineID: "1", Kind: event.LineKindGoods, Qty: 4, Amount: 1000}}}
	amended := &event.OrderAmended{OrderVersion: 3, Currency: "EUR", Total: 290, Lines: []event.OrderLine{{LineID: "1", Kind: event.LineKindGoods, Qty: 1, Amount: 250}}}
	for name, first := range map[string]bool{"accepted": true, "amended": false} {
		b := &Books{Order: &Record{}}
		if first {
			b.Accepted(accepted)
			b.Amended(amended)
		} else {
			b.Amended(amended)
			b.Accepted(accepted)
		}
		p := b.Price()
		if b.Order.Total != 290 || p.Shipping != 40 || len(p.Lines) != 1 || p.Lines[0].Amount != 250 {
			t.Errorf("%s first: total %d, prices %+v", name, b.Order.Total, p)
		}
		if b.Amended(amended) != nil {
			t.Errorf("%s first: said twice, it counts twice", name)
		}
	}
}

// TestWhatIsTakenOffAndLeavesAllTheSameIsBilled: a partial cancel that a node no
// longer obeys changes nothing of what the buyer pays, whatever of it left before,
// whichever of order.accepted and order.amended came first.
func TestWhatIsTakenOffAndLeavesAllTheSameIsBilled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sold := drawPrice(t)
		accepted := &event.OrderAccepted{Currency: "EUR", Shipping: sold.Shipping, Lines: sold.Lines}
		var cancels []*event.OrderAmended
		lines := sold.Lines
		for n := range rapid.IntRange(1, 3).Draw(t, "cancels") {
			lines = cancelSome(t, sold.Lines, lines)
			cancels = append(cancels, &event.OrderAmended{OrderVersion: int64(n + 2), Currency: "EUR", Lines: lines})
		}
		late := rapid.Bool().Draw(t, "order.accepted is late")
		b := &Books{Order: &Record{}}
		if !late {
			b.Accepted(accepted)
		}
		var bills []*Bill
		left, wanted, goods := unitsOf(sold.Lines), unitsOf(lines), int64(0)
		for _, c := range cancels {
			b.Amended(c)
			if !late && rapid.Bool().Draw(t, "some leaves") {
				if bill := ship(t, sold, left); bill != nil {
					Fill(bill, b.Price(), bills)
					bills = append(bills, bill)
				}
			}
		}
		if late {
			b.Accepted(accepted)
		}
		rest := &Bill{}
		for _, l := range sold.Lines {
			if ships(l.Kind) {
				goods += l.Amount
				rest.Lines = append(rest.Lines, event.BilledLine{LineID: l.LineID, Qty: left[l.LineID]})
			}
		}
		Fill(rest, b.Price(), bills)
		bills = append(bills, rest)
		sum := -freightOf(bills)
		for _, bill := range bills {
			sum += bill.Total
		}
		want := goods
		for _, l := range sold.Lines {
			if !ships(l.Kind) {
				want += l.Amount
			}
		}
		// A unit that was billed while it was wanted bears its share of what was wanted
		// then, rounded once more.
		if slack := int64(len(bills) * len(sold.Lines)); late && sum != want || sum > want+slack || sum < want-slack {
			t.Fatalf("%d bills of all %v, of which %v are wanted, add up to %d of %d: %+v", len(bills), unitsOf(sold.Lines), wanted, sum, want, b.Price())
		}
		if freight := freightOf(bills); freight != sold.Shipping {
			t.Fatalf("%d of %d freight is billed", freight, sold.Shipping)
		}
	})
}

// cancelSome takes units off lines; each bears then what is left of its amount.
func cancelSome(t *rapid.T, sold, now []event.OrderLine) (lines []event.OrderLine) {
	for n, l := range now {
		if n > 0 && ships(l.Kind) {
			was := lineIn(sold, l.LineID)
			l.Qty = rapid.Int64Range(0, l.Qty).Draw(t, "wanted")
			l.Amount = halfEven(was.Amount, l.Qty, was.Qty)
		}
		if l.Qty > 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

func unitsOf(lines []event.OrderLine) map[string]int64 {
	units := make(map[string]int64)
	for _, l := range lines {
		if ships(l.Kind) {
			units[l.LineID] = l.Qty
		}
	}
	return units
}

// A line of 2 becomes one of 1, and both leave: the second costs what it cost.
func TestTheSecondOfTwoLeavesThoughOneIsWanted(t *testing.T) {
	b := &Books{Order: &Record{}}
	b.Accepted(&event.OrderAccepted{Currency: "EUR", Lines: []event.OrderLine{{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 2, Amount: 1000}}})
	b.Amended(&event.OrderAmended{OrderVersion: 2, Currency: "EUR", Lines: []event.OrderLine{{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 1, Amount: 450}}})
	for units, want := range map[int64]int64{1: 450, 2: 950, 3: 950} {
		bill := &Bill{Lines: []event.BilledLine{{LineID: "1", Qty: units}}}
		if Fill(bill, b.Price(), nil); bill.Total != want {
			t.Errorf("%d units cost %d, want %d", units, bill.Total, want)
		}
	}
}
