// Package order decides what happens to an order, from the submission until
// every unit has left or was taken off and every shipment is billed. It is pure:
// no clock, no client, no topic; package orderstream wires it to them.
//
// In: order.reserve, order.submit, order.cancel, order.amend, order.resolve, order.freeze, inventory.answer,
// fulfilment.status, purchase.accepted, shipment.confirmed, parcel.status, invoice.posted,
// order.registered, credit.granted, the facts payment.*.
// Out: the events order.*, inventory.command, inventory.movement (the goods issue
// of each shipment), fulfilment.requested, fulfilment.cancel, purchase.requested, credit.request,
// capacity.request, capacity.load, alert.raised, audit.action; for what was lost on the
// way settlement.request, and order.submit of an order in its place (redress.go).
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
// # Age
//
// A line may demand that its units do not expire before a date. One that names none gets
// the date that its channel and its customer demand, once, when the order is taken on
// (shelf.go): order.accepted says it, and no later stage knows whose it was. Stock is
// asked for the lines of an item together, by the latest of their dates, and says what
// each node could give of that age; the node is told each line's own date, and picks the
// lots.
//
// # Suppliers
//
// A supplier ships its own units for us. What stock grants of them is provisional,
// which order.allocated says. At the release the supplier gets purchase.requested in
// place of a fulfilment, under the same number; purchase.accepted is its decision, the
// first one stands: what it takes on is as any fulfilment from there on, what it
// refuses is planned again without it. It is reminded, doubted and asked to stop as
// nodes are, and a decision that does not come in time is an exception (purchase.go).
//
// # Places in a node's day
//
// A node that can release so many orders a day, or so many units, is an entity of
// this room, keyed by node (package capacity). It is asked for a place when an order
// is allocated, and answers with the first day that has room for all of the node's
// part; the release waits for the answer and the day. A part of more units than a
// whole day gets a day to itself. What is given back before anything left gives its
// place back; of a part that became smaller, by a cancel, an amendment or a short
// pick, the units.
//
// # Supply
//
// What stock cannot give and the buyer waits for is claimed of what is to come, at
// the node where it comes first (claim.go). Stock says a date, and each change of
// it, which the order says as order.promise; and that the units are there, which
// makes a round of their own. Items that leave together claim dates until there is
// one for each, and units only then: so no order holds units for others that may
// never come. When a date passes, the order is planned again, once a date, and people
// are told (overdue.go). A channel may say how long after the first such date it waits:
// then what lacks is taken off, of items that leave together all of it.
//
// # Refusal
//
// What a node did not ship is asked of others, at most MaxReplans times. When none is
// left that may have it, and nothing is to come by a date, the nodes are asked again
// on their next working day, on MaxRetries later days (refusal.go). Then an exception
// stands until a person has it planned again, and a channel that waits for some time
// only gives it up after that time. A buyer who does not wait for supply does not wait
// for nodes: what they did not ship is taken off at once.
//
// # Shortage
//
// When units that stock granted for good turn out not to be there, stock asks the
// orders of the newest promises to plan again what no node was asked for, at once when
// an order waits at the gate of the release, else when it comes there. An order that
// takes parts gives back just what lacks, keeps the rest, and looks for others to give
// what lacks; one whose items leave together gives all back and plans anew. What is at
// a node stays: the node says what it cannot ship.
//
// # Money
//
// Credit is asked when the order is accepted, and again when it is worth another
// amount; payment partners are asked by settlement. The order waits for either at
// its release, with its stock kept (money.go).
//
// # Baskets
//
// Before an order is submitted, units may be kept for it under its id (basket.go):
// asked for as by an order, all or nothing, and held until a time. The submission
// writes at once that they are to be kept longer; stock reads its log in order, so
// whether they are still there is decided by when that was written, and not by when
// it is read. The order swaps them for its own.
//
// # Freeze
//
// An order whose books do not add up can be frozen, by the auditor or a person. That
// is a hold at the first barrier that only a thaw ends; what is at nodes goes its way.
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
