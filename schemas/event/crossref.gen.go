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
