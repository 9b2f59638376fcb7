package sourcing

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// World is the master data that history is replayed in: as it is now, not as it
// was, so that two rule files differ in nothing else.
type World struct {
	Nodes []event.NodePublished
	Lanes []event.LanePublished
}

// Fact is an entry of history; exactly one of its parts is given.
type Fact struct {
	At      time.Time
	Stocked *Stocked
	Ordered *Ordered
	// Cancelled is the order that ended without what had not left.
	Cancelled string
}

// Stocked is a change of what a node can give that no order caused: a receipt, a
// count, a correction; negative when units went.
type Stocked struct {
	Sku, Node string
	Qty       int64
}

// Ordered is an order as it came. Of its needs, stock and version are not read:
// the ledger has its own.
type Ordered struct {
	OrderID string
	Request Request
}

// Outcome is what became of the orders of a history under some rules.
type Outcome struct {
	Rules  string `json:"rules"`
	Orders int64  `json:"orders"`
	// Whole, Part and None count orders by how much of them was sourced.
	Whole int64 `json:"whole"`
	Part  int64 `json:"part"`
	None  int64 `json:"none"`
	// Cancelled counts orders that ended before all had left; what had not is in
	// no other figure.
	Cancelled int64 `json:"cancelled"`
	Units     int64 `json:"units"` // given
	Short     int64 `json:"short"` // units still waiting at the end
	Parcels   int64 `json:"parcels"`
	Split     int64 `json:"split"` // orders of more than one parcel
	// Amount is the cost of all plans and Margin the margin effect within it,
	// a gain, both in minor units.
	Amount int64 `json:"amount"`
	Margin int64 `json:"margin"`
	// LatePPM is the sum of the chances of all parcels to come late, in
	// millionths of a parcel.
	LatePPM int64 `json:"late_ppm"`

	byOrder map[string]string
}

// Difference is an order that two rule files source differently.
type Difference struct {
	OrderID string `json:"order_id"`
	Before  string `json:"before"`
	After   string `json:"after"`
}

// Differences lists the orders that this outcome sources otherwise than before,
// in the order of their ids.
func (o *Outcome) Differences(before *Outcome) []Difference {
	var all []Difference
	for id, was := range before.byOrder {
		if is := o.byOrder[id]; is != was {
			all = append(all, Difference{id, was, is})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return cmp.Compare(a.OrderID, b.OrderID) })
	return all
}

// Replay runs history through the rules on a ledger of its own: it starts with
// nothing, takes the facts in their order, reserves what it decides, and ships a
// parcel when it leaves. Orders that lack units wait, oldest first, for receipts.
func (r *Rules) Replay(world *World, facts []Fact) (*Outcome, error) {
	l := newLedger(r, world)
	for i := range facts {
		if err := l.apply(&facts[i]); err != nil {
			return nil, err
		}
	}
	return l.outcome(), nil
}

// spot is an item at a node, or a day at a node.
type spot struct{ node, what string }

// ledger is the stock of a replay, with its own reservations.
type ledger struct {
	rules    *Rules
	world    *World
	free     map[spot]int64         // by item
	released map[spot]event.DayLoad // by day
	orders   map[string]*entry
	sequence []*entry // in the order in which they came
	waiting  []*entry // that lack units, oldest first
}

func newLedger(r *Rules, world *World) *ledger {
	return &ledger{rules: r, world: world, free: make(map[spot]int64), released: make(map[spot]event.DayLoad), orders: make(map[string]*entry)}
}

// entry is an order in the ledger.
type entry struct {
	ordered   *Ordered
	left      []int64 // units lacking, by need
	parcels   []reserved
	cancelled bool
}

// reserved is a parcel that the ledger has decided on.
type reserved struct {
	node   string
	leaves time.Time
	take   []int64 // by need
	cost   event.SourcedParcel
	split  int64
	first  bool // it is no addition to a parcel that was there
}

func (p *reserved) day() spot { return spot{p.node, p.leaves.Format(time.DateOnly)} }

func (l *ledger) apply(f *Fact) error {
	switch {
	case f.Stocked != nil:
		l.free[spot{f.Stocked.Node, f.Stocked.Sku}] += f.Stocked.Qty
		if f.Stocked.Qty > 0 {
			return l.serve(f.Stocked.Sku, f.At)
		}
	case f.Ordered != nil:
		if l.orders[f.Ordered.OrderID] != nil {
			return nil // told twice
		}
		e := &entry{ordered: f.Ordered}
		for i := range f.Ordered.Request.Needs {
			e.left = append(e.left, f.Ordered.Request.Needs[i].Qty)
		}
		l.orders[f.Ordered.OrderID] = e
		l.sequence = append(l.sequence, e)
		if err := l.source(e, f.At); err != nil {
			return err
		}
		if e.lacks() {
			l.waiting = append(l.waiting, e)
		}
	case l.orders[f.Cancelled] != nil:
		return l.cancel(l.orders[f.Cancelled], f.At)
	}
	return nil
}

func (e *entry) lacks() bool {
	return slices.ContainsFunc(e.left, func(qty int64) bool { return qty > 0 })
}

