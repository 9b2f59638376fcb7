// Code generated from schemas/avro/capacity/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// CapacityAction is what is asked of a node's capacity.
//   - unknown: written by a newer version than the reader, refused
//   - book: take a place on the first day that has one
//   - free: give the place back
//   - shrink: keep it for fewer units
type CapacityAction string

// Values of CapacityAction; its comment says what each means.
const (
	CapacityActionUnknown CapacityAction = "unknown"
	CapacityActionBook    CapacityAction = "book"
	CapacityActionFree    CapacityAction = "free"
	CapacityActionShrink  CapacityAction = "shrink"
)

// CapacityGranted says on which day a node has a place for its part of an order.
type CapacityGranted struct {
	// Request that it answers.
	RequestID string `avro:"request_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// The part of the order that the place is for.
	FulfilmentID string `avro:"fulfilment_id"`
	// Day of the place, as YYYY-MM-DD in the node's zone.
	Day string `avro:"day"`
	// When it was decided.
	GrantedAt time.Time `avro:"granted_at"`
}

// DayLoad is what a node is to release in a day.
type DayLoad struct {
	// Day as YYYY-MM-DD in the node's zone.
	Day string `avro:"day"`
	// Parts of orders that have a place.
	Orders int64 `avro:"orders"`
	// Their units, in base units.
	Units int64 `avro:"units"`
}

// CapacityLoad is what a node with a bounded capacity is to release now, by day.
type CapacityLoad struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Days with places taken, in their order.
	Days []DayLoad `avro:"days"`
	// When it was reached.
	AsOf time.Time `avro:"as_of"`
}

// CapacityRequest asks a node for a place in what it can release in a day, or gives all or some of one back.
type CapacityRequest struct {
	// This request; the answer names it.
	RequestID string `avro:"request_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// The part of the order that the place is for; it has one at a time.
	FulfilmentID string `avro:"fulfilment_id"`
	// What is asked.
	Action CapacityAction `avro:"action"`
	// First day that suits, as YYYY-MM-DD in the node's zone; empty for a place that it has.
	Day string `avro:"day"`
	// Units of the part, in base units; to shrink, those that it keeps.
	Units int64 `avro:"units"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
}
