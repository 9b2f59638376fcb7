package stock

import (
	"cmp"
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// A supplier ships its own units for us and counts what it has free. Its count is the
// baseline of its node. What we were granted is taken off that until the count
// contains it: the supplier takes an order on at a position of its own count, the
// mark, and a count from there on leaves the order's units out by itself. What leaves
// later changes nothing: its entry has the mark of the order, so the same count
// contains it. What is given back after a count left it out is free again only when
// the supplier says so in a later one.

// owner says whose units are promised at a node.
func (r *Rules) owner(node string) string { return cmp.Or(r.Suppliers[node], event.OwnerSelf) }

// promised says whether the stock is what is promised at its node.
func (b *Book) promised(n *event.StockNode) bool { return n.Owner == b.rules.owner(n.Node) }

// accept notes that a supplier took on what is named, and as of which position of its
// count. The first word stands.
func (b *Book) accept(c *event.InventoryCommand, h *event.StockHolding) {
	if c.AcceptedAt == nil {
		b.refuse(c, ReasonMalformed)
		return
	}
	named := 0
	for i := range h.Reservations {
		r := &h.Reservations[i]
		if !slices.Contains(c.ReservationIds, r.ReservationID) || b.rules.owner(r.Node) == event.OwnerSelf {
			continue
		}
		named++
		if r.MarkedAt == nil {
			r.MarkedSeq, r.MarkedAt = c.AcceptedSeq, c.AcceptedAt
			b.mark(c.OrderID, r)
		}
	}
	if named == 0 || named < len(c.ReservationIds) {
		b.refuse(c, ReasonNotHeld)
		return
	}
	b.rows.PutHolding(c.OrderID, h)
	b.answer(c, buyerOf(h), event.StockVerdictCommitted, nil)
}

// mark sees whether the count that stands contains a reservation, or keeps its mark
// until one does. What left before the word came gets the mark too.
func (b *Book) mark(orderID string, r *event.StockReservation) {
	m := &event.StockMark{Node: r.Node, OrderID: orderID, ReservationID: r.ReservationID, Seq: r.MarkedSeq, At: *r.MarkedAt}
	switch {
	case b.counts(b.node(r.Node), m):
		b.contain(r)
	case open(r) > 0:
		b.rows.PutMark(r.ReservationID, m)
	}
	if r.Consumed == 0 {
		return
	}
	var left []string
	b.rows.Entries(func(id string, e *event.StockEntry) {
		if e.ReservationID == r.ReservationID {
			left = append(left, id)
		}
	})
	for _, id := range left {
		b.acknowledge(b.rows.Entry(id), &event.InventoryMovement{EntryID: id, Source: b.rules.Authority[r.Node], SourceSeq: r.MarkedSeq, EffectiveAt: *r.MarkedAt})
	}
}

// counts says whether the count on which a node stands contains a mark.
func (b *Book) counts(n *event.StockNode, m *event.StockMark) bool {
	if n.BaseAt == nil {
		return false
	}
	return within(event.StockAck{Seq: m.Seq, At: m.At}, true, n.BaseSeq, *n.BaseAt, b.rules.Contracts[n.BaseSource].Skew) == in
}

// contain takes the open units of a reservation for left out by the supplier's count.
func (b *Book) contain(r *event.StockReservation) {
	r.Contained = true
	if units := open(r); units > 0 {
		b.node(r.Node).Contained += units
		b.touch()
	}
}

// containMarked goes through what the supplier took on since its last count.
func (b *Book) containMarked(n *event.StockNode) {
	var due []event.StockMark
	b.rows.Marks(func(_ string, m *event.StockMark) {
		if m.Node == n.Node && b.counts(n, m) {
			due = append(due, *m)
		}
	})
	for _, m := range due {
		b.rows.DeleteMark(m.ReservationID)
		h := b.rows.Holding(m.OrderID)
		if h == nil {
			continue
		}
		if i := slices.IndexFunc(h.Reservations, func(r event.StockReservation) bool { return r.ReservationID == m.ReservationID }); i >= 0 {
			b.contain(&h.Reservations[i])
			b.rows.PutHolding(m.OrderID, h)
		}
	}
}

// markEntry gives an entry by which a supplier's units left the mark of their order.
func (b *Book) markEntry(e *event.StockEntry, m *event.InventoryMovement) {
	source := b.rules.Authority[m.Node]
	if m.ReservationID == "" || source == "" || b.rules.owner(m.Node) == event.OwnerSelf {
		return
	}
	h := b.rows.Holding(m.OrderID)
	if h == nil {
		return
	}
	for i := range h.Reservations {
		if r := &h.Reservations[i]; r.ReservationID == m.ReservationID && r.MarkedAt != nil {
			e.Acks = append(e.Acks, event.StockAck{Source: source, Seq: r.MarkedSeq, At: *r.MarkedAt})
		}
	}
}
