// Package connector is what the edges share. A vendor's package is pure: it
// writes canonical events as that vendor's documents and reads the vendor's
// answers back (Node, ERP). This package carries documents over HTTP, decides
// which failures are tried again, and puts every document in and out on record.
//
// A Document is stored as it will stand on the wire, so each attempt sends the
// same bytes under the same idempotency key.
package connector
