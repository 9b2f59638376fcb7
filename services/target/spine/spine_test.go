// Package spine_test runs the rooms that an order passes, from submission to
// invoice, between simulated nodes and a simulated ERP, by seed.
package spine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// receive puts units on a node's shelf.
func (w *world) receive(sku, node string, qty int64) {
	streamstest.Send(w.Driver, movements, sku, &event.InventoryMovement{
		EntryID: "opening " + sku + node, Sku: sku, Node: node, Owner: "own", Qty: qty,
		From: event.StockConditionOutside, To: event.StockConditionSellable, Source: "test", EffectiveAt: w.Now(),
	})
}

// draw makes a random order.
func draw(rng *rand.Rand, n, skus int) *event.OrderSubmit {
	s := &event.OrderSubmit{
		Channel: "shop", ExternalID: fmt.Sprint("X", n), Currency: "EUR", Source: "api", Shipping: rng.Int64N(1000),
		ShipComplete: rng.IntN(2) == 0, Shortage: []event.ShortagePolicy{event.ShortagePolicyBackorder, event.ShortagePolicyCancel}[rng.IntN(2)],
		OrderedAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
	}
	for line := range 1 + rng.IntN(4) {
		l := event.OrderLine{LineID: fmt.Sprint(line + 1), Sku: fmt.Sprint("sku", rng.IntN(skus)), Kind: event.LineKindGoods, Qty: 1 + rng.Int64N(8), Uom: "EA"}
		if rng.IntN(8) == 0 {
			l.Kind, l.Sku = event.LineKindCharge, "POST"
		}
		l.Amount = rng.Int64N(5000)
		s.Lines = append(s.Lines, l)
		s.Total += l.Amount
	}
	s.Total += s.Shipping
	s.OrderID = event.OrderID(s.Channel, s.ExternalID)
	s.SubmissionID, s.BodyHash = "sub "+s.OrderID, "hash "+s.OrderID
	return s
}

func (w *world) submit(s *event.OrderSubmit) {
	w.submitted = append(w.submitted, s)
	streamstest.Send(w.Driver, submits, s.OrderID, s)
}

// trade submits orders, repeats some, cancels some before, at and after their
// submission, and lets everything come to an end.
func (w *world) trade(t *testing.T, seed uint64, count int) {
	rng := rand.New(rand.NewPCG(seed, 99))
	const skus = 5
	for sku := range skus {
		for _, node := range nodes {
			w.receive(fmt.Sprint("sku", sku), node, 1+rng.Int64N(int64(count)))
		}
	}
	w.Run()
	for n := range count {
		s := draw(rng, n, skus)
		if rng.IntN(12) == 0 {
			streamstest.Send(w.Driver, cancels, s.OrderID, &event.OrderCancel{OrderID: s.OrderID, Reason: "EARLY"})
		}
		w.submit(s)
		if rng.IntN(6) == 0 {
			streamstest.Send(w.Driver, submits, s.OrderID, s)
		}
		if rng.IntN(8) == 0 {
			streamstest.Send(w.Driver, cancels, s.OrderID, &event.OrderCancel{OrderID: s.OrderID, Reason: "CUSTOMER"})
		}
		if rng.IntN(10) == 0 {
			streamstest.Send(w.Driver, amends, s.OrderID, &event.OrderAmend{OrderID: s.OrderID})
		}
		switch rng.IntN(3) {
		case 0:
			w.Run()
		case 1:
			w.Advance(90 * time.Second)
			old := w.submitted[rng.IntN(len(w.submitted))]
			if rng.IntN(5) == 0 {
				streamstest.Send(w.Driver, cancels, old.OrderID, &event.OrderCancel{OrderID: old.OrderID, Reason: "LATE"})
			}
		}
	}
	w.Settle(36 * time.Hour) // after a day orders look whether others have what they wait for
	w.NoDeadLetters()
}

func TestEveryOrderEndsAndNothingIsOversold(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		h := habits{parts: seed%2 == 0, short: seed%3 == 0, obeys: seed%5 < 3}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed, h)
			w.trade(t, seed, 30)
			w.checkOrders(t, h)
			w.checkStock(t)
			w.checkMoney(t)
			w.checkVersions(t)
		})
	}
}

// checkOrders: each order ended, each unit is in exactly one place, and all or
// nothing left of an order that ships complete.
func (w *world) checkOrders(t *testing.T, h habits) {
	t.Helper()
	for _, s := range w.submitted {
		f, err := w.orders.Facts(w.Driver, s.OrderID)
		if err != nil || f == nil {
			t.Fatalf("order %s: %v, %v", s.OrderID, f, err)
		}
		o := f.Order
		if order.Open(o) || o.Pending != 0 || o.InFlight != 0 {
			t.Errorf("order %s has not ended: %+v", s.ExternalID, o)
		}
		if o.Exceptions > 0 && h.obeys {
			t.Errorf("order %s has exceptions: %+v", s.ExternalID, last(f.Timeline))
		}
		var shipped, backordered, cancelled int64
		for n, l := range order.Lines(f) {
			sum := l.Open + l.Backordered + l.Reserved + l.Allocated + l.Released + l.Picked + l.Packed + l.Shipped + l.Cancelled
			if l.Ordered != s.Lines[n].Qty || sum != l.Ordered {
				t.Errorf("order %s line %s: %d ordered, the buckets hold %d: %+v", s.ExternalID, l.LineID, s.Lines[n].Qty, sum, l)
			}
			if order.Reservable(l.Kind) {
				shipped, backordered, cancelled = shipped+l.Shipped, backordered+l.Backordered, cancelled+l.Cancelled
			}
		}
		if shipped != o.Shipped || backordered != o.Backordered || cancelled != o.Cancelled {
			t.Errorf("order %s: lines say %d shipped, %d backordered, %d cancelled, the record %+v", s.ExternalID, shipped, backordered, cancelled, o)
		}
		if s.ShipComplete && !h.short && o.CancelReason == "" && o.Shipped != 0 && o.Shipped != o.Units {
			t.Errorf("order %s ships complete or not at all, %d of %d left", s.ExternalID, o.Shipped, o.Units)
		}
		if o.Registered == "" {
			t.Errorf("order %s is not registered", s.ExternalID)
		}
	}
}

