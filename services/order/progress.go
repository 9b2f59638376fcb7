package order

import (
	"github.com/millrace/millrace/schemas/event"
)

// ranks order the statuses that a fulfilment goes through. What has no rank
// stands beside the course and says nothing about how far it is.
var ranks = map[event.FulfilmentStatus]int{
	event.FulfilmentStatusPlanned:     1,
	event.FulfilmentStatusReleaseSent: 2, event.FulfilmentStatusAcknowledged: 3, event.FulfilmentStatusAccepted: 4,
	event.FulfilmentStatusPicking: 5, event.FulfilmentStatusPicked: 6, event.FulfilmentStatusShortPicked: 6,
	event.FulfilmentStatusPacking: 7, event.FulfilmentStatusPacked: 8, event.FulfilmentStatusManifested: 9,
	event.FulfilmentStatusShipped: 10, event.FulfilmentStatusIncomplete: 11, event.FulfilmentStatusClosed: 11,
	event.FulfilmentStatusRejected: 11, event.FulfilmentStatusCancelled: 11,
}

// Stated books what a node stated about its fulfilment. A statement that says
// nothing new changes nothing.
func Stated(o *Record, f *Fulfilment, s *event.FulfilmentStatusChanged) {
	change(o, f, func() {
		if ranks[s.Status] > ranks[f.Status] {
			f.Status, f.Word = s.Status, s.Word
		}
		f.Stated = max(f.Stated, s.Shipped)
		f.Final = f.Final || s.Final
		if s.OccurredAt.After(f.UpdatedAt) {
			f.UpdatedAt = s.OccurredAt
		}
	})
}

// Shipped books units that left by a fulfilment.
func Shipped(o *Record, f *Fulfilment, units int64) {
	change(o, f, func() { f.Shipped += units })
	o.Shipped += units
	o.ToBill++
}

// Released books that a node was asked for units.
func Released(o *Record, f *Fulfilment, units int64) {
	change(o, f, func() {
		f.Units = units
		if ranks[f.Status] == 0 {
			f.Status = event.FulfilmentStatusPlanned
		}
	})
}

// Billed books the invoice of a shipment that is known.
func Billed(o *Record) { o.Billed++ }

// Ended says whether the node will ship nothing more: it said so, and every
// shipment that it counted by then has arrived here. Until then units that look
// left behind may be on the way.
func Ended(f *Fulfilment) bool { return f.Final && f.Shipped >= f.Stated }

// change keeps the sums over all fulfilments right while one is changed.
func change(o *Record, f *Fulfilment, do func()) {
	flightBefore, returnedBefore := rests(f)
	do()
	flight, back := rests(f)
	f.Returned = back
	o.InFlight += flight - flightBefore
	o.Returned += back - returnedBefore
	Recount(o)
}

// rests splits the units that have not left into those still to come and those
// that never will.
func rests(f *Fulfilment) (inFlight, back int64) {
	rest := max(0, f.Units-f.Shipped)
	if Ended(f) {
		return 0, rest
	}
	return rest, 0
}

// Recount derives where the units are that neither left nor will: they wait, or
// are taken off when the buyer does not wait or somebody cancelled.
func Recount(o *Record) {
	o.Backordered, o.Cancelled = 0, 0
	switch o.Phase {
	case released, backordered, completed, cancelled:
	default:
		return
	}
	rest := max(0, o.Units-o.Allocated+o.Returned)
	if Outcomes(o) == event.ShortOutcomeCancelled {
		o.Cancelled = rest
	} else {
		o.Backordered = rest
	}
}

// Outcomes says what becomes of units that nobody ships.
func Outcomes(o *Record) event.ShortOutcome {
	if o.CancelReason != "" || o.Shortage == event.ShortagePolicyCancel {
		return event.ShortOutcomeCancelled
	}
	return event.ShortOutcomeBackordered
}

// Over says how many units left beyond what the node was asked for.
func Over(f *Fulfilment) int64 { return max(0, f.Shipped-f.Units) }

// Remaining lists what a node was asked for and will not ship.
func Remaining(c *Consignment, shipments []*Shipment) []event.FulfilmentLine {
	left := make(map[string]int64)
	for _, s := range shipments {
		for _, l := range s.Lines {
			left[l.LineID] += l.Qty
		}
	}
	var rest []event.FulfilmentLine
	for _, l := range c.Lines {
		gone := min(l.Qty, left[l.LineID])
		left[l.LineID] -= gone
		if l.Qty -= gone; l.Qty > 0 {
			rest = append(rest, l)
		}
	}
	return rest
}
