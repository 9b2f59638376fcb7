// Package cachetest is the contract of availability.Cache as a test suite, which
// every implementation runs.
package cachetest

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/availability"
)

// Run tries a cache against the contract. open returns a new, empty one.
func Run(t *testing.T, open func(t *testing.T) availability.Cache) {
	for name, try := range map[string]func(*testing.T, availability.Cache){
		"a row comes back as it was put":       comesBack,
		"rows only move forward":               movesForward,
		"an unknown item has no version":       unknown,
		"rows come in the order asked for":     inOrder,
		"a cache is whole once it was filled":  whole,
		"filling keeps what is newer":          fillKeepsNewer,
		"concurrent writers leave the newest":  concurrent,
		"a node that left the position is out": nodeLeaves,
	} {
		t.Run(name, func(t *testing.T) { try(t, open(t)) })
	}
}

// Row makes a row of a version with one node of each given units, named n0, n1
// and so on.
func Row(sku string, version int64, units ...int64) availability.Row {
	row := availability.Row{
		SKU: sku, Version: version, AsOf: time.UnixMicro(1_767_600_000_000_000 + version).UTC(),
		Source: availability.Source{Topic: "inventory.position.v1", Partition: 3, Offset: version * 10},
	}
	for i, qty := range units {
		row.Nodes = append(row.Nodes, availability.NodeUnits{Node: fmt.Sprint("n", i), Available: qty})
	}
	return row
}

func comesBack(t *testing.T, c availability.Cache) {
	for _, row := range []availability.Row{
		Row("lamp", 1, 5, 0, -3),
		Row("sofa", 1<<52, 1<<40),
		Row("no nodes", 7),
		pooled(),
		Row("тумба /:*{}", 2, 1),
		{SKU: "odd", Version: 1, AsOf: time.UnixMicro(1).UTC(), Nodes: []availability.NodeUnits{{Node: "v", Available: 1}, {Node: "as_of", Available: 2}, {Node: "", Available: 3}}},
	} {
		put(t, c, row)
		expect(t, c, row)
	}
}

// pooled is a row of two nodes, one of which keeps units for some buyers.
func pooled() availability.Row {
	row := Row("pooled", 3, 9, -2)
	until := time.UnixMicro(1_767_600_000_000_000).UTC()
	row.Nodes[0].Pools = []event.PoolShare{
		{Pool: "launch", Channels: []string{"web"}, Classes: []string{"gold"}, Qty: 7, Used: 1, Units: 6, Until: &until},
		{Pool: "b", Channels: []string{"shop"}, Classes: []string{}, Qty: 2, Units: 2},
	}
	return row
}

func movesForward(t *testing.T, c availability.Cache) {
	put(t, c, Row("lamp", 9, 1))
	put(t, c, Row("lamp", 8, 2))
	put(t, c, Row("lamp", 9, 3))
	expect(t, c, Row("lamp", 9, 1))
	put(t, c, Row("lamp", 10, 4), Row("lamp", 5, 5))
	expect(t, c, Row("lamp", 10, 4))
}

func unknown(t *testing.T, c availability.Cache) {
	expect(t, c, availability.Row{SKU: "ghost"})
	if rows, _, err := c.Get(t.Context()); err != nil || len(rows) != 0 {
		t.Errorf("asked for nothing: %v %v", rows, err)
	}
	if _, err := c.Put(t.Context()); err != nil {
		t.Errorf("putting nothing: %v", err)
	}
}

func inOrder(t *testing.T, c availability.Cache) {
	put(t, c, Row("a", 1, 1), Row("b", 2, 2))
	expect(t, c, Row("b", 2, 2), availability.Row{SKU: "ghost"}, Row("a", 1, 1), Row("b", 2, 2))
}

func whole(t *testing.T, c availability.Cache) {
	if put(t, c, Row("a", 1, 1)) {
		t.Error("whole before it was filled")
	}
	if _, whole, err := c.Get(t.Context(), "a"); err != nil || whole {
		t.Errorf("whole %v (%v) before it was filled", whole, err)
	}
	var rows []availability.Row
	for n := range 1500 {
		rows = append(rows, Row(fmt.Sprint("sku", n), 1, int64(n)))
	}
	if err := c.Fill(t.Context(), slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	if _, whole, err := c.Get(t.Context(), "a"); err != nil || !whole {
		t.Errorf("whole %v (%v) after it was filled", whole, err)
	}
	if !put(t, c, Row("a", 2, 1)) {
		t.Error("not whole after it was filled")
	}
	expect(t, c, rows[1499], rows[0])
}

func fillKeepsNewer(t *testing.T, c availability.Cache) {
	put(t, c, Row("a", 5, 5))
	if err := c.Fill(t.Context(), slices.Values([]availability.Row{Row("a", 4, 4), Row("b", 1, 1)})); err != nil {
		t.Fatal(err)
	}
	expect(t, c, Row("a", 5, 5), Row("b", 1, 1))
}

func concurrent(t *testing.T, c availability.Cache) {
	var writers sync.WaitGroup
	for w := range int64(4) {
		writers.Go(func() {
			for v := range int64(50) {
				if _, err := c.Put(t.Context(), Row("lamp", 1+v*4+w, v)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	expect(t, c, Row("lamp", 200, 49))
}

func nodeLeaves(t *testing.T, c availability.Cache) {
	put(t, c, Row("lamp", 1, 1, 2, 3))
	put(t, c, Row("lamp", 2, 1))
	expect(t, c, Row("lamp", 2, 1))
}

func put(t *testing.T, c availability.Cache, rows ...availability.Row) bool {
	t.Helper()
	whole, err := c.Put(t.Context(), rows...)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func expect(t *testing.T, c availability.Cache, want ...availability.Row) {
	t.Helper()
	var skus []string
	for _, row := range want {
		skus = append(skus, row.SKU)
	}
	got, _, err := c.Get(t.Context(), skus...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if len(got) != len(want) || !same(got[i], want[i]) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
}

// same compares rows; the order of nodes means nothing.
func same(a, b availability.Row) bool {
	units := func(r availability.Row) map[string]int64 {
		m := map[string]int64{}
		for _, n := range r.Nodes {
			m[n.Node] = n.Available
		}
		return m
	}
	return a.SKU == b.SKU && a.Version == b.Version && a.AsOf.Equal(b.AsOf) && a.Source == b.Source && reflect.DeepEqual(units(a), units(b))
}
