// Code generated from schemas/avro/credit/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// CreditOutcome is what a customer's credit says to a hold.
//   - unknown: written by a newer version than the reader
//   - granted: the amount is kept free
//   - refused: it would pass the limit
type CreditOutcome string

// Values of CreditOutcome; its comment says what each means.
const (
	CreditOutcomeUnknown CreditOutcome = "unknown"
	CreditOutcomeGranted CreditOutcome = "granted"
	CreditOutcomeRefused CreditOutcome = "refused"
)

// CreditAction is what an order says to the credit of its customer.
//   - none: written by a newer version than the reader, refused
//   - hold: keep an amount free for the order, or decide a new amount
//   - release: the order needs no more credit
//   - invoice: a bill of the order was posted
//   - credit: a credit note was posted, of the order or of goods without one
//   - payment: the customer paid
type CreditAction string

// Values of CreditAction; its comment says what each means.
const (
	CreditActionNone    CreditAction = "none"
	CreditActionHold    CreditAction = "hold"
	CreditActionRelease CreditAction = "release"
	CreditActionInvoice CreditAction = "invoice"
	CreditActionCredit  CreditAction = "credit"
	CreditActionPayment CreditAction = "payment"
)

// CreditBaseline is the open balance of a customer as the system of record has it.
type CreditBaseline struct {
	// Customer, the id of the party.
	CustomerID string `avro:"customer_id"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Open invoices less credits and payments, minor units.
	Balance int64 `avro:"balance"`
	// The balance contains what was posted by then.
	AsOf time.Time `avro:"as_of"`
	// Position in the source that the balance contains, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// System that stated the fact.
	Source string `avro:"source"`
}

// CreditGranted is the answer of a customer's credit to a hold of one order.
type CreditGranted struct {
	// Hold that it answers.
	RequestID string `avro:"request_id"`
	// Customer, the id of the party.
	CustomerID string `avro:"customer_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// What was decided.
	Outcome CreditOutcome `avro:"outcome"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Amount asked for, minor units.
	Amount int64 `avro:"amount"`
	// Limit of the customer, minor units.
	Limit int64 `avro:"limit"`
	// What the customer owes or was granted before this hold, minor units.
	Exposure int64 `avro:"exposure"`
	// Why it was refused, as a code; empty when granted.
	Reason string `avro:"reason"`
	// When it was decided.
	DecidedAt time.Time `avro:"decided_at"`
}

// CreditPosted says that the system of record posted a credit note.
type CreditPosted struct {
	// Credit, unique per request and invoice.
	RefundID string `avro:"refund_id"`
	// Order id: UUIDv5 of channel and external id; empty when a return is credited without an order.
	OrderID string `avro:"order_id"`
	// Return that is credited without an order, empty for one that is.
	ReturnID string `avro:"return_id"`
	// Number of the credit note.
	Number string `avro:"number"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Total of the credit note, minor units.
	Total int64 `avro:"total"`
	// System of record.
	System string `avro:"system"`
	// When it was posted.
	PostedAt time.Time `avro:"posted_at"`
}

// CreditRequest tells the credit of a customer what an order needs or what became of it.
type CreditRequest struct {
	// This request; a repeated one has the same id.
	RequestID string `avro:"request_id"`
	// Customer, the id of the party.
	CustomerID string `avro:"customer_id"`
	// Order id: UUIDv5 of channel and external id; empty for a document that belongs to none.
	OrderID string `avro:"order_id"`
	// What is asked or stated.
	Action CreditAction `avro:"action"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Amount, minor units: of the whole order for a hold, of all its invoices for a release, of the document otherwise.
	Amount int64 `avro:"amount"`
	// Revision of the order that a hold is for; a lower one after a higher one changes nothing.
	Revision int64 `avro:"revision"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened; for an invoice, credit or payment, when it was posted.
	OccurredAt time.Time `avro:"occurred_at"`
}
