package sourcing

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// stocked and ordered are facts some hours after the first Monday.
func stocked(hours int, sku, node string, qty int64) Fact {
	return Fact{At: monday.Add(time.Duration(hours) * time.Hour), Stocked: &Stocked{sku, node, qty}}
}

func ordered(hours int, id string, whole bool, needs ...Need) Fact {
	return Fact{At: monday.Add(time.Duration(hours) * time.Hour), Ordered: &Ordered{OrderID: id, Request: Request{Whole: whole, Needs: needs}}}
}

// sites is a world of nodes that are always open.
func sites(nodes ...string) *World {
	w := &World{}
	for n, name := range nodes {
		w.Nodes = append(w.Nodes, event.NodePublished{Node: name, Rank: n, Active: true, TimeZone: "UTC"})
	}
	return w
}

func replayed(t *testing.T, rules *Rules, world *World, facts ...Fact) *Outcome {
	t.Helper()
	out, err := rules.Replay(world, facts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReplaySourcesFromItsOwnLedger(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 2, SplitAmount: 100, LanesOptional: true}
	out := replayed(t, rules, sites("north", "south"),
		stocked(0, "lamp", "north", 2), stocked(0, "lamp", "south", 1),
		ordered(1, "one", false, needOf("lamp", 3, "")),   // split
		ordered(2, "two", true, needOf("lamp", 2, "")),    // waits for both
		ordered(3, "three", false, needOf("lamp", 1, "")), // waits behind it
		stocked(4, "lamp", "south", 1),                    // goes to three: two wants all or nothing
		stocked(5, "lamp", "south", 2),                    // goes to two
		ordered(6, "four", false, needOf("lamp", 1, "")),
	)
	want := Outcome{Rules: "v", Orders: 4, Whole: 3, None: 1, Units: 6, Short: 1, Parcels: 4, Split: 1, Amount: 100}
	want.byOrder = out.byOrder
	if fmt.Sprint(*out) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant\n%+v", *out, want)
	}
	if got := fmt.Sprint(out.byOrder); got != "map[four:nothing one:2 from north, 1 from south three:1 from south two:2 from south]" {
		t.Error(got)
	}
}

func TestCancelGivesBackWhatHasNotLeft(t *testing.T) {
	world := sites("north")
	for day := 1; day <= 5; day++ {
		world.Nodes[0].Hours = append(world.Nodes[0].Hours, event.WorkingDay{Weekday: day, Opens: 0, Closes: 20 * 60, Cutoff: 18 * 60})
	}
	for hours, want := range map[int]int64{2: 1, 30: 0} { // before it leaves at 20:00, and on the next day
		out := replayed(t, &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}, world,
			stocked(0, "lamp", "north", 1),
			ordered(1, "one", false, needOf("lamp", 1, "")),
			ordered(1, "two", false, needOf("lamp", 1, "")),
			Fact{At: monday.Add(time.Duration(hours) * time.Hour), Cancelled: "one"},
		)
		if out.Cancelled != 1 || out.Whole != want || out.None != 1-want {
			t.Errorf("cancelled after %d h: %+v; want %d whole", hours, *out, want)
		}
	}
}

func TestCapacityOfADayMovesOrdersToAnotherNode(t *testing.T) {
	world := sites("north", "south")
	world.Nodes[0].Capacity = 1
	out := replayed(t, &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}, world,
		stocked(0, "lamp", "north", 9), stocked(0, "lamp", "south", 9),
		ordered(1, "one", false, needOf("lamp", 1, "")),
		ordered(2, "two", false, needOf("lamp", 1, "")),
		ordered(30, "three", false, needOf("lamp", 1, "")),
	)
	if got := fmt.Sprint(out.byOrder); got != "map[one:1 from north three:1 from north two:1 from south]" {
		t.Error(got)
	}
}

func TestUnitsOfADayMoveOrdersToAnotherNode(t *testing.T) {
	world := sites("north", "south")
	world.Nodes[0].CapacityUnits = 5
	out := replayed(t, &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}, world,
		stocked(0, "lamp", "north", 99), stocked(0, "lamp", "south", 99),
		ordered(1, "one", false, needOf("lamp", 4, "")),
		ordered(2, "two", false, needOf("lamp", 2, "")),
		ordered(3, "three", false, needOf("lamp", 1, "")),
		ordered(30, "four", false, needOf("lamp", 9, "")), // more than a day: an empty one
		ordered(31, "five", false, needOf("lamp", 1, "")),
	)
	if got := fmt.Sprint(out.byOrder); got != "map[five:1 from south four:9 from north one:4 from north three:1 from north two:2 from south]" {
		t.Error(got)
	}
}

