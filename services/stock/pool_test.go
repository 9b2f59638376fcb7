package stock

import (
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// pool keeps units at north for a channel.
func pool(name, channel string, qty int64, until *time.Time) event.InventoryPool {
	return event.InventoryPool{Pool: name, Node: "north", Qty: qty, Channels: []string{channel}, Until: until}
}

func (i *item) pools(version int64, pools ...event.InventoryPool) []event.InventoryAnswer {
	i.t.Helper()
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	if err := i.last.SetPools(&event.InventoryPools{Sku: "lamp", Version: version, Pools: pools}); err != nil {
		i.t.Fatal(err)
	}
	return i.last.Answers()
}

// through says through which channel a command comes.
func through(channel string, c event.InventoryCommand) event.InventoryCommand {
	c.Channel = channel
	return c
}

func TestAPoolIsForItsChannelUntilItsDate(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 10)
	until := start.Add(day)
	i.pools(1, pool("launch", "web", 8, &until))
	a := i.one(i.command(through("shop", reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 3)))), short)
	if !slices.Equal(a.Available, []event.NodeQty{at("north", 2)}) {
		t.Errorf("the shop hears that north could give %+v", a.Available)
	}
	p := i.position("north")
	if p.Available != 10 || p.Offer("web", "") != 10 || p.Offer("shop", "") != 2 {
		t.Errorf("north %+v", p)
	}
	i.one(i.command(through("web", reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 5)))), granted)
	if p := i.position("north"); p.Pools[0].Used != 5 || p.Pools[0].Units != 3 || p.Offer("shop", "") != 2 {
		t.Errorf("after the web took 5: %+v", p)
	}
	i.one(i.command(through("web", act("c3", "o2", event.StockActionRelease, 1))), released)
	if p := i.position("north"); p.Pools[0].Used != 0 || p.Offer("shop", "") != 2 {
		t.Errorf("after they came back: %+v", p)
	}
	i.pass(day)
	if p := i.position("north"); len(p.Pools) != 0 || p.Offer("shop", "") != 10 {
		t.Errorf("after its date: %+v", p)
	}
	if len(i.rows.timers) != 0 {
		t.Errorf("reminders %v are left", i.rows.timers)
	}
}

func TestThePoolThatStandsFirstIsCoveredFirst(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 6)
	i.pools(1, pool("a", "web", 5, nil), pool("b", "shop", 5, nil))
	p := i.position("north")
	if p.Offer("web", "") != 5 || p.Offer("shop", "") != 1 || p.Offer("", "") != 0 {
		t.Errorf("north %+v", p)
	}
	i.pools(2, pool("b", "shop", 5, nil))
	i.pools(1, pool("a", "web", 5, nil)) // it comes late
	if p := i.position("north"); p.Offer("web", "") != 1 || p.Offer("shop", "") != 6 {
		t.Errorf("north %+v", p)
	}
}

func TestAShipmentUsesUpThePoolAndItsNextVersionRemembers(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 10)
	i.pools(1, pool("a", "web", 4, nil))
	id := i.one(i.command(through("web", reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 3)))), granted).Grants[0].ReservationID
	i.ship("s1", "o1", id, "north", 3)
	i.pools(2, pool("a", "web", 6, nil))
	if p := i.position("north"); p.Pools[0].Used != 3 || p.Pools[0].Units != 3 {
		t.Errorf("north %+v", p)
	}
	i.pools(3)
	i.pools(4, pool("a", "web", 6, nil)) // another one of the same name
	if p := i.position("north"); p.Pools[0].Used != 0 || p.Pools[0].Units != 6 {
		t.Errorf("north %+v", p)
	}
}

func TestABackorderWaitsForWhatItMayHave(t *testing.T) {
	i := newItem(t)
	i.pools(1, pool("a", "web", 4, nil))
	i.one(i.command(through("shop", backorder("c1", "o1", 3))), backordered)
	i.one(i.command(through("web", backorder("c2", "o2", 2))), backordered)
	if a := i.one(i.receive("r1", "north", 4), granted); a.OrderID != "o2" {
		t.Errorf("%s was served", a.OrderID)
	}
	if a := i.one(i.receive("r2", "north", 3), granted); a.OrderID != "o1" {
		t.Errorf("%s was served", a.OrderID)
	}
}

func TestPoolsThatSayNothingAreRefused(t *testing.T) {
	i := newItem(t)
	good := pool("a", "web", 4, nil)
	nobody, nowhere, nothing := good, good, good
	nobody.Channels, nowhere.Node, nothing.Qty = nil, "", 0
	for _, pools := range [][]event.InventoryPool{{nobody}, {nowhere}, {nothing}, {good, good}, slices.Repeat([]event.InventoryPool{good}, maxPools+1)} {
		if err := Open("lamp", &i.record, i.rows, &i.rules, i.now).SetPools(&event.InventoryPools{Sku: "lamp", Version: 1, Pools: pools}); err == nil {
			t.Errorf("%+v were taken", pools)
		}
	}
	if len(i.record.Pools) != 0 || i.record.PoolsVersion != 0 {
		t.Errorf("something was kept: %+v", i.record)
	}
}
