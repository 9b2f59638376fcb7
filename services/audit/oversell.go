package audit

import (
	"fmt"
	"strings"
)

// I2, no oversell: at each grant, the granted units are no more than what was
// available at the node before; a position's own sums add up; and promises that no
// sellable unit stands behind are told of as a shortage, in the position where
// they arise and with their number.
//
// From inventory.answer, inventory.movement and inventory.shortage, held against
// inventory.position. Between two positions it is not known whether a movement or
// a grant came first: the order is taken that gives most. The sums are judged at
// once, the rest when the watermark passes the position by Skew.

// checkSums judges the arithmetic of one position.
func (a *Auditor) checkSums(i *item, f *fact) {
	a.checked(Oversell)
	total := int64(0)
	for _, n := range f.rows("nodes") {
		free := n.number("on_hand") - n.number("unsellable") - n.number("reserved") + n.number("contained") - n.number("safety_stock")
		total += max(0, n.number("available"))
		if n.number("available") != free {
			a.violated(Oversell, i.SKU, "sums "+f.String()+n.text("node"),
				fmt.Sprintf("%d available at %s: on hand - unsellable - reserved + contained - safety stock", free, n.text("node")), fmt.Sprintf("%d available", n.number("available")), f.Place)
		}
	}
	if f.number("total_available") != total {
		a.violated(Oversell, i.SKU, "total "+f.String(), fmt.Sprintf("%d available over all nodes", total), fmt.Sprintf("%d", f.number("total_available")), f.Place)
	}
}

// checkGrants judges each new grant against what was available before it.
func (a *Auditor) checkGrants(i *item, p *position, o *outcome) {
	for _, g := range o.grants {
		a.checked(Oversell)
		key := g.grant.stand()
		most := i.sellableAtMost(key, p, o) - g.reserved + i.containedAtMost(key, p) - p.Stands[key].Safety + i.lapsing(key, p)
		if g.command.Mode == modeTentative || g.command.Mode == modeClaim {
			a.await(Reservations, judgeTentative, i.SKU, g.grant.ID, g.answer.Place, g.answer.At, a.limits.Hold)
		}
		if g.grant.Qty > most || g.grant.Qty < 1 {
			a.violated(Oversell, i.SKU, "grant "+g.grant.ID,
				fmt.Sprintf("at most %d units granted at %s", max(0, most), g.grant.Node), fmt.Sprintf("%d granted to order %s", g.grant.Qty, g.command.Order),
				append(placesOf(o.moves), i.Stood, g.command.Place, g.answer.Place)...)
		}
	}
}

// sellableAtMost is the most that could be sold at a node at any moment between
// two positions, if shipments under reservations take from what is reserved.
func (i *item) sellableAtMost(key string, p *position, o *outcome) int64 {
	now := int64(0)
	if s := i.Stands[key]; s != nil {
		now = s.OnHand - s.Unsellable
	}
	most := now
	for _, m := range o.moves {
		if m.Stand != key {
			continue
		}
		now += m.OnHand - m.Unsold
		for _, u := range m.Consumes {
			now += u.Units
		}
		most = max(most, now)
	}
	if len(p.bases[key]) > 0 || p.supplied(key) {
		most = max(most, p.Stands[key].OnHand-p.Stands[key].Unsellable)
	}
	return most
}

// containedAtMost is how many reserved units a supplier's count may have taken off
// already between two positions.
func (i *item) containedAtMost(key string, p *position) int64 {
	most := p.Stands[key].Contained
	if s := i.Stands[key]; s != nil {
		most = max(most, s.Contained)
	}
	return most
}

// lapsing is what holds at a node may have given back by themselves.
func (i *item) lapsing(key string, p *position) int64 {
	units := int64(0)
	for _, r := range i.Reservations {
		if r.Mode == "hold" && r.stand() == key && r.Expires.Before(p.At) {
			units += r.open()
		}
	}
	return units
}

// checkShortages judges whether a shortage is told of exactly where promises lack
// units.
func (a *Auditor) checkShortages(i *item, p *position) {
	for key, seen := range p.Stands {
		if !seen.Promised {
			continue
		}
		node, _, _ := strings.Cut(key, sep)
		taken := seen.Reserved - seen.Contained
		lacking := min(taken, max(0, taken-(seen.OnHand-seen.Unsellable)))
		told, at := int64(0), Place{}
		words := i.Shortages[node]
		latest := int64(-1)
		for _, w := range words {
			if w.Version <= p.Version && w.Version >= latest {
				told, at, latest = w.Qty, w.Place, w.Version
			}
		}
		if told != lacking {
			a.violated(Oversell, i.SKU, "shortage "+p.String()+node,
				fmt.Sprintf("a shortage of %d at %s", lacking, node), fmt.Sprintf("a shortage of %d is told", told), at, p.Place)
		}
		kept := words[:0]
		for _, w := range words {
			if w.Version >= latest {
				kept = append(kept, w)
			}
		}
		i.Shortages[node] = kept
	}
}
