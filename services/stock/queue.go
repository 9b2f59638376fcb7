package stock

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
)

// maxPriority bounds a claim's priority on both sides; beyond it nothing rises.
const maxPriority = 1e9

// enqueue puts a claim into the queue by priority, then arrival. Its waiting
// reservations hold nothing, but no first try gets what they ask for.
func (b *Book) enqueue(c *event.InventoryCommand, h *event.StockHolding) {
	h.Place = b.place(c.Priority)
	b.record.Claims++
	b.add(c, h, Enqueue, c.Nodes)
	b.rows.PutHolding(c.OrderID, h)
	b.rows.PutClaim(h.Place, &event.StockClaim{CommandID: c.CommandID, OrderID: c.OrderID, Plan: c.Plan})
}

// place is the next place in a queue by priority, then arrival.
func (b *Book) place(priority int) string {
	rank := min(max(int64(priority), -maxPriority), maxPriority)
	b.record.Arrivals++
	return fmt.Sprintf("%010d/%019d", maxPriority-rank, b.record.Arrivals)
}

// leaveQueue takes an order's claim out of the queue.
func (b *Book) leaveQueue(h *event.StockHolding) {
	if h.Place != "" {
		b.rows.DeleteClaim(h.Place)
		b.record.Claims--
		h.Place = ""
		b.stirred = b.stirred || b.record.Backorders > 0 // they stood behind it
	}
}

// serveQueue answers the claims at the head of the queue until one has to wait.
// Only the head is looked at: it gets all that comes free, so it waits no longer
// than tentative reservations last, and then the next one is the head.
func (b *Book) serveQueue() {
	for b.record.Claims > 0 {
		place, claim := b.rows.FirstClaim()
		if claim == nil {
			return
		}
		h := b.rows.Holding(claim.OrderID)
		switch b.judgeClaim(h) {
		case event.StockVerdictGranted:
			b.endClaim(place, claim, h, Serve, event.StockVerdictGranted)
		case event.StockVerdictShort:
			b.endClaim(place, claim, h, Deny, event.StockVerdictShort)
		default:
			return
		}
	}
}

// judgeClaim says what the head of the queue gets now.
func (b *Book) judgeClaim(h *event.StockHolding) event.StockVerdict {
	verdict := event.StockVerdictGranted
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if r.State != event.ReservationStateWaiting {
			continue
		}
		n, who := b.node(r.Node), buyer{h.Channel, h.CustomerClass, lives(r.MinExpiry)}
		if r.Qty > b.limit(n, who) {
			return event.StockVerdictShort
		}
		if r.Qty > b.turn(n, who) {
			verdict = event.StockVerdictContended
		}
	}
	return verdict
}

// endClaim moves all that waits and answers the claim.
func (b *Book) endClaim(place string, claim *event.StockClaim, h *event.StockHolding, how Input, verdict event.StockVerdict) {
	b.leaveQueue(h)
	var grants []event.Grant
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if r.State != event.ReservationStateWaiting {
			continue
		}
		if how == Serve {
			b.drawFrom(buyerOf(h), r)
		}
		if b.move(r, how, open(r)) && how == Serve {
			grants = append(grants, b.grantOf(r))
		}
	}
	h.TouchedAt = b.now
	c := &event.InventoryCommand{CommandID: claim.CommandID, OrderID: claim.OrderID, Plan: claim.Plan, Action: event.StockActionReserve, Mode: event.ReserveModeClaim}
	if verdict == event.StockVerdictShort {
		b.deny(c, h, verdict)
		return
	}
	b.rows.PutHolding(claim.OrderID, h)
	b.answer(c, buyerOf(h), verdict, grants)
}
