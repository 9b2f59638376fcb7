package stock

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

const backordered = event.StockVerdictBackordered

const day = 24 * time.Hour

// supply announces units at north.
func (i *item) supply(id string, qty int64, due time.Duration) []event.InventoryAnswer {
	i.t.Helper()
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	s := &event.InventorySupply{SupplyID: id, Sku: "lamp", Node: "north", Qty: qty, Due: start.Add(due), Kind: event.SupplyKindPurchaseOrder, Source: "test"}
	if err := i.last.Supply(s); err != nil {
		i.t.Fatal(err)
	}
	return i.last.Answers()
}

// arrive receives announced units at north.
func (i *item) arrive(id, supply string, qty int64) []event.InventoryAnswer {
	i.t.Helper()
	return i.move(event.InventoryMovement{
		EntryID: id, Node: "north", Qty: qty, From: event.StockConditionOutside, To: event.StockConditionSellable, SupplyID: supply,
	})
}

func backorder(id, order string, qty int64) event.InventoryCommand {
	return reserve(id, order, event.ReserveModeBackorder, 1, at("north", qty))
}

func promised(t *testing.T, a event.InventoryAnswer, due time.Duration) {
	t.Helper()
	if a.PromisedFor == nil || !a.PromisedFor.Equal(start.Add(due)) {
		t.Errorf("order %s is promised %v, want %s", a.OrderID, a.PromisedFor, start.Add(due))
	}
}

func TestAClaimOnADateTakesNoUnits(t *testing.T) {
	i := newItem(t)
	i.supply("po1", 10, 3*day)
	dates := backorder("c1", "o1", 6)
	dates.DatesOnly = true
	promised(t, i.one(i.command(dates), backordered), 3*day)
	if p := i.last.Position(); len(p.Supplies) != 1 || p.Supplies[0].Qty != 4 || !p.Supplies[0].Due.Equal(start.Add(3*day)) || p.Nodes[0].IncomingClaimed != 6 {
		t.Errorf("what nobody claims is %+v of %+v", p.Supplies, p.Nodes)
	}
	// The units come: the claim has no date any more, and they are free.
	if a := i.one(i.arrive("r1", "po1", 10), backordered); a.PromisedFor != nil {
		t.Errorf("promised for %v", a.PromisedFor)
	}
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 10))), granted)
	if p := i.last.Position(); len(p.Supplies) != 0 || p.Nodes[0].IncomingClaimed != 0 {
		t.Errorf("nothing is to come: %+v, %+v", p.Supplies, p.Nodes)
	}
	i.expect(10, 10)
}

func TestABackorderIsPromisedWhatIsToComeAndGetsItFirst(t *testing.T) {
	i := newItem(t)
	i.supply("po1", 10, 3*day)
	i.supply("po2", 10, 9*day)
	promised(t, i.one(i.command(backorder("c1", "o1", 6)), backordered), 3*day)
	promised(t, i.one(i.command(backorder("c2", "o2", 8)), backordered), 9*day)
	i.one(i.command(backorder("c1", "o1", 6)), backordered) // sent again
	if p := i.position("north"); p.Incoming != 20 || p.Available != 0 || p.Reserved != 0 {
		t.Errorf("north %+v", p)
	}
	a := i.one(i.arrive("r1", "po1", 10), granted)
	if a.OrderID != "o1" || a.CommandID != "c1" || a.Grants[0].Qty != 6 {
		t.Errorf("served %+v", a)
	}
	// What is left of the receipt is the second one's, so no first try gets it.
	if p := i.position("north"); p.Claimed != 4 || p.Incoming != 10 {
		t.Errorf("north %+v", p)
	}
	i.one(i.command(reserve("c3", "o3", event.ReserveModeCommit, 1, at("north", 1))), short)
	if a := i.one(i.arrive("r2", "po2", 10), granted); a.OrderID != "o2" {
		t.Errorf("served %+v", a)
	}
	i.one(i.command(reserve("c4", "o4", event.ReserveModeCommit, 1, at("north", 6))), granted)
	i.expect(20, 20)
}

func TestADateThatMovesIsTold(t *testing.T) {
	i := newItem(t)
	i.supply("po1", 10, 3*day)
	i.one(i.command(backorder("c1", "o1", 6)), backordered)
	promised(t, i.one(i.supply("po1", 10, 5*day), backordered), 5*day)
	if got := i.supply("po1", 10, 5*day); len(got) != 0 {
		t.Errorf("the same word again told %+v", got)
	}
	if a := i.one(i.supply("po1", 3, 5*day), backordered); a.PromisedFor != nil {
		t.Errorf("promised %v of too little", a.PromisedFor)
	}
	// Without a date it keeps nobody from what is there.
	i.receive("r1", "north", 2)
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 2))), granted)
}

func TestABackorderOfWhatIsThereIsGrantedAtOnce(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(backorder("c1", "o1", 5)), granted)
	i.expect(5, 5)
}

func TestAPreorderTakesNothingInHandUntilItsDateIsNear(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.supply("po1", 5, 3*day)
	c := backorder("c1", "o1", 5)
	date := start.Add(30 * day)
	c.NotBefore = &date
	promised(t, i.one(i.command(c), backordered), 30*day)
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 4))), granted)
	i.arrive("r2", "po1", 5)
	if answers := i.pass(15 * day); len(answers) != 0 {
		t.Errorf("answers %+v before the date is near", answers)
	}
	if a := i.one(i.pass(2*day), granted); a.OrderID != "o1" {
		t.Errorf("served %+v", a)
	}
	i.expect(10, 9)
}

