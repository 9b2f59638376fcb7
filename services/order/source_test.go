package order

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/sourcing"
)

var testNodes = []string{"north", "south", "harbor"}

// market is one of plain nodes, in which nothing is known of stock but what is said.
func market(known map[string]*Position) *Market {
	m := &Market{
		At: time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC), Rules: sourcing.Default(),
		Product: func(sku string) event.ProductPublished { return event.ProductPublished{Sku: sku} },
		Stock:   func(sku string) *Position { return known[sku] },
	}
	for n, node := range testNodes {
		m.Sites = append(m.Sites, sourcing.Site{NodePublished: event.NodePublished{Node: node, Rank: n, Active: true}, Leaves: m.At})
	}
	return m
}

// lacks is an item of which units are wanted, and of which stock said what it has.
func lacks(sku string, qty int64, available ...event.NodeQty) *Item {
	i := &Item{Sku: sku, Available: available, Position: new(int64)}
	if qty > 0 {
		i.Lines = []event.ItemLine{{Line: event.OrderLine{LineID: sku, Sku: sku, Qty: qty}}}
	}
	return i
}

// drawItems makes items, what each node has of them, and the order that wants them.
func drawItems(t *rapid.T) (*Record, []*Item) {
	items := make([]*Item, rapid.IntRange(1, 4).Draw(t, "items"))
	for n := range items {
		items[n] = lacks(string(rune('a'+n)), rapid.Int64Range(0, 10).Draw(t, "qty"))
		for _, node := range testNodes {
			if qty := rapid.Int64Range(0, 10).Draw(t, node); qty > 0 {
				items[n].Available = append(items[n].Available, event.NodeQty{Node: node, Qty: qty})
			}
		}
	}
	return &Record{Phase: reserving, ShipComplete: rapid.Bool().Draw(t, "whole"), Tries: 1}, items
}

func at(quantities []event.NodeQty, node string) int64 {
	for _, q := range quantities {
		if q.Node == node {
			return q.Qty
		}
	}
	return 0
}

func TestPlansAskNoMoreThanIsNeededAndAvailable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, items := drawItems(t)
		var nodes []string
		if granted := rapid.Int64Range(0, 10).Draw(t, "granted"); granted > 0 && !o.ShipComplete {
			items[0].Grants = []event.Grant{{Node: "north", Qty: granted}}
			nodes = append(nodes, "north")
		}
		plan := NextPlan(o, items, market(nil))
		if plan == nil || plan.Asks == nil {
			return
		}
		for n, asked := range plan.Asks {
			sum := int64(0)
			for _, a := range asked {
				sum += a.Qty
				if a.Qty < 1 || a.Qty > at(items[n].Available, a.Node) {
					t.Fatalf("of %+v %+v is asked", items[n], a)
				}
				if !slices.Contains(nodes, a.Node) {
					nodes = append(nodes, a.Node)
				}
				if slices.ContainsFunc(items[n].Grants, func(g event.Grant) bool { return g.Node == a.Node }) && !o.ShipComplete {
					t.Fatalf("%s has granted %s and is asked for it again", a.Node, items[n].Sku)
				}
			}
			lacking := LackingOf(items[n])
			if !o.ShipComplete {
				lacking -= Granted(items[n])
			}
			if sum > max(0, lacking) || o.ShipComplete && sum < lacking {
				t.Fatalf("%d of %+v are met by %+v", lacking, items[n], asked)
			}
		}
		if most := sourcing.Default().MaxNodes; len(nodes) > most {
			t.Fatalf("%v ship one order", nodes)
		}
	})
}

func TestWholePlanIsFoundWheneverTwoNodesCoverEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, items := drawItems(t)
		o.ShipComplete = true
		covered, lacking := false, int64(0)
		for _, i := range items {
			lacking += LackingOf(i)
		}
		for _, a := range testNodes {
			for _, b := range testNodes {
				all := true
				for _, i := range items {
					have := at(i.Available, a)
					if b != a {
						have += at(i.Available, b)
					}
					all = all && have >= LackingOf(i)
				}
				covered = covered || all
			}
		}
		if plan := NextPlan(o, items, market(nil)); (plan != nil && plan.Asks != nil) != (covered && lacking > 0) {
			t.Fatalf("covered is %t, the plan for %+v is %+v", covered, items, plan)
		}
	})
}

