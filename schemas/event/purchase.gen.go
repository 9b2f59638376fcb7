// Code generated from schemas/avro/purchase/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// PurchaseKind says where the goods of a purchase are.
//   - unknown: written by a newer version than the reader
//   - supplier: with the supplier, who accepts and ships them for us
//   - consignment: with us, and they have left already
type PurchaseKind string

// Values of PurchaseKind; its comment says what each means.
const (
	PurchaseKindUnknown     PurchaseKind = "unknown"
	PurchaseKindSupplier    PurchaseKind = "supplier"
	PurchaseKindConsignment PurchaseKind = "consignment"
)

// DecidedLine is the decision of a supplier about one line of a purchase.
type DecidedLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Units that it will ship.
	Accepted int64 `avro:"accepted"`
	// Units that it will not ship.
	Refused int64 `avro:"refused"`
	// Why it refuses, in the supplier's word; empty when it refuses nothing.
	Reason string `avro:"reason"`
}

// PurchaseAccepted is the decision of a supplier about a purchase: whole, in part or not at all.
type PurchaseAccepted struct {
	// Purchase that it decides.
	PurchaseID string `avro:"purchase_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// The decision on every line.
	Lines []DecidedLine `avro:"lines"`
	// Why the purchase as a whole was refused, in the supplier's word; empty when it was not.
	Reason string `avro:"reason"`
	// The supplier's own number.
	Document string `avro:"document"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing. Counts of the source from there on contain the purchase.
	SourceSeq int64 `avro:"source_seq"`
	// When the supplier decided.
	DecidedAt time.Time `avro:"decided_at"`
}

// PurchaseLine is what a purchase takes for one line of an order.
type PurchaseLine struct {
	// Line within the order, as the channel numbers it; empty for goods that left already.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Lots only that do not expire before; null when any will do.
	MinExpiry *time.Time `avro:"min_expiry"`
}

// PurchaseRequested asks the owner of goods to sell us what an order takes of them.
type PurchaseRequested struct {
	// This purchase; of a supplier that ships it is the fulfilment, of goods that stand with us it follows from the shipment.
	PurchaseID string `avro:"purchase_id"`
	// Order id: UUIDv5 of channel and external id; empty when goods that stand with us left without one.
	OrderID string `avro:"order_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Who owns the goods: a party's id.
	Owner string `avro:"owner"`
	// Where the goods are.
	Kind PurchaseKind `avro:"kind"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// Where the goods go; null when they have left already.
	ShipTo *PartyRef `avro:"ship_to"`
	// What is bought.
	Lines []PurchaseLine `avro:"lines"`
	// All units leave together or none.
	ShipComplete bool `avro:"ship_complete"`
	// The customer's own purchase order number, empty when there is none.
	PurchaseOrder string `avro:"purchase_order"`
	// Number of the shipment by which goods that stand with us left, empty otherwise.
	Document string `avro:"document"`
	// When it was first asked.
	RequestedAt time.Time `avro:"requested_at"`
	// How often it was asked, from 1; a repeat is the same document under the same number.
	Attempt int `avro:"attempt"`
}
