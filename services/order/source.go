package order

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/sourcing"
)

// Bounds of planning; how many nodes ship one plan is a matter of the rules.
const (
	MaxPlans   = 3 // plans that an order tries before it is short
	MaxReplans = 3 // times that what a node did not ship is asked of others
)

// Market is what is known beside the order when it is planned.
type Market struct {
	At     time.Time
	Rules  *sourcing.Rules
	Shadow *sourcing.Rules // decides beside, without effect; nil for none
	Class  string          // of the customer, empty for none
	// Service is the level of service that was sold, empty for any.
	Service string
	Sites   []sourcing.Site // nodes that may be asked
	Lanes   []event.LanePublished
	// Product is the master row of an item; only its sku is sure to be there.
	Product func(sku string) event.ProductPublished
	// Stock is the last known position of an item; nil when nothing is known.
	Stock func(sku string) *Position
	// Coming is what is to come of an item and nobody claims, the earliest first.
	Coming func(sku string) []event.DatedSupply
	// Later is the market at a later moment, as far as it is known now.
	Later func(at time.Time) *Market
}

// Position is what is known of an item's stock.
type Position struct {
	Available []event.NodeQty
	Version   int64
}

// Plan is what to ask of stock, and why.
type Plan struct {
	// Asks has a row an item, empty for one that nothing is asked for; nil when
	// there is nothing to ask.
	Asks     [][]event.NodeQty
	Decision event.SourcingDecision
}

// NextPlan decides what to ask of each node; nil when no item lacks anything.
// Parts come on top of what is granted, and of an item at most once from a node,
// so that a line has one reservation there; all or nothing starts anew.
//
// Stock's own answers are believed. What is known before stock was asked may be
// old, and units that others hold for a while may come back: so the first plan
// of a round asks of its nodes also what they are not known to have, and stock
// refuses what it must. A buyer who cannot be reached in time is reached as soon
// as may be.
func NextPlan(o *Record, items []*Item, m *Market) *Plan {
	q := newQuestion(o, items, m)
	if len(q.req.Needs) == 0 {
		return nil
	}
	choice, _ := q.choose()
	plan := &Plan{Asks: q.asks(choice), Decision: choice.Record}
	if o.Tries > 0 {
		return plan
	}
	if rest := q.unknown(choice, len(items)); rest != nil {
		blind := rest.decide()
		if choice.Asks == nil {
			plan.Decision = blind.Record
		}
		plan.Asks = merge(plan.Asks, rest.asks(blind))
	}
	return plan
}

// question is a request about the items of an order that lack units.
type question struct {
	market *Market
	req    sourcing.Request
	item   []int // by need: its place among the items
	items  int
}

func newQuestion(o *Record, items []*Item, m *Market) *question {
	q := &question{market: m, items: len(items), req: requestOf(o, m)}
	for n, i := range items {
		need := sourcing.Need{Product: m.Product(i.Sku), Qty: LackingOf(i), Amount: valueOf(i), Excluded: i.Excluded}
		if !o.ShipComplete {
			need.Qty -= Granted(i)
			for _, g := range i.Grants {
				need.Excluded = append(need.Excluded[:len(need.Excluded):len(need.Excluded)], g.Node)
				q.use(g.Node, g.Qty*need.Product.WeightG)
			}
		}
		if need.Qty <= 0 {
			continue
		}
		if p := q.position(i); p != nil {
			need.Stock, need.Version = p.Available, p.Version
		}
		q.req.Needs = append(q.req.Needs, need)
		q.item = append(q.item, n)
	}
	return q
}

// requestOf is a request of an order for nothing yet.
func requestOf(o *Record, m *Market) sourcing.Request {
	r := sourcing.Request{
		Channel: o.Channel, Company: o.Company, Class: m.Class, Service: m.Service, ShipTo: o.ShipTo, Whole: o.ShipComplete, At: m.At, Sites: m.Sites, Lanes: m.Lanes,
	}
	if o.NeededBy != nil {
		r.NeededBy = *o.NeededBy
	}
	return r
}

// use counts weight that a node ships for the order already.
func (q *question) use(node string, grams int64) {
	for n := range q.req.Used {
		if q.req.Used[n].Node == node {
			q.req.Used[n].Grams += grams
			return
		}
	}
	q.req.Used = append(q.req.Used, sourcing.Used{Node: node, Grams: grams})
}

