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
			grants = append(grants, b.grantOf(r))
		}
	}
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), event.StockVerdictCommitted, grants)
}

// consign notes that nodes were asked to ship what is named, which stays there from
// now on until they say otherwise.
func (b *Book) consign(c *event.InventoryCommand, h *event.StockHolding) {
	for i := range h.Reservations {
		if r := &h.Reservations[i]; names(c, r) && next(r, Consign, 0) == nil {
			b.refuse(c, notHeld(r))
			return
		}
	}
	named := 0
	for i := range h.Reservations {
		if r := &h.Reservations[i]; names(c, r) {
			named++
			b.move(r, Consign, 0)
		}
	}
	if named < len(c.ReservationIds) {
		b.refuse(c, ReasonNotHeld)
		return
	}
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), event.StockVerdictCommitted, nil)
}

// recall notes how many units nodes were asked not to ship of what is named. What
// no node has is left alone: a release frees it.
func (b *Book) recall(c *event.InventoryCommand, h *event.StockHolding) {
	asked := *c
	asked.ReservationIds = nil
	for i := range h.Reservations {
		if r := &h.Reservations[i]; r.State == event.ReservationStateAtNode && names(c, r) {
			asked.ReservationIds = append(asked.ReservationIds, r.ReservationID)
		}
	}
	verdict := event.StockVerdictReleased
	if len(asked.ReservationIds) > 0 && b.releaseNamed(&asked, h) {
		verdict = event.StockVerdictPending
	}
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), verdict, nil)
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
// shipment under the same reservation may still be on its way here. Units at a
// node are only asked back, unless it is the word of the node or of a person.
func (b *Book) release(c *event.InventoryCommand, h *event.StockHolding) {
	if !forgo(c, h) {
		b.refuse(c, ReasonTooMany)
		return
	}
	give := b.releaseNamed
	if len(c.ReservationIds) == 0 {
		give = b.releaseAll
	}
	verdict := event.StockVerdictReleased
	if give(c, h) {
		verdict = event.StockVerdictPending
	}
	if len(c.ReservationIds) > 0 && len(c.Nodes) > 0 {
		remember(c, h, verdict)
	}
	h.Reservations = slices.DeleteFunc(h.Reservations, func(r event.StockReservation) bool {
		return r.State == event.ReservationStateClosed && r.Consumed == 0 && r.Plan <= h.Released
	})
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), verdict, nil)
}

// releaseAll leaves alone what a later plan holds: the release may be a repeat of
// one that was answered before that plan was made. Like releaseNamed it reports
// whether units were only asked for.
func (b *Book) releaseAll(c *event.InventoryCommand, h *event.StockHolding) (asked bool) {
	h.Released = max(h.Released, c.Plan)
	for i := range h.Reservations {
		if r := &h.Reservations[i]; r.Plan <= c.Plan {
			asked = b.giveBack(c, h, r, open(r)) || asked
		}
	}
	return asked
}

func (b *Book) releaseNamed(c *event.InventoryCommand, h *event.StockHolding) (asked bool) {
	bounded, left := len(c.Nodes) > 0, map[string]int64{}
	for _, n := range c.Nodes {
		left[n.Node] += max(0, n.Qty)
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
		asked = b.giveBack(c, h, r, units) || asked
	}
	return asked
}

// giveBack releases units of one reservation, and reports whether they were only
// asked for; one that waits takes its whole claim along.
func (b *Book) giveBack(c *event.InventoryCommand, h *event.StockHolding, r *event.StockReservation, units int64) (asked bool) {
	told := c.Word == event.ReleaseWordNode || c.Word == event.ReleaseWordPerson
	recall := c.Action == event.StockActionRecall
	switch r.State {
	case event.ReservationStateAtNode:
		if told && !recall {
			b.move(r, Return, units)
			return false
		}
		b.move(r, Recall, units)
		return r.Pending > 0
	case event.ReservationStateWaiting:
		b.giveUp(h)
	case event.ReservationStateBackordered:
		b.move(r, Release, units)
		b.lessen(r)
	default:
		if b.move(r, Release, units); r.State != event.ReservationStateHeld {
			r.ExpiresAt = nil
		}
	}
	return false
}

// giveUp takes all that an order waits for out of the queue.
func (b *Book) giveUp(h *event.StockHolding) {
	b.leaveQueue(h)
	for i := range h.Reservations {
		if w := &h.Reservations[i]; w.State == event.ReservationStateWaiting {
			b.move(w, Release, open(w))
		}
	}
}

// makeRoom forgets reservations of plans before one that were given back whole, the
// first ones first, until there is room for some more; false when there is none. From
// then on their plans are remembered by their highest number.
func makeRoom(h *event.StockHolding, more int, plan int64) bool {
	for len(h.Reservations)+more > maxReservations {
		n := slices.IndexFunc(h.Reservations, func(r event.StockReservation) bool {
			return r.State == event.ReservationStateClosed && r.Consumed == 0 && r.Plan < plan
		})
		if n < 0 {
			return false
		}
		h.Forgotten = max(h.Forgotten, h.Reservations[n].Plan)
		h.Reservations = slices.Delete(h.Reservations, n, n+1)
	}
	return true
}

// forgo remembers ids that are released before their reserve came, as closed
// reservations of nothing. It reports whether there is room for them.
func forgo(c *event.InventoryCommand, h *event.StockHolding) bool {
	for _, id := range c.ReservationIds {
		known := slices.ContainsFunc(h.Reservations, func(r event.StockReservation) bool { return r.ReservationID == id })
		if known || c.Plan <= h.Released {
			continue
		}
		if !makeRoom(h, 1, c.Plan) {
			return false
		}
		h.Reservations = append(h.Reservations, event.StockReservation{ReservationID: id, Plan: c.Plan, State: event.ReservationStateClosed})
	}
	return true
}
