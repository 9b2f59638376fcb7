package nodestream_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/node/nodestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// scene is the topology between a driver and real twins.
type scene struct {
	*streamstest.Driver
	room   *nodestream.Room
	north  *sandbox.Warehouse
	harbor *sandbox.ThreePL

	products  streams.Topic[event.ProductPublished]
	supplies  streams.Topic[event.InventorySupply]
	movements streams.Topic[event.InventoryMovement]
	requests  streams.Topic[event.FulfilmentRequested]
	cancels   streams.Topic[event.FulfilmentCancel]
	reports   streams.Topic[event.FulfilmentReported]
	inbound   streams.Topic[event.PartnerInbound]
	outbound  streams.Topic[event.PartnerOutbound]
}

func newScene(t *testing.T, opts streamstest.Options, profile sandbox.Profile) *scene {
	t.Helper()
	north, err := sandbox.StartWarehouse(sandbox.Options{Name: "north", Profile: profile, Seed: opts.Seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = north.Close() })
	harbor, err := sandbox.StartThreePL(sandbox.Options{Name: "harbor", Profile: profile, Seed: opts.Seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = harbor.Close() })
	all := partner.WithBaseURL(partner.WithBaseURL(partner.Shipped(), "north", north.URL()), "harbor", harbor.URL())
	nodes, err := catalog.Nodes(all)
	if err != nil {
		t.Fatal(err)
	}
	nodes = []nodestream.Node{nodes[0], nodes[2]}
	for i := range nodes {
		nodes[i].Wait = time.Millisecond
	}
	s := codec.NewMemory()
	room := nodestream.New(s, nodes...)
	return &scene{
		Driver: streamstest.New(t, opts, room.Topology), room: room, north: north, harbor: harbor,
		products: of[event.ProductPublished](s, topic.ProductPublished), supplies: of[event.InventorySupply](s, topic.InventorySupply),
		movements: of[event.InventoryMovement](s, topic.InventoryMovement), requests: of[event.FulfilmentRequested](s, topic.FulfilmentRequested),
		cancels: of[event.FulfilmentCancel](s, topic.FulfilmentCancel), reports: of[event.FulfilmentReported](s, topic.FulfilmentReported),
		inbound: of[event.PartnerInbound](s, topic.PartnerInbound), outbound: of[event.PartnerOutbound](s, topic.PartnerOutbound),
	}
}

// until advances the driver's clock until done, or fails.
func (s *scene) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s; waiting %v", what, s.Waiting())
		}
		s.Advance(time.Second)
	}
}

func (s *scene) product(sku string, perCase int64) {
	streamstest.Send(s.Driver, s.products, sku, &event.ProductPublished{Sku: sku, Uom: "EA", UnitsPerCase: perCase, Kind: event.LineKindGoods, Active: true})
}

func (s *scene) supply(id, sku, node string, qty int64) {
	streamstest.Send(s.Driver, s.supplies, sku, &event.InventorySupply{SupplyID: id, Sku: sku, Node: node, Qty: qty, Uom: "EA", Kind: event.SupplyKindOpening, Source: "test"})
}

func (s *scene) request(order, node string, lines ...event.FulfilmentLine) {
	streamstest.Send(s.Driver, s.requests, order, &event.FulfilmentRequested{FulfilmentID: order + "-" + node, OrderID: order, Node: node, Lines: lines})
}

func (s *scene) words(order string) (words []string) {
	for _, r := range streamstest.Of(s.Driver, s.reports, order) {
		words = append(words, r.Word)
	}
	return words
}

func (s *scene) receipts() int {
	n := 0
	for _, m := range streamstest.Read(s.Driver, s.movements) {
		if m.Value.Reason == "RECEIPT" {
			n++
		}
	}
	return n
}

