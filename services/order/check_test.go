package order

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

func TestSubmissionsAreCheckedFieldByField(t *testing.T) {
	good := func() *event.OrderSubmit {
		return &event.OrderSubmit{
			OrderID: event.OrderID("shop", "1"), Channel: "shop", ExternalID: "1", Currency: "EUR", Shipping: 5, Total: 17,
			Lines: []event.OrderLine{
				{LineID: "1", Sku: "s", Kind: event.LineKindGoods, Qty: 2, Amount: 14},
				{LineID: "2", Sku: "discount", Kind: event.LineKindCharge, Qty: 1, Amount: -2},
			},
		}
	}
	if faults := Check(good().OrderID, good()); len(faults) > 0 {
		t.Fatalf("a good submission has faults: %+v", faults)
	}
	for name, c := range map[string]struct {
		spoil         func(s *event.OrderSubmit)
		pointer, code string
	}{
		"other id":       {func(s *event.OrderSubmit) { s.OrderID = "x" }, "/external_id", FaultID},
		"no currency":    {func(s *event.OrderSubmit) { s.Currency = "" }, "/currency", FaultRequired},
		"no lines":       {func(s *event.OrderSubmit) { s.Lines = nil }, "/lines", FaultRange},
		"too many lines": {func(s *event.OrderSubmit) { s.Lines = make([]event.OrderLine, MaxLines+1) }, "/lines", FaultRange},
		"line id twice":  {func(s *event.OrderSubmit) { s.Lines[1].LineID = "1" }, "/lines/1/line_id", FaultRepeated},
		"no line id":     {func(s *event.OrderSubmit) { s.Lines[0].LineID = "" }, "/lines/0/line_id", FaultRequired},
		"no sku":         {func(s *event.OrderSubmit) { s.Lines[0].Sku = "" }, "/lines/0/sku", FaultRequired},
		"no units":       {func(s *event.OrderSubmit) { s.Lines[0].Qty = 0 }, "/lines/0/quantity", FaultRange},
		"too many units": {func(s *event.OrderSubmit) { s.Lines[0].Qty = MaxQty + 1 }, "/lines/0/quantity", FaultRange},
		"goods below 0":  {func(s *event.OrderSubmit) { s.Lines[0].Amount = -1; s.Total = 2 }, "/lines/0/amount", FaultRange},
		"wrong total":    {func(s *event.OrderSubmit) { s.Total++ }, "/total", FaultSum},
	} {
		s := good()
		c.spoil(s)
		faults := Check(event.OrderID("shop", "1"), s)
		if len(faults) != 1 || faults[0].Pointer != c.pointer || faults[0].Code != c.code {
			t.Errorf("%s: %+v", name, faults)
		}
	}
}
