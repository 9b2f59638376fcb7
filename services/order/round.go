package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Outcome is how a round of asking stock ended. Items that lack nothing do not
// take part.
type Outcome struct {
	Firm      bool // every item is granted for good, in full
	Held      bool // every item is held
	Served    bool // the claimed item is held
	Granted   bool // something is granted
	Contended bool // an item was refused and may fit later
	Short     bool // an item lacks units that are not to come back
	Another   bool // another plan is left to try
}

// Judge says how the round ended that the items are in.
func Judge(o *Record, nodes []string, items []*Item) Outcome {
	out := Outcome{Firm: true, Held: true}
	for _, i := range items {
		lacking := LackingOf(i)
		if lacking == 0 {
			continue
		}
		granted := Granted(i)
		out.Firm = out.Firm && i.State == event.ItemStateCommitted && granted >= lacking
		out.Held = out.Held && i.State == event.ItemStateHeld
		out.Granted = out.Granted || granted > 0
		out.Contended = out.Contended || i.State == event.ItemStateContended
		short := i.State == event.ItemStateShort || i.State == event.ItemStateOpen
		out.Short = out.Short || short || i.State == event.ItemStateCommitted && granted < lacking
	}
	if o.Phase == claiming {
		at := slices.IndexFunc(items, func(i *Item) bool { return i.Sku == o.Claimed })
		out.Served = at >= 0 && items[at].State == event.ItemStateHeld
	}
	out.Another = out.Short && o.Tries < MaxPlans && NextPlan(o, nodes, items) != nil
	return out
}

// NextPlan says what to ask of each node: a row an item, empty for one that
// lacks nothing; nil when there is nothing left to ask. Parts come from what is
// free now, on top of what is granted, and of an item at most once from a node,
// so that a line has one reservation there. All or nothing starts anew, from
// what would be free if everybody gave back what is held tentatively. A node that
// did not ship an item when asked is not asked for it again.
func NextPlan(o *Record, nodes []string, items []*Item) [][]event.NodeQty {
	needs := make([]need, len(items))
	var used []string
	for n, i := range items {
		needs[n] = need{qty: LackingOf(i), available: i.Available, excluded: i.Excluded}
		if o.ShipComplete {
			continue
		}
		needs[n].qty = max(0, needs[n].qty-Granted(i))
		needs[n].available = slices.DeleteFunc(slices.Clone(i.Available), func(q event.NodeQty) bool {
			return slices.ContainsFunc(i.Grants, func(g event.Grant) bool { return g.Node == q.Node })
		})
		for _, g := range i.Grants {
			if !slices.Contains(used, g.Node) {
				used = append(used, g.Node)
			}
		}
	}
	if o.Tries == 0 {
		return firstPlan(nodes, needs)
	}
	return source(nodes, used, needs, o.ShipComplete)
}
