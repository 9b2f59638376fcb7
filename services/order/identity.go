package order

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// CommandID is the id of what an order asks of an item's stock for a purpose,
// such as "reserve 2"; the same purpose is the same command.
func CommandID(orderID, sku, purpose string) string { return derive("command", orderID, sku, purpose) }

// FulfilmentID is the id of the part of an order that a node ships. Rounds count
// from 1: what a node did not ship is asked of others in another round.
func FulfilmentID(orderID, node string, round int64) string {
	if round <= 1 {
		return derive("fulfilment", orderID, node)
	}
	return derive("fulfilment", orderID, node, strconv.FormatInt(round, 10))
}

// ReservationID is the id of what a plan of an order reserves of an item at a
// node; stock derives the same.
func ReservationID(orderID, sku, node string, plan int64) string {
	return derive(orderID, sku, node, strconv.FormatInt(plan, 10))
}

// EntryID is the id of the goods issue of a shipment's line in stock's ledger.
func EntryID(node, shipmentID, lineID, lot string) string {
	return derive(node, shipmentID, lineID, lot)
}

// ClaimID is the id of the command by which a plan claims stock of an item that is
// to come.
func ClaimID(orderID, sku string, plan int64) string {
	return CommandID(orderID, sku, "claim "+strconv.FormatInt(plan, 10))
}

// derive makes a UUIDv5 from parts.
func derive(parts ...string) string {
	return uuid.NewSHA1(event.NS, []byte(strings.Join(parts, "\x1f"))).String()
}
