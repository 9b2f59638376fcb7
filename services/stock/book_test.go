package stock

import (
	"slices"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

const (
	granted   = event.StockVerdictGranted
	contended = event.StockVerdictContended
	short     = event.StockVerdictShort
	refused   = event.StockVerdictRefused
	committed = event.StockVerdictCommitted
	released  = event.StockVerdictReleased
)

func TestAPartialReserveTakesWhatIsThereAndTellsTheRest(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 3)
	i.receive("r2", "south", 9)
	c := reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 5))
	c.Partial = true
	a := i.one(i.command(c), granted)
	if len(a.Grants) != 1 || a.Grants[0].Qty != 3 || a.Grants[0].ReservationID != ReservationID("o1", "lamp", "north", 1) {
		t.Errorf("grants %+v", a.Grants)
	}
	if !slices.Equal(a.Available, []event.NodeQty{at("south", 9)}) {
		t.Errorf("available %+v", a.Available)
	}
	if p := i.position("north"); p.Reserved != 3 || p.Available != 0 || p.OnHand != 3 {
		t.Errorf("north %+v", p)
	}
	c = reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 1))
	c.Partial = true
	if a := i.one(i.command(c), short); len(a.Grants) != 0 {
		t.Errorf("grants %+v of nothing", a.Grants)
	}
}

func TestSafetyStockIsNeverPromised(t *testing.T) {
	i := newItem(t)
	i.rules.SafetyStock = map[string]int64{"north": 4}
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 2))), short)
	i.one(i.command(reserve("c2", "o1", event.ReserveModeTentative, 2, at("north", 1))), granted)
}

func TestTentativelyTakenIsContendedAndCommittedIsShort(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	first := i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 4))), granted)
	a := i.one(i.command(reserve("c2", "o2", event.ReserveModeTentative, 1, at("north", 2))), contended)
	if !slices.Equal(a.Available, []event.NodeQty{at("north", 5)}) {
		t.Errorf("available %+v, want what could come back too", a.Available)
	}
	i.one(i.command(act("c3", "o1", event.StockActionCommit, 1, first.Grants[0].ReservationID)), committed)
	i.one(i.command(reserve("c4", "o2", event.ReserveModeTentative, 2, at("north", 2))), short)
}

func TestAClaimWaitsForItsTurnAndNoFirstTryOvertakesIt(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 4))), granted)
	if got := i.command(reserve("c2", "o2", event.ReserveModeClaim, 1, at("north", 3))); len(got) != 0 {
		t.Fatalf("a claim that waits was answered %+v", got)
	}
	i.one(i.command(reserve("c3", "o3", event.ReserveModeTentative, 1, at("north", 1))), contended)
	answers := i.command(act("c4", "o1", event.StockActionRelease, 1))
	if len(answers) != 2 || answers[0].Verdict != released || answers[1].Verdict != granted || answers[1].CommandID != "c2" {
		t.Fatalf("answers %+v, want the release and then the claim", answers)
	}
	i.one(i.command(reserve("c5", "o3", event.ReserveModeTentative, 2, at("north", 1))), granted)
}

func TestHigherPriorityStandsBeforeOlder(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 1)
	i.one(i.command(reserve("c0", "o0", event.ReserveModeTentative, 1, at("north", 1))), granted)
	for n, priority := range []int{0, 7, -3, 7} {
		c := reserve("claim"+string(rune('a'+n)), "w"+string(rune('a'+n)), event.ReserveModeClaim, 1, at("north", 1))
		c.Priority = priority
		if got := i.command(c); len(got) != 0 {
			t.Fatalf("answered %+v", got)
		}
	}
	holder := "o0"
	for _, want := range []string{"wb", "wd", "wa", "wc"} {
		answers := i.command(act("release "+holder, holder, event.StockActionRelease, 1))
		if len(answers) != 2 || answers[1].OrderID != want || answers[1].Verdict != granted {
			t.Fatalf("after %s: answers %+v, want %s served", holder, answers, want)
		}
		holder = want
	}
}

func TestAReceiptServesTheQueueFirst(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 2)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 2))), granted)
	i.command(reserve("c2", "o2", event.ReserveModeClaim, 1, at("north", 2)))
	if a := i.one(i.receive("r2", "north", 2), granted); a.OrderID != "o2" {
		t.Errorf("served %s", a.OrderID)
	}
}

