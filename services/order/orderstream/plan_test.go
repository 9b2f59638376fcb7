package orderstream_test

import (
	"testing"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/streams/streamstest"
)

// market is an order room with priced nodes: north has a lane to the buyer that
// costs 9.00, south one that costs 4.00, and of a both have five.
func market(t *testing.T, shadow *sourcing.Rules) *counter {
	t.Helper()
	rules := &sourcing.Rules{Version: "priced", Currency: "EUR", MaxNodes: 2}
	room, err := orderstream.New(orderstream.Config{
		Nodes: []string{"north", "south"}, Rules: func() *sourcing.Rules { return rules }, Shadow: func() *sourcing.Rules { return shadow },
	}, schemas)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{Driver: streamstest.New(t, streamstest.Options{}, room.Topology), t: t, room: room, id: event.OrderID("shop", "1"), seen: map[string]bool{}}
	t.Cleanup(c.NoDeadLetters)
	for node, amount := range map[string]int64{"north": 900, "south": 400} {
		streamstest.Send(c.Driver, nodes, node, &event.NodePublished{Node: node, Active: true, TimeZone: "UTC"})
		streamstest.Send(c.Driver, typed[event.LanePublished](topic.LanePublished), node, &event.LanePublished{
			Lane: node, Node: node, Country: "DE", TransitDays: 1, Active: true, Currency: "EUR", Rates: []event.LaneRate{{UpToG: 9000, Amount: amount}},
		})
	}
	streamstest.Send(c.Driver, typed[event.InventoryPosition](topic.InventoryPosition), "a", &event.InventoryPosition{
		Sku: "a", Version: 3, Nodes: []event.NodePosition{{Node: "north", Available: 5}, {Node: "south", Available: 5}},
	})
	return c
}

func (c *counter) submitTo(country string, lines ...event.OrderLine) {
	s := c.order(lines...)
	s.ShipTo.Country = country
	put(c, submits, s)
}

func decisions(c *counter) (all []event.OrderSourced) {
	for _, r := range streamstest.Read(c.Driver, typed[event.OrderSourced](topic.OrderSourced)) {
		all = append(all, r.Value)
	}
	return all
}

func TestOrdersShipFromTheCheapestNodeAndSayWhy(t *testing.T) {
	c := market(t, &sourcing.Rules{Version: "dearer splits", MaxNodes: 1, LanesOptional: true})
	c.submitTo("DE", line("a", 5))
	cmds := c.next()
	if len(cmds) != 1 || len(cmds[0].Nodes) != 1 || cmds[0].Nodes[0] != (event.NodeQty{Node: "south", Qty: 5}) {
		t.Fatalf("asked %+v, want five of the south", cmds)
	}
	c.answer(cmds[0], event.StockVerdictGranted, event.Grant{ReservationID: "r", Node: "south", Qty: 5})
	d := streamstest.Read(c.Driver, typed[event.OrderAllocated](topic.OrderAllocated))[0].Value.Decision
	switch {
	case d == nil:
		t.Fatal("the allocation does not say why")
	case d.Rules != "priced" || d.Stock[0].Version != 3 || d.Plans[0].Amount != 400 || d.Nodes[0].Reason != event.SourcingReasonDearer || d.Nodes[0].DearerAmount != 500:
		t.Errorf("%+v", d)
	case d.ShadowRules != "dearer splits" || len(d.ShadowPlan) != 1 || d.ShadowPlan[0].Parcels[0].Node != "north":
		t.Errorf("the shadow decided %+v", d.ShadowPlan)
	}
	c.want(event.OrderStatusReleased)
}

func TestWhatAPoolKeepsForOthersIsNotPlannedWith(t *testing.T) {
	c := market(t, nil)
	streamstest.Send(c.Driver, typed[event.InventoryPosition](topic.InventoryPosition), "a", &event.InventoryPosition{
		Sku: "a", Version: 4, Nodes: []event.NodePosition{
			{Node: "north", Available: 5, Pools: []event.PoolShare{{Pool: "ours", Channels: []string{"shop"}, Qty: 5, Units: 5}}},
			{Node: "south", Available: 5, Pools: []event.PoolShare{{Pool: "club", Classes: []string{"gold"}, Qty: 1, Units: 1}}},
		},
	})
	c.submitTo("DE", line("a", 5))
	if cmds := c.next(); len(cmds) != 1 || len(cmds[0].Nodes) != 1 || cmds[0].Nodes[0] != (event.NodeQty{Node: "north", Qty: 5}) {
		t.Fatalf("asked %+v, want five of the dearer north", cmds)
	}
}

func TestWhatStockRefusesIsPlannedAgain(t *testing.T) {
	c := market(t, nil)
	c.submitTo("DE", line("a", 5))
	cmd := c.next()[0]
	put(c, answers, &event.InventoryAnswer{
		CommandID: cmd.CommandID, OrderID: c.id, Sku: "a", Plan: cmd.Plan, Verdict: event.StockVerdictGranted, PositionVersion: 4,
		Grants:    []event.Grant{{ReservationID: "r", Node: "south", Qty: 2}},
		Available: []event.NodeQty{{Node: "north", Qty: 5}},
	})
	cmds := c.next()
	if len(cmds) != 1 || cmds[0].Nodes[0] != (event.NodeQty{Node: "north", Qty: 3}) {
		t.Fatalf("asked %+v, want three of the north", cmds)
	}
	all := decisions(c)
	if len(all) != 2 || all[0].Plan != 1 || all[1].Plan != 2 || all[1].Decision.Stock[0].Version != 4 || all[1].Decision.Nodes[1].Reason == event.SourcingReasonChosen {
		t.Errorf("%+v", all)
	}
}

func TestOrderThatNobodyShipsWaitsAndSaysWhy(t *testing.T) {
	c := market(t, nil)
	c.submitTo("FR", line("a", 1))
	if cmds := c.next(); len(cmds) != 0 {
		t.Fatalf("asked %+v of nodes that do not ship there", cmds)
	}
	c.want(event.OrderStatusBackordered)
	d := streamstest.Read(c.Driver, typed[event.OrderBackordered](topic.OrderBackordered))[0].Value.Decision
	if d == nil || d.Nodes[0].Reason != event.SourcingReasonNoLane {
		t.Errorf("%+v", d)
	}
	streamstest.Send(c.Driver, typed[event.LanePublished](topic.LanePublished), "north", &event.LanePublished{Lane: "north", Node: "north", Country: "FR", Active: true, Currency: "EUR"})
	put(c, resolves, &event.OrderResolve{OrderID: c.id, Action: event.ResolveActionPlanAgain, RequestedBy: "eve"})
	if cmds := c.next(); len(cmds) != 1 || cmds[0].Nodes[0].Node != "north" {
		t.Errorf("asked %+v, want the north, whose lane goes there now", cmds)
	}
}

func TestNodesAreNamedOnce(t *testing.T) {
	if _, err := orderstream.New(orderstream.Config{Nodes: []string{"north", "north"}}, codec.NewMemory()); err == nil {
		t.Error("a node that stands twice was taken")
	}
}
