package orderstream

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/capacity"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/streams"
)

// maxNodes is how many nodes one order may choose among.
const maxNodes = 1000

// decisionKey is that of the one decision that is kept, the last.
const decisionKey = "last"

// market is what this process knows when the order is planned.
func (t *turn) market() *order.Market {
	return t.Market(t.ctx.Now(), t.o.Channel, t.o.Customer.PartyID, t.o.ShipTo.Country)
}

// Market is what this process knows when an order of a customer through a channel
// to a country is planned at a moment.
func (r *Room) Market(at time.Time, channel, customer, country string) *order.Market {
	class := r.classOf(customer)
	m := &order.Market{At: at, Rules: sourcing.Default(), Class: class, Product: r.product, Stock: func(sku string) *order.Position { return r.position(sku, channel, class) }, Coming: r.coming}
	m.Later = func(later time.Time) *order.Market { return r.Market(later, channel, customer, country) }
	if r.cfg.Rules != nil {
		m.Rules = r.cfg.Rules()
	}
	if r.cfg.Shadow != nil {
		m.Shadow = r.cfg.Shadow()
	}
	own := len(r.cfg.ChannelNodes[channel]) > 0
	for place, node := range r.cfg.nodesOf(channel) {
		m.Sites = append(m.Sites, r.site(at, node, place, own))
		m.Lanes = r.lanes.add(m.Lanes, node, country)
	}
	return m
}

// site is a node as it stands at a moment. One without a master row is open, and
// ranks by its place; so do the nodes that a channel names for itself.
func (r *Room) site(at time.Time, node string, place int, own bool) sourcing.Site {
	row, known := r.nodes.Get(node)
	if !known {
		row = event.NodePublished{Node: node, Active: true}
	}
	if own || !known {
		row.Rank = place
	}
	site := sourcing.Site{NodePublished: row, Leaves: at}
	if works := r.calendar(node); works != nil {
		site.Leaves, _ = works.Leaves(at)
	}
	if load, known := r.loads.Get(node); known && capacity.LimitOf(&row).Bounded() {
		site.Taken = capacity.On(load.Days, site.Leaves.Format(time.DateOnly))
	}
	return site
}

func (r *Room) product(sku string) event.ProductPublished {
	row, _ := r.products.Get(sku)
	row.Sku = sku
	return row
}

// classOf is the class of a customer, empty for none.
func (r *Room) classOf(customer string) string {
	row, _ := r.customers.Get(customer)
	return row.Class
}

// position is what stock could grant of an item to buyers of a class through a
// channel, as last published.
func (r *Room) position(sku, channel, class string) *order.Position {
	row, known := r.positions.Get(sku)
	if !known {
		return nil
	}
	p := &order.Position{Version: row.Version}
	for i := range row.Nodes {
		if units := row.Nodes[i].Offer(channel, class); units > 0 {
			p.Available = append(p.Available, event.NodeQty{Node: row.Nodes[i].Node, Qty: units})
		}
	}
	return p
}

// coming is what is to come of an item and nobody claims.
func (r *Room) coming(sku string) []event.DatedSupply {
	row, _ := r.positions.Get(sku)
	return row.Supplies
}

// source says why stock is asked as it is, and keeps the reason until the order
// is allocated or waits.
func (t *turn) source(plan *order.Plan) {
	d := &plan.Decision
	t.decisions.Put(t.ctx, decisionKey, &event.OrderDecisionRecord{Plan: t.o.Plan, Currency: d.Currency, Decision: *d})
	if order.InBasket(t.o) {
		return // nothing is ordered yet
	}
	t.out.sourced.Send(t.ctx, t.id, &event.OrderSourced{OrderID: t.id, Plan: t.o.Plan, Currency: d.Currency, Decision: *d})
}

// decision is the last one, nil when nothing was ever decided.
func (t *turn) decision() (currency string, why *event.SourcingDecision) {
	if last := t.decisions.Get(t.ctx, decisionKey); last != nil {
		return last.Currency, &last.Decision
	}
	return "", nil
}

// lanes are the published lanes, by node. A node's slice is never changed.
type lanes struct {
	mu     sync.RWMutex
	byNode map[string][]event.LanePublished // in the order of lanes
	node   map[string]string                // by lane: the node it was last at
}

// follow keeps a lane that was published or withdrawn.
func (l *lanes) follow(lane string, row *event.LanePublished, _ streams.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byNode == nil {
		l.byNode, l.node = make(map[string][]event.LanePublished), make(map[string]string)
	}
	if was, known := l.node[lane]; known {
		l.byNode[was] = slices.DeleteFunc(slices.Clone(l.byNode[was]), func(x event.LanePublished) bool { return x.Lane == lane })
		delete(l.node, lane)
	}
	if row == nil {
		return
	}
	l.node[lane] = row.Node
	l.byNode[row.Node] = slices.SortedFunc(slices.Values(append(slices.Clone(l.byNode[row.Node]), *row)), func(a, b event.LanePublished) int { return cmp.Compare(a.Lane, b.Lane) })
}

// add appends a node's lanes to a country; when none goes there, one of the
// others shows that the node has lanes at all.
func (l *lanes) add(all []event.LanePublished, node, country string) []event.LanePublished {
	l.mu.RLock()
	of := l.byNode[node]
	l.mu.RUnlock()
	before := len(all)
	for n := range of {
		if of[n].Country == country {
			all = append(all, of[n])
		}
	}
	if len(all) == before && len(of) > 0 {
		all = append(all, of[0])
	}
	return all
}
