// Code generated from schemas/avro/refund/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// CreditLine is the part of a line that one credit note bears.
type CreditLine struct {
	// Line within the order, as the channel numbers it; of the return when there is no order.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Share of the line total, minor units.
	Amount int64 `avro:"amount"`
}

// RefundApproved says that units of one invoice are credited; the system of record posts the credit note.
type RefundApproved struct {
	// Credit, unique per request and invoice.
	RefundID string `avro:"refund_id"`
	// Order id: UUIDv5 of channel and external id; empty when a return is credited without an order, whose id is then the key.
	OrderID string `avro:"order_id"`
	// Settlement request that it grants.
	RequestID string `avro:"request_id"`
	// Return that asked, empty for none.
	ReturnID string `avro:"return_id"`
	// Why, as a code.
	Cause string `avro:"cause"`
	// Invoice that is credited, empty without an order.
	InvoiceID string `avro:"invoice_id"`
	// Its number at the system of record, empty without an order.
	InvoiceNumber string `avro:"invoice_number"`
	// Shipment that the invoice bills, empty for none.
	ShipmentID string `avro:"shipment_id"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// What is credited.
	Lines []CreditLine `avro:"lines"`
	// Freight credited, minor units.
	Shipping int64 `avro:"shipping"`
	// Lines and freight, minor units.
	Total int64 `avro:"total"`
	// The money goes back to the buyer; else it stays on the account.
	PaysBack bool `avro:"pays_back"`
	// Who is credited.
	Customer PartyRef `avro:"customer"`
	// When it was approved.
	ApprovedAt time.Time `avro:"approved_at"`
}
