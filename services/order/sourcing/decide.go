package sourcing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Bounds of a request.
const (
	maxNeeds = 10_000
	maxSites = 1000
	maxQty   = 10_000_000_000_000 // an item may stand in every line
)

// Choice is a decision: the record that explains it, and what to ask of each node.
type Choice struct {
	Record event.SourcingDecision
	// Asks has a row a need, empty for one that nothing is asked for. It is nil
	// when no plan is taken.
	Asks [][]event.NodeQty
}

// Cost is that of the chosen plan, in minor units; 0 when none is.
func (c *Choice) Cost() int64 {
	if c.Asks == nil {
		return 0
	}
	return c.Record.Plans[0].Amount
}

// Decide chooses the plan of a request. Rules in shadow, if there are any, say
// what they would have chosen. The error names what is out of bounds in the request.
func (r *Rules) Decide(req *Request, shadow *Rules) (*Choice, error) {
	if err := req.check(); err != nil {
		return nil, fmt.Errorf("sourcing: %w", err)
	}
	choice := r.decide(req)
	if shadow != nil {
		choice.Record.ShadowRules = shadow.Version
		if other := shadow.decide(req); other.Asks != nil {
			choice.Record.ShadowPlan = other.Record.Plans[:1]
		}
	}
	return choice, nil
}

func (req *Request) check() error {
	if n := len(req.Needs); n == 0 || n > maxNeeds {
		return fmt.Errorf("%d needs; want 1 to %d", n, maxNeeds)
	}
	if n := len(req.Sites); n > maxSites {
		return fmt.Errorf("%d nodes, more than %d", n, maxSites)
	}
	for i := range req.Needs {
		if n := &req.Needs[i]; n.Product.Sku == "" || n.Qty < 1 || n.Qty > maxQty {
			return fmt.Errorf("need %d: %d units of %q; want an item, and 1 to %d units", i, n.Qty, n.Product.Sku, maxQty)
		}
	}
	seen := make(map[string]bool)
	for i := range req.Sites {
		if name := req.Sites[i].Node; seen[name] {
			return fmt.Errorf("node %s stands in the request twice", name)
		}
		seen[req.Sites[i].Node] = true
	}
	if req.At.IsZero() {
		return errors.New("the moment of the decision is missing")
	}
	return nil
}

func (r *Rules) decide(req *Request) *Choice {
	record := event.SourcingDecision{Rules: r.Version, DecidedAt: req.At, Currency: r.Currency}
	for i := range req.Needs {
		record.Stock = append(record.Stock, event.SourcedStock{Sku: req.Needs[i].Product.Sku, Version: req.Needs[i].Version})
	}
	var candidates []*candidate
	for _, i := range fixedOrder(req.Sites) {
		site := &req.Sites[i]
		c, no := r.admit(req, site)
		node := event.SourcedNode{Node: site.Node}
		if no != nil {
			node.Reason, node.Detail = no.reason, no.detail
		} else {
			candidates = append(candidates, c)
		}
		record.Nodes = append(record.Nodes, node)
	}
	s := r.best(req, candidates)
	record.Considered, record.Exhaustive = s.considered, s.exhaustive
	choice := &Choice{}
	var top *plan
	if len(s.best) > 0 && (!req.Whole || s.best[0].units == req.wanted()) {
		top = s.best[0]
		choice.Asks = s.asks(top)
	}
	for _, p := range s.best {
		record.Plans = append(record.Plans, s.record(p))
	}
	s.explain(record.Nodes, top)
	choice.Record = record
	return choice
}

// best searches with the buffers left alone and, when that does not cover
// everything, without them; the second counts only if it covers more.
func (r *Rules) best(req *Request, candidates []*candidate) *search {
	s := newSearch(r, req, candidates, true)
	top := s.run()
	buffered := slices.ContainsFunc(candidates, func(c *candidate) bool { return c.site.Buffer > 0 })
	if !buffered || top != nil && top.units == req.wanted() {
		return s
	}
	open := newSearch(r, req, candidates, false)
	if more := open.run(); more != nil && (top == nil || more.units > top.units) {
		return open
	}
	return s
}