func TestEachNodeGetsOneDocumentAnEffectAndEachFactComesBackOnce(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond, profile.MaxStep = 0, 0, time.Millisecond
	for seed := range uint64(4) {
		s := newScene(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.1}, profile)
		const skus, orders = 20, 120
		for n := range skus {
			sku := fmt.Sprint("sku", n)
			s.product(sku, int64(1+n%12))
			s.supply("N"+sku, sku, "north", 1000)
			s.supply("H"+sku, sku, "harbor", 1000)
		}
		s.until(t, "all goods received", func() bool { return s.receipts() == 2*skus })
		var units int64
		for n := range orders {
			order := fmt.Sprint("order", n)
			qty := int64(1 + n%17)
			units += 2 * qty
			s.request(order, "north", event.FulfilmentLine{LineID: "1", Sku: fmt.Sprint("sku", n%skus), Qty: qty})
			s.request(order, "harbor", event.FulfilmentLine{LineID: "2", Sku: fmt.Sprint("sku", (n+7)%skus), Qty: qty})
		}
		shipped := func() (documents int, units int64) {
			for _, r := range streamstest.Read(s.Driver, s.reports) {
				if len(r.Value.Lines) > 0 {
					documents++
					for _, l := range r.Value.Lines {
						units += l.Qty
					}
				}
			}
			return documents, units
		}
		s.until(t, "everything shipped", func() bool { n, _ := shipped(); return n >= 2*orders })
		s.NoDeadLetters()
		n, left := shipped()
		if n != 2*orders || left != units {
			t.Errorf("seed %d: %d shipments of %d units, want %d of %d", seed, n, left, 2*orders, units)
		}
		north, harbor := s.north.Books(), s.harbor.Books()
		if north.Documents != north.Keys || harbor.Documents != harbor.Keys || north.Documents != skus+orders || harbor.Documents != skus+orders {
			t.Errorf("seed %d: documents north %d (%d keys), harbor %d (%d keys), want %d", seed, north.Documents, north.Keys, harbor.Documents, harbor.Keys, skus+orders)
		}
		if north.Repeats+harbor.Repeats == 0 {
			t.Errorf("seed %d: no call was ever repeated, so nothing was shown", seed)
		}
		if north.Total.Shipped+harbor.Total.Shipped != units || north.Total.Received != 1000*skus {
			t.Errorf("seed %d: the twins shipped %d and %d units, we %d", seed, north.Total.Shipped, harbor.Total.Shipped, units)
		}
		if n := len(streamstest.Read(s.Driver, s.outbound)); n != 2*(skus+orders) {
			t.Errorf("seed %d: %d documents on record, want %d", seed, n, 2*(skus+orders))
		}
		if n := int64(len(streamstest.Read(s.Driver, s.inbound))); n != north.Events+harbor.Events {
			t.Errorf("seed %d: %d events on record, the twins said %d", seed, n, north.Events+harbor.Events)
		}
	}
}

func TestACorrectionByFileReachesTheNodeAndIsNotBookedTwice(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.product("tea", 12)
	s.supply("S1", "tea", "harbor", 30)
	s.until(t, "goods received", func() bool { return s.receipts() == 1 })
	streamstest.Send(s.Driver, s.movements, "tea", &event.InventoryMovement{
		EntryID: "E1", Sku: "tea", Node: "harbor", Qty: 13, From: event.StockConditionSellable, To: event.StockConditionOutside, Source: "file:shop",
	})
	s.until(t, "correction booked", func() bool { return s.harbor.Books().Total.Adjusted == -13 })
	s.Advance(time.Second)
	if b := s.harbor.Books().Total; b.OnHand != 17 {
		t.Errorf("the node has %+v, want 17 on hand", b)
	}
	if n := len(streamstest.Read(s.Driver, s.movements)); n != 2 {
		t.Errorf("%d movements, want the receipt and ours", n)
	}
}

// Goods of returns stand at the node from when its desk took them in, and whatever
// becomes of them there, until they leave.
func TestTheNodeCountsGoodsOfReturnsOnceTheyAreThere(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.product("tea", 12)
	for n, m := range []struct {
		from, to event.StockCondition
		qty      int64
	}{
		{event.StockConditionOutside, event.StockConditionQuarantine, 5},
		{event.StockConditionQuarantine, event.StockConditionSellable, 3},
		{event.StockConditionQuarantine, event.StockConditionOutside, 2},
	} {
		streamstest.Send(s.Driver, s.movements, "tea", &event.InventoryMovement{
			EntryID: fmt.Sprint("R", n), Sku: "tea", Node: "harbor", Qty: m.qty, From: m.from, To: m.to, Source: "returns",
		})
	}
	streamstest.Send(s.Driver, s.movements, "tea", &event.InventoryMovement{
		EntryID: "own", Sku: "tea", Node: "harbor", Qty: 7, From: event.StockConditionOutside, To: event.StockConditionQuarantine, Source: "returns", Document: "H-7",
	})
	s.until(t, "what left again is booked", func() bool { return s.harbor.Books().Documents == 2 })
	if b := s.harbor.Books().Total; b.OnHand != 3 {
		t.Errorf("the node has %+v, want 3 on hand", b)
	}
}

