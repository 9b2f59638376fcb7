package main

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order/sourcing"
)

// history is what the topics tell of the time that is replayed.
type history struct {
	world    sourcing.World
	products map[string]event.ProductPublished
	facts    []sourcing.Fact
	// shipped is how orders were sourced in truth: nodes by order.
	shipped map[string]map[string]bool
}

// load reads master data as they are now, and what happened since then. Stock at
// the beginning is that of now without the movements since.
func (h *history) load(ctx context.Context, from *remote, since time.Duration) error {
	if err := h.loadMaster(ctx, from); err != nil {
		return err
	}
	window := url.Values{"since": {since.String()}}
	type spot struct{ sku, node string }
	opening := make(map[spot]int64)
	if err := latest(ctx, from, topic.InventoryPosition, func(p *event.InventoryPosition) string { return p.Sku }, func(p event.InventoryPosition) {
		for _, n := range p.Nodes {
			opening[spot{p.Sku, n.Node}] += n.OnHand - n.Unsellable - n.SafetyStock
		}
	}); err != nil {
		return err
	}
	if err := from.records(ctx, topic.InventoryMovement, window, func(r *record) error {
		var m event.InventoryMovement
		if err := r.into(&m); err != nil {
			return err
		}
		qty := sellable(&m)
		opening[spot{m.Sku, m.Node}] -= qty
		if m.OrderID == "" && m.ReservationID == "" && qty != 0 { // the ledger ships orders by itself
			h.facts = append(h.facts, sourcing.Fact{At: r.Timestamp, Stocked: &sourcing.Stocked{Sku: m.Sku, Node: m.Node, Qty: qty}})
		}
		return nil
	}); err != nil {
		return err
	}
	for at, qty := range opening { // without a time: before every fact
		h.facts = append(h.facts, sourcing.Fact{Stocked: &sourcing.Stocked{Sku: at.sku, Node: at.node, Qty: qty}})
	}
	if err := h.loadOrders(ctx, from, window); err != nil {
		return err
	}
	slices.SortStableFunc(h.facts, func(a, b sourcing.Fact) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(rank(&a), rank(&b)), compareStock(a.Stocked, b.Stocked))
	})
	return nil
}

// rank puts stock before orders, and these before their ends, where all have one time.
func rank(f *sourcing.Fact) int {
	switch {
	case f.Stocked != nil:
		return 0
	case f.Ordered != nil:
		return 1
	}
	return 2
}

func compareStock(a, b *sourcing.Stocked) int {
	if a == nil || b == nil {
		return 0
	}
	return cmp.Or(cmp.Compare(a.Sku, b.Sku), cmp.Compare(a.Node, b.Node))
}

// sellable is by how much a movement changes what can be sold there.
func sellable(m *event.InventoryMovement) int64 {
	qty := int64(0)
	if m.To == event.StockConditionSellable {
		qty += m.Qty
	}
	if m.From == event.StockConditionSellable {
		qty -= m.Qty
	}
	return qty
}

func (h *history) loadMaster(ctx context.Context, from *remote) error {
	h.products, h.shipped = make(map[string]event.ProductPublished), make(map[string]map[string]bool)
	if err := latest(ctx, from, topic.NodePublished, func(n *event.NodePublished) string { return n.Node }, func(n event.NodePublished) { h.world.Nodes = append(h.world.Nodes, n) }); err != nil {
		return err
	}
	if err := latest(ctx, from, topic.LanePublished, func(l *event.LanePublished) string { return l.Lane }, func(l event.LanePublished) { h.world.Lanes = append(h.world.Lanes, l) }); err != nil {
		return err
	}
	return latest(ctx, from, topic.ProductPublished, func(p *event.ProductPublished) string { return p.Sku }, func(p event.ProductPublished) { h.products[p.Sku] = p })
}

func (h *history) loadOrders(ctx context.Context, from *remote, window url.Values) error {
	if err := from.records(ctx, topic.OrderAccepted, window, func(r *record) error {
		var o event.OrderAccepted
		if err := r.into(&o); err != nil {
			return err
		}
		h.facts = append(h.facts, sourcing.Fact{At: r.Timestamp, Ordered: h.ordered(&o)})
		return nil
	}); err != nil {
		return err
	}
	if err := from.records(ctx, topic.OrderCancelled, window, func(r *record) error {
		h.facts = append(h.facts, sourcing.Fact{At: r.Timestamp, Cancelled: r.Key})
		return nil
	}); err != nil {
		return err
	}
	return from.records(ctx, topic.OrderAllocated, window, func(r *record) error {
		var o event.OrderAllocated
		if err := r.into(&o); err != nil {
			return err
		}
		for _, a := range o.Allocations {
			if h.shipped[o.OrderID] == nil {
				h.shipped[o.OrderID] = make(map[string]bool)
			}
			h.shipped[o.OrderID][a.Node] = true
		}
		return nil
	})
}

// ordered is what an order asked for, summed per item.
func (h *history) ordered(o *event.OrderAccepted) *sourcing.Ordered {
	req := sourcing.Request{Channel: o.Channel, Company: o.Company, ShipTo: o.ShipTo, Whole: o.ShipComplete}
	at := make(map[string]int)
	for _, line := range o.Lines {
		if line.Kind != event.LineKindGoods && line.Kind != event.LineKindKit {
			continue
		}
		n, known := at[line.Sku]
		if !known {
			n = len(req.Needs)
			at[line.Sku] = n
			product := h.products[line.Sku]
			product.Sku = line.Sku
			req.Needs = append(req.Needs, sourcing.Need{Product: product})
		}
		req.Needs[n].Qty += line.Qty
		req.Needs[n].Amount += line.Amount
	}
	return &sourcing.Ordered{OrderID: o.OrderID, Request: req}
}

// latest reads the newest row of each key of a compacted topic, in the order of keys.
func latest[T any](ctx context.Context, from *remote, def topic.Def, key func(*T) string, take func(T)) error {
	rows := make(map[string]T)
	if err := from.records(ctx, def, url.Values{"since": {"earliest"}}, func(r *record) error {
		if r.deleted() {
			delete(rows, r.Key)
			return nil
		}
		var row T
		if err := r.into(&row); err != nil {
			return err
		}
		rows[key(&row)] = row
		return nil
	}); err != nil {
		return err
	}
	for _, k := range slices.Sorted(maps.Keys(rows)) {
		take(rows[k])
	}
	return nil
}
