// Code generated from schemas/avro/node/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// NodeKind says who runs a node.
//   - own: we do
//   - threepl: a third party for us
//   - supplier: a supplier ships its own stock for us
type NodeKind string

// Values of NodeKind; its comment says what each means.
const (
	NodeKindOwn      NodeKind = "own"
	NodeKindThreepl  NodeKind = "threepl"
	NodeKindSupplier NodeKind = "supplier"
)

// NodePublished is the master row of one node.
type NodePublished struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Name for people.
	Name string `avro:"name"`
	// Who runs it.
	Kind NodeKind `avro:"kind"`
	// Partner that is asked to ship, empty for an own node.
	Partner string `avro:"partner"`
	// Lower is preferred when several nodes can give.
	Rank int `avro:"rank"`
	// It can be asked.
	Active bool `avro:"active"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
}
