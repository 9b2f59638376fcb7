package availabilitystream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilitystream"
	"github.com/millrace/millrace/services/availability/rediscache"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// shop is a room on a driver; run starts its Run.
type shop struct {
	*streamstest.Driver
	t         *testing.T
	room      *availabilitystream.Room
	positions streams.Topic[event.InventoryPosition]
	products  streams.Topic[event.ProductPublished]
}

func newShop(t *testing.T, shared availability.Cache) *shop {
	return newShopOf(t, availabilitystream.Config{Shared: shared})
}

func newShopOf(t *testing.T, config availabilitystream.Config) *shop {
	schemas := codec.NewMemory()
	s := &shop{t: t, room: availabilitystream.New(config, schemas)}
	s.positions = streams.Topic[event.InventoryPosition]{Name: topic.InventoryPosition.Name, Value: codec.Of[event.InventoryPosition](schemas, topic.InventoryPosition)}
	s.products = streams.Topic[event.ProductPublished]{Name: topic.ProductPublished.Name, Value: codec.Of[event.ProductPublished](schemas, topic.ProductPublished)}
	s.Driver = streamstest.New(t, streamstest.Options{}, s.room.Topology)
	return s
}

func (s *shop) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.room.Run(ctx, nil) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
}

// kit publishes that an item is a kit of one lamp and two cables.
func (s *shop) kit(sku string) {
	streamstest.Send(s.Driver, s.products, sku, &event.ProductPublished{
		Sku: sku, Kind: event.LineKindKit, Version: 1, Parts: []event.KitPart{{Sku: "lamp", Qty: 1}, {Sku: "cable", Qty: 2}},
	})
	s.Run()
}

// position publishes what north has of an item, and returns where.
func (s *shop) position(sku string, version, available int64) availability.Source {
	offset := streamstest.Send(s.Driver, s.positions, sku, &event.InventoryPosition{
		Sku: sku, Version: version, AsOf: s.Now(), TotalAvailable: available,
		Nodes: []event.NodePosition{{Node: "north", OnHand: available, Available: available}},
	})
	s.Run()
	for _, r := range streamstest.Read(s.Driver, s.positions) {
		if r.Key == sku && r.Offset == offset {
			return availability.Source{Topic: r.Topic, Partition: r.Partition, Offset: offset}
		}
	}
	s.t.Fatal("the record is gone")
	return availability.Source{}
}

func (s *shop) read(skus ...string) availabilitystream.Reading {
	s.t.Helper()
	got, err := s.room.Read(s.t.Context(), skus...)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// shows says whether an item is served with these units and staleness.
func (s *shop) shows(sku string, available int64, stale bool) bool {
	s.t.Helper()
	got := s.read(sku)
	return got.Stale == stale && len(got.Items[0].Nodes) == 1 && got.Items[0].Nodes[0].Available == available
}

func (s *shop) eventually(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			s.t.Fatalf("not in a minute: %s", what)
		case <-again.C:
		}
	}
}

func TestPositionsAreServedAndStaleUntilTheTopicIsRead(t *testing.T) {
	s := newShop(t, nil)
	at := s.position("lamp", 3, 7)
	if !s.shows("lamp", 7, true) {
		t.Error("before Run the answer must be there and stale")
	}
	s.run()
	s.eventually("fresh", func() bool { return s.shows("lamp", 7, false) })
	items := s.read("ghost", "lamp").Items
	if items[0].Known || items[1].Version != 3 || items[1].Source != at || !items[1].AsOf.Equal(s.Now()) {
		t.Errorf("items %+v, want lamp from %+v", items, at)
	}
}

func TestAwaitEndsWhenThePositionIsVisible(t *testing.T) {
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprint("shared ", shared), func(t *testing.T) {
			var cache availability.Cache
			if shared {
				cache = openRedis(t, miniredis.RunT(t))
			}
			s := newShop(t, cache)
			s.run()
			at := s.position("lamp", 1, 7)
			s.eventually("fresh", func() bool { return s.shows("lamp", 7, false) })
			seen := make(chan bool)
			go func() { seen <- s.room.Await(context.Background(), at.Partition, at.Offset+1) }()
			s.position("lamp", 2, 6)
			if !<-seen || !s.shows("lamp", 6, false) {
				t.Error("awaited, and not there")
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() { seen <- s.room.Await(ctx, at.Partition, at.Offset+2) }()
			cancel()
			if <-seen {
				t.Error("what never came was seen")
			}
		})
	}
}

func openRedis(t *testing.T, server *miniredis.Miniredis) *rediscache.Cache {
	c := rediscache.New(rediscache.Config{Addr: server.Addr()})
	t.Cleanup(func() { c.Close() })
	return c
}

func TestTheSharedCacheIsFilledAgainAfterAFlush(t *testing.T) {
	server := miniredis.RunT(t)
	s := newShop(t, openRedis(t, server))
	s.position("lamp", 1, 7)
	s.run()
	s.eventually("filled at the start", func() bool { return s.shows("lamp", 7, false) && server.HGet("avail:lamp", "north") == "7" })
	server.FlushAll()
	if !s.shows("lamp", 7, true) {
		t.Error("after a flush the last known answer must be served, marked stale")
	}
	s.eventually("filled again", func() bool { return s.shows("lamp", 7, false) && server.HGet("avail:lamp", "north") == "7" })
	s.position("lamp", 2, 5)
	s.eventually("written through", func() bool { return s.shows("lamp", 5, false) && server.HGet("avail:lamp", "v") == "2" })
}

func TestAFlushIsNoticedWithoutAnyReader(t *testing.T) {
	server := miniredis.RunT(t)
	s := newShop(t, openRedis(t, server))
	s.position("lamp", 1, 7)
	s.run()
	s.eventually("filled at the start", func() bool { return server.Exists("availability:epoch") })
	server.FlushAll()
	s.eventually("filled again", func() bool { return server.Exists("availability:epoch") && server.HGet("avail:lamp", "v") == "1" })
}

func TestTheLastKnownAnswerIsServedWhileRedisIsAway(t *testing.T) {
	server := miniredis.RunT(t)
	s := newShop(t, openRedis(t, server))
	s.position("lamp", 1, 7)
	s.run()
	s.eventually("filled at the start", func() bool { return s.shows("lamp", 7, false) })
	server.Close()
	at := s.position("lamp", 2, 5)
	if !s.shows("lamp", 5, true) {
		t.Error("want the newest answer of this process, marked stale")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	s.eventually("written after it came back", func() bool { return s.shows("lamp", 5, false) && server.HGet("avail:lamp", "v") == "2" })
	if !s.room.Await(t.Context(), at.Partition, at.Offset) {
		t.Error("the position is not said to be visible")
	}
}