func last(all []*order.Moment) *order.Moment { return all[len(all)-1] }

// checkStock: at no time was more promised than there was, and in the end
// nothing is held for anybody.
func (w *world) checkStock(t *testing.T) {
	t.Helper()
	newest := make(map[string]event.InventoryPosition)
	for _, r := range streamstest.Read(w.Driver, positions) {
		for _, n := range r.Value.Nodes {
			if n.Available < 0 {
				t.Errorf("oversold: %s at %s in version %d: %+v", r.Key, n.Node, r.Value.Version, n)
			}
		}
		newest[r.Key] = r.Value
	}
	for sku, p := range newest {
		for _, n := range p.Nodes {
			if n.Reserved != 0 {
				t.Errorf("%d units of %s stay reserved at %s", n.Reserved, sku, n.Node)
			}
		}
	}
	if sum, err := w.stock.Summary(w.Driver); err != nil || sum.OversoldUnits != 0 || sum.OverShipped != 0 || sum.WaitingClaims != 0 {
		t.Errorf("stock says %+v, %v", sum, err)
	}
}

// checkMoney: what was asked for is what left, at the order's prices.
func (w *world) checkMoney(t *testing.T) {
	t.Helper()
	asked := make(map[string]int64)
	for _, r := range streamstest.Read(w.Driver, invoices) {
		asked[r.Key] += r.Value.Total
		sum := r.Value.Shipping
		for _, l := range r.Value.Lines {
			sum += l.Amount
		}
		if sum != r.Value.Total || r.Value.Goods+r.Value.Shipping != sum {
			t.Errorf("invoice %s does not add up: %+v", r.Value.InvoiceID, r.Value)
		}
	}
	for _, s := range w.submitted {
		o, err := w.orders.Order(w.Driver, s.OrderID)
		if err != nil {
			t.Fatal(err)
		}
		if o.Invoiced != asked[s.OrderID] {
			t.Errorf("order %s: %d invoiced, %d asked for", s.ExternalID, o.Invoiced, asked[s.OrderID])
		}
		whole := o.Phase == event.OrderPhaseCompleted && o.Cancelled == 0
		if whole && o.Invoiced != s.Total {
			t.Errorf("order %s left in full and bears %d of %d", s.ExternalID, o.Invoiced, s.Total)
		}
		if o.Phase == event.OrderPhaseCancelled && o.Invoiced != 0 {
			t.Errorf("order %s was cancelled and bears %d", s.ExternalID, o.Invoiced)
		}
	}
}

// checkVersions: the events of each order are numbered without a gap.
func (w *world) checkVersions(t *testing.T) {
	t.Helper()
	seen := make(map[string]map[int64]int)
	note := func(key string, version int64) {
		if seen[key] == nil {
			seen[key] = make(map[int64]int)
		}
		seen[key][version]++
	}
	each(w, topic.OrderAccepted, func(k string, v event.OrderAccepted) { note(k, v.OrderVersion) })
	each(w, topic.OrderValidated, func(k string, v event.OrderValidated) { note(k, v.OrderVersion) })
	each(w, topic.OrderAllocated, func(k string, v event.OrderAllocated) { note(k, v.OrderVersion) })
	each(w, topic.OrderBackordered, func(k string, v event.OrderBackordered) { note(k, v.OrderVersion) })
	each(w, topic.OrderPromise, func(k string, v event.OrderPromise) { note(k, v.OrderVersion) })
	each(w, topic.OrderReleased, func(k string, v event.OrderReleased) { note(k, v.OrderVersion) })
	each(w, topic.OrderAmended, func(k string, v event.OrderAmended) { note(k, v.OrderVersion) })
	each(w, topic.OrderCompleted, func(k string, v event.OrderCompleted) { note(k, v.OrderVersion) })
	each(w, topic.OrderCancelled, func(k string, v event.OrderCancelled) { note(k, v.OrderVersion) })
	for _, s := range w.submitted {
		o, err := w.orders.Order(w.Driver, s.OrderID)
		if err != nil {
			t.Fatal(err)
		}
		for v := int64(1); v <= o.Version; v++ {
			if seen[s.OrderID][v] != 1 {
				t.Errorf("order %s wrote version %d %d times", s.ExternalID, v, seen[s.OrderID][v])
			}
		}
		if len(seen[s.OrderID]) != int(o.Version) {
			t.Errorf("order %s wrote %d versions, its record says %d", s.ExternalID, len(seen[s.OrderID]), o.Version)
		}
	}
}

func each[V any](w *world, def topic.Def, fn func(key string, v V)) {
	for _, r := range streamstest.Read(w.Driver, streams.Topic[V]{Name: def.Name, Value: typed[V](def).Value}) {
		fn(r.Key, r.Value)
	}
}
