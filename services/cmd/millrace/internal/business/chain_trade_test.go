package business

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// sites are the nodes in the order of sourcing; the last counts in cases.
var sites = []string{"north", "south", "harbor"}

// manners is how the world treats the chain.
type manners struct {
	abort, crash float64 // shares of transactions
	faults       float64 // share of calls to partners that fail in some way
	refuses      float64 // share of releases that a node does not take
	short        float64 // share of picks that find less than there is
	adjusts      bool    // counts correct the stock while orders are open
	priced       bool    // master data price nodes and lanes, the last node dearest to handle and cheapest to ship from
	rush         bool    // orders come at once and ask for the same goods, all or nothing
	issues       bool    // the first node's own goods issues move its stock
	partitions   int32   // of every topic
}

// play makes a world. facts decides what the outside does; seed everything else:
// the order in which things are handled, and what goes wrong.
func play(t *testing.T, facts, seed uint64, m manners) *chain {
	t.Helper()
	s := &scene{
		facts: facts, seed: seed, abort: m.abort, crash: m.crash, faults: m.faults, partitions: m.partitions,
		channels: map[string][]string{"coast": {"harbor", "south"}},
	}
	for _, name := range sites {
		h := habits{refuses: m.refuses, short: m.short, pace: 2 * time.Second, idle: 3 * time.Second}
		s.sites = append(s.sites, site{name: name, cases: name == "harbor", habits: h, issues: m.issues && name == "north"})
	}
	if m.priced {
		rules := &sourcing.Rules{Version: "priced", Currency: "EUR", MaxNodes: 2, SplitAmount: 300, LateAmount: 500, LanesOptional: true}
		s.rules = func() *sourcing.Rules { return rules }
	}
	c, err := newChain(t, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.street.close(); err != nil {
			t.Error(err)
		}
	})
	c.auditor.keep = true
	return c
}

// sentence judges the world and fails the test for each breach, with the history
// of the orders concerned.
func (c *chain) sentence(t *testing.T) *auditor {
	t.Helper()
	c.judge()
	c.audit(t, c.auditor)
	told := make(map[string]bool)
	for _, b := range c.auditor.breaches[:min(len(c.auditor.breaches), 10)] {
		t.Errorf("seed %d: order %s: %s", c.seed, b.order, b.text)
		if b.order != "" && !told[b.order] && len(told) < 2 {
			told[b.order] = true
			t.Logf("history of order %s:\n%s", b.order, history(c.auditor.happened, b.order))
		}
	}
	return c.auditor
}

// publish makes items known, each with a case of its own size.
func (c *chain) publish(items int) {
	for n := range items {
		streamstest.Send(c.Driver, onProduct, sku(n), &event.ProductPublished{
			Sku: sku(n), Name: sku(n), Uom: "EA", UnitsPerCase: 1 + c.rng.Int64N(12), Kind: event.LineKindGoods, Active: true, PublishedAt: c.Now(),
		})
	}
	c.Run()
}

// price publishes what nodes and lanes cost. The last node has no lane, and two
// lanes lead from the first.
func (c *chain) price() {
	for n, site := range sites {
		streamstest.Send(c.Driver, onNode, site, &event.NodePublished{
			Node: site, Rank: n, Active: true, TimeZone: "UTC", Currency: "EUR", HandlingAmount: int64(50 * (n + 1)), Buffer: int64(n), PublishedAt: c.Now(),
		})
	}
	for n, from := range []string{"north", "north", "south"} {
		lane := fmt.Sprint("lane-", n)
		streamstest.Send(c.Driver, onLane, lane, &event.LanePublished{
			Lane: lane, Node: from, Carrier: fmt.Sprint("carrier-", n), Country: "DE", TransitDays: 1 + n, Active: true, Currency: "EUR",
			Rates: []event.LaneRate{{UpToG: 30_000, Amount: int64(900 - 300*n)}}, LatePpm: []int{0, 0, 0, 50_000, 50_000, 0, 0}, PublishedAt: c.Now(),
		})
	}
	c.Run()
}

