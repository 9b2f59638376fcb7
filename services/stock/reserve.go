package stock

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Bounds of what one order may ask of one item.
const (
	MaxQty          = 1e12 // units of one node, reservation or movement
	maxNodes        = 16   // nodes of one command
	maxReservations = 64   // reservations of one order
	maxDenials      = 8    // answers remembered of one order; it has fewer plans
)

// Reasons of a refused command.
const (
	ReasonReleased    = "RELEASED"    // the plan was given back, before or after it came
	ReasonNotHeld     = "NOT_HELD"    // the commit names what the order does not hold
	ReasonWaiting     = "WAITING"     // another claim of the order waits in the queue
	ReasonMalformed   = "MALFORMED"   // no node, one twice, or a quantity out of bounds
	ReasonTooMany     = "TOO_MANY"    // the order has too many reservations of the item
	ReasonUnsupported = "UNSUPPORTED" // an action or a mode that stock does not have
)

// Command decides what an order asks. A command that came before hears the same
// answer again. The error is for one that has nobody to answer to.
func (b *Book) Command(c *event.InventoryCommand) error {
	if c.Sku != b.sku || c.OrderID == "" || c.CommandID == "" {
		return fmt.Errorf("command %q of order %q for item %q: item %q needs both ids and its own name", c.CommandID, c.OrderID, c.Sku, b.sku)
	}
	h := b.rows.Holding(c.OrderID)
	if h == nil {
		h = new(event.StockHolding)
	}
	h.TouchedAt = b.now
	switch c.Action {
	case event.StockActionReserve:
		b.reserve(c, h)
	case event.StockActionCommit:
		b.commit(c, h)
	case event.StockActionRelease:
		b.release(c, h)
	default:
		b.refuse(c, ReasonUnsupported)
	}
	b.serveQueue()
	return nil
}

