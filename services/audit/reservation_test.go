package audit_test

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// asked writes a command of an order about lamps at north.
func (l *log) asked(id string, action event.StockAction, units int64, reservations ...string) {
	write(l, topic.InventoryCommand, "lamp", &event.InventoryCommand{
		CommandID: id, OrderID: "order", Sku: "lamp", Action: action, Mode: event.ReserveModeCommit, Plan: 1,
		Nodes: []event.NodeQty{{Node: "north", Qty: units}}, ReservationIds: reservations,
	})
}

// answered writes an answer to a command; version is that of the position that contains it.
func (l *log) answered(id string, verdict event.StockVerdict, version int64, grants ...event.Grant) {
	write(l, topic.InventoryAnswer, "order", &event.InventoryAnswer{
		CommandID: id, OrderID: "order", Sku: "lamp", Verdict: verdict, Grants: grants, PositionVersion: version, AnsweredAt: l.now,
	})
}

// reserves writes a position of the lamp, of which ten are there.
func (l *log) reserves(version, units int64) {
	write(l, topic.InventoryPosition, "lamp", &event.InventoryPosition{
		Sku: "lamp", Version: version, TotalAvailable: 10 - units, Nodes: []event.NodePosition{{Node: "north", OnHand: 10, Reserved: units, Available: 10 - units}}, AsOf: l.now,
	})
}

// A command that is sent again is answered as before, and gives nothing back again.
func TestAnAnswerThatIsRepeatedGivesBackOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		play  func(l *log)
		left  int64
		holds bool
	}{
		{"once", func(*log) {}, 1, true},
		{"once, and again to the same command", func(l *log) { l.answered("back", event.StockVerdictReleased, 3) }, 1, true},
		{"twice, though it was said again only", func(l *log) { l.answered("back", event.StockVerdictReleased, 3) }, 0, false},
		{"by two commands", func(l *log) {
			l.asked("more", event.StockActionRelease, 1, "kept")
			l.answered("more", event.StockVerdictReleased, 3)
		}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLog(t)
			l.moved("in", "node:north", 10)
			l.reserves(1, 0)
			l.asked("want", event.StockActionReserve, 2)
			l.answered("want", event.StockVerdictGranted, 2, event.Grant{ReservationID: "kept", Node: "north", Qty: 2})
			l.reserves(2, 2)
			l.asked("back", event.StockActionRelease, 1, "kept")
			l.answered("back", event.StockVerdictReleased, 3)
			c.play(l)
			l.reserves(3, c.left)
			if found := l.found(); (len(found) == 0) != c.holds {
				t.Errorf("found %+v, want it to hold: %v", found, c.holds)
			}
		})
	}
}
