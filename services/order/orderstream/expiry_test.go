package orderstream_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams/streamstest"
)

// TestDateOfALineIsAskedOfStockAndToldToTheNode: lines of one item are asked for
// together by the latest date, each is told its node by its own, and a repeat of the
// request is the same.
func TestDateOfALineIsAskedOfStockAndToldToTheNode(t *testing.T) {
	c := open(t)
	soon, late := noon.AddDate(0, 1, 0), noon.AddDate(0, 2, 0)
	s := c.order(line("a", 1), line("a", 2), line("a", 1), line("b", 1))
	s.Lines[0].MinExpiry, s.Lines[1].MinExpiry = &soon, &late
	put(c, submits, s)
	for _, cmd := range c.next() {
		if got := cmd.MinExpiry; cmd.Sku == "a" && (got == nil || !got.Equal(late)) || cmd.Sku == "b" && got != nil {
			t.Errorf("%s is asked for until %v", cmd.Sku, got)
		}
		c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: "r" + cmd.Sku, Node: "north", Qty: cmd.Nodes[0].Qty})
	}
	c.want(event.OrderStatusReleased)
	c.Advance(3 * time.Hour) // north is reminded
	asked := streamstest.Read(c.Driver, requests)
	if len(asked) != 2 {
		t.Fatalf("asked %d times", len(asked))
	}
	for _, r := range asked {
		for n, want := range []*time.Time{&soon, &late, nil, nil} {
			if got := r.Value.Lines[n].MinExpiry; (got == nil) != (want == nil) || got != nil && !got.Equal(*want) {
				t.Errorf("line %d is to live until %v, want %v", n+1, got, want)
			}
		}
	}
}

// TestUnitsThatDoNotLiveLongEnoughWaitForOthers: stock says what each node could give
// of that age, the next plan asks for it, and what is to come is claimed of that age.
func TestUnitsThatDoNotLiveLongEnoughWaitForOthers(t *testing.T) {
	c := open(t)
	late := noon.AddDate(0, 2, 0)
	s := c.order(line("a", 3))
	s.Lines[0].MinExpiry = &late
	put(c, submits, s)
	for _, cmd := range c.next() { // north has no such unit, south has one
		put(c, answers, &event.InventoryAnswer{CommandID: cmd.CommandID, OrderID: c.id, Sku: "a", Plan: cmd.Plan, Verdict: event.StockVerdictShort, Available: []event.NodeQty{{Node: "south", Qty: 1}}, PositionVersion: 7, AnsweredAt: c.Now()})
	}
	cmds := c.next()
	if len(cmds) != 1 || len(cmds[0].Nodes) != 1 || cmds[0].Nodes[0] != (event.NodeQty{Node: "south", Qty: 1}) || cmds[0].MinExpiry == nil {
		t.Fatalf("asked %+v, want the one of south", cmds)
	}
	c.answer(cmds[0], event.StockVerdictGranted, event.Grant{ReservationID: "r", Node: "south", Qty: 1})
	claims := c.next()
	if len(claims) != 1 || claims[0].Mode != event.ReserveModeBackorder || claims[0].MinExpiry == nil || !claims[0].MinExpiry.Equal(late) {
		t.Fatalf("claimed %+v", claims)
	}
}

// TestAmendmentOfADateIsPlannedAnewOrRefused: what nodes were asked for keeps its age.
func TestAmendmentOfADateIsPlannedAnewOrRefused(t *testing.T) {
	c := open(t)
	late := noon.AddDate(0, 2, 0)
	s := c.order(line("a", 1))
	s.Hold = "FRAUD"
	put(c, submits, s)
	grant := func() *event.InventoryCommand {
		var last *event.InventoryCommand
		for cmds := c.next(); len(cmds) > 0; cmds = c.next() {
			for _, cmd := range cmds {
				if last = &cmd; cmd.Action == event.StockActionRelease {
					c.answer(cmd, event.StockVerdictReleased)
				} else {
					c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: cmd.CommandID, Node: "north", Qty: 1})
				}
			}
		}
		return last
	}
	if cmd := grant(); cmd.MinExpiry != nil {
		t.Errorf("asked for units that live until %s", cmd.MinExpiry)
	}
	amended := &event.OrderAmend{OrderID: c.id, Revision: 1, Currency: "EUR", Lines: c.order(line("a", 1)).Lines}
	amended.Lines[0].MinExpiry = &late
	put(c, amends, amended)
	if cmd := grant(); cmd.MinExpiry == nil || !cmd.MinExpiry.Equal(late) {
		t.Errorf("asked for units that live until %v", cmd.MinExpiry)
	}
	put(c, resolves, &event.OrderResolve{OrderID: c.id, Action: event.ResolveActionResume, RequestedBy: "eve"})
	c.want(event.OrderStatusReleased)
	put(c, amends, &event.OrderAmend{OrderID: c.id, Revision: 2, Currency: "EUR", Lines: c.order(line("a", 1)).Lines})
	if last := c.facts().Timeline; last[len(last)-1].Event != "AMEND_TOO_LATE" {
		t.Errorf("an amendment of the date after the release: %+v", last[len(last)-1])
	}
}
