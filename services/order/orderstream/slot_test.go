package orderstream_test

import (
	"fmt"
	"slices"
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
	return bounded(t, event.NodePublished{Capacity: 1})
}

// bounded is a room with one node, which bounds its days.
func bounded(t *testing.T, limit event.NodePublished) *counter {
	t.Helper()
	room, err := orderstream.New(orderstream.Config{Nodes: []string{"north"}}, schemas)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{Driver: streamstest.New(t, streamstest.Options{AbortRate: 0.2, CrashRate: 0.1}, room.Topology), t: t, room: room, seen: map[string]bool{}}
	t.Cleanup(c.NoDeadLetters)
	limit.Node, limit.Active, limit.TimeZone = "north", true, "UTC"
	streamstest.Send(c.Driver, nodes, "north", &limit)
	c.Run()
	return c
}

// place submits an order of two units that stock grants.
func (c *counter) place(number string) { c.placeUnits(number, 2) }

func (c *counter) placeUnits(number string, units int64) {
	c.id = event.OrderID("shop", number)
	s := c.order(line("a", units))
	s.ExternalID = number
	put(c, submits, s)
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: "r" + number, Node: "north", Qty: units})
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

// units are those that north is to release on each of its days.
func (c *counter) units() (all []int64) {
	loads := streamstest.Read(c.Driver, typed[event.CapacityLoad](topic.CapacityLoad))
	for _, d := range loads[len(loads)-1].Value.Days {
		all = append(all, d.Units)
	}
	return all
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

func TestUnitsBeyondTheDayLeaveOnTheNext(t *testing.T) {
	c := bounded(t, event.NodePublished{CapacityUnits: 5})
	c.placeUnits("1", 2)
	c.placeUnits("2", 9) // more than a day: the first that is empty
	c.placeUnits("3", 4) // too many beside either
	c.placeUnits("4", 3) // just fits beside the first
	c.stands("1", event.OrderStatusReleased)
	c.stands("2", event.OrderStatusAllocated)
	c.stands("3", event.OrderStatusAllocated)
	c.stands("4", event.OrderStatusReleased)
	if got := c.units(); !slices.Equal(got, []int64{5, 9, 4}) {
		t.Errorf("units by day %d", got)
	}
	c.Advance(24 * time.Hour)
	c.stands("2", event.OrderStatusReleased)
	c.stands("3", event.OrderStatusAllocated)
	c.Advance(24 * time.Hour)
	c.stands("3", event.OrderStatusReleased)
}

func TestEitherBoundOfADayHolds(t *testing.T) {
	c := bounded(t, event.NodePublished{Capacity: 2, CapacityUnits: 5})
	for number, units := range []int64{1, 1, 1, 5} {
		c.placeUnits(fmt.Sprint(number), units)
	}
	if got := c.units(); !slices.Equal(got, []int64{2, 1, 5}) {
		t.Errorf("units by day %d", got)
	}
}

func TestUnitsThatAreNoLongerWantedAreGivenBack(t *testing.T) {
	c := bounded(t, event.NodePublished{CapacityUnits: 5})
	c.placeUnits("1", 5)
	c.placeUnits("2", 5)
	c.id = event.OrderID("shop", "2") // it waits for its day
	put(c, cancels, &event.OrderCancel{OrderID: c.id, RequestID: "r1", Reason: "CUSTOMER", Lines: []event.CancelLine{{LineID: "1", Qty: 1}}})
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictReleased)
	}
	if got := c.units(); !slices.Equal(got, []int64{5, 4}) {
		t.Errorf("units by day after a cancel of one: %d", got)
	}
	put(c, amends, &event.OrderAmend{OrderID: c.id, Revision: 1, Currency: "EUR", Lines: c.order(line("a", 2)).Lines})
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictReleased)
	}
	for _, cmd := range c.next() { // an order that no node was asked for is planned anew
		c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: "again", Node: "north", Qty: 2})
	}
	if got := c.units(); !slices.Equal(got, []int64{5, 2}) {
		t.Errorf("units by day after an amendment to two: %d", got)
	}
	c.id = event.OrderID("shop", "1") // it is at the node, which has less
	st := c.status("north", event.FulfilmentStatusShortPicked, 0, false)
	st.FulfilmentID, st.Withheld = order.FulfilmentID(c.id, "north", 1), []event.WithheldLine{{LineID: "1", Sku: "a", Qty: 2}}
	put(c, statuses, st)
	if got := c.units(); !slices.Equal(got, []int64{3, 2}) {
		t.Errorf("units by day after a short pick of two: %d", got)
	}
	c.placeUnits("3", 2) // what came back is dealt again
	c.stands("3", event.OrderStatusReleased)
	if got := c.units(); !slices.Equal(got, []int64{5, 2}) {
		t.Errorf("units by day after another order: %d", got)
	}
}

func TestNodeWithoutRoomForAllUnitsIsLeftForOneThatHas(t *testing.T) {
	c := market(t, nil)
	streamstest.Send(c.Driver, nodes, "south", &event.NodePublished{Node: "south", Active: true, TimeZone: "UTC", CapacityUnits: 10})
	today := c.Now().UTC().Format(time.DateOnly)
	streamstest.Send(c.Driver, typed[event.CapacityLoad](topic.CapacityLoad), "south", &event.CapacityLoad{Node: "south", Days: []event.DayLoad{{Day: today, Orders: 1, Units: 6}}, AsOf: c.Now()})
	c.submitTo("DE", line("a", 5))
	if cmds := c.next(); len(cmds) != 1 || cmds[0].Nodes[0].Node != "north" {
		t.Errorf("asked %+v, want the dearer north, which has room for all five", cmds)
	}
	if d := decisions(c)[0].Decision; d.Nodes[1].Reason != event.SourcingReasonCapacity {
		t.Errorf("%+v", d.Nodes)
	}
}