func TestABackorderThatIsGivenBackFreesItsPlaceAndItsSupply(t *testing.T) {
	i := newItem(t)
	i.supply("po1", 5, 3*day)
	i.one(i.command(backorder("c1", "o1", 5)), backordered)
	if a := i.one(i.command(backorder("c2", "o2", 5)), backordered); a.PromisedFor != nil {
		t.Errorf("promised %v of claimed supply", a.PromisedFor)
	}
	answers := i.command(act("c3", "o1", event.StockActionRelease, 1))
	if len(answers) != 2 || answers[0].Verdict != released || answers[1].OrderID != "o2" {
		t.Fatalf("answers %+v", answers)
	}
	promised(t, answers[1], 3*day)
	if i.record.Backorders != 1 || len(i.rows.backlog) != 1 {
		t.Errorf("%d backorders, rows %v", i.record.Backorders, i.rows.backlog)
	}
}

func TestAReceiptBeforeItsAnnouncementIsNotExpectedAgain(t *testing.T) {
	i := newItem(t)
	i.arrive("r1", "po1", 4)
	i.supply("po1", 10, day)
	if p := i.position("north"); p.Incoming != 6 || p.OnHand != 4 {
		t.Errorf("north %+v", p)
	}
	i.arrive("r2", "po1", 7)
	i.supply("po1", 10, day) // the same announcement, sent again
	if p := i.position("north"); p.Incoming != 0 || p.OnHand != 11 || i.record.Supplies != 0 {
		t.Errorf("north %+v, supplies %d", p, i.record.Supplies)
	}
}

// Whatever comes in whatever order: no backorder is passed by while all it wants
// is free, nothing in hand is given twice, and dates stand on supply.
func TestBackordersGetWhatComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := newItem(t)
		ids := 0
		id := func() string { ids++; return fmt.Sprint("x", ids) }
		order := func() string { return rapid.SampledFrom([]string{"o1", "o2", "o3", "o4"}).Draw(t, "order") }
		units := func() int64 { return rapid.Int64Range(1, 6).Draw(t, "units") }
		plan := int64(0)
		t.Repeat(map[string]func(*rapid.T){
			"receive": func(*rapid.T) { i.receive(id(), "north", units()) },
			"supply":  func(*rapid.T) { i.supply(order(), units(), time.Duration(units())*day) },
			"arrive":  func(*rapid.T) { i.arrive(id(), order(), units()) },
			"backorder": func(t *rapid.T) {
				plan++
				c := backorder(id(), order(), units())
				c.Plan, c.Priority = plan, rapid.IntRange(0, 1).Draw(t, "priority")
				if far := rapid.IntRange(0, 30).Draw(t, "days"); far > 10 {
					date := i.now.Add(time.Duration(far) * day)
					c.NotBefore = &date
				}
				i.command(c)
			},
			"reserve": func(*rapid.T) {
				plan++
				i.command(reserve(id(), order(), event.ReserveModeCommit, plan, at("north", units())))
			},
			"claim": func(*rapid.T) {
				plan++
				i.command(reserve(id(), order(), event.ReserveModeClaim, plan, at("north", units())))
			},
			"hold": func(*rapid.T) {
				plan++
				i.command(basket(id(), order(), plan, i.now.Add(time.Hour), at("north", units())))
			},
			"release": func(*rapid.T) { i.command(act(id(), order(), event.StockActionRelease, plan)) },
			"lose": func(*rapid.T) {
				i.move(event.InventoryMovement{EntryID: id(), Node: "north", Qty: units(), From: event.StockConditionSellable, To: event.StockConditionOutside})
			},
			"pass": func(t *rapid.T) { i.pass(time.Duration(rapid.IntRange(1, 72).Draw(t, "hours")) * time.Hour) },
			"": func(t *rapid.T) {
				n := i.position("north")
				open := map[event.ReservationState]int64{}
				for _, h := range i.rows.holdings {
					for k := range h.Reservations {
						open[h.Reservations[k].State] += openUnits(&h.Reservations[k])
					}
				}
				if kept := open[event.ReservationStateCommitted] + open[event.ReservationStateTentative] + open[event.ReservationStateHeld]; kept != n.Reserved {
					t.Fatalf("%d reserved, the reservations keep %d", n.Reserved, kept)
				}
				var incoming, backlog int64
				for _, s := range i.rows.Supplies() {
					incoming += s.Qty
				}
				ahead, free := n.Incoming, n.Available-n.Claimed
				if len(i.record.Nodes) > 0 {
					free -= i.record.Nodes[0].Waiting
				}
				i.rows.Backorders(func(_ string, o *event.StockBackorder) {
					backlog += o.Qty
					near := o.NotBefore == nil || !o.NotBefore.After(i.now.Add(horizon))
					if near && o.PromisedFor != nil && o.Qty <= free {
						t.Fatalf("%+v waits, and %d are free", o, free)
					}
					if o.PromisedFor != nil {
						ahead -= o.Qty
					}
				})
				if incoming != n.Incoming || backlog != open[event.ReservationStateBackordered] || int(i.record.Backorders) != len(i.rows.backlog) {
					t.Fatalf("incoming %d of %d, backlog %d of %d", n.Incoming, incoming, backlog, open[event.ReservationStateBackordered])
				}
				if n.Claimed < 0 || n.Claimed > max(0, n.Available) || ahead+n.Claimed < 0 {
					t.Fatalf("%+v sets aside what is not there, or promised more than is to come: %d", n, ahead)
				}
			},
		})
		if len(i.rows.timers) > 5 { // one an order, and one for all dates
			t.Fatalf("reminders pile up: %v", i.rows.timers)
		}
	})
}
