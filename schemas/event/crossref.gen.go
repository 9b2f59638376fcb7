// Code generated from schemas/avro/crossref/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// CrossrefKind says what an id names.
type CrossrefKind string

// Values of CrossrefKind; its comment says what each means.
const (
	CrossrefKindUnknown  CrossrefKind = "unknown"
	CrossrefKindItem     CrossrefKind = "item"
	CrossrefKindCustomer CrossrefKind = "customer"
	CrossrefKindShipTo   CrossrefKind = "ship_to"
	CrossrefKindNode     CrossrefKind = "node"
	CrossrefKindService  CrossrefKind = "service"
	CrossrefKindUnit     CrossrefKind = "unit"
	CrossrefKindReason   CrossrefKind = "reason"
)

// CrossrefFound tells an order that waits what a partner's id means with us.
type CrossrefFound struct {
	// Order that waits.
	OrderID string `avro:"order_id"`
	// Partner that uses the id.
	Partner string `avro:"partner"`
	// What the id names.
	Kind CrossrefKind `avro:"kind"`
	// The partner's id.
	TheirID string `avro:"their_id"`
	// Ours.
	OurID string `avro:"our_id"`
	// Who decided it: a person's login or a system's name.
	Author string `avro:"author"`
	// When the order was told.
	FoundAt time.Time `avro:"found_at"`
}

// CrossrefPublished says what a partner's id means with us.
type CrossrefPublished struct {
	// Partner that uses the id.
	Partner string `avro:"partner"`
	// What the id names.
	Kind CrossrefKind `avro:"kind"`
	// The partner's id.
	TheirID string `avro:"their_id"`
	// Ours.
	OurID string `avro:"our_id"`
	// First moment it counts, null for always.
	ValidFrom *time.Time `avro:"valid_from"`
	// First moment it counts no more, null for no end.
	ValidUntil *time.Time `avro:"valid_until"`
	// Who decided it: a person's login or a system's name.
	Author string `avro:"author"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
	// Names of the fields that differ from the version before; empty in the first.
	Changed []string `avro:"changed"`
}

// CrossrefWanted says that an order waits for what a partner's id means with us, or waits no more.
type CrossrefWanted struct {
	// Partner that uses the id.
	Partner string `avro:"partner"`
	// What the id names.
	Kind CrossrefKind `avro:"kind"`
	// The partner's id.
	TheirID string `avro:"their_id"`
	// Order that waits.
	OrderID string `avro:"order_id"`
	// What the partner calls it, empty when it says nothing.
	Name string `avro:"name"`
	// ISO 4217 code of the amount.
	Currency string `avro:"currency"`
	// What the waiting lines of the order are worth, minor units.
	Amount int64 `avro:"amount"`
	// The order waits no more: it was cancelled.
	Gone bool `avro:"gone"`
	// When the order said so.
	WantedAt time.Time `avro:"wanted_at"`
}
