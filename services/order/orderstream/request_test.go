package orderstream_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

func TestGuardsWithoutAnAnswerAreNamed(t *testing.T) {
	c := open(t)
	put(c, submits, c.order(line("a", 1)))
	validated := streamstest.Of(c.Driver, typed[event.OrderValidated](topic.OrderValidated), c.id)
	if len(validated) != 1 || strings.Join(validated[0].Waived, " ") != "fraud address credit payment" {
		t.Errorf("%+v", validated)
	}
}

func TestRepeatedSubmissionWritesNothing(t *testing.T) {
	c := open(t)
	put(c, submits, c.order(line("a", 1)))
	before := *c.facts().Order
	again := c.order(line("a", 1))
	again.SubmissionID = "second"
	put(c, submits, again)
	if after := *c.facts().Order; !reflect.DeepEqual(after, before) {
		t.Errorf("a repeat changed the order from %+v to %+v", before, after)
	}
	other := c.order(line("a", 2))
	other.SubmissionID, other.BodyHash = "third", "another"
	put(c, submits, other)
	o := c.facts().Order
	if o.Mismatches != 1 || o.Units != 1 || o.SubmissionID != "first" {
		t.Errorf("after another body: %+v", o)
	}
	if n := count[event.OrderAccepted](c, topic.OrderAccepted) + count[event.OrderRejected](c, topic.OrderRejected); n != 1 {
		t.Errorf("%d decisions", n)
	}
}

func TestFaultySubmissionIsRejectedWithAllReasons(t *testing.T) {
	c := open(t)
	s := c.order(line("", 0))
	put(c, submits, s)
	rejected := streamstest.Of(c.Driver, typed[event.OrderRejected](topic.OrderRejected), c.id)
	if len(rejected) != 1 || len(rejected[0].Reasons) != 2 {
		t.Fatalf("%+v", rejected)
	}
	c.want(event.OrderStatusRejected)
	put(c, submits, s)
	if n := count[event.OrderRejected](c, topic.OrderRejected); n != 1 {
		t.Errorf("rejected %d times", n)
	}
}

func TestCancelBeforeTheSubmission(t *testing.T) {
	c := open(t)
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CHANGED_MIND"})
	c.Advance(6 * 24 * time.Hour)
	put(c, submits, c.order(line("a", 4)))
	f := c.want(event.OrderStatusCancelled)
	if f.Order.CancelReason != "CHANGED_MIND" || f.Order.Cancelled != 4 || order.Lines(f)[0].Cancelled != 4 {
		t.Errorf("%+v", f.Order)
	}
	if n := len(c.next()); n != 0 {
		t.Errorf("stock was asked %d times", n)
	}
}

func TestCancelOfAnOrderThatNeverComesIsForgotten(t *testing.T) {
	c := open(t)
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CHANGED_MIND"})
	c.Advance(8 * 24 * time.Hour)
	if o, err := c.room.Order(c.Driver, c.id); err != nil || o != nil {
		t.Fatalf("%+v, %v", o, err)
	}
	put(c, submits, c.order(line("a", 4)))
	c.want(event.OrderStatusValidated)
}

func TestCancelWaitsUntilStockHasEverythingBack(t *testing.T) {
	c := open(t)
	s := c.order(line("a", 1), line("b", 1))
	s.ShipComplete = true
	put(c, submits, s)
	reserves := c.next()
	c.answer(reserves[0], event.StockVerdictGranted, event.Grant{ReservationID: "r", Node: "north", Qty: 1})
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CHANGED_MIND"})
	releases := c.next()
	if len(releases) != 2 || releases[0].Action != event.StockActionRelease || releases[1].Action != event.StockActionRelease {
		t.Fatalf("%+v", releases)
	}
	c.answer(reserves[1], event.StockVerdictGranted, event.Grant{ReservationID: "late", Node: "north", Qty: 1})
	c.answer(releases[0], event.StockVerdictReleased)
	c.want(event.OrderStatusValidated)
	c.answer(releases[1], event.StockVerdictReleased)
	c.want(event.OrderStatusCancelled)
}

func TestTheLastItemThatIsHeldDecidesTheOrder(t *testing.T) {
	c := open(t)
	s := c.order(line("a", 1), line("b", 1))
	s.ShipComplete = true
	put(c, submits, s)
	for n, cmd := range c.next() {
		if cmd.Mode != event.ReserveModeTentative {
			t.Fatalf("%s is asked %s", cmd.Sku, cmd.Mode)
		}
		c.want(event.OrderStatusValidated)
		c.answer(cmd, event.StockVerdictGranted, event.Grant{ReservationID: fmt.Sprint("r", n), Node: "north", Qty: 1})
	}
	c.want(event.OrderStatusReleased)
	var told []event.StockAction
	for _, r := range streamstest.Read(c.Driver, commands) {
		if r.Value.Sku == "b" {
			told = append(told, r.Value.Action)
		}
	}
	if want := []event.StockAction{event.StockActionReserve, event.StockActionCommit, event.StockActionConsign}; !slices.Equal(told, want) {
		t.Errorf("stock is told %v of b, want %v", told, want)
	}
	before := *c.facts().Order
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictCommitted)
	}
	if after := *c.facts().Order; !reflect.DeepEqual(after, before) {
		t.Errorf("the answers to the commits changed the order from %+v to %+v", before, after)
	}
}

func TestChargesAloneNeedNoStock(t *testing.T) {
	c := open(t)
	s := c.order(line("POST", 1))
	s.Lines[0].Kind = event.LineKindCharge
	put(c, submits, s)
	c.want(event.OrderStatusShipped)
	if n := len(c.next()) + count[event.FulfilmentRequested](c, topic.FulfilmentRequested); n != 0 {
		t.Errorf("%d requests for a charge", n)
	}
	put(c, invoices, &event.InvoicePosted{InvoiceID: "i", OrderID: c.id, Number: "I1", Currency: "EUR", Total: 100})
	f := c.want(event.OrderStatusCompleted)
	if f.Order.Invoiced != 100 || order.Lines(f)[0].Shipped != 1 {
		t.Errorf("%+v", f.Order)
	}
}

func TestSecondNodeGivesTheRest(t *testing.T) {
	c := open(t)
	put(c, submits, c.order(line("a", 5)))
	first := c.next()[0]
	put(c, answers, &event.InventoryAnswer{
		CommandID: first.CommandID, OrderID: c.id, Sku: "a", Plan: 1, Verdict: event.StockVerdictGranted, AnsweredAt: c.Now(),
		Grants: []event.Grant{{ReservationID: "r1", Node: "north", Qty: 2}}, Available: []event.NodeQty{{Node: "south", Qty: 9}},
	})
	second := c.next()[0]
	if len(second.Nodes) != 1 || second.Nodes[0] != (event.NodeQty{Node: "south", Qty: 3}) || second.Plan != 2 {
		t.Fatalf("%+v", second)
	}
	c.answer(second, event.StockVerdictGranted, event.Grant{ReservationID: "r2", Node: "south", Qty: 3})
	f := c.want(event.OrderStatusReleased)
	if len(f.Fulfilments) != 2 || order.Lines(f)[0].Released != 5 {
		t.Errorf("%+v", f.Fulfilments)
	}
}
