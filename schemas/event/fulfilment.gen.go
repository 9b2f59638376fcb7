// Code generated from schemas/avro/fulfilment/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// FulfilmentStatus is the canonical course of one fulfilment.
//   - PLANNED: decided here
//   - RELEASE_SENT: sent to the node
//   - ACKNOWLEDGED: received by the node
//   - ACCEPTED or REJECTED: the node's decision
//   - PICKING, PICKED, SHORT_PICKED, PACKING, PACKED, MANIFESTED, SHIPPED: the work
//   - CLOSED: nothing more comes
//   - ON_HOLD: the node waits
//   - CANCEL_REQUESTED, CANCELLED, CANCEL_REFUSED: the way of a cancel
//   - INCOMPLETE: closed with units missing
//   - UNMAPPED: a word no mapping knows
type FulfilmentStatus string

// Values of FulfilmentStatus; its comment says what each means.
const (
	FulfilmentStatusPlanned         FulfilmentStatus = "PLANNED"
	FulfilmentStatusReleaseSent     FulfilmentStatus = "RELEASE_SENT"
	FulfilmentStatusAcknowledged    FulfilmentStatus = "ACKNOWLEDGED"
	FulfilmentStatusAccepted        FulfilmentStatus = "ACCEPTED"
	FulfilmentStatusRejected        FulfilmentStatus = "REJECTED"
	FulfilmentStatusPicking         FulfilmentStatus = "PICKING"
	FulfilmentStatusPicked          FulfilmentStatus = "PICKED"
	FulfilmentStatusShortPicked     FulfilmentStatus = "SHORT_PICKED"
	FulfilmentStatusPacking         FulfilmentStatus = "PACKING"
	FulfilmentStatusPacked          FulfilmentStatus = "PACKED"
	FulfilmentStatusManifested      FulfilmentStatus = "MANIFESTED"
	FulfilmentStatusShipped         FulfilmentStatus = "SHIPPED"
	FulfilmentStatusClosed          FulfilmentStatus = "CLOSED"
	FulfilmentStatusOnHold          FulfilmentStatus = "ON_HOLD"
	FulfilmentStatusCancelRequested FulfilmentStatus = "CANCEL_REQUESTED"
	FulfilmentStatusCancelled       FulfilmentStatus = "CANCELLED"
	FulfilmentStatusCancelRefused   FulfilmentStatus = "CANCEL_REFUSED"
	FulfilmentStatusIncomplete      FulfilmentStatus = "INCOMPLETE"
	FulfilmentStatusUnmapped        FulfilmentStatus = "UNMAPPED"
)

// WithheldLine counts units of a line that a node does not ship or shall not ship.
type WithheldLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
}

// FulfilmentCancel asks a node to stop.
type FulfilmentCancel struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// Units that shall not be shipped, counted over all requests; none means everything that has not left.
	Lines []WithheldLine `avro:"lines"`
	// How often it was asked, from 1.
	Attempt int `avro:"attempt"`
}

// ShipmentLine is the part of an order line that left a node.
type ShipmentLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Lot the units came from, empty when the node keeps none.
	Lot string `avro:"lot"`
}

// FulfilmentReported says what a node stated about a fulfilment, in the node's own word.
type FulfilmentReported struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Partner that speaks for the node; its status table reads the word.
	Partner string `avro:"partner"`
	// The partner's own word.
	Word string `avro:"word"`
	// What left, for words that say that units left; else empty.
	Lines []ShipmentLine `avro:"lines"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Tracking number.
	Tracking string `avro:"tracking"`
	// Nothing more comes from the node for this fulfilment.
	Final bool `avro:"final"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened at the node.
	OccurredAt time.Time `avro:"occurred_at"`
	// Units that the node will not ship, missing or cancelled, counted per line over all its statements.
	Withheld []WithheldLine `avro:"withheld"`
}

// PartyRef names a party without its personal data, which live in the party topic.
type PartyRef struct {
	// Id of the party in the party topic.
	PartyID string `avro:"party_id"`
	// ISO 3166-1 alpha-2 country.
	Country string `avro:"country"`
	// ISO 3166-2 subdivision without its country part.
	Region string `avro:"region"`
	// Leading part of the postcode, enough for tax and routing.
	PostalArea string `avro:"postal_area"`
}

// FulfilmentLine is the part of an order line that a node is asked to ship.
type FulfilmentLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Reservation that holds the units.
	ReservationID string `avro:"reservation_id"`
	// Pick lots only that do not expire before; null when any will do.
	MinExpiry *time.Time `avro:"min_expiry"`
}

// FulfilmentRequested asks a node to ship its part of an order.
type FulfilmentRequested struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Where the goods go.
	ShipTo PartyRef `avro:"ship_to"`
	// What to ship.
	Lines []FulfilmentLine `avro:"lines"`
	// All units leave together or none.
	ShipComplete bool `avro:"ship_complete"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// The customer's own purchase order number, empty when there is none.
	PurchaseOrder string `avro:"purchase_order"`
	// How often it was asked, from 1; a repeat is the same document under the same number.
	Attempt int `avro:"attempt"`
}

// FulfilmentStatusChanged says where a fulfilment stands.
type FulfilmentStatusChanged struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Canonical status.
	Status FulfilmentStatus `avro:"status"`
	// The partner's own word.
	Word string `avro:"word"`
	// Version of the mapping that read the word.
	MappingVersion string `avro:"mapping_version"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened at the node.
	OccurredAt time.Time `avro:"occurred_at"`
	// Units that had left by then, over all shipments of the fulfilment.
	Shipped int64 `avro:"shipped"`
	// Nothing more comes: what has not left by then never will.
	Final bool `avro:"final"`
	// Units that the node will not ship, missing or cancelled, counted per line over all its statements.
	Withheld []WithheldLine `avro:"withheld"`
}
