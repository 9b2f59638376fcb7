package stock

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// lot moves units of lot L1 at north, which expires at a time after the start.
func (i *item) lot(id string, from, to event.StockCondition, qty int64, expires time.Duration) {
	i.t.Helper()
	m := event.InventoryMovement{EntryID: id, Node: "north", Lot: "L1", Qty: qty, From: from, To: to}
	if expires > 0 {
		at := start.Add(expires)
		m.LotExpiresAt = &at
	}
	i.move(m)
}

func TestALotLeavesWhatIsAvailableWhenItsLifeIsTooShort(t *testing.T) {
	outside, sellable, quarantine := event.StockConditionOutside, event.StockConditionSellable, event.StockConditionQuarantine
	i := newItem(t)
	life := 30 * day
	i.rules.MinLife = func(string) time.Duration { return life }
	i.receive("r1", "north", 4)
	i.lot("r2", outside, sellable, 10, 40*day)
	i.lot("q1", sellable, quarantine, 3, 0)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 6))), granted)
	i.pass(10*day - time.Second)
	if p := i.position("north"); p.Expired != 0 || p.Available != 5 {
		t.Fatalf("before its time: %+v", p)
	}
	i.pass(time.Second)
	if p := i.position("north"); p.Expired != 7 || p.Available != -2 || p.OnHand != 14 || p.Lacking != 2 {
		t.Fatalf("at its time: %+v", p)
	}
	i.lot("q2", quarantine, sellable, 2, 0) // it grew no younger
	if p := i.position("north"); p.Expired != 9 || p.Available != -2 {
		t.Errorf("after units came back: %+v", p)
	}
	i.lot("s1", sellable, outside, 9, 0)
	if p := i.position("north"); p.Expired != 0 || p.Available != -2 || p.OnHand != 5 {
		t.Errorf("after it is gone: %+v", p)
	}
	if len(i.rows.timers) != 0 {
		t.Errorf("reminders %v are left", i.rows.timers)
	}
}

func TestAnotherMinimumLifeCountsWithinADay(t *testing.T) {
	i := newItem(t)
	life := 30 * day
	i.rules.MinLife = func(string) time.Duration { return life }
	i.lot("r1", event.StockConditionOutside, event.StockConditionSellable, 10, 90*day)
	i.pass(day)
	life = 89 * day
	i.pass(day)
	if p := i.position("north"); p.Expired != 10 {
		t.Errorf("north %+v", p)
	}
}

func TestLotsOfOthersAndWithoutADateDoNotGrowOld(t *testing.T) {
	i := newItem(t)
	i.lot("r1", event.StockConditionOutside, event.StockConditionSellable, 10, 0)
	expires := start.Add(time.Hour)
	i.move(event.InventoryMovement{EntryID: "r2", Node: "north", Owner: "supplier", Lot: "L2", Qty: 3, From: event.StockConditionOutside, To: event.StockConditionSellable, LotExpiresAt: &expires})
	if len(i.rows.timers) != 0 {
		t.Errorf("reminders %v", i.rows.timers)
	}
	i.pass(day)
	if p := i.position("north"); p.Expired != 0 || p.Available != 10 {
		t.Errorf("north %+v", p)
	}
}
