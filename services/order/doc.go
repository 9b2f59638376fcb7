// Package order decides what happens to an order, from the submission until
// every unit has left or was taken off and every shipment is billed. It is pure:
// no clock, no client, no topic; package orderstream wires it to them.
//
// In: order.submit, order.cancel, order.amend, order.resolve, inventory.answer,
// fulfilment.status, shipment.confirmed, parcel.status, invoice.posted,
// order.registered, credit.granted, the facts payment.*.
// Out: the events order.*, inventory.command, inventory.movement (the goods issue
// of each shipment), fulfilment.requested, fulfilment.cancel, credit.request,
// capacity.request, capacity.load, alert.raised.
//
// # Requests and facts
//
// Requests are decided by the table in machine.go. Facts (statuses, shipments,
// parcels, invoices) are never refused: they are kept as rows, and the quantities
// of a line follow from the rows, so that every order of arrival ends alike. A
// fact that comes ahead of its cause waits for it. One that should not have
// happened is booked, and an exception stands as long as the rows say so.
//
// # Units
//
// What is decided about a line is one number, how many of its units are wanted
// (line.go). The rest follows: what is wanted and neither left nor at a node is
// lacking, and stock is asked for it; what is at nodes beyond that is excess, and
// the nodes are asked to stop. Cancels, amendments, short picks and a shipment
// that comes after its cancel all are this one rule. Units at a node come back by
// the node's word or a person's decision, never by a clock.
//
// # Nodes
//
// Which nodes ship is decided by package sourcing from published master data and
// from what is known of stock, anew whenever stock refuses or a node ships less
// (source.go). Each decision is said as order.sourced, and the last one stands in
// order.allocated and order.backordered.
//
// # Places in a node's day
//
// A node that can release so many orders a day is an entity of this room, keyed by
// node (package capacity). It is asked for a place when an order is allocated, and
// answers with a day; the release waits for the answer and the day. What is given
// back before anything left gives its place back.
//
// # Money
//
// Credit is asked when the order is accepted, and again when it is worth another
// amount; payment partners are asked by settlement. The order waits for either at
// its release, with its stock kept (money.go).
//
// # When nothing happens
//
// When stock, a node or the ERP is away, the order waits in its phase. Nodes are
// reminded, doubted and reported by the clock of their own working hours (due.go,
// package calendar).
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
	// Part is what one fulfilment ships of one line.
	Part = event.OrderPartRecord
	// Fulfilment is how far a node is with its part.
	Fulfilment = event.OrderFulfilmentRecord
	// Shipment is a shipment of the order.
	Shipment = event.OrderShipmentRecord
	// Invoice is an invoice of the order.
	Invoice = event.OrderInvoiceRecord
	// Hold is why the order waits for somebody.
	Hold = event.OrderHoldRecord
	// Exception is a fact that should not have happened.
	Exception = event.OrderExceptionRecord
	// Amendment waits until stock has everything back.
	Amendment = event.OrderAmendmentRecord
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
