package sourcing

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// plain is a request of some needs to open nodes that cost nothing.
func plain(needs []Need, nodes ...string) *Request {
	req := &Request{At: monday, Needs: needs}
	for n, name := range nodes {
		req.Sites = append(req.Sites, Site{NodePublished: event.NodePublished{Node: name, Rank: n, Active: true}, Leaves: monday})
	}
	return req
}

func needOf(sku string, qty int64, group string, stock ...event.NodeQty) Need {
	return Need{Product: event.ProductPublished{Sku: sku}, Qty: qty, Group: group, Stock: stock}
}

func decided(t *testing.T, rules *Rules, req *Request) *Choice {
	t.Helper()
	choice, err := rules.Decide(req, nil)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

func TestGroupAndItemShareTheStockOfOneItem(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 2, LanesOptional: true}
	north, south := event.NodeQty{Node: "north", Qty: 3}, event.NodeQty{Node: "south", Qty: 9}
	choice := decided(t, rules, plain([]Need{needOf("bolt", 3, "", north, south), needOf("bolt", 2, "kit", north, south)}, "north", "south"))
	sum := make(map[string]int64)
	for _, row := range choice.Asks {
		for _, ask := range row {
			sum[ask.Node] += ask.Qty
		}
	}
	if sum["north"] > 3 || sum["north"]+sum["south"] != 5 {
		t.Errorf("asks %v of nodes that have 3 and 9 of it", choice.Asks)
	}
}

func TestGroupThatNoNodeHasWholeStaysBehind(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 2, LanesOptional: true}
	needs := []Need{
		needOf("lid", 1, "pot", event.NodeQty{Node: "north", Qty: 1}),
		needOf("pot", 1, "pot", event.NodeQty{Node: "south", Qty: 1}),
		needOf("spoon", 1, "", event.NodeQty{Node: "south", Qty: 1}),
	}
	choice := decided(t, rules, plain(needs, "north", "south"))
	if len(choice.Asks) != 3 || choice.Asks[0] != nil || choice.Asks[1] != nil || len(choice.Asks[2]) != 1 {
		t.Errorf("asks %v; want the spoon alone", choice.Asks)
	}
}

func TestBufferIsTouchedOnlyWhenOthersCannotGive(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}
	for south, want := range map[int64]string{2: "south", 1: "north"} {
		req := plain([]Need{needOf("lamp", 2, "", event.NodeQty{Node: "north", Qty: 5}, event.NodeQty{Node: "south", Qty: south})}, "north", "south")
		req.Sites[0].Buffer = 5
		if asks := decided(t, rules, req).Asks; len(asks) != 1 || len(asks[0]) != 1 || asks[0][0].Node != want {
			t.Errorf("with %d in the south: %v, want all from the %s", south, asks, want)
		}
	}
}

func TestShadowRulesAreNotedAndChangeNothing(t *testing.T) {
	rules := &Rules{Version: "live", MaxNodes: 1, LanesOptional: true}
	text := `{version: next, max_nodes: 1, lanes_optional: true, exclude: [{name: not the north, when: "node.id == 'north'"}]}`
	next, _, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	req := plain([]Need{needOf("lamp", 1, "", event.NodeQty{Node: "north", Qty: 5}, event.NodeQty{Node: "south", Qty: 5})}, "north", "south")
	alone := decided(t, rules, req)
	choice, err := rules.Decide(req, next)
	if err != nil {
		t.Fatal(err)
	}
	if got := choice.Asks[0][0].Node; got != "north" || !slices.Equal(alone.Asks[0], choice.Asks[0]) {
		t.Errorf("the shadow moved the order to %s", got)
	}
	if r := choice.Record; r.ShadowRules != "next" || len(r.ShadowPlan) != 1 || r.ShadowPlan[0].Parcels[0].Node != "south" {
		t.Errorf("the shadow is %q %+v", r.ShadowRules, r.ShadowPlan)
	}
}

func TestPredicateThatCannotBeDecidedLeavesTheNodeOut(t *testing.T) {
	rules, _, err := Parse([]byte(`{version: v, max_nodes: 1, lanes_optional: true, exclude: [{name: half, when: "10 / node.rank > 3"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req := plain([]Need{needOf("lamp", 1, "", event.NodeQty{Node: "north", Qty: 5})}, "north") // rank 0
	node := decided(t, rules, req).Record.Nodes[0]
	if node.Reason != event.SourcingReasonRule || !strings.Contains(node.Detail, "half cannot be decided") {
		t.Errorf("%+v", node)
	}
}

func TestCostsBeyondEveryBoundAreNoPlan(t *testing.T) {
	rules := &Rules{Version: "v", Currency: "EUR", MaxNodes: 2, LanesOptional: true}
	req := plain([]Need{needOf("lamp", maxQty, "", event.NodeQty{Node: "north", Qty: math.MaxInt64}, event.NodeQty{Node: "south", Qty: math.MaxInt64})}, "north", "south")
	req.Sites[0].HandlingAmount, req.Sites[0].LineAmount = math.MaxInt64, math.MaxInt64
	if choice := decided(t, rules, req); choice.Asks == nil || choice.Asks[0][0].Node != "south" || choice.Cost() != 0 {
		t.Errorf("%+v", choice)
	}
}

func TestRulesWithoutACurrencyCountNoCosts(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}
	req := plain([]Need{needOf("lamp", 1, "", event.NodeQty{Node: "north", Qty: 1}, event.NodeQty{Node: "south", Qty: 1})}, "north", "south")
	req.Sites[0].HandlingAmount, req.Sites[0].Currency = 700, "USD"
	req.Lanes = []event.LanePublished{{Lane: "n", Node: "north", Active: true, Currency: "CHF", Rates: []event.LaneRate{{UpToG: 1000, Amount: 5}}}}
	if choice := decided(t, rules, req); choice.Cost() != 0 || choice.Asks[0][0].Node != "north" {
		t.Errorf("%+v", choice)
	}
}

func TestSharesAreRoundedOnceHalfToEven(t *testing.T) {
	for _, c := range []struct{ a, b, c, want int64 }{
		{5, 1, 2, 2},
		{7, 1, 2, 4},
		{-5, 1, 2, -2},
		{-7, 1, 2, -4},
		{2, 1, 3, 1},
		{1, 1, 3, 0},
		{math.MaxInt64, math.MaxInt64, 1, limit},
		{math.MinInt64, math.MaxInt64, 1, -limit},
		{1 << 50, 1 << 20, 1 << 40, 1 << 30},
	} {
		if got := Share(c.a, c.b, c.c); got != c.want {
			t.Errorf("%d * %d / %d is %d, want %d", c.a, c.b, c.c, got, c.want)
		}
	}
}

func TestRequestsOutOfBoundsAreRefused(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}
	lamp := needOf("lamp", 1, "")
	for name, req := range map[string]*Request{
		"no needs":     plain(nil, "north"),
		"no units":     plain([]Need{needOf("lamp", 0, "")}, "north"),
		"many units":   plain([]Need{needOf("lamp", maxQty+1, "")}, "north"),
		"no item":      plain([]Need{needOf("", 1, "")}, "north"),
		"a node twice": plain([]Need{lamp}, "north", "north"),
		"no moment":    {Needs: []Need{lamp}},
	} {
		if _, err := rules.Decide(req, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
