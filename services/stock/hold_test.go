package stock

import (
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// basket asks for units for a basket until a time.
func basket(id, order string, plan int64, until time.Time, nodes ...event.NodeQty) event.InventoryCommand {
	c := reserve(id, order, event.ReserveModeHold, plan, nodes...)
	c.ExpiresAt = &until
	return c
}

func TestAHoldEndsByItselfAndServesTheNext(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(basket("c1", "o1", 1, start.Add(time.Hour), at("north", 4))), granted)
	i.one(i.command(reserve("c2", "o2", event.ReserveModeTentative, 1, at("north", 2))), short)
	i.pass(time.Hour + 29*time.Second)
	i.expect(5, 4)
	i.pass(2 * time.Second)
	i.expect(5, 0)
	if len(i.rows.timers) != 0 {
		t.Errorf("reminders %v are left", i.rows.timers)
	}
}

// The time at which a confirmation was written decides, not the time at which it
// is read, and it is decided once for all.
func TestAConfirmationIsInTimeByWhenItWasWritten(t *testing.T) {
	end := start.Add(time.Hour)
	for _, c := range []struct {
		written, read time.Duration
		want          event.StockVerdict
	}{
		{time.Hour, time.Hour, committed},
		{time.Hour, time.Hour + 29*time.Second, committed},
		{time.Hour + time.Microsecond, time.Hour + time.Microsecond, refused},
		{time.Hour + 20*time.Second, time.Hour + 20*time.Second, refused},
		{time.Hour, time.Hour + 31*time.Second, refused}, // read too late: the units are gone
	} {
		for _, action := range []event.StockAction{event.StockActionCommit, event.StockActionExtend, event.StockActionReplace} {
			i := newItem(t)
			i.receive("r1", "north", 5)
			i.one(i.command(basket("c1", "o1", 1, end, at("north", 4))), granted)
			i.pass(c.read)
			word := act("c2", "o1", action, 1, ReservationID("o1", "lamp", "north", 1))
			later := end.Add(time.Hour)
			want, reserved := c.want, int64(4)
			switch action {
			case event.StockActionExtend:
				word.ExpiresAt = &later
			case event.StockActionReplace:
				word.Mode, word.Plan, word.Nodes = event.ReserveModeCommit, 2, []event.NodeQty{at("north", 5)}
			}
			if want == committed && action != event.StockActionCommit {
				want = granted
			}
			if want != refused && action == event.StockActionReplace {
				reserved = 5
			}
			if want == refused {
				reserved = 0
			}
			for range 2 { // sent again, it hears the same
				a := i.one(i.commandAt(word, start.Add(c.written)), want)
				if want == refused && a.Reason != ReasonExpired {
					t.Errorf("%s written %s after and read %s after: %s", action, c.written, c.read, a.Reason)
				}
				i.expect(5, reserved)
			}
		}
	}
}

func TestAnExtendedHoldLastsAndNeverShrinks(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(basket("c1", "o1", 1, start.Add(time.Hour), at("north", 4))), granted)
	for n, until := range []time.Duration{3 * time.Hour, 2 * time.Hour} {
		word := act("extend"+string(rune('a'+n)), "o1", event.StockActionExtend, 1, ReservationID("o1", "lamp", "north", 1))
		later := start.Add(until)
		word.ExpiresAt = &later
		i.one(i.command(word), granted)
	}
	i.pass(170 * time.Minute)
	i.expect(5, 4)
	i.pass(11 * time.Minute)
	i.expect(5, 0)
}

func TestAnOrderTakesOverItsBasketInOneStep(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.receive("r2", "south", 1)
	basket := i.one(i.command(basket("c1", "o1", 1, start.Add(time.Hour), at("north", 4))), granted)
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 1))), granted)
	word := act("c3", "o1", event.StockActionReplace, 2, basket.Grants[0].ReservationID)
	word.Mode, word.Nodes = event.ReserveModeCommit, []event.NodeQty{at("north", 3), at("south", 1)}
	a := i.one(i.command(word), granted)
	if len(a.Grants) != 2 || a.Grants[0].Qty != 3 || a.Grants[1].Node != "south" {
		t.Errorf("grants %+v", a.Grants)
	}
	again := i.one(i.command(word), granted)
	if !slices.Equal(a.Grants, again.Grants) {
		t.Errorf("grants %+v, then %+v", a.Grants, again.Grants)
	}
	i.expect(5, 4)
	i.pass(2 * time.Hour)
	i.expect(5, 4)
}

