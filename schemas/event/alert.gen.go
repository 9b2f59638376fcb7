// Code generated from schemas/avro/alert/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// AlertRaised says that something needs a person.
type AlertRaised struct {
	// This alert; the same trouble has the same id.
	AlertID string `avro:"alert_id"`
	// What is wrong, as a code, such as NODE_NOT_ACCEPTED.
	Kind string `avro:"kind"`
	// Id of what it is about: an order, a fulfilment, a shipment.
	Subject string `avro:"subject"`
	// Order it concerns, empty when none.
	OrderID string `avro:"order_id"`
	// Stocking place it concerns, empty when none.
	Node string `avro:"node"`
	// The evidence, for people, without personal data.
	Detail string `avro:"detail"`
	// When it was noticed.
	RaisedAt time.Time `avro:"raised_at"`
	// When it was over by itself; then the alert is said once more, under its id. None while it stands.
	ResolvedAt *time.Time `avro:"resolved_at"`
}
