package main_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/payment/paymentstream"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// till is settlement and the payment connector at a twin of a payment provider.
type till struct {
	*streamstest.Driver
	room *settlementstream.Room
	bank *sandbox.Bank

	accepted  streams.Topic[event.OrderAccepted]
	shipped   streams.Topic[event.ShipmentConfirmed]
	completed streams.Topic[event.OrderCompleted]
	cancelled streams.Topic[event.OrderCancelled]
	asked     streams.Topic[event.SettlementRequest]
	invoices  streams.Topic[event.InvoiceRequested]
	posted    streams.Topic[event.InvoicePosted]
}

func typedBy[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func newTill(t *testing.T, seed uint64, profile sandbox.Profile) *till {
	t.Helper()
	s := codec.NewMemory()
	x := &till{
		room:     settlementstream.New(s),
		accepted: typedBy[event.OrderAccepted](s, topic.OrderAccepted), shipped: typedBy[event.ShipmentConfirmed](s, topic.ShipmentConfirmed),
		completed: typedBy[event.OrderCompleted](s, topic.OrderCompleted), cancelled: typedBy[event.OrderCancelled](s, topic.OrderCancelled),
		asked: typedBy[event.SettlementRequest](s, topic.SettlementRequest), invoices: typedBy[event.InvoiceRequested](s, topic.InvoiceRequested),
		posted: typedBy[event.InvoicePosted](s, topic.InvoicePosted),
	}
	var err error
	x.bank, err = sandbox.StartBank(sandbox.Options{Name: "bank", Profile: profile, Seed: seed, Now: func() time.Time { return x.Now() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.bank.Close() })
	config, vendor, err := catalog.Payment(partner.WithBaseURL(partner.Shipped(), "bank", x.bank.URL()))
	if err != nil {
		t.Fatal(err)
	}
	x.Driver = streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.1, CrashRate: 0.1},
		x.room.Topology, paymentstream.New(s, config, vendor).Topology, x.post())
	return x
}

// post is a topology that posts each invoice as asked.
func (x *till) post() *streams.Topology {
	t := streams.NewTopology("post")
	e := streams.NewEntity(t, "post", streams.JSON[int](), func(ctx streams.Ctx, n *int, in streams.Input) error {
		if i, ok := in.(streams.Record[event.InvoiceRequested]); ok {
			*n++
			x.posted.Send(ctx, ctx.Key(), &event.InvoicePosted{
				InvoiceID: i.Value.InvoiceID, OrderID: ctx.Key(), ShipmentID: i.Value.ShipmentID, Number: fmt.Sprintf("%s-%d", ctx.Key(), *n),
				Currency: i.Value.Currency, Total: i.Value.Total, System: "post", PostedAt: ctx.Now(),
			})
		}
		return nil
	})
	streams.Receive(e, x.invoices)
	streams.Send(e, x.posted)
	return t
}

// sell takes on a prepaid order of units of one line.
func (x *till) sell(order string, units, amount int64) {
	terms := event.PaymentTermsPrepaid
	streamstest.Send(x.Driver, x.accepted, order, &event.OrderAccepted{
		OrderID: order, Channel: "shop", ExternalID: order, Currency: "EUR", Total: amount, Shortage: event.ShortagePolicyCancel, Terms: &terms,
		Customer: event.PartyRef{PartyID: "C1", Country: "DE"}, OrderedAt: x.Now(),
		Lines: []event.OrderLine{{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: units, Uom: "EA", Amount: amount}},
	})
}

func (x *till) ship(order string, part int, units int64) {
	streamstest.Send(x.Driver, x.shipped, order, &event.ShipmentConfirmed{
		ShipmentID: fmt.Sprint(order, "/", part), OrderID: order, Node: "north", Lines: []event.ShipmentLine{{LineID: "1", Sku: "tea", Qty: units}}, ShippedAt: x.Now(),
	})
}

