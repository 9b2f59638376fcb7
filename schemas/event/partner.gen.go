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
