package spine_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/credit"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

// TestCreditScenarios runs the scripts of testdata/credit between all rooms, nodes
// that ship and an ERP that posts invoices and credit notes: orders of one customer
// against one limit. After each command stands where every order is, and what is granted.
//
//	limit 1000
//	submit one 800              an order of so many minor units
//	cancel one
//	pays 500 P1
//	back R1 2 150               units of no order that come back, credited by a person
//	owes 650                    the balance of the system of record, as of now
//	wait 10m
func TestCreditScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/credit", func(t *testing.T, path string) {
		w := newWorld(t, 1, habits{obeys: true}, notes())
		w.receive("lamp", "north", 100)
		w.Run()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			w.credit(t, d)
			return w.account(t)
		})
		w.NoDeadLetters()
	})
}

const customer = "C1"

func (w *world) credit(t *testing.T, d *datadriven.TestData) {
	word := func(n int) string { return d.CmdArgs[n].Key }
	number := func(n int) int64 {
		value, err := strconv.ParseInt(word(n), 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
		return value
	}
	switch d.Cmd {
	case "limit":
		limit := number(0)
		streamstest.Send(w.Driver, typed[event.CustomerPublished](topic.CustomerPublished), customer, &event.CustomerPublished{
			Customer: customer, Active: true, Terms: event.PaymentTermsAccount, Currency: "EUR", CreditLimit: &limit, Version: w.Now().Unix(),
		})
	case "submit":
		s := &event.OrderSubmit{
			Channel: "shop", ExternalID: word(0), OrderID: event.OrderID("shop", word(0)), SubmissionID: word(0), BodyHash: word(0), Currency: "EUR", OrderedAt: w.Now(),
			Customer: event.PartyRef{PartyID: customer, Country: "DE"}, Shortage: event.ShortagePolicyBackorder, Total: number(1),
			Lines: []event.OrderLine{{LineID: "1", Sku: "lamp", Kind: event.LineKindGoods, Qty: 4, Uom: "EA", Amount: number(1)}},
		}
		w.submit(s)
	case "cancel":
		id := event.OrderID("shop", word(0))
		streamstest.Send(w.Driver, cancels, id, &event.OrderCancel{OrderID: id, Reason: "CUSTOMER"})
	case "pays":
		document := word(1)
		streamstest.Send(w.Driver, typed[event.CreditRequest](topic.CreditRequest), customer, &event.CreditRequest{
			RequestID: document, CustomerID: customer, Action: event.CreditActionPayment, Currency: "EUR", Amount: number(0), Document: document, OccurredAt: w.Now(),
		})
	case "back":
		w.unknown(word(0), number(1), number(2))
	case "owes":
		streamstest.Send(w.Driver, typed[event.CreditBaseline](topic.CreditBaseline), customer, &event.CreditBaseline{CustomerID: customer, Currency: "EUR", Balance: number(0), AsOf: w.Now()})
	case "wait":
		span, err := time.ParseDuration(word(0))
		if err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
		w.Advance(span)
	default:
		t.Fatalf("%s: no such command: %s", d.Pos, d.Cmd)
	}
	w.Run()
}

// account says where the orders are and what the customer owes or was granted.
func (w *world) account(t *testing.T) string {
	var b strings.Builder
	for _, s := range w.submitted {
		f, err := w.orders.Facts(w.Driver, s.OrderID)
		if err != nil || f == nil {
			t.Fatalf("order %s: %v, %v", s.ExternalID, f, err)
		}
		fmt.Fprintf(&b, "%s: %s\n", s.ExternalID, order.Status(f.Order))
		for _, h := range f.Holds {
			fmt.Fprintf(&b, "  %s by %s: %s\n", h.Reason, h.HeldBy, h.Note)
		}
	}
	a, err := w.banks.Customer(w.Driver, customer)
	if err != nil || a == nil {
		t.Fatalf("the credit of %s: %v, %v", customer, a, err)
	}
	fmt.Fprintf(&b, "exposure %d of %d: %d granted and not billed, %d billed and not paid\n", credit.Exposure(a), *a.Limit, a.Held, a.Posted)
	return b.String()
}