// supply announces goods to a node.
func (c *chain) supply(item, node string, qty int64) {
	id := fmt.Sprintf("supply-%d", c.rng.Uint64())
	e := &event.InventorySupply{SupplyID: id, Sku: item, Node: node, Qty: qty, Uom: "EA", Due: c.Now(), Document: id, Kind: event.SupplyKindAsn, Source: "test"}
	streamstest.Send(c.Driver, onSupply, item, e)
}

// adjust books the result of a count that came by file.
func (c *chain) adjust(item, node string, units int64) {
	m := &event.InventoryMovement{
		EntryID: fmt.Sprintf("count-%d", c.rng.Uint64()), Sku: item, Node: node, Owner: "own", Qty: units, Source: fromCount, EffectiveAt: c.Now(),
		From: event.StockConditionOutside, To: event.StockConditionSellable, Document: "COUNT", Reason: "STOCK_COUNT",
	}
	if units < 0 {
		m.Qty, m.From, m.To = -units, m.To, m.From
	}
	streamstest.Send(c.Driver, onMovement, item, m)
}

// repeat says again what was said before, as a replay does: reports of nodes,
// bookings, and both sides of the talk between orders and stock.
func (c *chain) repeat() {
	again(c, onReported, func(*event.FulfilmentReported) bool { return true })
	again(c, onMovement, func(m *event.InventoryMovement) bool { return m.Source != fromCount })
	again(c, onCommand, func(*event.InventoryCommand) bool { return true })
	again(c, onAnswer, func(*event.InventoryAnswer) bool { return true })
}

// again sends a record of a topic once more, if it may.
func again[V any](c *chain, topic streams.Topic[V], may func(*V) bool) {
	if all := streamstest.Read(c.Driver, topic); len(all) > 0 {
		if r := all[c.rng.IntN(len(all))]; may(&r.Value) {
			streamstest.Send(c.Driver, topic, r.Key, &r.Value)
		}
	}
}

var currencies = []string{"EUR", "USD", "JPY", "KWD"}

// think makes an order of some of the items.
func (c *chain) think(n, items int) *wish {
	s := &event.OrderSubmit{
		Channel: []string{"shop", "shop", "coast"}[c.rng.IntN(3)], ExternalID: fmt.Sprint("X", n), Currency: currencies[c.rng.IntN(len(currencies))],
		Source: "api", ShipComplete: c.chance(0.5), Shortage: event.ShortagePolicyBackorder, OrderedAt: c.Now(),
	}
	s.Customer = event.PartyRef{PartyID: "C-" + s.Currency, Country: "DE"} // on account in one currency
	s.ShipTo = s.Customer
	if c.chance(0.5) {
		s.Shortage = event.ShortagePolicyCancel
	}
	s.OrderID = event.OrderID(s.Channel, s.ExternalID)
	s.SubmissionID, s.BodyHash = "submission "+s.OrderID, "body "+s.OrderID
	c.fill(s, items)
	w := &wish{submit: s}
	if c.chance(0.05) {
		s.Total++
		w.faulty = true
	}
	c.asked[s.OrderID] = w
	c.order = append(c.order, s.OrderID)
	return w
}

