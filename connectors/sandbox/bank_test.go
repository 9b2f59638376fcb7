package sandbox

import "testing"

func TestAPaymentProviderKeepsItsBooksOverARestart(t *testing.T) {
	dir := t.TempDir()
	poor := Quick
	poor.Declined = 1
	b, err := StartBank(Options{Name: "bank", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var slip struct{ Authorization, Result, Code string }
	call(t, "POST", b.URL()+"/authorizations", "k1", operationDoc{Reference: "P1", Order: "O1", Shopper: "C1", Amount: 500, Currency: "EUR"}, &slip)
	about := operationDoc{Reference: "P2", Authorization: slip.Authorization, Amount: 300, Currency: "EUR"}
	for _, want := range []int{201, 200} {
		if status := call(t, "POST", b.URL()+"/captures", "k2", about, nil); status != want {
			t.Errorf("capture: %d, want %d", status, want)
		}
	}
	about.Amount = 299
	if status := call(t, "POST", b.URL()+"/captures", "k3", about, nil); status != 409 {
		t.Errorf("another capture under the same reference: %d, want 409", status)
	}
	about.Reference, about.Amount = "P3", 201
	call(t, "POST", b.URL()+"/reversals", "k4", about, &slip)
	if slip.Result != "declined" || slip.Code != "exceeds_authorization" {
		t.Errorf("a reversal of more than is left: %+v", slip)
	}
	about.Reference, about.Amount = "P4", 300
	call(t, "POST", b.URL()+"/refunds", "k5", about, &slip)
	about.Reference, about.Amount = "P5", 1
	call(t, "POST", b.URL()+"/refunds", "k6", about, &slip)
	if slip.Result != "declined" || slip.Code != "exceeds_capture" {
		t.Errorf("a refund of more than was taken: %+v", slip)
	}
	before := b.Books()
	if want := (BankSums{Authorised: 500, Captured: 300, Refunded: 300}); before.Sums["EUR"] != want || before.Declined != 2 || before.Documents != 5 || before.Keys != 5 {
		t.Errorf("books %+v", before)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = StartBank(Options{Name: "bank", Dir: dir, Profile: poor}); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if after := b.Books(); after.Sums["EUR"] != before.Sums["EUR"] || after.Documents != before.Documents || after.Declined != before.Declined {
		t.Errorf("books %+v after the restart, %+v before", after, before)
	}
	call(t, "POST", b.URL()+"/authorizations", "k7", operationDoc{Reference: "P6", Amount: 500, Currency: "EUR"}, &slip)
	if slip.Result != "declined" || slip.Code != "insufficient_funds" {
		t.Errorf("a buyer without money: %+v", slip)
	}
}