// Moving a reservation to another place is a claim on that place's stock.
func TestASwapThatCannotBeGrantedLeavesWhatTheOrderHas(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.receive("r2", "south", 1)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 4))), granted)
	word := act("c2", "o1", event.StockActionReplace, 2, ReservationID("o1", "lamp", "north", 1))
	word.Mode, word.Nodes = event.ReserveModeCommit, []event.NodeQty{at("south", 4)}
	i.one(i.command(word), short)
	i.one(i.command(word), short)
	i.expect(5, 4)
	if p := i.position("south"); p.Reserved != 0 {
		t.Errorf("south %+v", p)
	}
}

func TestAHoldWithoutASensibleEndIsRefused(t *testing.T) {
	for _, until := range []time.Duration{0, -time.Second, MaxHold + time.Second} {
		i := newItem(t)
		i.receive("r1", "north", 5)
		if a := i.one(i.command(basket("c1", "o1", 1, start.Add(until), at("north", 1))), refused); a.Reason != ReasonMalformed {
			t.Errorf("until %s: %s", until, a.Reason)
		}
	}
}

// Two lines of one order that share an item are judged one after the other, never
// each against all that was there.
func TestLinesThatShareAnItemNeverGetMoreThanThereIs(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 3))), granted)
	i.one(i.command(reserve("c2", "o1", event.ReserveModeCommit, 2, at("north", 3))), short)
	i.one(i.command(reserve("c3", "o1", event.ReserveModeCommit, 3, at("north", 1), at("north", 2))), refused)
	i.expect(5, 3)
}

func TestOfAThousandOrdersForOneUnitOneGetsIt(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 1)
	got := 0
	for n := range 1000 {
		mode := []event.ReserveMode{event.ReserveModeCommit, event.ReserveModeTentative, event.ReserveModeHold}[n%3]
		c := reserve("c"+string(rune(n)), "o"+string(rune(n)), mode, 1, at("north", 1))
		later := start.Add(time.Hour)
		c.ExpiresAt = &later
		for _, a := range i.command(c) {
			if a.Verdict == granted {
				got++
			}
		}
	}
	if got != 1 {
		t.Errorf("%d orders got the one unit", got)
	}
	i.expect(1, 1)
}

func TestAShortageIsOneStoryFromItsBeginningToItsEnd(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 5))), granted)
	var told []event.InventoryShortage
	adjust := func(id string, from, to event.StockCondition, qty int64) {
		i.move(event.InventoryMovement{EntryID: id, Node: "north", Qty: qty, From: from, To: to})
		told = append(told, i.last.Shortages()...)
	}
	sellable, damaged, outside := event.StockConditionSellable, event.StockConditionDamaged, event.StockConditionOutside
	adjust("a1", sellable, damaged, 2)
	adjust("a2", sellable, outside, 1)
	adjust("a3", damaged, outside, 1) // changes nothing that was promised
	adjust("a4", outside, sellable, 9)
	adjust("a5", sellable, outside, 9)
	var lacking []int64
	for _, s := range told {
		lacking = append(lacking, s.Qty)
	}
	if !slices.Equal(lacking, []int64{2, 3, 0, 3}) {
		t.Fatalf("told %+v", told)
	}
	if told[0].ShortageID != told[1].ShortageID || told[1].ShortageID != told[2].ShortageID || told[3].ShortageID == told[0].ShortageID {
		t.Errorf("ids %+v", told)
	}
	i.one(i.command(act("c2", "o1", event.StockActionRelease, 1)), released)
	if s := i.last.Shortages(); len(s) != 1 || s[0].Qty != 0 {
		t.Errorf("only orders end a shortage: %+v", s)
	}
}
