package stock

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// fataler is a test, or one try of a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// item is one item with its rows, driven by commands and movements.
type item struct {
	t      fataler
	record event.StockRecord
	rows   *memory
	rules  Rules
	now    time.Time
	last   *Book
	found  []event.InventoryVariance // by reminders
}

func newItem(t fataler) *item {
	return &item{t: t, rows: newMemory(), rules: Rules{IssueWait: 24 * time.Hour}, now: start}
}

func (i *item) command(c event.InventoryCommand) []event.InventoryAnswer {
	i.t.Helper()
	return i.commandAt(c, i.now)
}

// commandAt handles a command now that was written to the log earlier.
func (i *item) commandAt(c event.InventoryCommand, written time.Time) []event.InventoryAnswer {
	i.t.Helper()
	c.Sku = "lamp"
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	if err := i.last.Command(&c, written); err != nil {
		i.t.Fatal(err)
	}
	return i.last.Answers()
}

func (i *item) move(m event.InventoryMovement) []event.InventoryAnswer {
	i.t.Helper()
	m.Sku, m.Source, m.EffectiveAt = "lamp", "test", i.now
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	if err := i.last.Book(&m); err != nil {
		i.t.Fatal(err)
	}
	return i.last.Answers()
}

// receive books units that arrive at a node under an entry id of their own.
func (i *item) receive(id, node string, qty int64) []event.InventoryAnswer {
	i.t.Helper()
	return i.move(event.InventoryMovement{EntryID: id, Node: node, Qty: qty, From: event.StockConditionOutside, To: event.StockConditionSellable})
}

// ship books a goods issue under a reservation.
func (i *item) ship(id, order, reservation, node string, qty int64) {
	i.t.Helper()
	i.move(event.InventoryMovement{
		EntryID: id, Node: node, Qty: qty, From: event.StockConditionSellable, To: event.StockConditionOutside,
		OrderID: order, ReservationID: reservation,
	})
}

// pass lets time go by; what the book wanted to be reminded of comes in order.
func (i *item) pass(d time.Duration) (answers []event.InventoryAnswer) {
	i.t.Helper()
	end := i.now.Add(d)
	for {
		first := ""
		for name, at := range i.rows.timers {
			if !at.After(end) && (first == "" || at.Before(i.rows.timers[first])) {
				first = name
			}
		}
		if first == "" {
			break
		}
		i.now = i.rows.timers[first]
		delete(i.rows.timers, first)
		i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
		if !i.last.Reminded(first) {
			i.t.Fatalf("the book does not know what %q should remind it of", first)
		}
		answers = append(answers, i.last.Answers()...)
		i.found = append(i.found, i.last.Variances()...)
	}
	i.now = end
	return answers
}

// one expects exactly one answer with the verdict.
func (i *item) one(answers []event.InventoryAnswer, want event.StockVerdict) event.InventoryAnswer {
	i.t.Helper()
	if len(answers) != 1 || answers[0].Verdict != want {
		i.t.Fatalf("answers %+v, want one that is %s", answers, want)
	}
	return answers[0]
}

func (i *item) position(node string) event.NodePosition {
	i.t.Helper()
	for _, n := range Open("lamp", &i.record, i.rows, &i.rules, i.now).Position().Nodes {
		if n.Node == node {
			return n
		}
	}
	return event.NodePosition{}
}

func reserve(id, order string, mode event.ReserveMode, plan int64, nodes ...event.NodeQty) event.InventoryCommand {
	return event.InventoryCommand{CommandID: id, OrderID: order, Plan: plan, Action: event.StockActionReserve, Mode: mode, Nodes: nodes}
}

func act(id, order string, action event.StockAction, plan int64, ids ...string) event.InventoryCommand {
	return event.InventoryCommand{CommandID: id, OrderID: order, Plan: plan, Action: action, ReservationIds: ids}
}

func at(node string, qty int64) event.NodeQty { return event.NodeQty{Node: node, Qty: qty} }
