package settlement

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// returned are the books of a return that is credited without an order.
func returned() *Books {
	return &Books{
		ID: "R1", Order: new(Record), Bills: NewRows[Bill](nil), Tenders: NewRows[Tender](nil), Payments: NewRows[Payment](nil),
		Transactions: NewRows[Transaction](nil), Requests: NewRows[Request](nil), Credits: NewRows[Credit](nil),
	}
}

func unreferenced(id string, amount int64) *event.SettlementRequest {
	return &event.SettlementRequest{
		RequestID: id, ReturnID: "R1", Action: event.SettlementActionCredit, Cause: "RETURN", Currency: "EUR", Customer: &event.PartyRef{PartyID: "C1"},
		Lines: []event.SettlementLine{{LineID: "1", Sku: "lamp", Qty: 2, Allowance: &amount}},
	}
}

func TestAReturnWithoutAnOrderIsCreditedOnceARequestAndFollowsWhatWasPosted(t *testing.T) {
	b, now := returned(), time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	var refunds []*event.RefundApproved
	var answers []*event.ReturnCredited
	var told []*event.CreditRequest
	take := func(out *Out) {
		refunds, answers, told = append(refunds, out.Refunds...), append(answers, out.Answers...), append(told, out.Exposure...)
	}
	for _, id := range []string{"q1", "q2", "q1"} {
		out := &Out{}
		if err := b.Unreferenced(out, unreferenced(id, 150), now); err != nil {
			t.Fatal(err)
		}
		take(out)
		take(b.Settle(now))
	}
	if len(refunds) != 2 || refunds[0].RefundID == refunds[1].RefundID || refunds[0].OrderID != "" || refunds[0].ReturnID != "R1" || refunds[0].InvoiceID != "" ||
		refunds[0].Total != 150 || refunds[0].PaysBack || refunds[0].Customer.PartyID != "C1" || refunds[0].Lines[0] != (event.CreditLine{LineID: "1", Sku: "lamp", Qty: 2, Amount: 150}) {
		t.Errorf("approved %+v", refunds)
	}
	if len(answers) != 2 || answers[0].OrderID != "" || answers[0].Units != 2 || answers[0].Total != 150 || b.Order.Credited != 300 {
		t.Errorf("the return is told %+v, credited are %d", answers, b.Order.Credited)
	}
	if len(told) != 0 {
		t.Errorf("before a note is posted the customer's credit is told %+v", told)
	}
	for range 2 {
		out := &Out{}
		b.CreditPosted(out, &event.CreditPosted{RefundID: refunds[0].RefundID, ReturnID: "R1", Number: "CN-1", Currency: "EUR", Total: 140})
		take(out)
		take(b.Settle(now))
	}
	if len(told) != 1 || told[0].Action != event.CreditActionCredit || told[0].CustomerID != "C1" || told[0].OrderID != "" || told[0].Amount != 140 || told[0].Document != "CN-1" {
		t.Errorf("the customer's credit is told %+v, want the note of 140 once", told)
	}
	if len(answers) != 3 || answers[2].Total != 140 || b.Order.Credited != 290 || len(refunds) != 2 {
		t.Errorf("after the note of 140 the return is told %+v, credited are %d", answers, b.Order.Credited)
	}
}

func TestACreditWithoutAnOrderNeedsSomebodyUnitsAndAWorth(t *testing.T) {
	for name, change := range map[string]func(*event.SettlementRequest){
		"nobody":        func(r *event.SettlementRequest) { r.Customer = nil },
		"no worth":      func(r *event.SettlementRequest) { r.Lines[0].Allowance = nil },
		"no units":      func(r *event.SettlementRequest) { r.Lines[0].Qty = 0 },
		"no item":       func(r *event.SettlementRequest) { r.Lines[0].Sku = "" },
		"an order":      func(r *event.SettlementRequest) { r.OrderID = "O1" },
		"a refund":      func(r *event.SettlementRequest) { r.Action = event.SettlementActionRefund },
		"another money": func(r *event.SettlementRequest) { r.Currency = "CHF" },
	} {
		b := returned()
		b.Order.Currency = "EUR"
		out, r := &Out{}, unreferenced("q", 1)
		change(r)
		if err := b.Unreferenced(out, r, time.Time{}); err == nil || len(out.Refunds) > 0 {
			t.Errorf("with %s it is taken: %+v", name, out.Refunds)
		}
	}
}
