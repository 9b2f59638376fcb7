// Package settlement is the one writer of an order's money: what is billed for
// each shipment, what is credited, and what is set aside, taken, paid back or set
// free at payment partners. It is pure; package settlementstream wires it to topics.
//
// In: order.accepted and order.amended (what was sold at which price and terms),
// order.released, order.completed, order.cancelled, shipment.confirmed,
// settlement.request, the facts of payment partners (payment.*) and of the system of record
// (invoice.posted, invoice.corrected, credit.posted). Out: invoice.requested,
// payment.requested, refund.approved, return.credited, and credit.request, which
// tells a customer's credit what became of an order on account.
//
// A line that ships in parts is billed so that all bills together are exact,
// whichever part is the last: up to now it bears round(total x shipped / ordered),
// and a bill is what that grew by. Freight and discounts are dealt by the value
// shipped in the same way. Charges and services are billed with the first
// shipment. Units that an amendment took off and that leave all the same are billed
// by the line as it was (price.go). What is never shipped is never billed; a proforma order is billed
// whole when it is accepted, and what it never ships is credited when it ends.
//
// A unit is credited at most once, whatever the cause: a request claims units of
// bills, and a claimed unit cannot be claimed again (claim.go). A credit before
// its invoice waits for it. What a person credits without an order stands in books of
// its own, under the id of the return (unreferenced.go).
//
// Payments are not commanded step by step: what to ask of a partner is computed
// from what is owed and what the facts say was done (pay.go), so that facts in
// any order, twice, late, or about what nobody asked, end in the same balance. A
// request without an answer is asked again under the same id. What a partner
// refuses to take is not asked of that means of payment again; the buyer's money that
// cannot be given back is tried once a day, for a month.
//
//go:generate go run ./internal/report -out machine.md
package settlement

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// The rows of an order's money. Their meaning stands in their schemas.
type (
	// Record is the money of the whole order.
	Record = event.SettlementRecord
	// Price is what was sold at which price.
	Price = event.SettlementPriceRecord
	// Bill is a shipment and what was asked for it.
	Bill = event.SettlementBillRecord
	// Tender is a means of payment.
	Tender = event.SettlementTenderRecord
	// Payment is a transaction asked of a payment partner.
	Payment = event.SettlementPaymentRecord
	// Transaction is a statement of a payment partner that was booked.
	Transaction = event.SettlementTransactionRecord
	// Request is a request to credit units.
	Request = event.SettlementRequestRecord
	// Credit is what one request credits of one bill.
	Credit = event.SettlementCreditRecord
)

// Whole is the key of the bill that belongs to no shipment: of an order that ships
// nothing, or of a proforma order.
const Whole = "-"

// InvoiceID is the id of the invoice of a shipment; shipmentID is empty for the
// bill that belongs to none.
func InvoiceID(orderID, shipmentID string) string { return derive("invoice", orderID, shipmentID) }

// PaymentID is the id of the nth transaction of an order, from 1.
func PaymentID(orderID string, n int64) string { return derive("payment", orderID, fmt.Sprint(n)) }

// RefundID is the id of what a request credits of the units in one row of bills.
func RefundID(orderID, requestID, row string) string {
	return derive("refund", orderID, requestID, row)
}

func derive(parts ...string) string {
	name := parts[0]
	for _, p := range parts[1:] {
		name += event.Separator + p
	}
	return uuid.NewSHA1(event.NS, []byte(name)).String()
}
