package twinerp

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

var at = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestASaleCarriesDecimalAmountsAndIsSearchedByOurReference(t *testing.T) {
	d, err := Vendor{}.Sale(&event.OrderAccepted{
		OrderID: "O1", Channel: "shop", ExternalID: "7", Customer: event.PartyRef{PartyID: "C1"}, Currency: "JPY", Shipping: 5, Total: 1235, OrderedAt: at,
		Lines: []event.OrderLine{{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 2, Amount: 1000}, {LineID: "2", Sku: "POST", Kind: event.LineKindCharge, Qty: 1, Amount: 230}},
	})
	want := `{"reference":"O1","customer":"C1","channel":"shop","their_number":"7","currency":"JPY","date":"2026-01-05T09:00:00Z",` +
		`"lines":[{"line":"1","product":"tea","quantity":2,"amount":"1000"},{"line":"2","product":"POST","quantity":1,"amount":"230","service":true}],"freight":"5","total":"1235"}`
	if err != nil || string(d.Body) != want || d.Path != "/sales" || d.Search != "/sales/O1" {
		t.Errorf("%+v %s, %v", d, d.Body, err)
	}
}

func TestACreditNamesTheInvoiceItCredits(t *testing.T) {
	d, err := Vendor{}.Credit(&event.RefundApproved{
		RefundID: "R1", OrderID: "O1", InvoiceNumber: "INV-7", Cause: "RETURN", Currency: "EUR", Shipping: 50, Total: 1050, ApprovedAt: at,
		Lines: []event.CreditLine{{LineID: "1", Sku: "tea", Qty: 2, Amount: 1000}},
	})
	want := `{"reference":"R1","sale":"O1","invoice":"INV-7","reason":"RETURN","currency":"EUR","date":"2026-01-05T09:00:00Z",` +
		`"lines":[{"line":"1","product":"tea","quantity":2,"amount":"10.00"}],"freight":"0.50","total":"10.50"}`
	if err != nil || string(d.Body) != want || d.Path != "/credits" || d.Search != "/credits/R1" || d.Kind != "credit" {
		t.Errorf("%+v %s, %v", d, d.Body, err)
	}
}

func TestAnUnknownCurrencyIsNotSent(t *testing.T) {
	if _, err := (Vendor{}).Invoice(&event.InvoiceRequested{InvoiceID: "I1", Currency: "XQQ", Total: 1}); err == nil || !strings.Contains(err.Error(), "XQQ") {
		t.Errorf("error %v", err)
	}
}

func TestTheNumberIsReadOrItsAbsenceSaid(t *testing.T) {
	number, err := Vendor{}.Number(connector.Reply{Answer: []byte(`{"reference":"O1","number":"SO-1"}`)})
	if err != nil || number != "SO-1" {
		t.Errorf("%q, %v", number, err)
	}
	for _, answer := range []string{"", "{}", `{"error":"used for another document"}`} {
		if _, err := (Vendor{}).Number(connector.Reply{Answer: []byte(answer)}); err == nil {
			t.Errorf("%q gave a number", answer)
		}
	}
}
