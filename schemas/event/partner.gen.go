// Code generated from schemas/avro/partner/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// PartnerInbound is a document received from a partner.
type PartnerInbound struct {
	// This document, unique per partner.
	DocumentID string `avro:"document_id"`
	// Partner.
	Partner string `avro:"partner"`
	// Kind of document, for example 850 or shopify.order.
	Kind string `avro:"kind"`
	// Media type of the body.
	MediaType string `avro:"media_type"`
	// The document byte for byte, up to 64 KiB; empty when it was longer.
	Body []byte `avro:"body"`
	// The document was longer and its body is not kept here.
	Truncated bool `avro:"truncated"`
	// SHA-256 of the whole document in hex.
	Sha256 string `avro:"sha256"`
	// Version of the mapping that read or wrote it.
	MappingVersion string `avro:"mapping_version"`
	// Ids of the canonical events made from it or that made it.
	CanonicalIds []string `avro:"canonical_ids"`
	// When it was received.
	OccurredAt time.Time `avro:"occurred_at"`
}

// PartnerOutbound is a document sent to a partner.
type PartnerOutbound struct {
	// This document, unique per partner.
	DocumentID string `avro:"document_id"`
	// Partner.
	Partner string `avro:"partner"`
	// Kind of document, for example 850 or shopify.order.
	Kind string `avro:"kind"`
	// Media type of the body.
	MediaType string `avro:"media_type"`
	// The document byte for byte, up to 64 KiB; empty when it was longer.
	Body []byte `avro:"body"`
	// The document was longer and its body is not kept here.
	Truncated bool `avro:"truncated"`
	// SHA-256 of the whole document in hex.
	Sha256 string `avro:"sha256"`
	// Version of the mapping that read or wrote it.
	MappingVersion string `avro:"mapping_version"`
	// Ids of the canonical events made from it or that made it.
	CanonicalIds []string `avro:"canonical_ids"`
	// When it was sent.
	OccurredAt time.Time `avro:"occurred_at"`
}

// PartnerRun asks to read files of a partner and to publish what they say.
type PartnerRun struct {
	// This run, derived from the content of its files, so that the same files are one run.
	RunID string `avro:"run_id"`
	// Partner whose configuration reads the files.
	Partner string `avro:"partner"`
	// Names of the stored files, in the order in which they were given.
	Files []string `avro:"files"`
	// Seconds of the files' own time a second of publication; 0 is as fast as it goes.
	Speed int64 `avro:"speed"`
	// Seed of generated stock.
	Seed int64 `avro:"seed"`
	// When it was asked for.
	RequestedAt time.Time `avro:"requested_at"`
}
