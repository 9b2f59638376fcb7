package orderstream_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
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

// dairy is a counter of a channel whose goods must live 30 days, with a customer for
// whom they must live that many.
func dairy(t *testing.T, days int64) *counter {
	t.Helper()
	c := open(t)
	c.id = event.OrderID("dairy", "1")
	streamstest.Send(c.Driver, typed[event.CustomerPublished](topic.CustomerPublished), "C1", &event.CustomerPublished{Customer: "C1", Active: true, MinShelfLifeDays: days})
	c.Run()
	return c
}

// ofDairy is the order with lines, by the customer of the channel.
func (c *counter) ofDairy(lines ...event.OrderLine) *event.OrderSubmit {
	s := c.order(lines...)
	s.OrderID, s.Channel, s.Customer.PartyID = c.id, "dairy", "C1"
	return s
}

// day is the beginning of a day so many days after that of noon.
func day(days int) time.Time { return noon.Truncate(24*time.Hour).AddDate(0, 0, days) }

// TestLineWithoutADateGetsThatOfItsChannelAndItsCustomer: the one that demands more
// decides, a line that names a date has its own, and the event says what holds.
func TestLineWithoutADateGetsThatOfItsChannelAndItsCustomer(t *testing.T) {
	soon, weekLater := day(3), noon.AddDate(0, 0, 7)
	for name, x := range map[string]struct {
		customer int64
		wanted   *time.Time
		says     *time.Time
		want     time.Time
	}{
		"the channel's":                   {want: day(30)},
		"the customer's":                  {customer: 45, want: day(45)},
		"a customer that demands less":    {customer: 10, want: day(30)},
		"beyond the day it is wanted":     {wanted: &weekLater, want: day(37)},
		"wanted on a day that has passed": {wanted: new(noon.AddDate(0, 0, -7)), want: day(30)},
		"a line that says":                {says: &soon, want: soon},
	} {
		t.Run(name, func(t *testing.T) {
			c := dairy(t, x.customer)
			s := c.ofDairy(line("a", 1), line("b", 1))
			s.RequestedBy, s.Lines[0].MinExpiry = x.wanted, x.says
			s.Lines[1].Kind = event.LineKindCharge
			put(c, submits, s)
			if cmd := c.next()[0]; cmd.MinExpiry == nil || !cmd.MinExpiry.Equal(x.want) {
				t.Errorf("asked for units that live until %v, want %s", cmd.MinExpiry, x.want)
			}
			said := streamstest.Read(c.Driver, typed[event.OrderAccepted](topic.OrderAccepted))[0].Value
			if at := said.Lines[0].MinExpiry; at == nil || !at.Equal(x.want) || said.Lines[1].MinExpiry != nil {
				t.Errorf("accepted %+v", said.Lines)
			}
			put(c, submits, s)
			if o := c.facts().Order; o.Mismatches != 0 {
				t.Errorf("the same order again is another: %+v", o)
			}
		})
	}
}

// TestAmendmentKeepsTheDateOfItsOrder: whatever is demanded by then, so that units can
// be taken off once nodes were asked.
func TestAmendmentKeepsTheDateOfItsOrder(t *testing.T) {
	c := dairy(t, 0)
	put(c, submits, c.ofDairy(line("a", 3)))
	cmd := c.next()[0]
	c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: "r", Node: "north", Qty: 3})
	c.pay("authorise", "t", 300)
	c.want(event.OrderStatusReleased)
	streamstest.Send(c.Driver, typed[event.CustomerPublished](topic.CustomerPublished), "C1", &event.CustomerPublished{Customer: "C1", Active: true, MinShelfLifeDays: 90, Version: 1})
	c.Advance(48 * time.Hour)
	put(c, amends, &event.OrderAmend{OrderID: c.id, Revision: 1, Currency: "EUR", Lines: c.ofDairy(line("a", 2)).Lines})
	said := streamstest.Read(c.Driver, typed[event.OrderAmended](topic.OrderAmended))
	if len(said) != 1 || said[0].Value.Lines[0].Qty != 2 || !said[0].Value.Lines[0].MinExpiry.Equal(day(30)) {
		t.Errorf("amended %+v, timeline %+v", said, c.facts().Timeline)
	}
}

// TestOrderTakesOverTheDateOfItsBasket: though the day has passed on which it was
// filled; an order that is wanted later is for goods that live longer.
func TestOrderTakesOverTheDateOfItsBasket(t *testing.T) {
	for name, wanted := range map[string]*time.Time{"as the basket": nil, "later": new(noon.AddDate(0, 0, 9))} {
		t.Run(name, func(t *testing.T) {
			c := dairy(t, 0)
			c.Advance(day(1).Add(-10 * time.Minute).Sub(c.Now()))
			until := c.Now().Add(time.Hour)
			put(c, typed[event.OrderReserve](topic.OrderReserve), &event.OrderReserve{
				OrderID: c.id, Action: event.BasketActionKeep, RequestID: "k", Channel: "dairy", ExternalID: "1", Until: &until,
				Customer: event.PartyRef{PartyID: "C1"}, Lines: []event.BasketLine{{Sku: "a", Qty: 2}},
			})
			cmd := c.next()[0]
			if cmd.MinExpiry == nil || !cmd.MinExpiry.Equal(day(30)) {
				t.Fatalf("kept until %v, want %s", cmd.MinExpiry, day(30))
			}
			c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: "r", Node: "north", Qty: 2})
			c.Advance(20 * time.Minute)
			s := c.ofDairy(line("a", 2))
			s.RequestedBy = wanted
			put(c, submits, s)
			all := c.next()
			last := all[len(all)-1]
			action, lives := event.StockActionReplace, day(30)
			if wanted != nil {
				action, lives = event.StockActionReserve, day(39)
			}
			if last.Action != action || last.MinExpiry == nil || !last.MinExpiry.Equal(lives) {
				t.Errorf("%s of units that live until %v, want %s until %s", last.Action, last.MinExpiry, action, lives)
			}
		})
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
