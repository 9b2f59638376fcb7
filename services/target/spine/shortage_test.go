package spine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

// TestOnlyWhatLacksIsGivenBack: orders are held with what was granted to them, and
// units turn out not to be there. In the end no promise stands on units that lack,
// orders and stock agree on every grant, an order that takes parts gave back what it
// was asked for and nothing else, and when there is enough again all units ship once.
func TestOnlyWhatLacksIsGivenBack(t *testing.T) {
	recalled := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := &stall{world: newWorld(t, rapid.Uint64().Draw(rt, "seed"), habits{obeys: true})}
		skus := []string{"lamp", "rope"}
		place := func() string {
			return rapid.SampledFrom(skus).Draw(rt, "sku") + "@" + rapid.SampledFrom(nodes[:2]).Draw(rt, "node")
		}
		for _, sku := range skus {
			for _, node := range nodes[:2] {
				s.supply("arrive", "opening", event.BasketLine{Sku: sku + "@" + node, Qty: rapid.Int64Range(1, 9).Draw(rt, "opening")}, 0)
			}
		}
		for n := range rapid.IntRange(4, 16).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "does") {
			case 0, 1:
				var lines []event.BasketLine
				for _, sku := range skus[rapid.IntRange(0, 1).Draw(rt, "from"):] {
					lines = append(lines, event.BasketLine{Sku: sku, Qty: rapid.Int64Range(1, 5).Draw(rt, "qty")})
				}
				s.hold = rapid.SampledFrom([]string{"FRAUD", "FRAUD", ""}).Draw(rt, "hold")
				s.order(fmt.Sprint("O", n), s.Now(), rapid.IntRange(0, 3).Draw(rt, "complete") == 0, lines)
			case 2, 3:
				s.lose(n, place(), rapid.Int64Range(1, 4).Draw(rt, "gone"))
			case 4:
				s.supply("arrive", "more", event.BasketLine{Sku: place(), Qty: rapid.Int64Range(1, 4).Draw(rt, "units")}, 0)
			case 5:
				if len(s.submitted) > 0 {
					s.letGo(rapid.SampledFrom(s.submitted).Draw(rt, "order").OrderID)
				}
			}
			if rapid.Bool().Draw(rt, "alone") {
				s.Run()
			}
		}
		s.Settle(3 * 24 * time.Hour)
		s.NoDeadLetters()
		s.coversEveryPromise(rt)
		recalled += s.gaveBackWhatLacked(rt)
		for _, x := range s.submitted {
			s.letGo(x.OrderID)
		}
		for _, sku := range skus {
			for _, node := range nodes {
				s.supply("arrive", "last", event.BasketLine{Sku: sku + "@" + node, Qty: 200}, 0)
			}
		}
		s.Settle(30 * 24 * time.Hour)
		for _, x := range s.submitted {
			f, err := s.orders.Facts(s.Driver, x.OrderID)
			if err != nil || f.Order.Phase != event.OrderPhaseCompleted || f.Order.Shipped != f.Order.Units {
				rt.Fatalf("there is enough, and order %s is %+v, %v", x.ExternalID, f.Order, err)
			}
		}
	})
	if recalled == 0 {
		t.Error("no order that takes parts was ever asked for anything")
	}
}

// lose corrects the units at a place down.
func (s *stall) lose(n int, place string, units int64) {
	sku, node, _ := strings.Cut(place, "@")
	streamstest.Send(s.Driver, movements, sku, &event.InventoryMovement{
		EntryID: fmt.Sprint("gone ", n), Sku: sku, Node: node, Owner: "own", Qty: units,
		From: event.StockConditionSellable, To: event.StockConditionOutside, Source: "test", EffectiveAt: s.Now(),
	})
}

// letGo lets an order go that was held.
func (s *stall) letGo(id string) {
	streamstest.Send(s.Driver, typed[event.OrderResolve](topic.OrderResolve), id, &event.OrderResolve{
		OrderID: id, Action: event.ResolveActionResume, Reason: "FRAUD", RequestedBy: "eve", RequestedAt: s.Now(),
	})
}

// coversEveryPromise: no node lacks units for what is promised, and what stock keeps
// is what orders were granted.
func (s *stall) coversEveryPromise(rt *rapid.T) {
	granted, waiting := make(map[string]int64), make(map[string]int64)
	for _, x := range s.submitted {
		f, err := s.orders.Facts(s.Driver, x.OrderID)
		if err != nil || f == nil {
			rt.Fatalf("order %s: %v, %v", x.ExternalID, f, err)
		}
		for _, i := range f.Items {
			for _, g := range i.Grants {
				granted[i.Sku+" "+g.Node] += g.Qty
			}
		}
		for _, c := range f.Claims {
			if c.State == event.ClaimStateServed {
				granted[c.Sku+" "+c.Node] += c.Qty
			} else {
				waiting[c.Sku]++
			}
		}
		for _, l := range order.Lines(f) {
			if l.Open+l.Backordered+l.Reserved+l.Allocated+l.Released+l.Shipped != l.Ordered || l.Cancelled != 0 {
				rt.Fatalf("order %s line %+v", x.ExternalID, l)
			}
		}
	}
	s.keepsFor(rt, granted, waiting)
	newest := make(map[string]event.InventoryPosition)
	each(s.world, topic.InventoryPosition, func(sku string, p event.InventoryPosition) { newest[sku] = p })
	for sku, p := range newest {
		for _, n := range p.Nodes {
			if n.Lacking > 0 && n.Reserved > 0 {
				rt.Fatalf("%s at %s lacks units for what is promised: %+v", sku, n.Node, n)
			}
		}
	}
}

// gaveBackWhatLacked: of each reservation of an order that takes parts, what it gave
// back is at most what stock said lacks. It returns how often that was said.
func (s *stall) gaveBackWhatLacked(rt *rapid.T) (said int) {
	parts := make(map[string]bool)
	for _, x := range s.submitted {
		parts[x.OrderID] = !x.ShipComplete
	}
	lacks, claims := make(map[string]int64), make(map[string]bool)
	each(s.world, topic.InventoryAnswer, func(_ string, a event.InventoryAnswer) {
		if a.Verdict == event.StockVerdictLacking && parts[a.OrderID] {
			said++
			lacks[a.Grants[0].ReservationID] += a.Grants[0].Qty
		}
	})
	each(s.world, topic.InventoryCommand, func(sku string, c event.InventoryCommand) {
		if c.Mode == event.ReserveModeBackorder && c.Action == event.StockActionReserve {
			claims[order.ReservationID(c.OrderID, sku, c.Nodes[0].Node, c.Plan)] = true
		}
	})
	each(s.world, topic.InventoryCommand, func(sku string, c event.InventoryCommand) {
		if c.Action != event.StockActionRelease || !parts[c.OrderID] || len(c.ReservationIds) == 1 && claims[c.ReservationIds[0]] {
			return
		}
		if len(c.ReservationIds) != 1 || len(c.Nodes) != 1 {
			rt.Fatalf("order %s gave all of its %s back: %+v", c.OrderID, sku, c)
		}
		if lacks[c.ReservationIds[0]] -= c.Nodes[0].Qty; lacks[c.ReservationIds[0]] < 0 {
			rt.Fatalf("order %s gave %d %s back that did not lack", c.OrderID, -lacks[c.ReservationIds[0]], sku)
		}
	})
	return said
}