// back asks to pay units back.
func (x *till) back(order string, units int64) {
	streamstest.Send(x.Driver, x.asked, order, &event.SettlementRequest{
		RequestID: "back/" + order, OrderID: order, Action: event.SettlementActionRefund, Cause: "RETURN", Currency: "EUR", ReturnID: "R/" + order, RequestedAt: x.Now(),
		Lines: []event.SettlementLine{{LineID: "1", Qty: units}},
	})
}

// live lets an order of units ship in parts, end, and come back in part. It
// returns what the buyer owes when all of it is done: what shipped less what came
// back, where the price of a unit is exact.
func (x *till) live(rng *rand.Rand, order string) (owed int64) {
	units, price := 1+rng.Int64N(9), 1+rng.Int64N(9999)
	x.sell(order, units, units*price)
	x.Advance(time.Duration(rng.IntN(72)) * time.Hour)
	left := int64(0)
	for part := 0; left < units && rng.IntN(4) > 0; part++ {
		leaves := 1 + rng.Int64N(units-left)
		x.ship(order, part, leaves)
		left += leaves
		x.Advance(time.Duration(rng.IntN(72)) * time.Hour)
	}
	if left == 0 {
		streamstest.Send(x.Driver, x.cancelled, order, &event.OrderCancelled{OrderID: order, Reason: "CUSTOMER", Units: units})
		return 0
	}
	streamstest.Send(x.Driver, x.completed, order, &event.OrderCompleted{OrderID: order, Currency: "EUR", UnitsShipped: left, UnitsCancelled: units - left})
	if rng.IntN(2) == 0 {
		returned := 1 + rng.Int64N(left)
		x.back(order, returned)
		left -= returned
	}
	return left * price
}

// Whatever a payment partner does to the calls, its books and settlement's end
// the same, each buyer has paid what he owes, and nothing of his stays set aside.
func TestThePaymentPartnersBooksAreSettlementsToTheCent(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond, profile.Lapse = 0, 0, 5*24*time.Hour
	seeds := uint64(30)
	if testing.Short() {
		seeds = 6
	}
	declined, renewed := 0, 0
	for seed := range seeds {
		x, rng := newTill(t, seed, profile), rand.New(rand.NewPCG(seed, 11))
		owed := make(map[string]int64)
		for n := range 12 {
			order := fmt.Sprint("order", n)
			owed[order] = x.live(rng, order)
		}
		x.Settle(120 * 24 * time.Hour)
		x.NoDeadLetters()
		var ours sandbox.BankSums
		for order, owes := range owed {
			o, err := x.room.Order(x, order)
			if err != nil || o == nil {
				t.Fatalf("seed %d: order %s: %+v, %v", seed, order, o, err)
			}
			tenders, err := x.room.Tenders(x, order)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range tenders {
				ours.Authorised += d.Authorised
				ours.Captured += d.Captured
				ours.Reversed += d.Voided
				ours.Refunded += d.Refunded
				if idle := d.Authorised - d.Captured - d.Voided; idle != 0 && !o.Stopped { // else it lapsed, for want of another
					t.Errorf("seed %d: of order %s %d are still set aside: %+v", seed, order, idle, d)
				}
			}
			renewed += max(0, len(tenders)-1)
			if paid := o.Captured - o.Refunded; paid != owes && !(o.Stopped && paid < owes) {
				t.Errorf("seed %d: order %s owes %d and paid %d: %+v", seed, order, owes, paid, o)
			}
		}
		books := x.bank.Books()
		if ours != books.Sums["EUR"] {
			t.Errorf("seed %d: settlement has %+v, the partner %+v", seed, ours, books.Sums["EUR"])
		}
		if books.Documents != books.Keys {
			t.Errorf("seed %d: %d transactions under %d keys", seed, books.Documents, books.Keys)
		}
		declined += books.Declined
	}
	t.Logf("%d transactions were declined, %d authorisations renewed", declined, renewed)
	if declined == 0 || renewed == 0 {
		t.Error("nothing was declined, or nothing renewed")
	}
}
