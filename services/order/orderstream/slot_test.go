package orderstream_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// narrow is a room with one node that releases one order a day.
func narrow(t *testing.T) *counter {
	t.Helper()
	room, err := orderstream.New(orderstream.Config{Nodes: []string{"north"}}, schemas)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{Driver: streamstest.New(t, streamstest.Options{AbortRate: 0.2, CrashRate: 0.1}, room.Topology), t: t, room: room, seen: map[string]bool{}}
	t.Cleanup(c.NoDeadLetters)
	streamstest.Send(c.Driver, nodes, "north", &event.NodePublished{Node: "north", Active: true, TimeZone: "UTC", Capacity: 1})
	c.Run()
	return c
}

// place submits an order of two units that stock grants.
func (c *counter) place(number string) {
	c.id = event.OrderID("shop", number)
	s := c.order(line("a", 2))
	s.ExternalID = number
	put(c, submits, s)
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: "r" + number, Node: "north", Qty: 2})
	}
}

// stands checks where an order stands.
func (c *counter) stands(number string, want event.OrderStatus) {
	c.t.Helper()
	c.id = event.OrderID("shop", number)
	c.want(want)
}

// load is how many orders north is to release in all.
func (c *counter) load() int64 {
	all := streamstest.Read(c.Driver, typed[event.CapacityLoad](topic.CapacityLoad))
	sum := int64(0)
	for _, d := range all[len(all)-1].Value.Days {
		sum += d.Orders
	}
	return sum
}

func TestOrdersBeyondTheDayLeaveOnTheNext(t *testing.T) {
	c := narrow(t)
	for _, number := range []string{"1", "2", "3"} {
		c.place(number)
	}
	c.stands("1", event.OrderStatusReleased)
	c.stands("2", event.OrderStatusAllocated)
	c.Advance(24 * time.Hour)
	c.stands("2", event.OrderStatusReleased)
	c.stands("3", event.OrderStatusAllocated)
	c.Advance(24 * time.Hour)
	c.stands("3", event.OrderStatusReleased)
	if got := c.load(); got != 3 {
		t.Errorf("%d places are taken, want three", got)
	}
}

func TestPlaceOfACancelledOrderIsGivenBack(t *testing.T) {
	c := narrow(t)
	for _, number := range []string{"1", "2"} {
		c.place(number)
	}
	c.id = event.OrderID("shop", "2")
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CUSTOMER"})
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictReleased)
	}
	if got := c.load(); got != 1 {
		t.Errorf("%d places are taken after a cancel before the release, want one", got)
	}
	c.id = event.OrderID("shop", "1")
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CUSTOMER"})
	if got := c.load(); got != 1 {
		t.Errorf("%d places are taken, and the node has not stopped", got)
	}
	st := c.status("north", event.FulfilmentStatusCancelled, 0, true)
	st.FulfilmentID = order.FulfilmentID(c.id, "north", 1)
	put(c, statuses, st)
	if got := c.load(); got != 0 {
		t.Errorf("%d places are taken after the node stopped", got)
	}
	c.place("3")
	c.stands("3", event.OrderStatusReleased)
}

func TestNodeWhoseDayIsFullIsLeftForOneThatHasRoom(t *testing.T) {
	c := market(t, nil)
	streamstest.Send(c.Driver, nodes, "south", &event.NodePublished{Node: "south", Active: true, TimeZone: "UTC", Capacity: 1})
	today := c.Now().UTC().Format(time.DateOnly)
	streamstest.Send(c.Driver, typed[event.CapacityLoad](topic.CapacityLoad), "south", &event.CapacityLoad{Node: "south", Days: []event.DayLoad{{Day: today, Orders: 1, Units: 9}}, AsOf: c.Now()})
	c.submitTo("DE", line("a", 5))
	if cmds := c.next(); len(cmds) != 1 || cmds[0].Nodes[0].Node != "north" {
		t.Errorf("asked %+v, want the dearer north, which has room", cmds)
	}
	if d := decisions(c)[0].Decision; d.Nodes[1].Reason != event.SourcingReasonCapacity {
		t.Errorf("%+v", d.Nodes)
	}
}
