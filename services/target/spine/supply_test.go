package spine_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
)

// TestSupplyScenarios runs the scripts of testdata/supply: orders that stock cannot
// give wait for what is to come.
func TestSupplyScenarios(t *testing.T) { playAll(t, "testdata/supply") }

// TestWhatWaitsIsServed: whatever is announced, moved, called off and received, in
// the end, when there is enough of everything, every order has all of its units,
// without anybody asking; nothing is oversold, and no order that leaves together
// held units back from others for ever.
func TestWhatWaitsIsServed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &stall{world: newWorld(t, rapid.Uint64().Draw(rt, "seed"), habits{obeys: true})}
		skus := []string{"lamp", "rope", "sail"}
		place := func() string {
			return rapid.SampledFrom(skus).Draw(rt, "sku") + "@" + rapid.SampledFrom(nodes).Draw(rt, "node")
		}
		for n := range rapid.IntRange(4, 20).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "does") {
			case 0, 1, 2:
				var lines []event.BasketLine
				for _, sku := range skus[rapid.IntRange(0, 2).Draw(rt, "from"):] {
					lines = append(lines, event.BasketLine{Sku: sku, Qty: rapid.Int64Range(1, 5).Draw(rt, "qty")})
				}
				s.order(fmt.Sprint("O", n), s.Now(), rapid.Bool().Draw(rt, "complete"), lines)
			case 3:
				in := time.Duration(rapid.IntRange(1, 500).Draw(rt, "hours")) * time.Hour
				s.supply("supply", fmt.Sprint("po", rapid.IntRange(1, 3).Draw(rt, "po")), event.BasketLine{Sku: place(), Qty: rapid.Int64Range(0, 6).Draw(rt, "units")}, in)
			case 4:
				s.supply("arrive", fmt.Sprint("po", rapid.IntRange(1, 3).Draw(rt, "po")), event.BasketLine{Sku: place(), Qty: rapid.Int64Range(1, 6).Draw(rt, "units")}, 0)
			case 5:
				s.Advance(time.Duration(rapid.IntRange(1, 100).Draw(rt, "wait")) * time.Hour)
			}
			if rapid.Bool().Draw(rt, "alone") {
				s.Run()
			}
		}
		s.Run()
		s.neverOversold(rt)
		for _, sku := range skus {
			for _, node := range nodes {
				s.supply("arrive", "last "+node, event.BasketLine{Sku: sku + "@" + node, Qty: 200}, 0)
			}
		}
		s.Settle(30 * 24 * time.Hour)
		s.NoDeadLetters()
		s.checkStock(t)
		s.checkVersions(t)
		for _, x := range s.submitted {
			f, err := s.orders.Facts(s.Driver, x.OrderID)
			if err != nil || f == nil || f.Order.Phase != event.OrderPhaseCompleted || f.Order.Shipped != f.Order.Units || len(f.Claims) > 0 {
				rt.Fatalf("there is enough, and order %s is %+v, claims %+v, %v", x.ExternalID, f.Order, f.Claims, err)
			}
		}
	})
}

// TestWhatIsPromisedComesOrIsGivenUp: whatever is announced, moved and received, of a
// channel that does not wait for ever nothing waits longer than it does after the first
// promised date, and of the others nothing is ever given up. Each unit is shipped, given
// up or waits, and none of them twice, also when its supply comes as it is given up.
func TestWhatIsPromisedComesOrIsGivenUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &stall{world: newWorld(t, rapid.Uint64().Draw(rt, "seed"), habits{obeys: true})}
		skus := []string{"lamp", "rope"}
		place := func() string {
			return rapid.SampledFrom(skus).Draw(rt, "sku") + "@" + rapid.SampledFrom(nodes[:2]).Draw(rt, "node")
		}
		for n := range rapid.IntRange(6, 25).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "does") {
			case 0, 1:
				s.channel = rapid.SampledFrom([]string{"hasty", "hasty", "shop"}).Draw(rt, "channel")
				var lines []event.BasketLine
				for _, sku := range skus[rapid.IntRange(0, 1).Draw(rt, "from"):] {
					lines = append(lines, event.BasketLine{Sku: sku, Qty: rapid.Int64Range(1, 5).Draw(rt, "qty")})
				}
				s.order(fmt.Sprint("O", n), s.Now(), rapid.Bool().Draw(rt, "complete"), lines)
			case 2:
				in := time.Duration(rapid.IntRange(-30, 100).Draw(rt, "hours")) * time.Hour
				s.supply("supply", fmt.Sprint("po", rapid.IntRange(1, 4).Draw(rt, "po")), event.BasketLine{Sku: place(), Qty: rapid.Int64Range(0, 9).Draw(rt, "units")}, in)
			case 3:
				s.supply("arrive", fmt.Sprint("po", rapid.IntRange(1, 4).Draw(rt, "po")), event.BasketLine{Sku: place(), Qty: rapid.Int64Range(1, 3).Draw(rt, "units")}, 0)
			case 4, 5:
				s.Advance(time.Duration(rapid.SampledFrom([]int{1, 24, 25, 48, 72, 73}).Draw(rt, "wait")) * time.Hour)
			}
			if rapid.Bool().Draw(rt, "alone") {
				s.Run()
			}
		}
		s.Settle(10 * 24 * time.Hour) // beyond every date and the patience of every channel
		s.NoDeadLetters()
		s.neverOversold(rt)
		s.checkVersions(t)
		s.keptOrForgone(rt)
	})
}

