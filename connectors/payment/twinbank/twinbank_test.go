package twinbank

import (
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

func TestEachActionHasItsDocument(t *testing.T) {
	for _, c := range []struct {
		action     event.PaymentAction
		path, body string
	}{
		{event.PaymentActionAuthorise, "/authorizations", `{"reference":"P1","order":"O1","shopper":"C1","amount":1230,"currency":"EUR"}`},
		{event.PaymentActionCapture, "/captures", `{"reference":"P1","authorization":"TX-1","amount":1230,"currency":"EUR"}`},
		{event.PaymentActionVoid, "/reversals", `{"reference":"P1","authorization":"TX-1","amount":1230,"currency":"EUR"}`},
		{event.PaymentActionRefund, "/refunds", `{"reference":"P1","authorization":"TX-1","amount":1230,"currency":"EUR"}`},
	} {
		d, err := Vendor{}.Ask(&event.PaymentRequested{PaymentID: "P1", OrderID: "O1", Action: c.action, TenderID: "TX-1", Amount: 1230, Currency: "EUR", Customer: event.PartyRef{PartyID: "C1"}})
		if err != nil || d.Path != c.path || string(d.Body) != c.body || d.Search != "/operations/P1" || d.Kind != string(c.action) {
			t.Errorf("%s: %+v %s, %v", c.action, d, d.Body, err)
		}
	}
	if _, err := (Vendor{}).Ask(&event.PaymentRequested{PaymentID: "P1", Action: event.PaymentActionNone}); err == nil {
		t.Error("an action of a newer version was asked for")
	}
}

func TestAVerdictIsReadOrItsAbsenceSaid(t *testing.T) {
	read := func(text string) (connector.Transaction, error) {
		return Vendor{}.Read(connector.Reply{Answer: []byte(text)})
	}
	got, err := read(`{"id":"TX-2","authorization":"TX-1","result":"approved","amount":5,"currency":"EUR","method":"card","at":"2026-01-05T09:00:00Z"}`)
	want := connector.Transaction{ID: "TX-2", Tender: "TX-1", Amount: 5, Currency: "EUR", Method: "CARD", At: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = read(`{"id":"TX-2","result":"declined","code":"expired","currency":"EUR"}`)
	if err != nil || got.Declined != "EXPIRED" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, answer := range []string{"", "{}", `{"id":"TX-2","currency":"EUR"}`, `{"id":"TX-2","currency":"EUR","result":"declined"}`, `{"result":"approved","currency":"EUR"}`} {
		if _, err := read(answer); err == nil {
			t.Errorf("%q gave a verdict", answer)
		}
	}
}
