package availability_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/availability"
)

// Kits are counted by building them one by one.
func TestKitsAreAsManyAsCanBeBuilt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 3).Draw(t, "parts")
		parts, rows := make([]event.KitPart, count), make([]availability.Row, count)
		stock := make([]map[string]int64, count)
		for i := range parts {
			parts[i] = event.KitPart{Sku: fmt.Sprint("p", i), Qty: rapid.Int64Range(1, 3).Draw(t, "qty")}
			stock[i] = map[string]int64{}
			for _, node := range []string{"north", "south"} {
				if rapid.Bool().Draw(t, "known there") {
					units := rapid.Int64Range(-2, 9).Draw(t, "units")
					rows[i].Nodes = append(rows[i].Nodes, availability.NodeUnits{Node: node, Available: units})
					stock[i][node] = max(0, units)
				}
			}
		}
		built := func(units func(part int) int64) (n int64) {
			for left := true; left; n++ {
				for i, part := range parts {
					left = left && units(i) >= (n+1)*part.Qty
				}
			}
			return n - 1
		}
		kit := availability.Assembled("set", parts, rows, availability.View{})
		for _, n := range kit.Nodes {
			if want := built(func(i int) int64 { return stock[i][n.Node] }); n.Available != want {
				t.Fatalf("at %s %d sets, built %d", n.Node, n.Available, want)
			}
		}
		total := make([]int64, count)
		for i := range rows {
			total[i] = availability.View{}.Total(rows[i])
		}
		want := built(func(i int) int64 { return stock[i]["north"] + stock[i]["south"] })
		if got := availability.Sets(parts, total); got != want || got < (availability.View{}).Total(kit) {
			t.Fatalf("%d sets, built %d", got, want)
		}
	})
}

func TestKitsAreFoundByTheirParts(t *testing.T) {
	var kits availability.Kits
	kit := func(sku string, parts ...string) {
		p := &event.ProductPublished{Sku: sku, Kind: event.LineKindKit}
		for _, part := range parts {
			p.Parts = append(p.Parts, event.KitPart{Sku: part, Qty: 1})
		}
		kits.Put(p)
	}
	kit("b", "lamp", "cable")
	kit("a", "lamp")
	if got := kits.Within("lamp"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("lamp is in %q", got)
	}
	kit("b", "cable")
	kits.Delete("a")
	if got := kits.Within("lamp"); len(got) > 0 || kits.Parts("a") != nil || len(kits.Parts("b")) != 1 {
		t.Errorf("lamp is still in %q", got)
	}
	kits.Put(&event.ProductPublished{Sku: "b", Kind: event.LineKindGoods})
	if kits.Parts("b") != nil {
		t.Error("b is no kit any more")
	}
}

func TestAReducedViewNeverShowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units, percent := rapid.Int64Range(-9, 1<<60).Draw(t, "units"), rapid.Int64Range(0, 100).Draw(t, "percent")
		got := availability.View{Reduced: true, Percent: percent}.Units(&availability.NodeUnits{Available: units})
		if got > units || units > 0 && got < 0 || units >= 0 && units < 1<<50 && got != units*percent/100 {
			t.Fatalf("%d percent of %d are %d", percent, units, got)
		}
	})
}