// keptOrForgone: each order has ended, or waits for what nobody promised for long or
// its channel waits for; and stock keeps nothing for anybody else.
func (s *stall) keptOrForgone(rt *rapid.T) {
	asked := make(map[string]int64) // units that nodes were asked for, and shipped, by order and line
	each(s.world, topic.FulfilmentRequested, func(id string, f event.FulfilmentRequested) {
		for _, l := range f.Lines {
			asked[id+" "+l.LineID] += l.Qty
		}
	})
	ended := make(map[string]string)
	each(s.world, topic.OrderCancelled, func(id string, c event.OrderCancelled) { ended[id] = c.Reason })
	missed := make(map[string]time.Time) // when a date passed or the last one was said, by order and item
	each(s.world, topic.OrderPromise, func(id string, p event.OrderPromise) {
		at, past := id+"/"+p.Sku, p.Previous != nil && !p.Previous.After(p.PromisedAt)
		switch first, known := missed[at]; {
		case known && !first.After(p.PromisedAt) && past: // counted from the first
		case p.PromisedFor != nil && p.PromisedFor.After(p.PromisedAt):
			missed[at] = *p.PromisedFor
		case p.PromisedFor != nil || past:
			missed[at] = p.PromisedAt
		default:
			delete(missed, at)
		}
	})
	waited := s.Now().Add(-patience["hasty"] - 48*time.Hour) // a date counts as passed a day later, and is looked at once a day
	held := make(map[string]int64)                           // by claims that are served and wait for others, by item and node
	waiting := make(map[string]int64)
	for _, x := range s.submitted {
		f, err := s.orders.Facts(s.Driver, x.OrderID)
		if err != nil || f == nil {
			rt.Fatalf("order %s: %v, %v", x.ExternalID, f, err)
		}
		if f.Order.Plan > 60 {
			rt.Fatalf("order %s was planned %d times: it and others take supply from each other", x.ExternalID, f.Order.Plan)
		}
		for _, c := range f.Claims {
			if c.State == event.ClaimStateServed {
				held[c.Sku+" "+c.Node] += c.Qty
			} else {
				waiting[c.Sku]++
			}
		}
		for _, l := range order.Lines(f) {
			left := asked[x.OrderID+" "+l.LineID]
			if l.Shipped != left || l.Shipped+l.Cancelled+l.Backordered != l.Ordered {
				rt.Fatalf("order %s: nodes were asked for %d of line %+v", x.ExternalID, left, l)
			}
			if at := x.OrderID + "/" + l.Sku; l.Backordered > 0 && x.Channel == "hasty" && !missed[at].IsZero() && missed[at].Before(waited) {
				rt.Fatalf("order %s still waits for what did not come: %+v", x.ExternalID, l)
			}
			if (l.Cancelled > 0 || ended[x.OrderID] != "") && x.Channel != "hasty" {
				rt.Fatalf("order %s of a channel that waits for ever: %+v, cancelled: %s", x.ExternalID, l, ended[x.OrderID])
			}
			if reason := ended[x.OrderID]; reason != "" && (left > 0 || reason != order.ReasonPromisePassed) {
				rt.Fatalf("order %s was cancelled, %s, and line %+v left", x.ExternalID, reason, l)
			}
		}
	}
	s.keepsFor(rt, held, waiting)
}

// keepsFor: what stock keeps for orders, by item and node, is what their claims hold,
// and no other order waits for an item.
func (s *stall) keepsFor(rt *rapid.T, held, waiting map[string]int64) {
	newest := make(map[string]event.InventoryPosition)
	each(s.world, topic.InventoryPosition, func(sku string, p event.InventoryPosition) { newest[sku] = p })
	for sku, p := range newest {
		if item, err := s.stock.Item(s.Driver, sku); err != nil || item.Backorders != waiting[sku] {
			rt.Fatalf("%d orders wait for %s, stock says %+v, %v", waiting[sku], sku, item, err)
		}
		for _, n := range p.Nodes {
			if n.Reserved != held[sku+" "+n.Node] {
				rt.Fatalf("%d %s are reserved at %s, for claims of orders %d", n.Reserved, sku, n.Node, held[sku+" "+n.Node])
			}
		}
	}
}

// neverOversold: at no moment so far was more promised than there was.
func (s *stall) neverOversold(rt *rapid.T) {
	if sum, err := s.stock.Summary(s.Driver); err != nil || sum.OversoldUnits != 0 {
		rt.Fatalf("stock says %+v, %v", sum, err)
	}
}
