// Code generated from schemas/avro/payment/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// PaymentAction is what is asked of a payment partner.
//   - none: written by a newer version than the reader, ignored
//   - authorise: set money aside
//   - capture: take what was set aside
//   - void: set free what was set aside
//   - refund: pay back what was taken
type PaymentAction string

// Values of PaymentAction; its comment says what each means.
const (
	PaymentActionNone      PaymentAction = "none"
	PaymentActionAuthorise PaymentAction = "authorise"
	PaymentActionCapture   PaymentAction = "capture"
	PaymentActionVoid      PaymentAction = "void"
	PaymentActionRefund    PaymentAction = "refund"
)

// PaymentAuthorised says that money is set aside for an order.
type PaymentAuthorised struct {
	// Payment request it answers, empty when nobody asked.
	PaymentID string `avro:"payment_id"`
	// The payment partner's own number of the transaction; a repeated statement has the same.
	TransactionID string `avro:"transaction_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Means of payment within the order, one for each authorisation, as the payment partner names it.
	TenderID string `avro:"tender_id"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Kind of the means of payment, as a code.
	Method string `avro:"method"`
	// When it lapses, null when it does not.
	ExpiresAt *time.Time `avro:"expires_at"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When it was set aside.
	AuthorisedAt time.Time `avro:"authorised_at"`
}

// PaymentCaptured says that money was taken from the buyer.
type PaymentCaptured struct {
	// Payment request it answers, empty when nobody asked.
	PaymentID string `avro:"payment_id"`
	// The payment partner's own number of the transaction; a repeated statement has the same.
	TransactionID string `avro:"transaction_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Means of payment within the order, one for each authorisation, as the payment partner names it.
	TenderID string `avro:"tender_id"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When it happened.
	CapturedAt time.Time `avro:"captured_at"`
}

// PaymentDeclined says that a payment partner refused a transaction.
type PaymentDeclined struct {
	// Payment request it answers.
	PaymentID string `avro:"payment_id"`
	// The payment partner's own number of the transaction; a repeated statement has the same.
	TransactionID string `avro:"transaction_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// What was refused.
	Action PaymentAction `avro:"action"`
	// Means of payment within the order, empty when none was chosen.
	TenderID string `avro:"tender_id"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When it was refused.
	DeclinedAt time.Time `avro:"declined_at"`
}

// PaymentRefunded says that money was paid back to the buyer.
type PaymentRefunded struct {
	// Payment request it answers, empty when nobody asked.
	PaymentID string `avro:"payment_id"`
	// The payment partner's own number of the transaction; a repeated statement has the same.
	TransactionID string `avro:"transaction_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Means of payment within the order, one for each authorisation, as the payment partner names it.
	TenderID string `avro:"tender_id"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When it happened.
	RefundedAt time.Time `avro:"refunded_at"`
}

// PaymentRequested asks a payment partner for one transaction. Asked again with the same payment_id it is the same transaction.
type PaymentRequested struct {
	// This transaction, the idempotency key at the partner.
	PaymentID string `avro:"payment_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// What is asked.
	Action PaymentAction `avro:"action"`
	// Means of payment to use, as the partner named it; empty to let the partner choose.
	TenderID string `avro:"tender_id"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Who pays.
	Customer PartyRef `avro:"customer"`
	// How often it was asked, from 1.
	Attempt int64 `avro:"attempt"`
	// When it was first asked.
	RequestedAt time.Time `avro:"requested_at"`
}

// PaymentVoided says that money that was set aside is free again.
type PaymentVoided struct {
	// Payment request it answers, empty when nobody asked.
	PaymentID string `avro:"payment_id"`
	// The payment partner's own number of the transaction; a repeated statement has the same.
	TransactionID string `avro:"transaction_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Means of payment within the order, one for each authorisation, as the payment partner names it.
	TenderID string `avro:"tender_id"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When it happened.
	VoidedAt time.Time `avro:"voided_at"`
}
