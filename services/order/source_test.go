package order

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

var testNodes = []string{"north", "south", "harbor"}

// drawNeeds makes needs and what each node has of them.
func drawNeeds(t *rapid.T) []need {
	needs := make([]need, rapid.IntRange(1, 4).Draw(t, "items"))
	for i := range needs {
		needs[i].qty = rapid.Int64Range(0, 10).Draw(t, "qty")
		for _, node := range testNodes {
			if qty := rapid.Int64Range(0, 10).Draw(t, node); qty > 0 {
				needs[i].available = append(needs[i].available, event.NodeQty{Node: node, Qty: qty})
			}
		}
	}
	return needs
}

func TestPlansAskNoMoreThanIsNeededAndAvailable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := drawNeeds(t)
		whole := rapid.Bool().Draw(t, "whole")
		used := testNodes[:rapid.IntRange(0, 1).Draw(t, "used")]
		plan := source(testNodes, used, needs, whole)
		if plan == nil {
			return
		}
		nodes := slices.Clone(used)
		for i, asked := range plan {
			sum := int64(0)
			for _, a := range asked {
				sum += a.Qty
				if a.Qty < 1 || a.Qty > at(needs[i].available, a.Node) {
					t.Fatalf("need %+v asks %+v", needs[i], a)
				}
				if !slices.Contains(nodes, a.Node) {
					nodes = append(nodes, a.Node)
				}
			}
			if sum > needs[i].qty || whole && sum < needs[i].qty {
				t.Fatalf("need %+v is met by %+v", needs[i], asked)
			}
		}
		if len(nodes) > MaxNodes {
			t.Fatalf("%v ship one order", nodes)
		}
	})
}

func TestWholePlanIsFoundWheneverTwoNodesCoverEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := drawNeeds(t)
		covered := false
		for _, a := range testNodes {
			for _, b := range testNodes {
				all := true
				for _, n := range needs {
					have := at(n.available, a)
					if b != a {
						have += at(n.available, b)
					}
					all = all && have >= n.qty
				}
				covered = covered || all
			}
		}
		if plan := source(testNodes, nil, needs, true); (plan != nil) != covered {
			t.Fatalf("covered is %t, the plan for %+v is %+v", covered, needs, plan)
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
		plan := source(testNodes, nil, []need{{qty: 5, available: c.available}}, c.whole)
		var got []event.NodeQty
		if plan != nil {
			got = plan[0]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
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
