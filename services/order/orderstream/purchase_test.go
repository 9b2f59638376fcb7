package orderstream_test

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
	"pgregory.net/rapid"
)

// A supplier takes on some units and refuses others, in whatever order its words, its
// shipments and a cancel come: no unit is lost, and stock hears of each once.
func TestADecisionSettlesAPurchaseOnceHoweverItComes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := open(t)
		s := &shelf{left: map[string]int64{"a south": 9}, grants: map[string][]event.Grant{}, owners: map[string]string{"south": "maker"}}
		x := c.order(line("a", 9))
		x.Shortage = event.ShortagePolicyCancel
		put(c, submits, x)
		drain(c, s)
		refused := rapid.Int64Range(0, 9).Draw(rt, "refused")
		purchase := order.FulfilmentID(c.id, "south", 1)
		decision := &event.PurchaseAccepted{
			PurchaseID: purchase, OrderID: c.id, Node: "south", Source: "maker", SourceSeq: 5, DecidedAt: c.Now(),
			Lines: []event.DecidedLine{{LineID: "1", Sku: "a", Accepted: 9 - refused, Refused: refused, Reason: "GONE"}},
		}
		steps := []func(){
			func() { put(c, purchases, decision) },
			func() { put(c, purchases, decision) },
		}
		if refused < 9 {
			steps = append(steps, func() {
				put(c, shipments, &event.ShipmentConfirmed{
					ShipmentID: "S1", FulfilmentID: purchase, OrderID: c.id, Node: "south", Document: "S1", Source: "south", ShippedAt: c.Now(),
					Lines: []event.ShipmentLine{{LineID: "1", Sku: "a", Qty: 9 - refused}},
				})
			})
		}
		for _, step := range rapid.Permutation(steps).Draw(rt, "steps") {
			step()
			drain(c, s)
		}
		f, err := c.room.Facts(c.Driver, c.id)
		if err != nil {
			rt.Fatal(err)
		}
		l := order.Lines(f)[0]
		if l.Shipped != 9-refused || l.Cancelled != refused || l.Provisional != 0 {
			rt.Fatalf("line %+v after %d were refused", l, refused)
		}
		accepts, struck, left := 0, int64(0), int64(0)
		for _, r := range streamstest.Read(c.Driver, commands) {
			if r.Value.Action == event.StockActionAccept {
				accepts++
			}
		}
		for _, r := range streamstest.Read(c.Driver, typed[event.InventoryMovement](topic.InventoryMovement)) {
			if r.Value.Reason == "DECLINED" {
				struck += r.Value.Qty
			} else {
				left += r.Value.Qty
			}
			if r.Value.Owner != "maker" {
				rt.Fatalf("movement %+v is not of the supplier's units", r.Value)
			}
		}
		if struck != refused || left != 9-refused || accepts > 1 || accepts == 0 && refused < 9 {
			rt.Fatalf("%d accepts, %d struck off, %d left; %d were refused", accepts, struck, left, refused)
		}
	})
}

// drain answers what is asked of stock until nothing is.
func drain(c *counter, s *shelf) {
	for cmds := c.next(); len(cmds) > 0; cmds = c.next() {
		for _, cmd := range cmds {
			s.answer(c, cmd)
		}
	}
}

// Units that were waited for may come to be free at a supplier: it is asked to sell
// them, not to ship what is ours.
func TestUnitsThatASupplierHasAtLastAreBoughtOfIt(t *testing.T) {
	c := open(t)
	s := &shelf{left: map[string]int64{}, grants: map[string][]event.Grant{}, owners: map[string]string{}}
	put(c, submits, c.order(line("a", 3)))
	drain(c, s)
	var claim *event.InventoryCommand
	for _, r := range streamstest.Read(c.Driver, commands) {
		if r.Value.Mode == event.ReserveModeBackorder && r.Value.Action == event.StockActionReserve {
			claim = &r.Value
		}
	}
	if claim == nil {
		t.Fatal("nothing is claimed of what is to come")
	}
	node := claim.Nodes[0].Node
	put(c, answers, &event.InventoryAnswer{
		CommandID: claim.CommandID, OrderID: c.id, Sku: "a", Plan: claim.Plan, Verdict: event.StockVerdictGranted, AnsweredAt: c.Now(),
		Grants: []event.Grant{{ReservationID: order.ReservationID(c.id, "a", node, claim.Plan), Node: node, Qty: 3, Owner: "maker"}},
	})
	drain(c, s)
	bought := streamstest.Read(c.Driver, typed[event.PurchaseRequested](topic.PurchaseRequested))
	if len(bought) != 1 || bought[0].Value.Owner != "maker" || bought[0].Value.Node != node {
		t.Errorf("the purchases are %+v, want one of the supplier's units at %s", bought, node)
	}
	if asked := streamstest.Read(c.Driver, typed[event.FulfilmentRequested](topic.FulfilmentRequested)); len(asked) != 0 {
		t.Errorf("the supplier is asked to ship what is ours: %+v", asked)
	}
}
