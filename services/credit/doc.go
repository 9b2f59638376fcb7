// Package credit decides whether an order on account fits under the limit of its
// customer, as stock decides about units: one writer a customer, so two orders
// never pass one limit together. It is pure; package creditstream wires it to
// topics.
//
// In: credit.request (hold and release of orders, and the invoices, credit notes
// and payments that were posted), credit.baseline (the open balance in the system
// of record, with a watermark), customer.published (the limit). Out:
// credit.granted, to the order that asked.
//
//	exposure = balance + documents that the balance may not contain + granted and not billed
//
// An order counts with what it was granted until its invoices are posted; these
// count until a balance contains them. Where it is not sure whether a balance
// contains a document, an invoice counts and a payment does not. What does not
// fit waits: the order is told that it is refused, and that it is granted when
// payments, releases or a higher limit make room, the oldest that fits first. A
// limit below the exposure takes nothing back.
//
// When the system of record is away, balances are old and credit errs toward
// granting less.
//
//go:generate go run ./internal/table -out machine.md
package credit

import "github.com/millrace/millrace/schemas/event"

// The rows of a customer's credit. Their meaning stands in their schemas.
type (
	// Record is the credit of the customer.
	Record = event.ExposureRecord
	// Hold is the credit of one order.
	Hold = event.ExposureHoldRecord
	// Entry is a posted document.
	Entry = event.ExposureEntryRecord
	// State is where a hold stands.
	State = event.HoldState
)

// NewHold is the credit of an order that nothing was said about.
func NewHold(orderID string) *Hold { return &Hold{OrderID: orderID, State: event.HoldStateNone} }
