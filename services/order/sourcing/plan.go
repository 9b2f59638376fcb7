package sourcing

import (
	"cmp"
	"slices"
)

// Bounds of the search.
const (
	MaxExhaustive = 12 // nodes up to which every set is tried
	MaxOrders     = 64 // combinations of orders that are tried in one set
	maxPlans      = 5  // best plans that a decision shows
)

// plan is one way to meet the needs: what each candidate of a set gives.
type plan struct {
	units, cost, split int64
	nodes              []int     // candidates that give something, by index
	take               [][]int64 // by node of nodes, then by need
	routes             []int     // by node of nodes
}

// better orders plans: most units, least cost, fewest parcels, earliest nodes.
// Plans alike in all of it compare as equal, and the first one found stands.
func better(a, b *plan) bool {
	return cmp.Or(
		cmp.Compare(b.units, a.units), cmp.Compare(a.cost, b.cost),
		cmp.Compare(len(a.nodes), len(b.nodes)), slices.Compare(a.nodes, b.nodes)) < 0
}

// search compares plans. It keeps the best ones, and the best with each candidate.
type search struct {
	rules      *Rules
	req        *Request
	candidates []*candidate
	free       [][]int64 // by candidate, by need
	bundles    [][]int   // needs that leave one node together
	slots      []int     // by need: the first need of the same item, whose stock they share
	most       int       // candidates that a set may have, those of used parcels included

	best       []*plan
	with       []*plan // by candidate
	crowded    []bool  // by candidate: a plan with it had more units than its day has room for
	considered int64
	exhaustive bool
}

func newSearch(r *Rules, req *Request, candidates []*candidate, buffered bool) *search {
	s := &search{rules: r, req: req, candidates: candidates, most: r.nodesOf(req.Class), with: make([]*plan, len(candidates)), crowded: make([]bool, len(candidates)), exhaustive: true}
	for _, c := range candidates {
		free := slices.Clone(c.free)
		for i := range free {
			if buffered {
				free[i] = max(0, free[i]-max(0, c.site.Buffer))
			}
		}
		s.free = append(s.free, free)
	}
	first := make(map[string]int)
	for i := range req.Needs {
		sku := req.Needs[i].Product.Sku
		if _, known := first[sku]; !known {
			first[sku] = i
		}
		s.slots = append(s.slots, first[sku])
	}
	s.bundles = bundles(req.Needs)
	return s
}

// bundles groups the needs, groups first: what must stay together has the
// narrower choice.
func bundles(needs []Need) [][]int {
	var groups, single [][]int
	at := make(map[string]int)
	for i := range needs {
		switch n, known := at[needs[i].Group]; {
		case needs[i].Group == "":
			single = append(single, []int{i})
		case known:
			groups[n] = append(groups[n], i)
		default:
			at[needs[i].Group] = len(groups)
			groups = append(groups, []int{i})
		}
	}
	return append(groups, single...)
}

// run searches and returns the best plan, nil when nothing can be given.
func (s *search) run() *plan {
	if len(s.candidates) <= MaxExhaustive {
		s.every(nil, 0)
	} else {
		s.exhaustive = false
		s.greedy()
	}
	if len(s.best) == 0 {
		return nil
	}
	return s.best[0]
}

// every tries all sets that begin with set and go on with candidates from next on.
func (s *search) every(set []int, next int) {
	for i := next; i < len(s.candidates); i++ {
		if with := append(slices.Clone(set), i); s.allowed(with) {
			s.try(with)
			s.every(with, i+1)
		}
	}
}

// allowed holds a set against the number of nodes that may ship the order.
func (s *search) allowed(set []int) bool {
	nodes := len(s.req.Used)
	for _, i := range set {
		if s.candidates[i].used == nil {
			nodes++
		}
	}
	return nodes <= max(s.most, len(s.req.Used))
}

// greedy grows a set by whichever candidate makes the best plan, then exchanges
// single members as long as that helps.
func (s *search) greedy() {
	var set []int
	var top *plan
	for {
		grown, found := s.step(top, set, -1)
		if grown == nil {
			break
		}
		set, top = grown, found
	}
	for improved := true; improved; {
		improved = false
		for n := range set {
			if swapped, found := s.step(top, slices.Concat(set[:n], set[n+1:]), set[n]); swapped != nil {
				set, top, improved = swapped, found, true
			}
		}
	}
}

// step returns the best set that is the given one and another candidate, without
// the one left out; nil when no such set is better than the best so far.
func (s *search) step(top *plan, set []int, without int) (grown []int, found *plan) {
	for i := range s.candidates {
		if i == without || slices.Contains(set, i) {
			continue
		}
		with := append(slices.Clone(set), i)
		slices.Sort(with)
		if !s.allowed(with) {
			continue
		}
		if p := s.try(with); p != nil && (top == nil || better(p, top)) {
			grown, found, top = with, p, p
		}
	}
	return grown, found
}

// try compares all plans of a set and returns its best one.
func (s *search) try(set []int) *plan {
	orders := permutations(set)
	together := pow(len(orders), len(s.bundles)) > MaxOrders
	if together {
		s.exhaustive = false
	}
	var top *plan
	for choice := make([]int, len(s.bundles)); choice != nil; choice = advance(choice, len(orders), together) {
		p := s.evaluate(set, orders, choice)
		if p == nil {
			continue
		}
		s.considered++
		if top == nil || better(p, top) {
			top = p
		}
		s.keep(p)
	}
	return top
}