func TestFewerNodesAndEarlierNodesAreTriedFirst(t *testing.T) {
	has := func(north, south, harbor int64) []event.NodeQty {
		return []event.NodeQty{{Node: "north", Qty: north}, {Node: "south", Qty: south}, {Node: "harbor", Qty: harbor}}
	}
	for name, c := range map[string]struct {
		available []event.NodeQty
		whole     bool
		want      []event.NodeQty
	}{
		"the first node":        {has(5, 5, 5), true, []event.NodeQty{{Node: "north", Qty: 5}}},
		"one rather than two":   {has(4, 4, 5), true, []event.NodeQty{{Node: "harbor", Qty: 5}}},
		"the first pair":        {has(4, 4, 4), true, []event.NodeQty{{Node: "north", Qty: 4}, {Node: "south", Qty: 1}}},
		"nothing for a whole":   {has(1, 1, 1), true, nil},
		"the most for parts":    {has(1, 1, 2), false, []event.NodeQty{{Node: "north", Qty: 1}, {Node: "harbor", Qty: 2}}},
		"nothing left to split": {has(0, 0, 0), false, nil},
	} {
		plan := NextPlan(&Record{ShipComplete: c.whole, Tries: 1}, []*Item{lacks("s", 5, c.available...)}, market(nil))
		var got []event.NodeQty
		if plan.Asks != nil {
			got = plan.Asks[0]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestFirstPlanAsksForEverything: what is known before stock was asked may be old,
// so it chooses nodes and leaves nothing out.
func TestFirstPlanAsksForEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, items := drawItems(t)
		o.Tries = 0
		known := map[string]*Position{}
		for _, i := range items {
			if rapid.Bool().Draw(t, "known") {
				known[i.Sku] = &Position{Available: i.Available, Version: 7}
			}
			i.Available, i.Position = nil, nil
		}
		plan := NextPlan(o, items, market(known))
		nodes := map[string]bool{}
		for n, i := range items {
			sum := int64(0)
			if plan != nil {
				for _, a := range plan.Asks[n] {
					sum += a.Qty
					nodes[a.Node] = true
				}
			}
			if sum != LackingOf(i) {
				t.Fatalf("%d units of %s are asked, %d lack: %+v", sum, i.Sku, LackingOf(i), plan)
			}
		}
		if most := sourcing.Default().MaxNodes; len(nodes) > most {
			t.Fatalf("%v ship one order", nodes)
		}
	})
}

func TestWhatIsKnownOfStockChoosesTheNode(t *testing.T) {
	i := lacks("s", 5)
	i.Position = nil
	known := map[string]*Position{"s": {Available: []event.NodeQty{{Node: "north", Qty: 4}, {Node: "harbor", Qty: 6}}, Version: 7}}
	plan := NextPlan(&Record{ShipComplete: true}, []*Item{i}, market(known))
	if want := (event.NodeQty{Node: "harbor", Qty: 5}); len(plan.Asks[0]) != 1 || plan.Asks[0][0] != want {
		t.Errorf("asks %+v, want %+v", plan.Asks, want)
	}
	if d := plan.Decision; d.Rules != "default" || d.Stock[0].Version != 7 || d.Nodes[1].Reason != event.SourcingReasonNoStock {
		t.Errorf("the decision does not say on what it stands: %+v", d)
	}
}

func TestBuyerWhoCannotBeReachedInTimeIsReachedLater(t *testing.T) {
	m := market(nil)
	m.Sites = m.Sites[:1]
	m.Sites[0].Leaves = m.At.Add(48 * time.Hour)
	m.Lanes = []event.LanePublished{{Lane: "l", Node: "north", Country: "DE", TransitDays: 3, Active: true}}
	tomorrow := m.At.Add(24 * time.Hour)
	o := &Record{ShipTo: event.PartyRef{Country: "DE"}, NeededBy: &tomorrow}
	if plan := NextPlan(o, []*Item{lacks("s", 1, event.NodeQty{Node: "north", Qty: 1})}, m); plan == nil || plan.Asks == nil {
		t.Errorf("nothing is asked: %+v", plan)
	}
}

func TestGrantsAreDealtToLinesWithoutLossOrGain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := &Item{Sku: "s"}
		for n := range rapid.IntRange(1, 4).Draw(t, "lines") {
			l := event.OrderLine{LineID: string(rune('a' + n)), Sku: "s", Qty: rapid.Int64Range(1, 9).Draw(t, "qty")}
			i.Lines = append(i.Lines, event.ItemLine{Position: n, Line: l})
			i.Ordered += l.Qty
		}
		left := i.Ordered
		for _, node := range testNodes {
			if qty := rapid.Int64Range(0, left).Draw(t, node); qty > 0 {
				i.Grants = append(i.Grants, event.Grant{ReservationID: "r " + node, Node: node, Qty: qty})
				left -= qty
			}
		}
		byLine, byNode := make(map[string]int64), make(map[string]int64)
		for _, a := range Allocations(i) {
			byLine[a.LineID] += a.Qty
			byNode[a.Node] += a.Qty
		}
		for _, s := range Short(i, event.ShortOutcomeBackordered) {
			byLine[s.LineID] += s.Qty
		}
		for _, l := range i.Lines {
			if byLine[l.Line.LineID] != l.Line.Qty {
				t.Fatalf("line %s of %d units has %d", l.Line.LineID, l.Line.Qty, byLine[l.Line.LineID])
			}
		}
		for _, g := range i.Grants {
			if byNode[g.Node] != g.Qty {
				t.Fatalf("node %s granted %d, %d are dealt", g.Node, g.Qty, byNode[g.Node])
			}
		}
	})
}

func TestAnswersThatNothingWaitsForChangeNothing(t *testing.T) {
	o := &Record{Phase: reserving, Items: 1, Pending: 1}
	i := &Item{Sku: "s", Ordered: 5, State: event.ItemStateAsked, Awaiting: []string{"c1"}}
	grant := &event.InventoryAnswer{CommandID: "c1", Verdict: event.StockVerdictGranted, Grants: []event.Grant{{ReservationID: "r", Node: "north", Qty: 5}}}
	if Answer(o, i, &event.InventoryAnswer{CommandID: "c0", Verdict: event.StockVerdictShort}) || o.Pending != 1 {
		t.Error("an answer to a command left behind was taken")
	}
	if !Answer(o, i, grant) || i.State != event.ItemStateCommitted || o.Pending != 0 {
		t.Errorf("the grant was not taken: %+v %+v", o, i)
	}
	if Answer(o, i, grant) || Granted(i) != 5 || o.Pending != 0 {
		t.Errorf("the repeat was taken: %+v %+v", o, i)
	}
}
