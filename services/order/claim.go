package order

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/sourcing"
)

// SupplyClaim is what an order claims of the stock of one item that is to come.
type SupplyClaim = event.OrderClaimRecord

// maxDates bounds the dates of supply that are looked at for an item.
const maxDates = 16

// Missing is how many units of an item are lacking and neither granted nor on
// their way by a claim that is served.
func Missing(i *Item, c *SupplyClaim) int64 {
	missing := LackingOf(i) - Granted(i)
	if c != nil && c.State == event.ClaimStateServed {
		missing -= c.Qty
	}
	return max(0, missing)
}

// Together says whether the units of claims leave together or not at all, so that
// one that is served holds units for the others.
func Together(o *Record, claims []*SupplyClaim) bool { return o.ShipComplete && len(claims) > 1 }

// ClaimFor says at which node units of an item that is short are to be claimed,
// and when they are to be there: where they are there first, else where the rules
// would ship them from, without a date. It returns nil when no node may ship them.
func ClaimFor(o *Record, i *Item, qty int64, m *Market) *SupplyClaim {
	need := sourcing.Need{Product: m.Product(i.Sku), Qty: qty, Amount: valueOf(i), Excluded: i.Excluded}
	for _, at := range dates(i.Sku, m) {
		if node := alone(o, need, m.Later(at), m.by(i, at)); node != "" {
			return &SupplyClaim{Sku: i.Sku, Node: node, Qty: qty, PromisedFor: &at}
		}
	}
	everywhere := make([]event.NodeQty, len(m.Sites))
	for n := range m.Sites {
		everywhere[n] = event.NodeQty{Node: m.Sites[n].Node, Qty: qty + m.Sites[n].Buffer}
	}
	if node := alone(o, need, m, everywhere); node != "" {
		return &SupplyClaim{Sku: i.Sku, Node: node, Qty: qty}
	}
	return nil
}

// alone is the node that ships all of a need from what is there; empty when no
// single one does. When it must arrive is left out: it is late as it is.
func alone(o *Record, need sourcing.Need, m *Market, there []event.NodeQty) string {
	q := question{market: m, items: 1, item: []int{0}, req: requestOf(o, m)}
	q.req.Whole, q.req.NeededBy = true, time.Time{}
	need.Stock = there
	q.req.Needs = []sourcing.Need{need}
	choice := q.decide()
	if choice.Asks == nil || len(choice.Asks[0]) != 1 {
		return ""
	}
	return choice.Asks[0][0].Node
}

// dates are now, and when supply of an item comes.
func dates(sku string, m *Market) []time.Time {
	all := []time.Time{m.At}
	for _, s := range m.Coming(sku) {
		if s.Due.After(all[len(all)-1]) && len(all) < maxDates {
			all = append(all, s.Due)
		}
	}
	return all
}

// by is what each node can give of an item that was asked for. Of units that must live
// until a date only stock's own answer says how many are there.
func (m *Market) by(i *Item, at time.Time) []event.NodeQty {
	if MinExpiry(i) == nil || i.Position == nil {
		return m.By(i.Sku, at)
	}
	return m.coming(slices.Clone(i.Available), i.Sku, at)
}

// By is what each node can give of an item at a moment, as far as is known now:
// what is there, and what is to come by then and nobody claims.
func (m *Market) By(sku string, at time.Time) []event.NodeQty {
	var all []event.NodeQty
	if p := m.Stock(sku); p != nil {
		all = slices.Clone(p.Available)
	}
	return m.coming(all, sku, at)
}

// coming adds what is to come by a moment.
func (m *Market) coming(all []event.NodeQty, sku string, at time.Time) []event.NodeQty {
	for _, s := range m.Coming(sku) {
		if !s.Due.After(at) {
			all = plus(all, event.NodeQty{Node: s.Node, Qty: s.Qty})
		}
	}
	return all
}

// Ready says whether there is a date for each of the claims that leave together,
// and which is the last: from then on they may hold units. Of an item that is
// there the date is now; what is known of it must not be older than stock's answer.
func Ready(claims []*SupplyClaim, m *Market) (last time.Time, ready bool) {
	last = m.At
	for _, c := range claims {
		switch {
		case c.State == event.ClaimStateServed || here(c, m):
		case c.PromisedFor == nil:
			return last, false
		case c.PromisedFor.After(last):
			last = *c.PromisedFor
		}
	}
	return last, true
}

// here says whether the units of a claim are at its node, for anybody.
func here(c *SupplyClaim, m *Market) bool {
	p := m.Stock(c.Sku)
	if p == nil || p.Version < c.Position {
		return false
	}
	at := slices.IndexFunc(p.Available, func(n event.NodeQty) bool { return n.Node == c.Node })
	return at >= 0 && p.Available[at].Qty >= c.Qty
}

// quickTurns is how often items that leave together, and lost what was to come to
// others, try again at once. Then they do after a minute, and twice as long each time.
const quickTurns = 3

// AtOnce says whether items that leave together claim units as soon as there is a date
// for each of them.
func AtOnce(c *SupplyClaim) bool { return c.Losses <= quickTurns }

// LooksAgain is after how long a claim without a date is looked at again. What lost to
// others again and again does not try when they do: orders that want the same items
// would go on taking them from each other.
func LooksAgain(orderID string, c *SupplyClaim, clocks Clocks) time.Duration {
	if !c.DatesOnly || AtOnce(c) {
		return clocks.Supply
	}
	span := min(clocks.Supply, time.Minute<<min(c.Losses-quickTurns, 16))
	own := fnv.New64a()
	fmt.Fprint(own, orderID, c.Losses)
	return span/2 + time.Duration(own.Sum64()%uint64(span/2))
}

// Elsewhere says whether a claim without a date stands at the wrong node: another
// has units now, or gets them by a date.
func Elsewhere(o *Record, i *Item, c *SupplyClaim, m *Market) bool {
	better := ClaimFor(o, i, c.Qty, m)
	if better != nil && better.PromisedFor != nil && better.Node != c.Node {
		return true
	}
	p := m.Stock(c.Sku)
	return p != nil && !o.ShipComplete && slices.ContainsFunc(p.Available, func(n event.NodeQty) bool { return n.Node != c.Node && !slices.Contains(i.Excluded, n.Node) })
}
