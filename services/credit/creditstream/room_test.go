package creditstream_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/credit/creditstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func typed[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

var (
	requests  = typed[event.CreditRequest](topic.CreditRequest)
	baselines = typed[event.CreditBaseline](topic.CreditBaseline)
	masters   = typed[event.CustomerPublished](topic.CustomerPublished)
	answers   = typed[event.CreditGranted](topic.CreditGranted)
)

const customer = "C1"

// bank is the credit of one customer with a limit of 1,000.
type bank struct {
	*streamstest.Driver
	t    *testing.T
	room *creditstream.Room
}

func newBank(t *testing.T) *bank {
	t.Helper()
	room := creditstream.New(schemas)
	b := &bank{t: t, room: room, Driver: streamstest.New(t, streamstest.Options{AbortRate: 0.3, CrashRate: 0.2}, room.Topology)}
	limit := int64(1000)
	streamstest.Send(b.Driver, masters, customer, &event.CustomerPublished{Customer: customer, CreditLimit: &limit, Currency: "EUR", Version: 1})
	return b
}

func (b *bank) say(order string, action event.CreditAction, amount int64) {
	b.t.Helper()
	r := &event.CreditRequest{RequestID: order + string(action), CustomerID: customer, OrderID: order, Action: action, Currency: "EUR", Amount: amount, OccurredAt: b.Now()}
	streamstest.Send(b.Driver, requests, customer, r)
	streamstest.Send(b.Driver, requests, customer, r) // whatever is said comes twice
	b.Run()
}

// told checks the last answer that an order got.
func (b *bank) told(order string, outcome event.CreditOutcome, reason string) {
	b.t.Helper()
	b.NoDeadLetters()
	all := streamstest.Of(b.Driver, answers, order)
	if len(all) == 0 || all[len(all)-1].Outcome != outcome || all[len(all)-1].Reason != reason {
		b.t.Errorf("order %s is told %+v, want %s %s at the end", order, all, outcome, reason)
	}
}

func (b *bank) exposure(want int64) {
	b.t.Helper()
	a, err := b.room.Customer(b.Driver, customer)
	if err != nil || a.Balance+a.Posted+a.Held != want {
		b.t.Errorf("%+v, %v; want an exposure of %d", a, err, want)
	}
}

func TestTwoOrdersAgainstOneLimit(t *testing.T) {
	b := newBank(t)
	b.say("first", event.CreditActionHold, 800)
	b.say("second", event.CreditActionHold, 800)
	b.told("first", event.CreditOutcomeGranted, "")
	b.told("second", event.CreditOutcomeRefused, "LIMIT")
	b.exposure(800)
	b.say("first", event.CreditActionRelease, 0)
	b.told("second", event.CreditOutcomeGranted, "")
	b.exposure(800)
}

func TestInvoiceStandsInPlaceOfTheGrantUntilItIsPaid(t *testing.T) {
	b := newBank(t)
	b.say("first", event.CreditActionHold, 800)
	b.say("first", event.CreditActionInvoice, 800)
	b.say("first", event.CreditActionRelease, 0)
	b.say("second", event.CreditActionHold, 300)
	b.told("second", event.CreditOutcomeRefused, "LIMIT")
	b.exposure(800)
	b.Advance(time.Hour)
	streamstest.Send(b.Driver, baselines, customer, &event.CreditBaseline{CustomerID: customer, Currency: "EUR", Balance: 800, AsOf: b.Now()})
	b.Run()
	b.exposure(800)
	b.Advance(time.Hour)
	streamstest.Send(b.Driver, baselines, customer, &event.CreditBaseline{CustomerID: customer, Currency: "EUR", Balance: 0, AsOf: b.Now()})
	b.Run()
	b.told("second", event.CreditOutcomeGranted, "")
	b.exposure(300)
}

func TestReleaseBeforeItsHoldEndsTheHold(t *testing.T) {
	b := newBank(t)
	b.say("early", event.CreditActionRelease, 0)
	b.say("early", event.CreditActionHold, 500)
	b.told("early", event.CreditOutcomeRefused, "ENDED")
	b.exposure(0)
}

func TestWithoutALimitNothingIsGranted(t *testing.T) {
	room := creditstream.New(schemas)
	d := streamstest.New(t, streamstest.Options{}, room.Topology)
	b := &bank{t: t, room: room, Driver: d}
	b.say("first", event.CreditActionHold, 1)
	b.told("first", event.CreditOutcomeRefused, "NO_LIMIT")
	limit := int64(1)
	streamstest.Send(d, masters, customer, &event.CustomerPublished{Customer: customer, CreditLimit: &limit, Currency: "EUR", Version: 1})
	d.Run()
	b.told("first", event.CreditOutcomeGranted, "")
	streamstest.Send(d, masters, customer, &event.CustomerPublished{Customer: customer, CreditLimit: &limit, Currency: "EUR", Version: 2, Blocked: "FRAUD"})
	d.Run()
	b.say("second", event.CreditActionHold, 0)
	b.told("second", event.CreditOutcomeRefused, "BLOCKED")
}

func TestManyOrdersAtOnceTakeTheLimitAndNoMore(t *testing.T) {
	b := newBank(t)
	for n := range 200 {
		streamstest.Send(b.Driver, requests, customer, &event.CreditRequest{
			RequestID: fmt.Sprint(n), CustomerID: customer, OrderID: fmt.Sprint("order ", n), Action: event.CreditActionHold, Currency: "EUR", Amount: 90,
		})
	}
	b.Run()
	granted := 0
	for _, r := range streamstest.Read(b.Driver, answers) {
		if r.Value.Outcome == event.CreditOutcomeGranted {
			granted++
		}
	}
	if granted != 11 {
		t.Errorf("%d orders over 90 are granted under a limit of 1000", granted)
	}
	b.exposure(990)
}
