package reconcile

import (
	"testing"

	"github.com/millrace/millrace/connectors/sandbox"
)

func TestEqualBooksHaveNoDifference(t *testing.T) {
	rows := Warehouse(sandbox.Books{
		Twin: "north", Total: sandbox.Item{Received: 10, Shipped: 4, Adjusted: -1, OnHand: 5}, Items: map[string]sandbox.Item{"tea": {OnHand: 5}}, Documents: 3, Keys: 3,
	}, Place{Received: 10, Shipped: 4, Adjusted: -1, OnHand: 5, Items: map[string]int64{"tea": 5}})
	if !Equal(rows) || len(rows) != 5 {
		t.Errorf("rows %+v", rows)
	}
	erp, err := ERP(sandbox.ERPBooks{
		Twin: "erp", Units: sandbox.SaleUnits{Ordered: 9, Shipped: 7, Cancelled: 2}, Invoiced: map[string]string{"GBP": "12.3", "EUR": "0.00"}, Net: map[string]int64{"tea": -7},
	}, Sales{Ordered: 9, Shipped: 7, Cancelled: 2, Invoiced: map[string]int64{"GBP": 1230}})
	if err != nil || !Equal(erp) {
		t.Errorf("rows %+v, %v", erp, err)
	}
}

func TestEachDifferenceIsNamed(t *testing.T) {
	rows := Warehouse(sandbox.Books{
		Twin: "north", Total: sandbox.Item{Received: 8, Shipped: 4, OnHand: 4}, Orders: map[string]int{"picked": 2, "shipped": 9}, Waiting: 1,
		Items: map[string]sandbox.Item{"tea": {OnHand: 4}},
	}, Place{Received: 10, Shipped: 6, OnHand: 5, Adjusted: 1, Items: map[string]int64{"rum": 5}})
	causes := make(map[string]string)
	for _, r := range rows {
		causes[r.What] = r.Cause
	}
	for what, want := range map[string]string{
		"units received": "1 advices whose goods have not come", "units shipped": "2 orders that have not left", "units adjusted": Unexplained,
		"on hand of tea": "1 advices whose goods have not come", "on hand of rum": "1 advices whose goods have not come", "documents done twice": "",
	} {
		if causes[what] != want {
			t.Errorf("%s: %q, want %q", what, causes[what], want)
		}
	}
	erp, err := ERP(sandbox.ERPBooks{Twin: "erp", Invoiced: map[string]string{"GBP": "12.30"}}, Sales{Invoiced: map[string]int64{"GBP": 1231, "USD": 5}})
	if err != nil {
		t.Fatal(err)
	}
	last := erp[len(erp)-2:]
	if last[0].Difference != "-0.01" || last[0].Cause != Unexplained || last[1].What != "invoiced USD" || last[1].Theirs != "0" {
		t.Errorf("rows %+v", last)
	}
}