// position is what is known of an item: the answer of this round, before it what
// is known in general.
func (q *question) position(i *Item) *Position {
	if i.Position != nil {
		return &Position{i.Available, *i.Position}
	}
	return q.market.Stock(i.Sku)
}

// valueOf is what the lacking units of an item are worth, minor units.
func valueOf(i *Item) int64 {
	sum := int64(0)
	for n := range i.Lines {
		l := &i.Lines[n]
		sum += sourcing.Share(l.Line.Amount, Lacking(l), l.Line.Qty)
	}
	return sum
}

// choose decides, and when nothing could be shipped in time, without the time;
// late says so. Nodes whose day is full are taken where others cover less: their
// part leaves on a later day.
func (q *question) choose() (choice *sourcing.Choice, late bool) {
	choice = q.decide()
	if choice.Asks == nil && !q.req.NeededBy.IsZero() {
		q.req.NeededBy = time.Time{}
		choice = q.decide()
		late = choice.Asks != nil
	}
	if q.covers(choice) < q.wanted() && q.admitFull() {
		if more := q.decide(); q.covers(more) > q.covers(choice) {
			choice = more
		}
	}
	return choice, late
}

// admitFull lets nodes be asked whatever their day has already; false when none has
// anything.
func (q *question) admitFull() bool {
	taken := func(s sourcing.Site) bool { return s.Taken.Orders > 0 }
	if !slices.ContainsFunc(q.req.Sites, taken) {
		return false
	}
	q.req.Sites = slices.Clone(q.req.Sites)
	for n := range q.req.Sites {
		q.req.Sites[n].Taken = event.DayLoad{}
	}
	return true
}

func (q *question) wanted() int64 {
	sum := int64(0)
	for n := range q.req.Needs {
		sum += q.req.Needs[n].Qty
	}
	return sum
}

func (q *question) covers(c *sourcing.Choice) int64 {
	sum := int64(0)
	for _, row := range c.Asks {
		for _, a := range row {
			sum += a.Qty
		}
	}
	return sum
}

func (q *question) decide() *sourcing.Choice {
	choice, err := q.market.Rules.Decide(&q.req, q.market.Shadow)
	if err != nil { // the bounds of an order are within those of a request
		panic(fmt.Sprintf("an order is out of bounds: %v", err))
	}
	return choice
}

// asks deals a choice to all items.
func (q *question) asks(c *sourcing.Choice) [][]event.NodeQty {
	if c.Asks == nil {
		return nil
	}
	rows := make([][]event.NodeQty, q.items)
	for n, row := range c.Asks {
		rows[q.item[n]] = row
	}
	return rows
}

// unknown asks for what a choice does not cover, of nodes as if they had it, with
// those of the choice before others; nil when it covers everything.
func (q *question) unknown(c *sourcing.Choice, items int) *question {
	rest := &question{market: q.market, items: items, req: q.req}
	rest.req.Needs, rest.req.Used = nil, q.req.Used[:len(q.req.Used):len(q.req.Used)]
	for n, need := range q.req.Needs {
		if c.Asks != nil {
			for _, a := range c.Asks[n] {
				need.Qty -= a.Qty
				rest.use(a.Node, 0)
			}
		}
		if need.Qty == 0 {
			continue
		}
		need.Version, need.Stock = 0, make([]event.NodeQty, len(q.req.Sites))
		for s := range q.req.Sites {
			need.Stock[s] = event.NodeQty{Node: q.req.Sites[s].Node, Qty: need.Qty + q.req.Sites[s].Buffer}
		}
		rest.req.Needs = append(rest.req.Needs, need)
		rest.item = append(rest.item, q.item[n])
	}
	if len(rest.req.Needs) == 0 {
		return nil
	}
	return rest
}

// merge adds what is asked in two rows of the same item.
func merge(a, b [][]event.NodeQty) [][]event.NodeQty {
	if a == nil || b == nil {
		return append(a, b...)
	}
	for i, row := range b {
		for _, more := range row {
			a[i] = plus(a[i], more)
		}
	}
	return a
}

func plus(row []event.NodeQty, more event.NodeQty) []event.NodeQty {
	for n := range row {
		if row[n].Node == more.Node {
			row[n].Qty += more.Qty
			return row
		}
	}
	return append(row, more)
}
