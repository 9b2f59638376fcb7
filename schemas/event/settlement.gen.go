// Code generated from schemas/avro/settlement/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// SettlementAction is what is asked of the money of an order.
//   - none: written by a newer version than the reader, refused
//   - capture: take money before a shipment asks for it
//   - void: take no more than what is owed
//   - refund: credit units and pay the money back
//   - credit: credit units, the money stays on the account where the terms have one
type SettlementAction string

// Values of SettlementAction; its comment says what each means.
const (
	SettlementActionNone    SettlementAction = "none"
	SettlementActionCapture SettlementAction = "capture"
	SettlementActionVoid    SettlementAction = "void"
	SettlementActionRefund  SettlementAction = "refund"
	SettlementActionCredit  SettlementAction = "credit"
)

// SettlementLine is the units of a line that are to be credited.
type SettlementLine struct {
	// Line within the order, as the channel numbers it; of the return when there is no order.
	LineID string `avro:"line_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// Amount for all the units instead of what they cost, minor units, when the buyer keeps them or they came with no order; null for their price.
	Allowance *int64 `avro:"allowance"`
	// Item, by its number in the product master; empty when the order knows it.
	Sku string `avro:"sku"`
}

// SettlementRequest asks the one writer of an order's money for something.
type SettlementRequest struct {
	// This request; a repeated one has the same id.
	RequestID string `avro:"request_id"`
	// Order id: UUIDv5 of channel and external id; empty to credit a return without an order, whose id is then the key.
	OrderID string `avro:"order_id"`
	// What is asked.
	Action SettlementAction `avro:"action"`
	// Why, as a code: RETURN, LOST, DAMAGED, CANCELLED, PRICE, GOODWILL.
	Cause string `avro:"cause"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Units to credit.
	Lines []SettlementLine `avro:"lines"`
	// Credit the freight that went with the units too.
	Shipping bool `avro:"shipping"`
	// Money to capture in advance, minor units; for a capture only.
	Amount int64 `avro:"amount"`
	// Return that asks, empty for none; it is told by return.credited.
	ReturnID string `avro:"return_id"`
	// Who is credited without an order; null when the order knows it.
	Customer *PartyRef `avro:"customer"`
	// Who asks: order, return, or a member of staff by id.
	AskedBy string `avro:"asked_by"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
}
