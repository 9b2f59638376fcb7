package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Bounds of sourcing.
const (
	MaxPlans   = 3 // plans that an order tries before it is short
	MaxNodes   = 2 // nodes that ship one plan
	MaxReplans = 3 // times that what a node did not ship is asked of others
)

// need is what an item lacks and where it could come from.
type need struct {
	qty       int64
	available []event.NodeQty
	excluded  []string // nodes that are not asked
}

// firstPlan asks everything of the first node that may be asked, one that may be
// asked for every need before all others: nothing is known of stock yet. It is
// nil when no node may be asked for anything.
func firstPlan(nodes []string, needs []need) [][]event.NodeQty {
	forAll := slices.DeleteFunc(slices.Clone(nodes), func(node string) bool {
		return slices.ContainsFunc(needs, func(n need) bool { return n.qty > 0 && slices.Contains(n.excluded, node) })
	})
	var plan [][]event.NodeQty
	for i, n := range needs {
		for _, node := range append(forAll, nodes...) {
			if n.qty == 0 || slices.Contains(n.excluded, node) {
				continue
			}
			if plan == nil {
				plan = make([][]event.NodeQty, len(needs))
			}
			plan[i] = []event.NodeQty{{Node: node, Qty: n.qty}}
			break
		}
	}
	return plan
}

// source chooses from which nodes the needs are met: of all sets of at most
// MaxNodes nodes that contain those used already, the first that covers
// everything, fewest nodes first, then in the order of nodes; when parts are
// enough and no set covers everything, the set that covers most. It returns what
// to ask of each node, a row a need, and nil when there is nothing to ask.
func source(nodes, used []string, needs []need, whole bool) [][]event.NodeQty {
	var best [][]event.NodeQty
	most, wanted := int64(0), int64(0)
	for _, n := range needs {
		wanted += n.qty
	}
	for _, set := range sets(nodes, used) {
		plan, covered := cover(set, needs)
		if covered == wanted {
			return plan
		}
		if covered > most && !whole {
			best, most = plan, covered
		}
	}
	return best
}

// sets lists the candidates in the order in which they are preferred.
func sets(nodes, used []string) [][]string {
	var all [][]string
	for _, first := range nodes {
		all = append(all, []string{first})
	}
	for i, first := range nodes {
		for _, second := range nodes[i+1:] {
			all = append(all, []string{first, second})
		}
	}
	return slices.DeleteFunc(all, func(set []string) bool {
		return slices.ContainsFunc(used, func(node string) bool { return !slices.Contains(set, node) })
	})
}

// cover takes each need from the nodes of a set in turn.
func cover(set []string, needs []need) (plan [][]event.NodeQty, covered int64) {
	plan = make([][]event.NodeQty, len(needs))
	for i, n := range needs {
		rest := n.qty
		for _, node := range set {
			if slices.Contains(n.excluded, node) {
				continue
			}
			if take := min(rest, at(n.available, node)); take > 0 {
				plan[i] = append(plan[i], event.NodeQty{Node: node, Qty: take})
				rest -= take
			}
		}
		covered += n.qty - rest
	}
	return plan, covered
}

// at is the quantity of one node.
func at(quantities []event.NodeQty, node string) int64 {
	for _, q := range quantities {
		if q.Node == node {
			return q.Qty
		}
	}
	return 0
}
