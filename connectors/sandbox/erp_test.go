package sandbox

import (
	"fmt"
	"testing"
)

// openERP starts an ERP with what its folder has, until the test ends.
func openERP(t *testing.T, dir string) *ERP {
	t.Helper()
	e, err := StartERP(Options{Name: "erp", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestTheERPAddsUpAndKnowsNetStock(t *testing.T) {
	dir := t.TempDir()
	e := openERP(t, dir)
	sale := saleDoc{Reference: "O1", Currency: "GBP", Lines: []SaleLine{{"1", "tea", 3, "3.30", false}, {"2", "POST", 1, "1.05", true}}, Freight: "0.50", Total: "4.85"}
	shipment := shipmentDoc{Reference: "S1", Sale: "O1", Lines: []goodsLine{{"1", "tea", 2}}}
	invoice := invoiceDoc{Reference: "I1", Sale: "O1", Currency: "GBP", Lines: []SaleLine{{"1", "tea", 2, "2.20", false}}, Freight: "0.05", Total: "2.25"}
	if status := call(t, "POST", e.URL()+"/shipments", "k0", shipment, nil); status != 422 {
		t.Errorf("a shipment without its sale: %d", status)
	}
	if status := call(t, "POST", e.URL()+"/sales", "k1", sale, nil); status != 201 {
		t.Errorf("sale: %d", status)
	}
	call(t, "POST", e.URL()+"/shipments", "k2", shipment, nil)
	call(t, "POST", e.URL()+"/invoices", "k3", invoice, nil)
	call(t, "POST", e.URL()+"/invoices", "k3", invoice, nil)
	credit := creditDoc{Reference: "R1", Sale: "O1", Invoice: "INV-0000001", Currency: "GBP", Lines: []SaleLine{{"1", "tea", 1, "1.10", false}}, Freight: "0", Total: "1.10"}
	for _, want := range []int{201, 200} {
		if status := call(t, "POST", e.URL()+"/credits", "k6", credit, nil); status != want {
			t.Errorf("credit: %d, want %d", status, want)
		}
	}
	credit.Reference, credit.Lines[0].Amount, credit.Total = "R2", "1.16", "1.16"
	if status := call(t, "POST", e.URL()+"/credits", "k7", credit, nil); status != 422 {
		t.Errorf("credits above their invoice: %d", status)
	}
	credit.Invoice = "INV-9"
	if status := call(t, "POST", e.URL()+"/credits", "k8", credit, nil); status != 422 {
		t.Errorf("a credit of no invoice: %d", status)
	}
	call(t, "POST", e.URL()+"/sales/O1/close", "k4", closeDoc{Reason: "STOCK"}, nil)
	invoice.Reference, invoice.Total = "I2", "2.26"
	if status := call(t, "POST", e.URL()+"/invoices", "k5", invoice, nil); status != 422 {
		t.Errorf("an invoice that does not add up: %d", status)
	}
	check := func(when string) {
		b := e.Books()
		if b.Units != (SaleUnits{Ordered: 3, Shipped: 2, Cancelled: 1}) || b.Invoiced["GBP"] != "2.25" || b.Credited["GBP"] != "1.10" || b.Net["tea"] != -2 || b.Documents != 5 {
			t.Errorf("%s: books %+v", when, b)
		}
	}
	check("before the restart")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openERP(t, dir)
	check("after the restart")
}

// Used goods stay where they are, and of a sale no more comes back than left.
func TestTheERPRulesOnReturns(t *testing.T) {
	dir := t.TempDir()
	e := openERP(t, dir)
	call(t, "POST", e.URL()+"/sales", "k1", saleDoc{Reference: "O1", Currency: "GBP", Lines: []SaleLine{{"1", "tea", 5, "5", false}}, Freight: "0", Total: "5"}, nil)
	call(t, "POST", e.URL()+"/shipments", "k2", shipmentDoc{Reference: "S1", Sale: "O1", Lines: []goodsLine{{"1", "tea", 3}}}, nil)
	n := 0
	ask := func(reference, reason, sale string, status int, want string, units ...int64) {
		t.Helper()
		n++
		doc := returnDoc{Reference: reference, Reason: reason}
		for _, qty := range units {
			doc.Lines = append(doc.Lines, returnLine{Sale: sale, Line: "1", Product: "tea", Quantity: qty})
		}
		var got struct{ Number, Decision, Reason string }
		if s := call(t, "POST", e.URL()+"/returns", fmt.Sprint("r", n), doc, &got); s != status || got.Decision+" "+got.Reason != want {
			t.Errorf("%s: %d %+v, want %d %s", reference, s, got, status, want)
		}
	}
	ask("R1", "USED", "O1", 201, "declined USED", 1)
	ask("R2", "", "O2", 201, "more_info NOT_SOLD", 1)
	ask("R3", "", "O1", 201, "more_info NOT_SHIPPED", 2, 2)
	ask("R4", "", "O1", 201, "approved ", 2)
	ask("R4", "", "O1", 200, "approved ", 2)
	ask("R4", "", "O1", 409, " ", 1)
	ask("R5", "", "O1", 201, "more_info NOT_SHIPPED", 2)
	ask("R6", "", "O1", 422, " ", 0)
	ask("R7", "", "O1", 422, " ")
	check := func(when string) {
		if b := e.Books(); b.Returns["approved"] != 1 || b.Returns["declined"] != 1 || b.Returns["more_info"] != 3 || b.Documents != 7 {
			t.Errorf("%s: %+v", when, b)
		}
		var got struct{ Number, Decision string }
		if s := call(t, "GET", e.URL()+"/returns/R4", "", nil, &got); s != 200 || got.Decision != "approved" || got.Number != "RA-0000004" {
			t.Errorf("%s: %d %+v", when, s, got)
		}
	}
	check("before the restart")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openERP(t, dir)
	check("after the restart")
}

// An amendment adds to a sale or takes off it, in its order; what is taken off and
// leaves all the same, sooner or later than that is said, is sold as if nothing were.
func TestTheERPAmendsSales(t *testing.T) {
	dir := t.TempDir()
	e := openERP(t, dir)
	lines := func(tea, coffee int64) []SaleLine {
		return []SaleLine{{"1", "tea", tea, fmt.Sprint(tea), false}, {"2", "coffee", coffee, fmt.Sprint(coffee), false}}
	}
	n := 0
	post := func(want int, path string, doc any) {
		t.Helper()
		n++
		if status := call(t, "POST", e.URL()+path, fmt.Sprint("k", n), doc, nil); status != want {
			t.Errorf("%s %+v: %d, want %d", path, doc, status, want)
		}
	}
	amend := func(want int, sale string, number, tea, coffee int64) {
		t.Helper()
		post(want, "/sales/"+sale+"/amendments", amendmentDoc{Reference: fmt.Sprint(sale, "-", number), Number: number, Lines: lines(tea, coffee), Freight: "1", Total: fmt.Sprint(tea + coffee + 1)})
	}
	ship := func(sale string, tea int64) {
		t.Helper()
		post(201, "/shipments", shipmentDoc{Reference: fmt.Sprint("S", n), Sale: sale, Lines: []goodsLine{{"1", "tea", tea}}})
	}
	for _, sale := range []string{"O1", "O2"} {
		post(201, "/sales", saleDoc{Reference: sale, Currency: "GBP", Lines: lines(10, 3), Freight: "1", Total: "14"})
	}
	amend(422, "O9", 2, 1, 1)
	amend(201, "O1", 5, 6, 4)
	amend(200, "O1", 5, 6, 4)
	amend(409, "O1", 5, 6, 3)
	amend(422, "O1", 4, 6, 3)
	ship("O1", 8) // two of those that were taken off
	ship("O2", 10)
	amend(201, "O2", 7, 9, 3) // which it had left before
	post(422, "/sales/O1/amendments", amendmentDoc{Reference: "x", Number: 9, Lines: lines(1, 1), Freight: "1", Total: "4"})
	amend(201, "O1", 6, 9, 4)
	post(201, "/sales/O2/close", closeDoc{Reason: "STOCK"})
	amend(422, "O2", 8, 9, 3)
	check := func(when string) {
		b := e.Books()
		if b.Units != (SaleUnits{Ordered: 27, Shipped: 18, Cancelled: 4, Open: 5}) || b.Amended != 3 || b.Net["tea"] != -19 || b.Net["coffee"] != -4 || b.Documents != 8 {
			t.Errorf("%s: books %+v", when, b)
		}
		var s SaleView
		if status := call(t, "GET", e.URL()+"/sales/O1", "", nil, &s); status != 200 || s.Total != "14" || s.Open["tea"] != 1 || s.Open["coffee"] != 4 || fmt.Sprint(s.Amendments) != "[O1-5 O1-6]" {
			t.Errorf("%s: %d %+v", when, status, s)
		}
	}
	check("before the restart")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openERP(t, dir)
	check("after the restart")
}
