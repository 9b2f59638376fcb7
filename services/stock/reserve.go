package stock

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// reserve answers a plan that is asked for the first time by its mode.
func (b *Book) reserve(c *event.InventoryCommand, h *event.StockHolding) {
	if b.reserved(c, h) {
		return
	}
	if reason := b.unfit(c, h); reason != "" {
		b.refuse(c, reason)
		return
	}
	verdict := b.judge(buyerOf(h), c.Nodes, nil)
	switch c.Mode {
	case event.ReserveModeCommit:
		if c.Partial {
			b.grantParts(c, h, verdict)
		} else {
			b.grantAll(c, h, Promise, verdict)
		}
	case event.ReserveModeTentative:
		b.grantAll(c, h, Grant, verdict)
	case event.ReserveModeHold:
		if !b.holdable(c) {
			b.refuse(c, ReasonMalformed)
		} else {
			b.grantAll(c, h, Hold, verdict)
		}
	case event.ReserveModeBackorder:
		b.backorder(c, h)
	case event.ReserveModeClaim:
		if verdict == event.StockVerdictShort {
			b.deny(c, h, verdict)
		} else {
			b.enqueue(c, h)
		}
	default:
		b.refuse(c, ReasonUnsupported)
	}
}

// reserved answers a plan that was decided or given back before; a claim that
// still waits is answered when it is served.
func (b *Book) reserved(c *event.InventoryCommand, h *event.StockHolding) bool {
	if c.Plan <= h.Released {
		b.refuse(c, ReasonReleased)
		return true
	}
	known, waiting, kept := false, false, []event.Grant{}
	for _, r := range h.Reservations {
		if r.Plan == c.Plan {
			known = true
			if r.State == event.ReservationStateBackordered {
				b.answerBackorder(c, r.Place)
				return true
			}
			waiting = waiting || r.State == event.ReservationStateWaiting
			if r.GivenBack < r.Qty {
				kept = append(kept, b.grantOf(&r))
			}
		}
	}
	switch {
	case !known && c.Plan <= h.Forgotten:
		b.refuse(c, ReasonReleased)
	case !known:
		return false
	case waiting:
	case len(kept) == 0:
		b.refuse(c, ReasonReleased)
	default:
		b.answer(c, buyerOf(h), event.StockVerdictGranted, kept)
	}
	return true
}

// unfit says why a reserve cannot be judged, "" when it can.
func (b *Book) unfit(c *event.InventoryCommand, h *event.StockHolding) string {
	if len(c.Nodes) == 0 || len(c.Nodes) > maxNodes || c.Plan < 1 {
		return ReasonMalformed
	}
	for i, n := range c.Nodes {
		twice := slices.ContainsFunc(c.Nodes[:i], func(o event.NodeQty) bool { return o.Node == n.Node })
		if n.Node == "" || n.Qty < 1 || n.Qty > MaxQty || twice {
			return ReasonMalformed
		}
	}
	if h.Place != "" {
		return ReasonWaiting
	}
	if !b.fewDates(c.MinExpiry, len(c.Nodes)) || !makeRoom(h, len(c.Nodes), c.Plan) {
		return ReasonTooMany
	}
	return ""
}

// grantAll grants everything or nothing.
func (b *Book) grantAll(c *event.InventoryCommand, h *event.StockHolding, how Input, verdict event.StockVerdict) {
	if verdict != event.StockVerdictGranted {
		b.deny(c, h, verdict)
		return
	}
	b.grant(c, h, how, c.Nodes)
}

// grantParts grants what each node can spare of what is asked; when that is nothing,
// it may be so only until others give back what they took tentatively.
func (b *Book) grantParts(c *event.InventoryCommand, h *event.StockHolding, verdict event.StockVerdict) {
	var parts []event.NodeQty
	for _, a := range c.Nodes {
		if qty := min(a.Qty, b.spare(b.node(a.Node), buyerOf(h))); qty > 0 {
			parts = append(parts, event.NodeQty{Node: a.Node, Qty: qty})
		}
	}
	if len(parts) == 0 {
		b.deny(c, h, verdict)
		return
	}
	b.grant(c, h, Promise, parts)
}

func (b *Book) grant(c *event.InventoryCommand, h *event.StockHolding, how Input, units []event.NodeQty) {
	grants := b.add(c, h, how, units)
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), event.StockVerdictGranted, grants)
}

// add makes a reservation a node.
func (b *Book) add(c *event.InventoryCommand, h *event.StockHolding, how Input, units []event.NodeQty) []event.Grant {
	grants := make([]event.Grant, 0, len(units))
	for _, u := range units {
		r := event.StockReservation{ReservationID: ReservationID(c.OrderID, b.sku, u.Node, c.Plan), Node: u.Node, Plan: c.Plan, Qty: u.Qty, MinExpiry: c.MinExpiry}
		if how == Hold {
			r.ExpiresAt = c.ExpiresAt
		}
		if how != Enqueue && how != Await {
			b.drawFrom(buyerOf(h), &r)
		}
		b.move(&r, how, 0)
		h.Reservations = append(h.Reservations, r)
		grants = append(grants, b.grantOf(&r))
	}
	return grants
}

// deny answers that nothing is granted.
func (b *Book) deny(c *event.InventoryCommand, h *event.StockHolding, verdict event.StockVerdict) {
	remember(c, h, verdict)
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), verdict, nil)
}

// remember keeps an answer that the reservations do not tell.
func remember(c *event.InventoryCommand, h *event.StockHolding, verdict event.StockVerdict) {
	if len(h.Replies) == maxReplies {
		h.Replies = slices.Delete(h.Replies, 0, 1)
	}
	h.Replies = append(h.Replies, event.StockReply{CommandID: c.CommandID, Verdict: verdict})
}
