// Package order decides what happens to an order, from the submission until
// every unit has left or was taken off and every shipment is billed. It is pure:
// no clock, no client, no topic; package orderstream wires it to them.
//
// In: order.submit, order.cancel, order.amend, inventory.answer,
// fulfilment.status, shipment.confirmed, invoice.posted, order.registered.
// Out: the events order.*, inventory.command, inventory.movement (the goods issue
// of each shipment), fulfilment.requested, fulfilment.cancel.
//
// Requests are decided by the table in machine.go. Facts (statuses, shipments,
// invoices) are never refused: they are kept as rows, and the quantities of a
// line are computed from the rows (bucket.go), so that every order of arrival
// ends alike. A fact that should not have happened is booked, counted as an
// exception and named in the timeline.
//
// When stock, a node or the ERP is away, the order waits in its phase; nothing is
// retried here, because what was asked is a record that will be read.
//
//go:generate go run ./internal/report -out machine.md
package order

import "github.com/millrace/millrace/schemas/event"

// The rows of an order. Their meaning stands in their schemas.
type (
	// Record is what is kept of the whole order.
	Record = event.OrderRecord
	// Item is all lines that sell one item, and what stock answered.
	Item = event.OrderItemRecord
	// Charge is a line that stock need not give.
	Charge = event.OrderChargeRecord
	// Consignment is what a node was asked to ship.
	Consignment = event.OrderConsignmentRecord
	// Fulfilment is how far a node is with its part.
	Fulfilment = event.OrderFulfilmentRecord
	// Shipment is a shipment of the order.
	Shipment = event.OrderShipmentRecord
	// Invoice is an invoice of the order.
	Invoice = event.OrderInvoiceRecord
	// Moment is an entry of the timeline.
	Moment = event.OrderMomentRecord
	// Phase is the state of the machine.
	Phase = event.OrderPhase
	// Goal is what follows the phase returning.
	Goal = event.OrderGoal
)

// Reservable says whether stock must give what a line sells.
func Reservable(kind event.LineKind) bool {
	return kind == event.LineKindGoods || kind == event.LineKindKit
}

// New returns the record of an order of which nothing is known.
func New() *Record {
	return &Record{Phase: event.OrderPhaseNone, Goal: event.OrderGoalNone, Shortage: event.ShortagePolicyBackorder}
}
