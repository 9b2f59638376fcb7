package order

import (
	"strings"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// CommandID is the id of what an order asks of an item's stock for a purpose,
// such as "reserve 2"; the same purpose is the same command.
func CommandID(orderID, sku, purpose string) string { return derive("command", orderID, sku, purpose) }

// FulfilmentID is the id of the part of an order that a node ships.
func FulfilmentID(orderID, node string) string { return derive("fulfilment", orderID, node) }

// EntryID is the id of the goods issue of a shipment's line in stock's ledger.
func EntryID(node, shipmentID, lineID, lot string) string {
	return derive(node, shipmentID, lineID, lot)
}

// derive makes a UUIDv5 from parts.
func derive(parts ...string) string {
	return uuid.NewSHA1(event.NS, []byte(strings.Join(parts, "\x1f"))).String()
}
