package reconcile

import (
	"testing"

	"github.com/millrace/millrace/connectors/sandbox"
)

func TestEqualBooksHaveNoDifference(t *testing.T) {
	tea := sandbox.Books{Twin: "north", Total: sandbox.Item{Received: 10, Shipped: 4, Adjusted: -1, OnHand: 5}, Documents: 3, Keys: 3}
	rows := append(OnHand(tea, 5), Shipped([]sandbox.Books{tea, tea}, 8))
	if !Equal(rows) || len(rows) != 3 {
		t.Errorf("rows %+v", rows)
	}
	erp, err := ERP(sandbox.ERPBooks{
		Twin: "erp", Units: sandbox.SaleUnits{Ordered: 9, Shipped: 7, Cancelled: 2}, Invoiced: map[string]string{"GBP": "12.3", "EUR": "0.00"}, Net: map[string]int64{"tea": -7},
		Credited: map[string]string{"GBP": "1.10"},
	}, Sales{Ordered: 9, Shipped: 7, Cancelled: 2, Invoiced: map[string]int64{"GBP": 1230}, Credited: map[string]int64{"GBP": 110}})
	if err != nil || !Equal(erp) {
		t.Errorf("rows %+v, %v", erp, err)
	}
	sums := sandbox.BankSums{Authorised: 500, Captured: 300, Reversed: 100, Refunded: 50}
	bank, err := Bank(sandbox.BankBooks{Twin: "bank", Sums: map[string]sandbox.BankSums{"EUR": sums}, Documents: 4, Keys: 4}, Payments{"EUR": sums})
	if err != nil || !Equal(bank) || len(bank) != 5 {
		t.Errorf("rows %+v, %v", bank, err)
	}
}

func TestEachDifferenceIsNamed(t *testing.T) {
	late := sandbox.Books{Twin: "north", Total: sandbox.Item{Shipped: 4, OnHand: 4}, Orders: map[string]int{"picked": 2, "shipped": 9}, Waiting: 1, Documents: 2, Keys: 1}
	idle := sandbox.Books{Twin: "south", Total: sandbox.Item{Shipped: 3, OnHand: 4}}
	for _, c := range []struct {
		row  Row
		want string
	}{
		{OnHand(late, 5)[0], "1 advices whose goods have not come"},
		{OnHand(late, 5)[1], Unexplained},
		{OnHand(idle, 5)[0], Unexplained},
		{OnHand(idle, 4)[0], ""},
		{Shipped([]sandbox.Books{late, idle}, 9), "2 orders that have not left"},
		{Shipped([]sandbox.Books{idle}, 2), Unexplained},
	} {
		if c.row.Cause != c.want {
			t.Errorf("%+v: want cause %q", c.row, c.want)
		}
	}
	erp, err := ERP(sandbox.ERPBooks{Twin: "erp", Invoiced: map[string]string{"GBP": "12.30"}}, Sales{Invoiced: map[string]int64{"GBP": 1231, "USD": 5}})
	if err != nil {
		t.Fatal(err)
	}
	last := erp[len(erp)-2:]
	if last[0].Difference != "-0.01" || last[0].Cause != Unexplained || last[1].What != "invoiced USD" || last[1].Theirs != "0.00" {
		t.Errorf("rows %+v", last)
	}
	for theirs, want := range map[sandbox.SaleUnits]string{
		{Ordered: 9, Cancelled: 4}:                      "", // two were taken off before a node was asked, two after
		{Ordered: 9, Shipped: 3, Cancelled: 2, Open: 4}: "4 units of sales that are open",
		{Ordered: 4, Open: 4}:                           Unexplained,
		{Ordered: 9, Cancelled: 1, Open: 2}:             Unexplained,
	} {
		rows, err := ERP(sandbox.ERPBooks{Twin: "erp", Units: theirs}, Sales{Ordered: 7, Cancelled: 2})
		if err != nil || rows[0].Cause != want {
			t.Errorf("%+v: row %+v, %v, want cause %q", theirs, rows[0], err, want)
		}
	}
	bank, err := Bank(sandbox.BankBooks{Twin: "bank"}, Payments{"EUR": {Captured: 5}})
	if err != nil {
		t.Fatal(err)
	}
	if r := bank[3]; r.What != "captured EUR" || r.Theirs != "0.00" || r.Difference != "-0.05" || r.Cause != Unexplained {
		t.Errorf("rows %+v", bank)
	}
}