// fill draws lines: some items, an item in several lines, charges, or charges alone.
func (c *chain) fill(s *event.OrderSubmit, items int) {
	s.Lines, s.Total, s.Shipping = nil, 0, 0
	if c.chance(0.7) {
		s.Shipping = c.rng.Int64N(2000)
	}
	add := func(kind event.LineKind, item string, qty, amount int64) {
		s.Lines = append(s.Lines, event.OrderLine{LineID: fmt.Sprint(len(s.Lines) + 1), Sku: item, Kind: kind, Qty: qty, Uom: "EA", Amount: amount})
		s.Total += amount
	}
	if !c.chance(0.06) {
		for range 1 + min(c.rng.IntN(8), c.rng.IntN(8)) {
			kind := event.LineKindGoods
			if c.chance(0.05) {
				kind = event.LineKindKit
			}
			amount := c.rng.Int64N(5000)
			if c.chance(0.1) {
				amount = 0
			}
			add(kind, sku(c.rng.IntN(items)), 1+c.rng.Int64N(7), amount)
		}
	}
	for len(s.Lines) == 0 || c.chance(0.2) {
		kind := []event.LineKind{event.LineKindCharge, event.LineKindService}[c.rng.IntN(2)]
		add(kind, "POST", 1+c.rng.Int64N(3), c.rng.Int64N(900))
	}
	s.Total += s.Shipping
}

// contradict submits another body under the same id.
func (c *chain) contradict(w *wish, items int) {
	other := *w.submit
	c.fill(&other, items)
	other.BodyHash = "other " + other.OrderID
	streamstest.Send(c.Driver, onSubmit, other.OrderID, &other)
}

// trade plays a day: scarce goods, orders, repeats, contradictions, cancels,
// receipts and, by the manners, counts and partners that are away for a while.
func (c *chain) trade(m manners, orders int) {
	items := 3 + c.rng.IntN(6)
	if m.rush {
		items = 2 + c.rng.IntN(2)
	}
	c.publish(items)
	if m.priced {
		c.price()
	}
	for n := range items {
		for _, node := range sites {
			if c.chance(0.7) {
				c.supply(sku(n), node, 1+c.rng.Int64N(int64(orders)))
			}
		}
	}
	c.Advance(time.Duration(c.rng.IntN(8)) * time.Second)
	for n := range orders {
		w := c.think(n, items)
		w.submit.ShipComplete = w.submit.ShipComplete || m.rush
		c.place(w, items, m)
		if !m.rush || c.chance(0.1) {
			c.happen(m, items)
		}
	}
	c.rest()
	for _, id := range c.order {
		if c.chance(0.1) {
			c.cancel(id)
		}
	}
	c.rest()
}

// place submits an order as channels do: once, twice, with a cancel on its heels.
func (c *chain) place(w *wish, items int, m manners) {
	id := w.submit.OrderID
	if c.chance(0.07) {
		c.cancel(id)
	}
	if !m.rush && c.chance(0.5) {
		c.Run()
	}
	c.submit(w)
	if c.chance(0.15) {
		c.submit(w)
	}
	if c.chance(0.1) {
		c.contradict(w, items)
	}
	if c.chance(0.08) {
		c.cancel(id)
	}
	if c.chance(0.05) {
		streamstest.Send(c.Driver, onAmend, id, &event.OrderAmend{OrderID: id, Revision: 1, Reason: "test", RequestedAt: c.Now(), Currency: w.submit.Currency, Lines: w.submit.Lines})
	}
}

// happen lets time pass, and now and then something else.
func (c *chain) happen(m manners, items int) {
	switch c.rng.IntN(3) {
	case 0:
		c.Run()
	case 1:
		c.Advance(time.Duration(c.rng.IntN(4000)) * time.Millisecond)
	}
	item, node := sku(c.rng.IntN(items)), sites[c.rng.IntN(len(sites))]
	if c.chance(0.2) {
		c.supply(item, node, 1+c.rng.Int64N(10))
	}
	if m.adjusts && c.chance(0.2) {
		if units := c.rng.Int64N(9) - 5; units != 0 {
			c.adjust(item, node, units)
		}
	}
	if old := c.order[c.rng.IntN(len(c.order))]; c.chance(0.15) {
		c.cancel(old)
	} else if c.chance(0.1) {
		c.submit(c.asked[old])
	}
	if c.chance(0.2) {
		c.repeat()
	}
	switch c.rng.IntN(20) {
	case 0:
		c.Hold()
	case 1:
		c.Release()
	}
}
