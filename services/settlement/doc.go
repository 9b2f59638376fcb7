// Package settlement decides what is billed for each shipment. It is pure;
// package settlementstream wires it to topics.
//
// In: order.accepted (what was sold at which price), order.released,
// shipment.confirmed, invoice.posted. Out: invoice.requested, one a shipment, and
// one for an order that ships nothing.
//
// A line that ships in parts is billed so that all bills together are exact,
// whichever part is the last: up to now it bears round(total x shipped / ordered),
// and a bill is what that grew by. Freight is dealt by the value shipped in the
// same way. Charges and services are billed with the first shipment. What is
// never shipped is never billed. Facts may come in any order: a shipment before
// its order's prices waits for them.
package settlement

import (
	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// The rows of an order's money. Their meaning stands in their schemas.
type (
	// Record is the money of the whole order.
	Record = event.SettlementRecord
	// Price is what was sold at which price.
	Price = event.SettlementPriceRecord
	// Bill is a shipment and what was asked for it.
	Bill = event.SettlementBillRecord
)

// InvoiceID is the id of the invoice of a shipment; shipmentID is empty for an
// order that ships nothing.
func InvoiceID(orderID, shipmentID string) string {
	return uuid.NewSHA1(event.NS, []byte("invoice\x1f"+orderID+"\x1f"+shipmentID)).String()
}
