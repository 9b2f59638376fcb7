package stock

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// confirm books a confirmed shipment of a document.
func (i *item) confirm(id, document, order string, qty int64) {
	i.t.Helper()
	i.move(event.InventoryMovement{
		EntryID: id, Node: "north", Qty: qty, From: event.StockConditionSellable, To: event.StockConditionOutside, Document: document,
		OrderID: order, ReservationID: ReservationID(order, "lamp", "north", 1),
	})
}

// state books a node's own goods issue of a document.
func (i *item) state(id, document string, qty int64) {
	i.t.Helper()
	i.move(event.InventoryMovement{
		EntryID: id, Node: "north", Qty: qty, From: event.StockConditionSellable, To: event.StockConditionOutside, Document: document,
		Reason: ReasonGoodsIssue,
	})
}

func (i *item) expect(onHand, reserved int64) {
	i.t.Helper()
	if p := i.position("north"); p.OnHand != onHand || p.Reserved != reserved || p.Available != onHand-reserved {
		i.t.Fatalf("north %+v, want %d on hand and %d reserved", p, onHand, reserved)
	}
}

func TestOfTwoAccountsOfAGoodsIssueOneMovesStock(t *testing.T) {
	for _, byMovement := range []bool{false, true} {
		for _, stateFirst := range []bool{false, true} {
			i := newItem(t)
			i.rules.IssueByMovement = map[string]bool{"north": byMovement}
			i.receive("r1", "north", 10)
			i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 4))), granted)
			if stateFirst {
				i.state("g1", "D7", 4)
				i.confirm("s1", "D7", "o1", 4)
			} else {
				i.confirm("s1", "D7", "o1", 4)
				i.state("g1", "D7", 4)
			}
			i.expect(6, 0)
			i.pass(48 * time.Hour)
			i.expect(6, 0)
			if len(i.rows.timers) != 0 || i.record.OverShipped != 0 {
				t.Errorf("by movement %t, stated first %t: reminders %v, over-shipped %d", byMovement, stateFirst, i.rows.timers, i.record.OverShipped)
			}
		}
	}
}

func TestAtANodeThatMovesStockItselfAConfirmationWaitsForItsGoodsIssue(t *testing.T) {
	i := newItem(t)
	i.rules.IssueByMovement = map[string]bool{"north": true}
	i.receive("r1", "north", 10)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 4))), granted)
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 3))), granted)
	i.confirm("s1", "D7", "o1", 4)
	i.confirm("s2", "D7", "o2", 3)
	i.expect(10, 7)
	i.state("g1", "D7", 5)
	i.expect(5, 2)
	i.state("g2", "D7", 2)
	i.expect(3, 0)
}

func TestAGoodsIssueThatNobodyConfirmedIsTakenForGoneAndShown(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 10)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 4))), granted)
	i.state("g1", "D7", 4)
	i.expect(10, 4)
	i.pass(25 * time.Hour)
	i.expect(6, 4)
	found := i.last.Variances()
	if len(found) != 1 || found[0].Class != event.VarianceClassMissingEvent || found[0].Expected != 0 || found[0].Found != 4 || found[0].Document != "D7" {
		t.Fatalf("found %+v", found)
	}
	i.confirm("s1", "D7", "o1", 4) // late, but it does not leave twice
	i.expect(6, 0)
}

func TestAConfirmationThatItsNodeNeverBookedIsTakenForGoneAndShown(t *testing.T) {
	i := newItem(t)
	i.rules.IssueByMovement = map[string]bool{"north": true}
	i.receive("r1", "north", 10)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 4))), granted)
	i.confirm("s1", "D7", "o1", 4)
	i.pass(25 * time.Hour)
	i.expect(6, 0)
	if found := i.last.Variances(); len(found) != 1 || found[0].Expected != 4 || found[0].Found != 0 {
		t.Fatalf("found %+v", found)
	}
	i.state("g1", "D7", 4)
	i.expect(6, 0)
}

// Without the reason of a goods issue, units that leave are a correction of the
// node's book and count at once.
func TestACorrectionIsNoGoodsIssue(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 10)
	i.move(event.InventoryMovement{EntryID: "k1", Node: "north", Qty: 3, From: event.StockConditionSellable, To: event.StockConditionOutside, Document: "D7", Reason: "COUNT"})
	i.expect(7, 0)
}

// In whatever order both accounts of documents come, in parts and again, each
// unit leaves once, and a reservation ends with the units of its own shipments.
func TestAccountsOfGoodsIssuesAddUpInEachOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := newItem(t)
		byMovement := rapid.Bool().Draw(t, "by movement")
		i.rules.IssueByMovement = map[string]bool{"north": byMovement}
		i.receive("r1", "north", 1000)
		promised := map[string]int64{}
		for n := range 3 {
			order := fmt.Sprint("o", n)
			promised[order] = rapid.Int64Range(1, 20).Draw(t, "promised")
			i.command(reserve("c"+order, order, event.ReserveModeCommit, 1, at("north", promised[order])))
		}
		confirmed, stated := map[string]int64{}, map[string]int64{}
		overdue := map[string]bool{}
		differs := func(d string) bool {
			return stated[d] > confirmed[d] || byMovement && stated[d] != confirmed[d]
		}
		for step := range rapid.IntRange(1, 20).Draw(t, "steps") {
			d := rapid.SampledFrom([]string{"D1", "D2"}).Draw(t, "document")
			id, units := fmt.Sprint("e", step), rapid.Int64Range(1, 5).Draw(t, "units")
			order := rapid.SampledFrom([]string{"o0", "o1", "o2"}).Draw(t, "order")
			switch what := rapid.SampledFrom([]string{"confirm", "confirm", "state", "state", "pass"}).Draw(t, "what"); {
			case what == "confirm" && promised[order] >= units:
				promised[order] -= units
				confirmed[d] += units
				i.confirm(id, d, order, units)
				i.confirm(id, d, order, units)
			case what == "state":
				stated[d] += units
				i.state(id, d, units)
				i.state(id, d, units)
			case what == "pass":
				i.pass(25 * time.Hour)
				for _, d := range []string{"D1", "D2"} {
					overdue[d] = overdue[d] || differs(d)
				}
			}
			left, open := int64(1000), promised["o0"]+promised["o1"]+promised["o2"]
			for _, d := range []string{"D1", "D2"} {
				gone := confirmed[d]
				switch {
				case overdue[d]:
					gone = max(confirmed[d], stated[d])
				case byMovement:
					gone = stated[d]
				}
				left -= gone
				open += max(0, confirmed[d]-gone)
			}
			i.expect(left, open)
		}
		if i.record.OverShipped != 0 {
			t.Fatalf("over-shipped %d", i.record.OverShipped)
		}
	})
}