// fixedOrder is the order of nodes that settles ties: by rank, then by name.
func fixedOrder(sites []Site) []int {
	order := make([]int, len(sites))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(sites[a].Rank, sites[b].Rank), cmp.Compare(sites[a].Node, sites[b].Node))
	})
	return order
}

// explain says of each candidate why it ships or not. Nodes and candidates stand
// in the same order; top is nil when no plan is taken.
func (s *search) explain(nodes []event.SourcedNode, top *plan) {
	c := -1
	for i := range nodes {
		if nodes[i].Reason != "" {
			continue
		}
		c++
		s.verdict(&nodes[i], s.with[c], top, c)
	}
}

// verdict says of one candidate why it ships or not, by the best plan with it.
func (s *search) verdict(node *event.SourcedNode, with, top *plan, c int) {
	wanted := s.req.wanted()
	switch {
	case top != nil && slices.Contains(top.nodes, c):
		node.Reason = event.SourcingReasonChosen
	case with == nil && !s.allowed([]int{c}):
		node.Reason, node.Detail = event.SourcingReasonIncomplete, fmt.Sprintf("the order ships from %d nodes already", len(s.req.Used))
	case with == nil && s.crowded[c]:
		node.Reason, node.Detail = event.SourcingReasonCapacity, "the day it leaves on has no room for its part: "+s.candidates[c].site.full()
	case with == nil && !slices.ContainsFunc(s.free[c], func(qty int64) bool { return qty > 0 }):
		node.Reason, node.Detail = event.SourcingReasonNoStock, "its buffer leaves nothing to give"
	case with == nil:
		node.Reason, node.Detail = event.SourcingReasonIncomplete, "it lacks a part of every group, or no single lane carries what it would ship"
	case top == nil || with.units < top.units:
		node.Reason, node.Detail = event.SourcingReasonIncomplete, fmt.Sprintf("the best plan with it covers %d of %d units", with.units, wanted)
	case with.cost > top.cost:
		node.Reason, node.DearerAmount = event.SourcingReasonDearer, with.cost-top.cost
		node.Detail = fmt.Sprintf("the best plan with it costs %d, the chosen one %d minor units", with.cost, top.cost)
	default:
		node.Reason, node.Detail = event.SourcingReasonLastInOrder, "the best plan with it costs the same; fewer parcels, then rank and name decide"
	}
}

// asks says what a plan takes of each node, a row a need.
func (s *search) asks(p *plan) [][]event.NodeQty {
	rows := make([][]event.NodeQty, len(s.req.Needs))
	for n, c := range p.nodes {
		for i, qty := range p.take[n] {
			if qty > 0 {
				rows[i] = append(rows[i], event.NodeQty{Node: s.candidates[c].site.Node, Qty: qty})
			}
		}
	}
	return rows
}

// record writes a plan down.
func (s *search) record(p *plan) event.SourcedPlan {
	out := event.SourcedPlan{Units: p.units, Amount: p.cost, SplitAmount: p.split}
	for n, c := range p.nodes {
		candidate := s.candidates[c]
		to := &candidate.routes[p.routes[n]]
		l := weigh(s.req, p.take[n])
		parcel := event.SourcedParcel{
			Node: candidate.site.Node, Units: l.units, LeavesAt: candidate.site.Leaves, ArrivesAt: to.arrives,
			Costs: s.rules.itemise(candidate, p.take[n], l, to),
		}
		if to.lane != nil {
			parcel.Lane = to.lane.Lane
		}
		if candidate.used == nil {
			parcel.LatePpm = to.latePPM
		}
		out.Parcels = append(out.Parcels, parcel)
	}
	return out
}
