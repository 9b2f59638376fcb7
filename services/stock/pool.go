package stock

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

const (
	// maxPools bounds the pools of an item.
	maxPools = 50
	// poolReminder is the name of the reminder that a pool ends.
	poolReminder = "pool"
)

// buyer is whom units are for, as far as pools know, and until when they must live.
type buyer struct {
	channel, class string
	date           time.Time // zero for none
}

func buyerOf(h *event.StockHolding) buyer {
	return buyer{h.Channel, h.CustomerClass, lives(h.MinExpiry)}
}

// SetPools takes the master row of the item's pools. A version that came before
// changes nothing. The error is for a row that could not be kept.
func (b *Book) SetPools(row *event.InventoryPools) error {
	err := CheckPools(row)
	if err == nil && (row.Sku != b.sku || len(b.record.Nodes)+len(row.Pools) > maxPlaces) {
		err = fmt.Errorf("it names item %q under the key of %q, or the item stands at too many nodes and owners: at most %d", row.Sku, b.sku, maxPlaces)
	}
	if err != nil {
		return fmt.Errorf("taking version %d of the pools: %w", row.Version, err)
	}
	if row.Version <= b.record.PoolsVersion {
		return nil
	}
	old := b.record.Pools
	b.record.Pools, b.record.PoolsVersion = nil, row.Version
	for _, p := range row.Pools {
		kept := event.StockPool{Key: p.Pool + sep + strconv.FormatInt(row.Version, 10)}
		if i := slices.IndexFunc(old, func(o event.StockPool) bool { return o.Pool == p.Pool && o.Node == p.Node }); i >= 0 {
			kept = old[i]
		}
		kept.Pool, kept.Node, kept.Qty, kept.Channels, kept.Classes, kept.Until = p.Pool, p.Node, p.Qty, p.Channels, p.Classes, p.Until
		b.record.Pools = append(b.record.Pools, kept)
		b.keepNode(p.Node, b.rules.owner(p.Node))
	}
	b.touch()
	b.stirred = b.stirred || b.record.Backorders > 0
	b.endPools()
	b.settle()
	return nil
}

// CheckPools says what makes a master row of pools meaningless.
func CheckPools(row *event.InventoryPools) error {
	if row.Version < 1 || len(row.Pools) > maxPools {
		return fmt.Errorf("version %d with %d pools: versions begin at 1, and an item has at most %d pools", row.Version, len(row.Pools), maxPools)
	}
	for i, p := range row.Pools {
		twice := slices.ContainsFunc(row.Pools[:i], func(o event.InventoryPool) bool { return o.Pool == p.Pool })
		switch {
		case p.Pool == "" || p.Node == "" || twice:
			return fmt.Errorf("pool %q at node %q: it needs a node and an id that no other one has", p.Pool, p.Node)
		case p.Qty < 1 || p.Qty > MaxQty:
			return fmt.Errorf("pool %q: its quantity %d is not from 1 to %d", p.Pool, p.Qty, int64(MaxQty))
		case len(p.Channels)+len(p.Classes) == 0:
			return fmt.Errorf("pool %q: name the channels or the classes that it is for", p.Pool)
		}
	}
	return nil
}

// endPools frees what is left of the pools whose date has come, and asks to be
// reminded of the next.
func (b *Book) endPools() {
	var next time.Time
	b.record.Pools = slices.DeleteFunc(b.record.Pools, func(p event.StockPool) bool {
		if p.Until == nil {
			return false
		}
		if !p.Until.After(b.now) {
			b.touch()
			b.stirred = b.stirred || b.record.Backorders > 0
			return true
		}
		if next.IsZero() || p.Until.Before(next) {
			next = *p.Until
		}
		return false
	})
	b.rows.Remind(poolReminder, next)
}

// shares divides units of a node over its pools in their order: a pool keeps what
// was not taken from it yet, as far as there is so much. back divides what there
// would be if everything tentative came back. fn is called with each.
func (b *Book) shares(n *event.StockNode, units int64, back bool, fn func(p *event.StockPool, kept int64)) {
	for i := range b.record.Pools {
		p := &b.record.Pools[i]
		if p.Node != n.Node {
			continue
		}
		left := p.Qty - p.Used
		if back {
			left += p.Tentative
		}
		kept := max(0, min(left, units))
		units -= kept
		fn(p, kept)
	}
}

// offer is what of a node's units is not kept for others than the buyer.
func (b *Book) offer(n *event.StockNode, who buyer, units int64, back bool) int64 {
	offered := units
	b.shares(n, units, back, func(p *event.StockPool, kept int64) {
		if !event.PoolIsFor(p.Channels, p.Classes, who.channel, who.class) {
			offered -= kept
		}
	})
	return offered
}

// drawFrom says from which pool a reservation takes that is about to hold units: the
// first of the buyer's that has any left.
func (b *Book) drawFrom(who buyer, r *event.StockReservation) {
	for i := range b.record.Pools {
		p := &b.record.Pools[i]
		if p.Node == r.Node && p.Used < p.Qty && event.PoolIsFor(p.Channels, p.Classes, who.channel, who.class) {
			r.Pool = p.Key
			return
		}
	}
}

// count adds what a reservation took from its pool, or takes it off again. One
// that outlived its pool counts nowhere.
func (b *Book) count(r *event.StockReservation, sign int64) {
	if r.Pool == "" {
		return
	}
	i := slices.IndexFunc(b.record.Pools, func(p event.StockPool) bool { return p.Key == r.Pool })
	if i < 0 {
		return
	}
	p := &b.record.Pools[i]
	p.Used += sign * r.Consumed
	if holds(r.State) {
		p.Used += sign * open(r)
	}
	if r.State == event.ReservationStateTentative {
		p.Tentative += sign * open(r)
	}
}

// holds says whether open units of a reservation in a state are kept at the node.
func holds(s State) bool {
	return s == event.ReservationStateTentative || s == event.ReservationStateHeld || s == event.ReservationStateCommitted || s == event.ReservationStateAtNode
}
