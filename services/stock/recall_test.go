package stock

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// lacks are the units that orders were asked to plan again, by order.
func lacks(answers []event.InventoryAnswer) map[string]int64 {
	all := make(map[string]int64)
	for _, a := range answers {
		if a.Verdict == event.StockVerdictLacking {
			all[a.OrderID] += a.Grants[0].Qty
		}
	}
	return all
}

// Whatever is corrected down, orders are asked to plan again just what lacks, the
// newest promise first, never what a node was asked to ship; and once they have, the
// node covers every promise that is left, unless the rest of the lack is at the node.
func TestWhatLacksIsAskedBackFromTheNewestPromises(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		i := newItem(rt)
		orders := rapid.IntRange(1, 6).Draw(rt, "orders")
		promises, atNode := make([]int64, orders), make([]bool, orders)
		var all, movable int64
		for n := range orders {
			promises[n] = rapid.Int64Range(1, 5).Draw(rt, "units")
			all += promises[n]
		}
		i.receive("r1", "north", all)
		id := func(n int) string { return fmt.Sprint("o", n) }
		for n, units := range promises {
			i.pass(time.Minute)
			i.one(i.command(reserve("c"+id(n), id(n), event.ReserveModeCommit, 1, at("north", units))), granted)
			if atNode[n] = rapid.Bool().Draw(rt, "at the node"); atNode[n] {
				i.command(act("n"+id(n), id(n), event.StockActionConsign, 1, ReservationID(id(n), "lamp", "north", 1)))
			} else {
				movable += units
			}
		}
		asked, gone := make(map[string]int64), int64(0)
		for step := range rapid.IntRange(1, 3).Draw(rt, "corrections") {
			down := rapid.Int64Range(1, 4).Draw(rt, "down")
			gone += down
			for order, units := range lacks(i.move(event.InventoryMovement{
				EntryID: fmt.Sprint("down", step), Node: "north", Qty: down, From: event.StockConditionSellable, To: event.StockConditionOutside,
			})) {
				asked[order] += units
			}
		}
		want := min(gone, movable, all)
		for n := orders - 1; n >= 0; n-- {
			units := int64(0)
			if !atNode[n] {
				units = min(want, promises[n])
				want -= units
			}
			if asked[id(n)] != units {
				rt.Fatalf("%v promised, %v at the node, %d gone: order %d was asked for %d, want %d", promises, atNode, gone, n, asked[id(n)], units)
			}
		}
		for n := range orders {
			if units := asked[id(n)]; units > 0 {
				c := act("b"+id(n), id(n), event.StockActionRelease, 1, ReservationID(id(n), "lamp", "north", 1))
				c.Nodes = []event.NodeQty{at("north", units)}
				if more := lacks(i.command(c)); len(more) > 0 {
					rt.Fatalf("%v were asked again after order %d gave back", more, n)
				}
			}
		}
		if p := i.position("north"); p.Lacking != max(0, min(gone, all)-movable) || p.Reserved != all-min(gone, movable) {
			rt.Fatalf("%d of %d gone, %d could move: the node has %+v", gone, all, movable, p)
		}
	})
}

// An order that gave back what lacked, and kept the rest, is asked again when more
// turns out not to be there.
func TestWhatLacksLaterIsAskedBackOfWhatWasKept(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 6)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 6))), granted)
	for n := range int64(3) {
		down := event.InventoryMovement{EntryID: fmt.Sprint("down", n), Node: "north", Qty: 2, From: event.StockConditionSellable, To: event.StockConditionOutside}
		if got := lacks(i.move(down))["o1"]; got != 2 {
			t.Fatalf("the order is asked for %d units of the 2 that lack, the %d. time", got, n+1)
		}
		c := act(fmt.Sprint("b", n), "o1", event.StockActionRelease, 1, ReservationID("o1", "lamp", "north", 1))
		c.Nodes = []event.NodeQty{at("north", 2)}
		if more := lacks(i.command(c)); len(more) > 0 {
			t.Fatalf("%v were asked again after the order gave back", more)
		}
		if p := i.position("north"); p.Reserved != 4-2*n || p.Lacking != 0 {
			t.Fatalf("the order keeps the rest: %+v", p)
		}
	}
}
