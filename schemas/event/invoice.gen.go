// Code generated from schemas/avro/invoice/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// LineKind says what a line sells.
//   - goods: units that leave a node
//   - service: work or a warranty, never shipped
//   - charge: an amount alone
//   - kit: a set sold as one and shipped as its parts
type LineKind string

// Values of LineKind; its comment says what each means.
const (
	LineKindGoods   LineKind = "goods"
	LineKindService LineKind = "service"
	LineKindCharge  LineKind = "charge"
	LineKindKit     LineKind = "kit"
)

// InvoiceCorrected says that the system of record changed an invoice that it had posted.
type InvoiceCorrected struct {
	// Invoice request, unique per shipment.
	InvoiceID string `avro:"invoice_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// Invoice number.
	Number string `avro:"number"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Invoice total after the correction, minor units.
	Total int64 `avro:"total"`
	// Number of the correction of this invoice, from 1; a higher one replaces a lower one.
	Revision int64 `avro:"revision"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// System of record.
	System string `avro:"system"`
	// When it was corrected.
	CorrectedAt time.Time `avro:"corrected_at"`
}

// InvoicePosted says that the system of record billed a shipment.
type InvoicePosted struct {
	// Invoice request, unique per shipment.
	InvoiceID string `avro:"invoice_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// Invoice number.
	Number string `avro:"number"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Invoice total, minor units.
	Total int64 `avro:"total"`
	// System of record.
	System string `avro:"system"`
	// When it was posted.
	PostedAt time.Time `avro:"posted_at"`
}

// InvoiceLine is one line to bill.
type InvoiceLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// What the line sells.
	Kind LineKind `avro:"kind"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Price of one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// Line total in minor units, rounded once, half to even.
	Amount int64 `avro:"amount"`
}

// InvoiceRequested asks the system of record to bill one shipment.
type InvoiceRequested struct {
	// Invoice request, unique per shipment.
	InvoiceID string `avro:"invoice_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// What to bill.
	Lines []InvoiceLine `avro:"lines"`
	// Sum of the lines, minor units.
	Goods int64 `avro:"goods"`
	// Share of freight, minor units.
	Shipping int64 `avro:"shipping"`
	// Goods and freight, minor units.
	Total int64 `avro:"total"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// Who pays.
	Customer PartyRef `avro:"customer"`
}