func TestCancelsAreDoneInTimeOrRefused(t *testing.T) {
	slow := sandbox.Quick
	slow.MaxStep = 24 * time.Hour
	for name, c := range map[string]struct {
		profile sandbox.Profile
		last    string
	}{"in time": {slow, "cancelled"}, "too late": {sandbox.Quick, "cancel_refused"}} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, streamstest.Options{}, c.profile)
			streamstest.Send(s.Driver, s.movements, "tea", &event.InventoryMovement{
				EntryID: "E1", Sku: "tea", Node: "north", Qty: 5, From: event.StockConditionOutside, To: event.StockConditionSellable, Source: "file:shop",
			})
			s.until(t, "stock corrected", func() bool { return s.north.Books().Total.OnHand == 5 })
			s.request("order", "north", event.FulfilmentLine{LineID: "1", Sku: "tea", Qty: 5})
			want := map[string]string{"in time": "received", "too late": "shipped"}[name]
			s.until(t, want, func() bool { w := s.words("order"); return len(w) > 0 && w[len(w)-1] == want })
			streamstest.Send(s.Driver, s.cancels, "order", &event.FulfilmentCancel{FulfilmentID: "order-north", OrderID: "order", Node: "north"})
			s.until(t, c.last, func() bool { w := s.words("order"); return w[len(w)-1] == c.last })
		})
	}
}

func TestWhatANodeRefusesIsReportedInItsWord(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.request("order", "harbor", event.FulfilmentLine{LineID: "1", Sku: "tea", Qty: 0})
	s.until(t, "refusal", func() bool { return len(s.words("order")) > 0 })
	if got := streamstest.Of(s.Driver, s.reports, "order")[0]; got.Word != "Refused" || !got.Final || got.FulfilmentID != "order-harbor" {
		t.Errorf("report %+v", got)
	}
}

func TestANodeThatRestartsInTheMiddleLosesAndRepeatsNothing(t *testing.T) {
	s := newScene(t, streamstest.Options{CrashRate: 0.1, AbortRate: 0.1}, sandbox.Quick)
	opts := sandbox.Options{Name: "north", Dir: t.TempDir(), Addr: strings.TrimPrefix(s.north.URL(), "http://")}
	restart := func(before *sandbox.Warehouse) *sandbox.Warehouse {
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := sandbox.StartWarehouse(opts)
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	north := restart(s.north) // from now on with a journal
	s.supply("S1", "tea", "north", 1000)
	s.until(t, "goods received", func() bool { return s.receipts() == 1 })
	const orders, rounds = 60, 6
	for n := range orders {
		if n%(orders/rounds) == 0 {
			s.Advance(time.Second)
			north = restart(north)
		}
		s.request(fmt.Sprint("order", n), "north", event.FulfilmentLine{LineID: "1", Sku: "tea", Qty: 2})
	}
	defer func() { _ = north.Close() }()
	s.until(t, "everything shipped", func() bool {
		shipped := 0
		for n := range orders {
			if w := s.words(fmt.Sprint("order", n)); len(w) > 0 && w[len(w)-1] == "shipped" {
				shipped++
			}
		}
		return shipped == orders
	})
	if b := north.Books(); b.Total.Shipped != 2*orders || b.Documents != orders+1 || b.Keys != orders+1 {
		t.Errorf("books %+v, %d documents under %d keys", b.Total, b.Documents, b.Keys)
	}
}

func TestAReminderToANodeThatIsAwayIsNotSentBesideTheFirst(t *testing.T) {
	slow := sandbox.Quick
	slow.MaxStep = 24 * time.Hour
	s := newScene(t, streamstest.Options{HoldEffects: true}, slow)
	for range 3 {
		s.request("order", "north", event.FulfilmentLine{LineID: "1", Sku: "tea", Qty: 1})
		streamstest.Send(s.Driver, s.cancels, "order", &event.FulfilmentCancel{FulfilmentID: "order-north", OrderID: "order", Node: "north"})
		s.Run()
	}
	s.NoDeadLetters()
	if n := s.Waiting()["north"]; n != 2 {
		t.Errorf("%d documents wait for the node, want the request and the cancel", n)
	}
	s.Release()
	s.until(t, "the node has the request", func() bool { return len(s.words("order")) > 0 })
	// The cancel may have come there first, and then says nothing; the order asks again.
	streamstest.Send(s.Driver, s.cancels, "order", &event.FulfilmentCancel{FulfilmentID: "order-north", OrderID: "order", Node: "north"})
	s.until(t, "the node has stopped it", func() bool { w := s.words("order"); return len(w) > 0 && w[len(w)-1] == "cancelled" })
	if b := s.north.Books(); b.Documents != 2 || b.Keys != 2 {
		t.Errorf("%d documents came under %d keys, want 2", b.Documents, b.Keys)
	}
}

func TestRequestsToUnknownNodesArePassedOver(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.request("order", "elsewhere", event.FulfilmentLine{LineID: "1", Sku: "tea", Qty: 1})
	s.Advance(time.Second)
	s.NoDeadLetters()
	if len(s.words("order")) != 0 {
		t.Error("something was reported of a node that is not ours")
	}
}