func TestACommitThatLeavesTooLittleEndsTheClaim(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 3)
	a := i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 2))), granted)
	i.command(reserve("c2", "o2", event.ReserveModeClaim, 1, at("north", 2)))
	i.command(reserve("c3", "o3", event.ReserveModeClaim, 1, at("north", 1)))
	answers := i.command(act("c4", "o1", event.StockActionCommit, 1, a.Grants[0].ReservationID))
	if len(answers) != 3 || answers[1].Verdict != short || answers[1].OrderID != "o2" || answers[2].Verdict != granted || answers[2].OrderID != "o3" {
		t.Fatalf("answers %+v, want committed, o2 short, o3 granted", answers)
	}
}

func TestAReleaseTakesAClaimOutOfTheQueue(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 2)
	i.receive("r2", "south", 2)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 2))), granted)
	i.command(reserve("c2", "o2", event.ReserveModeClaim, 1, at("north", 2), at("south", 1)))
	i.one(i.command(act("c3", "o2", event.StockActionRelease, 1, ReservationID("o2", "lamp", "south", 1))), released)
	if i.record.Claims != 0 || len(i.rows.claims) != 0 || i.record.Nodes[0].Waiting != 0 || i.record.Nodes[1].Waiting != 0 {
		t.Errorf("the claim left traces: %+v %v", i.record, i.rows.claims)
	}
	i.one(i.command(act("c4", "o1", event.StockActionRelease, 1)), released)
}

func TestAReleaseBeforeItsReserveRefusesIt(t *testing.T) {
	for _, ids := range [][]string{nil, {ReservationID("o1", "lamp", "north", 2)}} {
		i := newItem(t)
		i.receive("r1", "north", 5)
		i.one(i.command(act("c1", "o1", event.StockActionRelease, 2, ids...)), released)
		i.one(i.command(act("c1", "o1", event.StockActionRelease, 2, ids...)), released)
		if a := i.one(i.command(reserve("c2", "o1", event.ReserveModeTentative, 2, at("north", 1))), refused); a.Reason != ReasonReleased {
			t.Errorf("reason %s", a.Reason)
		}
		i.one(i.command(reserve("c3", "o1", event.ReserveModeTentative, 3, at("north", 1))), granted)
		if p := i.position("north"); p.Reserved != 1 {
			t.Errorf("north %+v", p)
		}
	}
}

func TestARepeatedReleaseLeavesLaterPlansAlone(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 2))), granted)
	back := act("c2", "o1", event.StockActionRelease, 1)
	i.one(i.command(back), released)
	i.one(i.command(reserve("c3", "o1", event.ReserveModeTentative, 2, at("north", 3))), granted)
	i.one(i.command(back), released)
	if p := i.position("north"); p.Reserved != 3 {
		t.Errorf("north %+v after a repeat of an earlier plan's release, want 3 reserved", p)
	}
}

func TestTheSameCommandHearsTheSameAnswer(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	commands := []event.InventoryCommand{
		reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 4)),
		reserve("c2", "o2", event.ReserveModeTentative, 1, at("north", 2)),
		reserve("c3", "o3", event.ReserveModeCommit, 1, at("north", 9)),
		act("c4", "o1", event.StockActionCommit, 1),
		act("c5", "o3", event.StockActionRelease, 1),
	}
	for n, want := range []event.StockVerdict{granted, contended, short, committed, released} {
		first := i.one(i.command(commands[n]), want)
		version := i.record.Version
		again := i.one(i.command(commands[n]), want)
		if !slices.Equal(first.Grants, again.Grants) {
			t.Errorf("%s: grants %+v, then %+v", commands[n].CommandID, first.Grants, again.Grants)
		}
		if i.record.Version != version || i.last.Changed() {
			t.Errorf("%s changed something the second time", commands[n].CommandID)
		}
	}
}

// The release of what a node will not ship may overtake the shipment of the rest.
func TestAReleaseOfAQuantityLeavesTheRestToItsShipment(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	id := i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 5))), granted).Grants[0].ReservationID
	c := act("c2", "o1", event.StockActionRelease, 1, id)
	c.Nodes = []event.NodeQty{at("north", 2)}
	i.one(i.command(c), released)
	i.one(i.command(c), released)
	if p := i.position("north"); p.Reserved != 3 || p.Available != 2 {
		t.Errorf("after giving back 2 of 5: %+v", p)
	}
	i.ship("s1", "o1", id, "north", 3)
	if p := i.position("north"); p.OnHand != 2 || p.Reserved != 0 || i.record.OverShipped != 0 {
		t.Errorf("after shipping 3: %+v, over-shipped %d", p, i.record.OverShipped)
	}
}