// serve gives a receipt to who waits for the item.
func (l *ledger) serve(sku string, now time.Time) error {
	for _, e := range l.waiting {
		wants := false
		for i, qty := range e.left {
			wants = wants || qty > 0 && e.ordered.Request.Needs[i].Product.Sku == sku
		}
		if wants {
			if err := l.source(e, now); err != nil {
				return err
			}
		}
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(e *entry) bool { return !e.lacks() })
	return nil
}

// source decides where what an order lacks comes from, and reserves it.
func (l *ledger) source(e *entry, now time.Time) error {
	req := e.ordered.Request
	req.At, req.Needs, req.Used = now, nil, nil
	var at []int // the need of the order, by need of the request
	for i, need := range e.ordered.Request.Needs {
		if e.left[i] == 0 {
			continue
		}
		need.Amount = Share(need.Amount, e.left[i], need.Qty)
		need.Qty, need.Version, need.Stock = e.left[i], 0, nil
		for _, node := range l.world.Nodes {
			need.Stock = append(need.Stock, event.NodeQty{Node: node.Node, Qty: l.free[spot{node.Node, need.Product.Sku}]})
		}
		req.Needs = append(req.Needs, need)
		at = append(at, i)
	}
	req.Sites, req.Lanes = l.sites(now), l.world.Lanes
	for _, p := range e.parcels { // what has not left yet can take more
		if p.leaves.After(now) && !slices.ContainsFunc(req.Used, func(u Used) bool { return u.Node == p.node }) {
			req.Used = append(req.Used, Used{Node: p.node, Grams: weigh(&e.ordered.Request, p.take).grams})
		}
	}
	choice, err := l.rules.Decide(&req, nil)
	if err != nil {
		return fmt.Errorf("replaying order %s: %w", e.ordered.OrderID, err)
	}
	if choice.Asks != nil {
		l.reserve(e, &req, choice, at)
	}
	return nil
}

// sites are the nodes with what they are to release on the day on which an order
// leaves.
func (l *ledger) sites(now time.Time) []Site {
	sites := make([]Site, len(l.world.Nodes))
	for n, node := range l.world.Nodes {
		sites[n] = NewSite(node, now)
		sites[n].Taken = l.released[spot{node.Node, sites[n].Leaves.Format(time.DateOnly)}]
	}
	return sites
}

// place adds a parcel to what its node is to release, or takes it off. What joins a
// parcel that was there is no order more.
func (l *ledger) place(p *reserved, sign int64) {
	d := l.released[p.day()]
	d.Units += sign * p.cost.Units
	if p.first {
		d.Orders += sign
	}
	l.released[p.day()] = d
}

func (l *ledger) reserve(e *entry, req *Request, choice *Choice, at []int) {
	plan := &choice.Record.Plans[0]
	for n, parcel := range plan.Parcels {
		p := reserved{node: parcel.Node, leaves: parcel.LeavesAt, cost: parcel, take: make([]int64, len(e.left))}
		if n == 0 {
			p.split = plan.SplitAmount
		}
		for i, row := range choice.Asks {
			for _, ask := range row {
				if ask.Node == parcel.Node {
					p.take[at[i]] += ask.Qty
					e.left[at[i]] -= ask.Qty
					l.free[spot{ask.Node, req.Needs[i].Product.Sku}] -= ask.Qty
				}
			}
		}
		if !slices.ContainsFunc(req.Used, func(u Used) bool { return u.Node == p.node }) {
			p.first = true
		}
		l.place(&p, 1)
		e.parcels = append(e.parcels, p)
	}
}

// cancel gives back what has not left.
func (l *ledger) cancel(e *entry, now time.Time) error {
	if e.cancelled {
		return nil
	}
	e.cancelled = true
	clear(e.left)
	l.waiting = slices.DeleteFunc(l.waiting, func(w *entry) bool { return w == e })
	var freed []string
	e.parcels = slices.DeleteFunc(e.parcels, func(p reserved) bool {
		if !p.leaves.After(now) {
			return false
		}
		for i, qty := range p.take {
			sku := e.ordered.Request.Needs[i].Product.Sku
			l.free[spot{p.node, sku}] += qty
			if qty > 0 {
				freed = append(freed, sku)
			}
		}
		l.place(&p, -1)
		return true
	})
	for _, sku := range freed {
		if err := l.serve(sku, now); err != nil {
			return err
		}
	}
	return nil
}

// outcome adds up what the ledger holds.
func (l *ledger) outcome() *Outcome {
	o := &Outcome{Rules: l.rules.Version, byOrder: make(map[string]string)}
	for _, e := range l.sequence {
		o.Orders++
		byNode := make(map[string]int64)
		units := int64(0)
		for _, p := range e.parcels {
			if byNode[p.node] == 0 {
				o.Parcels++
			}
			byNode[p.node] += p.cost.Units
			units += p.cost.Units
			o.Amount += p.split
			o.LatePPM += p.cost.LatePpm
			for _, cost := range p.cost.Costs {
				o.Amount += cost.Amount
				if cost.Kind == margin {
					o.Margin -= cost.Amount
				}
			}
		}
		for _, qty := range e.left {
			o.Short += qty
		}
		o.Units += units
		if len(byNode) > 1 {
			o.Split++
		}
		switch {
		case e.cancelled:
			o.Cancelled++
		case units == 0:
			o.None++
		case e.lacks():
			o.Part++
		default:
			o.Whole++
		}
		o.byOrder[e.ordered.OrderID] = parcels(byNode)
	}
	return o
}
