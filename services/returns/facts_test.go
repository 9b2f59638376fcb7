package returns

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

func textOf(s string) *string { return &s }

// facts makes what happens to a return of up to three lines: of an item found by
// search, of one whose order is named, and of one to be exchanged.
func facts(rng *rand.Rand) (before, all []any) {
	buyer := event.PartyRef{PartyID: "C1", Country: "DE"}
	n := func(most int) int64 { return 1 + rng.Int64N(int64(most)) }
	sold := func(order string, at time.Time, qty int64) (accepted, shipped any) {
		var lines []event.OrderLine
		var left []event.ShipmentLine
		for k, sku := range []string{"a", "b", "c"} {
			lines = append(lines, event.OrderLine{LineID: fmt.Sprint(k + 1), Sku: sku, Kind: event.LineKindGoods, Qty: qty, UnitPriceE6: 1e6})
			left = append(left, event.ShipmentLine{LineID: fmt.Sprint(k + 1), Sku: sku, Qty: qty})
		}
		return &event.OrderAccepted{OrderID: order, Currency: "EUR", Customer: buyer, OrderedAt: at, Lines: lines},
			&event.ShipmentConfirmed{OrderID: order, ShipmentID: "s" + order, ShippedAt: at.Add(time.Hour), Lines: left}
	}
	for k := range 2 {
		a, s := sold(fmt.Sprint("found", k), monday.Add(-time.Duration(1+rng.IntN(99)*k)*24*time.Hour), n(3))
		before = append(before, a, s)
	}
	a, s := sold("named", monday.AddDate(0, 0, -2-200*rng.IntN(2)), n(4))
	a.(*event.OrderAccepted).Lines[0].UnitPriceE6 = 2e6 // what search may find is known before: it finds no other
	all = append(all, a, s)
	q := &event.ReturnRequested{
		ReturnID: event.ReturnID("shop", "R1"), Channel: "shop", ExternalID: "R1", Customer: buyer, Currency: "EUR", RequestedAt: monday,
		Lines: []event.ReturnLine{
			{Sku: "a", Kind: event.LineKindGoods, Qty: n(5), UnitPriceE6: 1e6},
			{Sku: "b", Kind: event.LineKindGoods, Qty: n(4), UnitPriceE6: 1e6, OrderID: textOf("named"), LineID: "2"},
			{Sku: "c", Kind: event.LineKindGoods, Qty: n(2), UnitPriceE6: 1e6, OrderID: textOf("named"), LineID: "3", ExchangeSku: textOf("d")},
			{Sku: "post", Kind: event.LineKindCharge, Qty: 1, UnitPriceE6: 1e6},
		},
	}
	if rng.IntN(6) == 0 {
		q.Lines[0].UnitPriceE6 = 5 // bought by nobody
	}
	if one := rng.IntN(6); one < 3 {
		q.Lines = q.Lines[one : one+1]
	}
	all = append(all, q)
	final, comes, neat := rng.IntN(2) == 0, rng.IntN(3) > 0, rng.IntN(2) == 0
	for k, l := range q.Lines {
		if l.Kind == event.LineKindCharge || !comes {
			continue
		}
		id := ""
		if rng.IntN(2) == 0 {
			id = fmt.Sprint(k + 1)
		}
		for part := range rng.IntN(3) {
			qty := n(3)
			if neat {
				qty = l.Qty
				if part > 0 {
					break
				}
			}
			all = append(all, &event.ReturnReceived{
				ReturnID: q.ReturnID, ReceiptID: fmt.Sprint(k, part), Node: "north", Final: final, ReceivedAt: monday.Add(time.Hour),
				Lines: []event.ReceivedLine{{ReturnLine: id, Sku: l.Sku, Qty: qty}},
			})
			if rng.IntN(4) > 0 {
				all = append(all, &event.ReturnDispositioned{
					ReturnID: q.ReturnID, DispositionID: fmt.Sprint(k, part), Node: "north", Currency: "EUR", DispositionedAt: monday.Add(2 * time.Hour),
					Lines: []event.DispositionLine{{ReturnLine: id, Sku: l.Sku, Qty: qty, Disposition: anyPlace(rng), Refused: rng.IntN(5) == 0}},
				})
			}
		}
	}
	if rng.IntN(4) == 0 {
		all = append(all, &event.ReturnReceived{ReturnID: q.ReturnID, ReceiptID: "odd", Node: "north", ReceivedAt: monday, Lines: []event.ReceivedLine{{Sku: "z", Qty: 1}}})
	}
	switch rng.IntN(6) {
	case 0:
		all = append(all, &event.ReturnResolve{RequestID: "w1", ReturnID: q.ReturnID, Action: event.ReturnResolutionCancel, RequestedAt: monday})
	case 1:
		all = append(all, &event.ReturnResolve{RequestID: "w1", ReturnID: q.ReturnID, Action: event.ReturnResolutionLost, RequestedAt: monday})
	case 2:
		all = append(all, &event.ReturnResolve{RequestID: "w1", ReturnID: q.ReturnID, ReturnLine: "+z", Action: event.ReturnResolutionRefuse, RequestedAt: monday})
	case 3:
		all = append(all, &event.ReturnResolve{RequestID: "w1", ReturnID: q.ReturnID, ReturnLine: "+z", Action: event.ReturnResolutionMatch, OrderID: textOf("named"), LineID: textOf("1"), RequestedAt: monday})
	}
	if line := []string{"1", "+z", ""}[rng.IntN(3)]; line == "+z" || line == "1" && q.Lines[0].OrderID == nil {
		all = append(all, &event.ReturnResolve{
			RequestID: "w3", ReturnID: q.ReturnID, ReturnLine: line, Action: event.ReturnResolutionWithoutReference, Qty: n(4), Amount: n(mostLoose + mostLoose/4), Currency: "EUR",
			RequestedAt: monday.Add(time.Minute),
		})
	}
	if rng.IntN(4) == 0 {
		all = append(all, &event.ReturnResolve{RequestID: "w2", ReturnID: q.ReturnID, Action: event.ReturnResolutionAskAgain, RequestedAt: monday})
	}
	return before, all
}

func anyPlace(rng *rand.Rand) event.Disposition {
	return []event.Disposition{
		event.DispositionRestock, event.DispositionBGrade, event.DispositionRefurbish, event.DispositionReturnToVendor,
		event.DispositionQuarantine, event.DispositionScrap, event.DispositionDonate,
	}[rng.IntN(7)]
}