func TestAShipmentConsumesItsOwnReservationOnce(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 10)
	a := i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 4))), granted)
	id := a.Grants[0].ReservationID
	i.ship("s1", "o1", id, "north", 3)
	i.ship("s1", "o1", id, "north", 3)
	if p := i.position("north"); p.OnHand != 7 || p.Reserved != 1 || p.Available != 6 {
		t.Errorf("after a part: %+v", p)
	}
	i.ship("s2", "o1", id, "north", 3)
	if p := i.position("north"); p.OnHand != 4 || p.Reserved != 0 || i.record.OverShipped != 2 {
		t.Errorf("after shipping 2 too many: %+v, over-shipped %d", p, i.record.OverShipped)
	}
}

func TestFactsAreBookedBelowZeroAndVisible(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 5))), granted)
	i.move(event.InventoryMovement{EntryID: "a1", Node: "north", Qty: 2, From: event.StockConditionSellable, To: event.StockConditionDamaged})
	i.move(event.InventoryMovement{EntryID: "a2", Node: "north", Qty: 1, From: event.StockConditionSellable, To: event.StockConditionOutside})
	if p := i.position("north"); p.OnHand != 4 || p.Unsellable != 2 || p.Reserved != 5 || p.Available != -3 {
		t.Errorf("north %+v", p)
	}
	i.receive("r2", "south", 1)
	if total := i.last.Position().TotalAvailable; total != 1 {
		t.Errorf("total %d: what north lacks takes nothing from south", total)
	}
}

func TestCommandsThatMakeNoSenseAreRefused(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	for name, c := range map[string]event.InventoryCommand{
		"no node":          reserve("c1", "o1", event.ReserveModeTentative, 1),
		"node twice":       reserve("c2", "o1", event.ReserveModeTentative, 1, at("north", 1), at("north", 1)),
		"nothing":          reserve("c3", "o1", event.ReserveModeTentative, 1, at("north", 0)),
		"below zero":       reserve("c4", "o1", event.ReserveModeCommit, 1, at("north", -1)),
		"too much":         reserve("c5", "o1", event.ReserveModeClaim, 1, at("north", 1<<62)),
		"no plan":          reserve("c6", "o1", event.ReserveModeTentative, 0, at("north", 1)),
		"a hold":           reserve("c7", "o1", event.ReserveModeHold, 1, at("north", 1)),
		"unknown action":   act("c8", "o1", event.StockActionUnknown, 1),
		"foreign commit":   act("c9", "o1", event.StockActionCommit, 1, ReservationID("o2", "lamp", "north", 1)),
		"commit of naught": act("c10", "o1", event.StockActionCommit, 1),
	} {
		if a := i.one(i.command(c), refused); a.Reason == "" {
			t.Errorf("%s: refused without a reason", name)
		}
	}
	if p := i.position("north"); p.Reserved != 0 || p.Available != 5 {
		t.Errorf("north %+v", p)
	}
}

func TestMovementsThatSayNothingAreErrors(t *testing.T) {
	i := newItem(t)
	outside, sellable := event.StockConditionOutside, event.StockConditionSellable
	for _, m := range []event.InventoryMovement{
		{EntryID: "", Sku: "lamp", Node: "north", Qty: 1, From: outside, To: sellable},
		{EntryID: "e", Sku: "sofa", Node: "north", Qty: 1, From: outside, To: sellable},
		{EntryID: "e", Sku: "lamp", Node: "", Qty: 1, From: outside, To: sellable},
		{EntryID: "e", Sku: "lamp", Node: "north", Qty: 0, From: outside, To: sellable},
		{EntryID: "e", Sku: "lamp", Node: "north", Qty: 1 << 62, From: outside, To: sellable},
		{EntryID: "e", Sku: "lamp", Node: "north", Qty: 1, From: sellable, To: sellable},
		{EntryID: "e", Sku: "lamp", Node: "north", Qty: 1, From: sellable, To: outside, Owner: "supplier-7", ReservationID: "r"},
	} {
		if err := Open("lamp", &i.record, i.rows, &i.rules, start).Book(&m); err == nil {
			t.Errorf("%+v was booked", m)
		}
	}
	if len(i.record.Nodes) != 0 || len(i.rows.entries) != 0 {
		t.Errorf("something was kept: %+v", i.record)
	}
}