// reserve answers a plan that is asked for the first time by its mode.
func (b *Book) reserve(c *event.InventoryCommand, h *event.StockHolding) {
	if b.reserved(c, h) {
		return
	}
	if reason := unfit(c, h); reason != "" {
		b.refuse(c, reason)
		return
	}
	verdict := b.judge(c.Nodes)
	switch c.Mode {
	case event.ReserveModeCommit:
		if c.Partial {
			b.grantParts(c, h)
		} else {
			b.grantAll(c, h, Promise, verdict)
		}
	case event.ReserveModeTentative:
		b.grantAll(c, h, Grant, verdict)
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
	if i := slices.IndexFunc(h.Denials, func(d event.StockDenial) bool { return d.CommandID == c.CommandID }); i >= 0 {
		verdict := event.StockVerdictShort
		if h.Denials[i].Contended {
			verdict = event.StockVerdictContended
		}
		b.answer(c, verdict, nil)
		return true
	}
	if c.Plan <= h.Released {
		b.refuse(c, ReasonReleased)
		return true
	}
	known, waiting, kept := false, false, []event.Grant{}
	for _, r := range h.Reservations {
		if r.Plan == c.Plan {
			known = true
			waiting = waiting || r.State == event.ReservationStateWaiting
			if r.GivenBack < r.Qty {
				kept = append(kept, grantOf(&r))
			}
		}
	}
	switch {
	case !known:
		return false
	case waiting:
	case len(kept) == 0:
		b.refuse(c, ReasonReleased)
	default:
		b.answer(c, event.StockVerdictGranted, kept)
	}
	return true
}

// unfit says why a reserve cannot be judged, "" when it can.
func unfit(c *event.InventoryCommand, h *event.StockHolding) string {
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
	if len(h.Reservations)+len(c.Nodes) > maxReservations {
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

// grantParts grants what each node can spare of what is asked.
func (b *Book) grantParts(c *event.InventoryCommand, h *event.StockHolding) {
	var parts []event.NodeQty
	for _, a := range c.Nodes {
		if qty := min(a.Qty, b.spare(b.node(a.Node))); qty > 0 {
			parts = append(parts, event.NodeQty{Node: a.Node, Qty: qty})
		}
	}
	if len(parts) == 0 {
		b.deny(c, h, event.StockVerdictShort)
		return
	}
	b.grant(c, h, Promise, parts)
}

func (b *Book) grant(c *event.InventoryCommand, h *event.StockHolding, how Input, units []event.NodeQty) {
	grants := b.add(c, h, how, units)
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, event.StockVerdictGranted, grants)
}

// add makes a reservation a node.
func (b *Book) add(c *event.InventoryCommand, h *event.StockHolding, how Input, units []event.NodeQty) []event.Grant {
	grants := make([]event.Grant, 0, len(units))
	for _, u := range units {
		r := event.StockReservation{ReservationID: ReservationID(c.OrderID, b.sku, u.Node, c.Plan), Node: u.Node, Plan: c.Plan, Qty: u.Qty}
		b.move(&r, how, 0)
		h.Reservations = append(h.Reservations, r)
		grants = append(grants, grantOf(&r))
	}
	return grants
}

// deny answers that nothing is granted, and remembers it for the same command.
func (b *Book) deny(c *event.InventoryCommand, h *event.StockHolding, verdict event.StockVerdict) {
	if len(h.Denials) == maxDenials {
		h.Denials = slices.Delete(h.Denials, 0, 1)
	}
	h.Denials = append(h.Denials, event.StockDenial{CommandID: c.CommandID, Contended: verdict == event.StockVerdictContended})
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, verdict, nil)
}

// commit promises the named reservations, or all of the plan. It is refused only
// when the order does not hold one of them, and then changes none.
func (b *Book) commit(c *event.InventoryCommand, h *event.StockHolding) {
	named := 0
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if names(c, r) {
			named++
			if next(r, Commit, 0) == nil {
				b.refuse(c, ReasonNotHeld)
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
// has of the item. What comes later under a plan or an id given back is refused.
func (b *Book) release(c *event.InventoryCommand, h *event.StockHolding) {
	all := len(c.ReservationIds) == 0
	if !all && !forgo(c, h) {
		b.refuse(c, ReasonTooMany)
		return
	}
	if all {
		h.Released = max(h.Released, c.Plan)
	}
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if all {
			h.Released = max(h.Released, r.Plan)
		}
		if all || slices.Contains(c.ReservationIds, r.ReservationID) {
			b.giveBack(r, h)
		}
	}
	h.Reservations = slices.DeleteFunc(h.Reservations, func(r event.StockReservation) bool {
		return r.State == event.ReservationStateClosed && r.Consumed == 0 && r.Plan <= h.Released
	})
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, event.StockVerdictReleased, nil)
}

// giveBack releases one reservation; one that waits takes its whole claim along.
func (b *Book) giveBack(r *event.StockReservation, h *event.StockHolding) {
	if r.State != event.ReservationStateWaiting {
		b.move(r, Release, 0)
		return
	}
	b.leaveQueue(h)
	for i := range h.Reservations {
		if w := &h.Reservations[i]; w.State == event.ReservationStateWaiting {
			b.move(w, Release, 0)
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

func (b *Book) refuse(c *event.InventoryCommand, reason string) {
	b.answer(c, event.StockVerdictRefused, nil)
	b.answers[len(b.answers)-1].Reason = reason
}

// answer says a verdict. A plan that takes all or nothing hears what each node
// could give once everything tentative came back, because with that it can still
// be contended and claim; any other hears what is free now.
func (b *Book) answer(c *event.InventoryCommand, verdict event.StockVerdict, grants []event.Grant) {
	could := b.spare
	if c.Action == event.StockActionReserve && !c.Partial {
		could = b.ceiling
	}
	a := event.InventoryAnswer{
		CommandID: c.CommandID, OrderID: c.OrderID, Sku: b.sku, Plan: c.Plan, Verdict: verdict,
		Grants: grants, AnsweredAt: b.now, PositionVersion: b.record.Version,
	}
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		if qty := could(n); qty > 0 {
			a.Available = append(a.Available, event.NodeQty{Node: n.Node, Qty: qty})
		}
	}
	b.answers = append(b.answers, a)
}

func grantOf(r *event.StockReservation) event.Grant {
	return event.Grant{ReservationID: r.ReservationID, Node: r.Node, Qty: r.Qty - r.GivenBack}
}
