package stock

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// commit promises the named reservations, or all of the plan. It is refused only
// when the order does not hold one of them, and then changes none.
func (b *Book) commit(c *event.InventoryCommand, h *event.StockHolding) {
	named := 0
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if names(c, r) {
			named++
			if next(r, Commit, 0) == nil {
				b.refuse(c, notHeld(r))
				return
			}
		}
	}
	if named == 0 || named < len(c.ReservationIds) {
		b.refuse(c, ReasonNotHeld)
		return
	}
	var grants []event.Grant
	for i := range h.Reservations {
		if r := &h.Reservations[i]; names(c, r) {
			b.move(r, Commit, 0)
			r.ExpiresAt = nil
			grants = append(grants, grantOf(r))
		}
	}
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, event.StockVerdictCommitted, grants)
}

// names says whether a commit means a reservation.
func names(c *event.InventoryCommand, r *event.StockReservation) bool {
	if len(c.ReservationIds) == 0 {
		return r.Plan == c.Plan
	}
	return slices.Contains(c.ReservationIds, r.ReservationID)
}

// release gives back the named reservations, or without names all that the order
// has of the item up to the command's plan. What comes later under a plan or an id given back is refused.
// With names and nodes, each node's quantity is given back and no more, because a
// shipment under the same reservation may still be on its way here.
func (b *Book) release(c *event.InventoryCommand, h *event.StockHolding) {
	if !forgo(c, h) {
		b.refuse(c, ReasonTooMany)
		return
	}
	if len(c.ReservationIds) == 0 {
		b.releaseAll(c, h)
	} else {
		b.releaseNamed(c, h)
	}
	h.Reservations = slices.DeleteFunc(h.Reservations, func(r event.StockReservation) bool {
		return r.State == event.ReservationStateClosed && r.Consumed == 0 && r.Plan <= h.Released
	})
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, event.StockVerdictReleased, nil)
}

// releaseAll leaves alone what a later plan holds: the release may be a repeat of
// one that was answered before that plan was made.
func (b *Book) releaseAll(c *event.InventoryCommand, h *event.StockHolding) {
	h.Released = max(h.Released, c.Plan)
	for i := range h.Reservations {
		if r := &h.Reservations[i]; r.Plan <= c.Plan {
			b.giveBack(h, r, open(r))
		}
	}
}

func (b *Book) releaseNamed(c *event.InventoryCommand, h *event.StockHolding) {
	bounded, left := len(c.Nodes) > 0, map[string]int64{}
	for _, n := range c.Nodes {
		left[n.Node] += max(0, n.Qty)
	}
	if bounded {
		remember(c, h, event.StockVerdictReleased)
	}
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if !slices.Contains(c.ReservationIds, r.ReservationID) {
			continue
		}
		units := open(r)
		if bounded {
			units = min(units, left[r.Node])
			left[r.Node] -= units
		}
		b.giveBack(h, r, units)
	}
}

// giveBack releases units of one reservation; one that waits takes its whole
// claim along.
func (b *Book) giveBack(h *event.StockHolding, r *event.StockReservation, units int64) {
	switch r.State {
	case event.ReservationStateWaiting:
	case event.ReservationStateBackordered:
		b.move(r, Release, units)
		b.lessen(r)
		return
	default:
		if b.move(r, Release, units); r.State != event.ReservationStateHeld {
			r.ExpiresAt = nil
		}
		return
	}
	b.leaveQueue(h)
	for i := range h.Reservations {
		if w := &h.Reservations[i]; w.State == event.ReservationStateWaiting {
			b.move(w, Release, open(w))
		}
	}
}

// forgo remembers ids that are released before their reserve came, as closed
// reservations of nothing. It reports whether there is room for them.
func forgo(c *event.InventoryCommand, h *event.StockHolding) bool {
	for _, id := range c.ReservationIds {
		known := slices.ContainsFunc(h.Reservations, func(r event.StockReservation) bool { return r.ReservationID == id })
		if known || c.Plan <= h.Released {
			continue
		}
		if len(h.Reservations) == maxReservations {
			return false
		}
		h.Reservations = append(h.Reservations, event.StockReservation{ReservationID: id, Plan: c.Plan, State: event.ReservationStateClosed})
	}
	return true
}
