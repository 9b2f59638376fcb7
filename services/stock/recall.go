package stock

import (
	"cmp"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// A node that lacks units for its promises stays that way until the orders plan
// anew: no promise is taken back here. Orders whose units no node was asked for yet
// are asked to, the newest promise first, for as many units as lack. What a node was
// asked to ship is the node's to report.

// firm notes when a reservation was promised, and forgets that its units were asked
// back once they are no longer promised. Units that go are those that were asked back.
func (b *Book) firm(r *event.StockReservation, gone int64) {
	if r.State != event.ReservationStateCommitted {
		r.Recalled = 0
		return
	}
	if r.PromisedAt == nil {
		now := b.now
		r.PromisedAt = &now
	}
	r.Recalled = min(max(0, r.Recalled-max(0, gone)), open(r))
}

// callBack asks orders to plan again what a node lacks, unless enough were asked.
func (b *Book) callBack() {
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		if want := min(n.Lacking, n.Committed) - n.Recalled; want > 0 && n.Owner == event.OwnerSelf {
			b.callBackAt(n, want)
		}
	}
}

// callable is a reservation that can be asked back.
type callable struct {
	order, id string
	at        time.Time
	units     int64
}

// callBackAt asks for units at one node.
func (b *Book) callBackAt(n *event.StockNode, want int64) {
	var all []callable
	b.rows.Holdings(func(order string, h *event.StockHolding) {
		for i := range h.Reservations {
			r := &h.Reservations[i]
			if units := open(r) - r.Recalled; r.Node == n.Node && r.State == event.ReservationStateCommitted && units > 0 {
				p := callable{order: order, id: r.ReservationID, units: units}
				if r.PromisedAt != nil {
					p.at = *r.PromisedAt
				}
				all = append(all, p)
			}
		}
	})
	slices.SortFunc(all, func(a, c callable) int { return cmp.Or(c.at.Compare(a.at), cmp.Compare(a.id, c.id)) })
	for _, p := range all {
		units := min(want, p.units)
		if want -= units; units == 0 {
			return
		}
		h := b.rows.Holding(p.order)
		r := &h.Reservations[slices.IndexFunc(h.Reservations, func(r event.StockReservation) bool { return r.ReservationID == p.id })]
		r.Recalled += units
		n.Recalled += units
		b.rows.PutHolding(p.order, h)
		b.answers = append(b.answers, event.InventoryAnswer{
			OrderID: p.order, Sku: b.sku, Plan: r.Plan, Verdict: event.StockVerdictLacking, AnsweredAt: b.now, PositionVersion: b.record.Version,
			Grants: []event.Grant{{ReservationID: p.id, Node: n.Node, Qty: units}},
		})
	}
}