func TestDifferencesBetweenRulesAreListed(t *testing.T) {
	text := `{version: next, max_nodes: 1, lanes_optional: true, exclude: [{name: small orders only, when: "node.id == 'north' && order.units > 1"}]}`
	next, _, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	facts := []Fact{
		stocked(0, "lamp", "north", 9), stocked(0, "lamp", "south", 9),
		ordered(1, "one", false, needOf("lamp", 1, "")), ordered(2, "two", false, needOf("lamp", 2, "")),
	}
	before := replayed(t, &Rules{Version: "now", MaxNodes: 1, LanesOptional: true}, sites("north", "south"), facts...)
	after := replayed(t, next, sites("north", "south"), facts...)
	if got := fmt.Sprint(after.Differences(before)); got != "[{two 2 from north 2 from south}]" || len(before.Differences(before)) != 0 {
		t.Error(got)
	}
}

func TestLedgerLosesAndInventsNothing(t *testing.T) {
	names := []string{"north", "south", "depot"}
	rapid.Check(t, func(t *rapid.T) {
		world := sites(names...)
		for n := range world.Nodes {
			world.Nodes[n].Capacity = rapid.Int64Range(0, 2).Draw(t, "capacity")
			world.Nodes[n].CapacityUnits = rapid.Int64Range(0, 6).Draw(t, "capacity in units")
		}
		l := newLedger(&Rules{Version: "v", MaxNodes: 2, SplitAmount: 10, LanesOptional: true}, world)
		came := make(map[spot]int64)
		skus, nodes := rapid.SampledFrom([]string{"lamp", "sofa"}), rapid.SampledFrom(names)
		for hour := range rapid.IntRange(1, 30).Draw(t, "facts") {
			var f Fact
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0, 1:
				f = stocked(hour, skus.Draw(t, "sku"), nodes.Draw(t, "node"), rapid.Int64Range(1, 4).Draw(t, "qty"))
				came[spot{f.Stocked.Node, f.Stocked.Sku}] += f.Stocked.Qty
			case 2, 3:
				needs := []Need{needOf("lamp", rapid.Int64Range(1, 4).Draw(t, "lamps"), "")}
				if rapid.Bool().Draw(t, "two items") {
					needs = append(needs, needOf("sofa", rapid.Int64Range(1, 4).Draw(t, "sofas"), ""))
				}
				f = ordered(hour, fmt.Sprint(hour), rapid.Bool().Draw(t, "whole"), needs...)
			default:
				f = Fact{At: monday.Add(time.Duration(hour) * time.Hour), Cancelled: fmt.Sprint(rapid.IntRange(0, hour).Draw(t, "cancelled"))}
			}
			if err := l.apply(&f); err != nil {
				t.Fatal(err)
			}
			l.check(t, came)
		}
	})
}

// check adds up every unit that came: it is free, or in one parcel.
func (l *ledger) check(t *rapid.T, came map[spot]int64) {
	taken := make(map[spot]int64)
	for id, e := range l.orders {
		for i, need := range e.ordered.Request.Needs {
			sum := e.left[i]
			for _, p := range e.parcels {
				taken[spot{p.node, need.Product.Sku}] += p.take[i]
				sum += p.take[i]
			}
			if sum != need.Qty && !e.cancelled {
				t.Fatalf("order %s: %d of %d units of %s are taken or lacking", id, sum, need.Qty, need.Product.Sku)
			}
		}
		if e.ordered.Request.Whole && e.lacks() && len(e.parcels) > 0 {
			t.Fatalf("order %s is all or nothing and has a part", id)
		}
	}
	load := make(map[spot]event.DayLoad)
	for _, e := range l.orders {
		for _, p := range e.parcels {
			d := load[p.day()]
			for _, qty := range p.take {
				d.Units += qty
			}
			if p.first {
				d.Orders++
			}
			load[p.day()] = d
		}
	}
	for day, d := range l.released {
		if d != load[day] {
			t.Fatalf("%+v has %+v, its parcels make %+v", day, d, load[day])
		}
		for _, n := range l.world.Nodes {
			if n.Node == day.node && (n.Capacity > 0 && d.Orders > n.Capacity || n.CapacityUnits > 0 && d.Units > n.CapacityUnits && d.Orders > 1) {
				t.Fatalf("%+v has %+v, and may have %d orders and %d units", day, d, n.Capacity, n.CapacityUnits)
			}
		}
	}
	for at, qty := range came {
		if free := l.free[at]; free < 0 || free+taken[at] != qty {
			t.Fatalf("%+v: %d came, %d are free, %d taken", at, qty, free, taken[at])
		}
	}
}
