// Code generated from schemas/avro/return/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// ReturnLine is what a buyer wants to give back.
type ReturnLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// What the line sold.
	Kind LineKind `avro:"kind"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Price paid for one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// Line total in minor units, rounded once, half to even.
	Amount int64 `avro:"amount"`
	// Order the units came with, null when unknown.
	OrderID *string `avro:"order_id"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
}

// ReturnRequested says that a buyer wants to give goods back.
type ReturnRequested struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document, unique within the channel.
	ExternalID string `avro:"external_id"`
	// Who returns.
	Customer PartyRef `avro:"customer"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// What comes back.
	Lines []ReturnLine `avro:"lines"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// Why, as a code.
	Reason string `avro:"reason"`
}
