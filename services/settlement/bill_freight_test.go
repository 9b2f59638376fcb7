package settlement

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// A buyer takes a line off after the other one was billed with its share of the
// freight: the rest of the freight is what is left of it.
func TestFreightIsBilledOnceThoughLinesChangeBetweenShipments(t *testing.T) {
	goods := func(id string, qty int64) event.OrderLine {
		return event.OrderLine{LineID: id, Kind: event.LineKindGoods, Qty: qty, Amount: 100 * qty}
	}
	first := &Bill{Lines: []event.BilledLine{{LineID: "1", Qty: 5}}}
	Fill(first, &Price{Shipping: 1000, Lines: []event.OrderLine{goods("1", 5), goods("2", 5)}}, nil)
	second := &Bill{Lines: []event.BilledLine{{LineID: "2", Qty: 1}}}
	Fill(second, &Price{Shipping: 1000, Lines: []event.OrderLine{goods("1", 1), goods("2", 1)}}, []*Bill{first})
	if first.Shipping != 500 || second.Shipping != 500 {
		t.Errorf("freight of 1000 is billed as %d and %d", first.Shipping, second.Shipping)
	}
}