// advance returns the next choice of an order for each bundle, nil after the last.
func advance(choice []int, orders int, together bool) []int {
	for n := len(choice) - 1; n >= 0; n-- {
		if choice[n]++; choice[n] < orders {
			if together {
				for i := range choice {
					choice[i] = choice[n]
				}
			}
			return choice
		}
		if together {
			return nil
		}
		choice[n] = 0
	}
	return nil
}

// evaluate deals the needs to the nodes of a set and adds up the cost. It is nil
// when a node of the set gives nothing, so that a smaller set is the same plan, a
// parcel is not carried, or the day on which it would leave has no room for it.
func (s *search) evaluate(set []int, orders [][]int, choice []int) *plan {
	take, left := grid(len(set), len(s.req.Needs)), grid(len(set), len(s.req.Needs))
	for n, c := range set {
		for i, slot := range s.slots {
			left[n][slot] = max(left[n][slot], s.free[c][i])
		}
	}
	for b, needs := range s.bundles {
		if order := orders[choice[b]]; s.req.Needs[needs[0]].Group != "" {
			s.dealGroup(set, order, needs, take, left)
		} else {
			s.dealItem(set, order, needs[0], take, left)
		}
	}
	return s.total(set, take)
}

// dealGroup gives all needs of a group to the first node that has them all.
func (s *search) dealGroup(set, order, needs []int, take, left [][]int64) {
	for _, n := range order {
		covered := true
		for k, i := range needs { // one sku may stand in several needs of the group
			left[n][s.slots[i]] -= s.req.Needs[i].Qty
			if s.free[set[n]][i] == 0 || left[n][s.slots[i]] < 0 {
				for _, back := range needs[:k+1] {
					left[n][s.slots[back]] += s.req.Needs[back].Qty
				}
				covered = false
				break
			}
		}
		if covered {
			for _, i := range needs {
				take[n][i] = s.req.Needs[i].Qty
			}
			return
		}
	}
}

// dealItem drains the nodes in turn.
func (s *search) dealItem(set, order []int, i int, take, left [][]int64) {
	rest := s.req.Needs[i].Qty
	for _, n := range order {
		if s.free[set[n]][i] > 0 {
			qty := min(rest, left[n][s.slots[i]])
			take[n][i] = qty
			left[n][s.slots[i]] -= qty
			rest -= qty
		}
	}
}

// total adds up what a plan costs. Parcels that the order has already are no split.
func (s *search) total(set []int, take [][]int64) *plan {
	p := &plan{nodes: set, take: take, routes: make([]int, len(set))}
	added := len(set)
	for n, c := range set {
		l := weigh(s.req, take[n])
		route, cost, ok := s.rules.price(s.candidates[c], take[n], l)
		if l.units == 0 || !ok {
			return nil
		}
		if site := s.candidates[c].site; !site.limit().Fits(site.Taken, l.units) {
			s.crowded[c] = true
			return nil
		}
		p.units += l.units
		p.cost = plus(p.cost, cost)
		p.routes[n] = route
		if s.candidates[c].used != nil {
			added--
		}
	}
	if len(s.req.Used) == 0 {
		added--
	}
	p.split = times(s.rules.SplitAmount, int64(added))
	if p.cost = plus(p.cost, p.split); p.cost >= limit {
		return nil
	}
	return p
}

// keep notes a plan among the best, and as the best with each of its nodes.
func (s *search) keep(p *plan) {
	for _, c := range p.nodes {
		if s.with[c] == nil || better(p, s.with[c]) {
			s.with[c] = p
		}
	}
	at := slices.IndexFunc(s.best, func(q *plan) bool { return better(p, q) })
	if at < 0 {
		at = len(s.best)
	}
	alike := func(q *plan) bool {
		return slices.Equal(p.nodes, q.nodes) && slices.EqualFunc(p.take, q.take, slices.Equal[[]int64])
	}
	if at < maxPlans && !slices.ContainsFunc(s.best, alike) {
		s.best = slices.Insert(s.best, at, p)
		s.best = s.best[:min(len(s.best), maxPlans)]
	}
}

func grid(rows, columns int) [][]int64 {
	all := make([][]int64, rows)
	for n := range all {
		all[n] = make([]int64, columns)
	}
	return all
}

// permutations lists the orders of the indexes of a set, in lexical order.
func permutations(set []int) [][]int {
	if len(set) == 0 {
		return [][]int{nil}
	}
	var all [][]int
	var grow func(order []int)
	grow = func(order []int) {
		if len(order) == len(set) {
			all = append(all, slices.Clone(order))
			return
		}
		for i := range set {
			if !slices.Contains(order, i) {
				grow(append(order, i))
			}
		}
	}
	grow(nil)
	return all
}

// pow is base to the power of n, or some number above MaxOrders.
func pow(base, n int) int {
	product := 1
	for range n {
		if product *= base; product > MaxOrders {
			break
		}
	}
	return product
}
