// Code generated from schemas/avro/shipment/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// ShipmentConfirmed says that units left a node.
type ShipmentConfirmed struct {
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// What left.
	Lines []ShipmentLine `avro:"lines"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Tracking number.
	Tracking string `avro:"tracking"`
	// No further shipment of this fulfilment follows.
	Final bool `avro:"final"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it left.
	ShippedAt time.Time `avro:"shipped_at"`
}
