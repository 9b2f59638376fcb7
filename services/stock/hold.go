package stock

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

const (
	// MaxHold bounds how far ahead a hold may end.
	MaxHold = 24 * time.Hour
	// holdGrace is how long units stay held after the end, so that a confirmation
	// that was written in time and is read late still finds them.
	holdGrace = 30 * time.Second
	// holdReminder is the prefix of the names of reminders about ends of holds.
	holdReminder = "hold" + sep
)

// holdable says whether a hold that is asked for has an end that can be kept.
func (b *Book) holdable(c *event.InventoryCommand) bool {
	return c.ExpiresAt != nil && c.ExpiresAt.After(b.at) && !c.ExpiresAt.After(b.at.Add(MaxHold))
}

// lapse ends the holds of an order whose end was before at. Here and nowhere else
// is decided whether a hold is over: every command of the order asks first, by the
// time at which it was written to the log, and the reminder asks when nothing
// comes. Logs are read in order, so no command sees a hold that a later one lost.
func (b *Book) lapse(h *event.StockHolding, at time.Time) bool {
	lapsed := false
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if r.State == event.ReservationStateHeld && r.ExpiresAt.Before(at) {
			lapsed = b.move(r, Lapse, open(r)) || lapsed
		}
	}
	return lapsed
}

// holdEnd is when the first hold of an order ends; zero when it has none.
func holdEnd(h *event.StockHolding) (first time.Time) {
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if r.State == event.ReservationStateHeld && (first.IsZero() || r.ExpiresAt.Before(first)) {
			first = *r.ExpiresAt
		}
	}
	return first
}

// remindHold keeps the reminder about an order's holds right, whose first end was
// at before.
func (b *Book) remindHold(orderID string, h *event.StockHolding, before time.Time) {
	end := holdEnd(h)
	switch {
	case end.Equal(before):
	case end.IsZero():
		b.rows.Remind(holdReminder+orderID, end)
	default:
		b.rows.Remind(holdReminder+orderID, end.Add(holdGrace+time.Microsecond))
	}
}

// holdEnds frees the units of holds that ended long enough ago.
func (b *Book) holdEnds(orderID string) {
	h := b.rows.Holding(orderID)
	if h == nil {
		return
	}
	if b.lapse(h, b.now.Add(-holdGrace)) {
		h.TouchedAt = b.now
		b.rows.PutHolding(orderID, h)
	}
	b.remindHold(orderID, h, time.Time{})
}

// extend moves the end of holds, never to an earlier time.
func (b *Book) extend(c *event.InventoryCommand, h *event.StockHolding) {
	if !b.holdable(c) {
		b.refuse(c, ReasonMalformed)
		return
	}
	kept, reason := ownOf(c, h)
	if reason != "" {
		b.refuse(c, reason)
		return
	}
	for _, r := range kept {
		if r.State == event.ReservationStateHeld && c.ExpiresAt.After(*r.ExpiresAt) {
			r.ExpiresAt = c.ExpiresAt
		}
	}
	remember(c, h, event.StockVerdictGranted)
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), event.StockVerdictGranted, nil)
}

// replace swaps what an order has for a new plan in one step: an order takes over
// the hold of its basket, and nobody can come in between. When the new plan is
// not granted, the old one stays.
func (b *Book) replace(c *event.InventoryCommand, h *event.StockHolding) {
	if b.reserved(c, h) {
		return
	}
	how, known := map[event.ReserveMode]Input{event.ReserveModeCommit: Promise, event.ReserveModeTentative: Grant, event.ReserveModeHold: Hold}[c.Mode]
	reason := b.unfit(c, h)
	if !known || how == Hold && !b.holdable(c) {
		reason = ReasonMalformed
	}
	old, lost := ownOf(c, h)
	if reason == "" {
		reason = lost
	}
	if reason != "" {
		b.refuse(c, reason)
		return
	}
	if verdict := b.judge(buyerOf(h), c.Nodes, old); verdict != event.StockVerdictGranted {
		b.deny(c, h, verdict)
		return
	}
	for _, r := range old {
		b.giveBack(c, h, r, open(r))
	}
	b.grant(c, h, how, c.Nodes)
}

// ownOf finds the named reservations, all of which must keep units for the order;
// else it says why not.
func ownOf(c *event.InventoryCommand, h *event.StockHolding) (own []*event.StockReservation, reason string) {
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if !slices.Contains(c.ReservationIds, r.ReservationID) {
			continue
		}
		switch r.State {
		case event.ReservationStateHeld, event.ReservationStateTentative, event.ReservationStateCommitted:
			own = append(own, r)
		default:
			return nil, notHeld(r)
		}
	}
	if len(own) == 0 || len(own) < len(c.ReservationIds) {
		return nil, ReasonNotHeld
	}
	return own, ""
}

// notHeld says why a reservation keeps nothing.
func notHeld(r *event.StockReservation) string {
	if r.ExpiresAt != nil {
		return ReasonExpired
	}
	return ReasonNotHeld
}
