package settlementstream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func typed[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

var (
	accepted  = typed[event.OrderAccepted](topic.OrderAccepted)
	released  = typed[event.OrderReleased](topic.OrderReleased)
	shipments = typed[event.ShipmentConfirmed](topic.ShipmentConfirmed)
	posted    = typed[event.InvoicePosted](topic.InvoicePosted)
	requests  = typed[event.InvoiceRequested](topic.InvoiceRequested)
)

const id = "order"

func sold(total int64, lines ...event.OrderLine) *event.OrderAccepted {
	return &event.OrderAccepted{OrderID: id, Currency: "EUR", Lines: lines, Total: total, Customer: event.PartyRef{PartyID: "C1"}}
}

func goods(line string, qty, amount int64) event.OrderLine {
	return event.OrderLine{LineID: line, Sku: "s" + line, Kind: event.LineKindGoods, Qty: qty, Amount: amount}
}

func left(document, line string, qty int64) *event.ShipmentConfirmed {
	return &event.ShipmentConfirmed{ShipmentID: document, OrderID: id, Lines: []event.ShipmentLine{{LineID: line, Qty: qty}}}
}

func TestEveryOrderOfArrivalBillsEachShipmentOnceAndExactly(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 3))
		room := settlementstream.New(schemas)
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.2}, room.Topology)
		facts := []func(){
			func() { streamstest.Send(d, accepted, id, sold(200, goods("1", 3, 100), goods("2", 7, 100))) },
			func() {
				streamstest.Send(d, released, id, &event.OrderReleased{OrderID: id, Fulfilments: []event.FulfilmentRef{{Node: "north"}}})
			},
			func() { streamstest.Send(d, shipments, id, left("a", "1", 1)) },
			func() { streamstest.Send(d, shipments, id, left("b", "1", 2)) },
			func() { streamstest.Send(d, shipments, id, left("c", "2", 7)) },
		}
		sequence := append(rng.Perm(len(facts)), rng.IntN(len(facts)), rng.IntN(len(facts)))
		for _, n := range sequence {
			facts[n]()
			if rng.IntN(2) == 0 {
				d.Run()
			}
		}
		d.Run()
		d.NoDeadLetters()
		total, seen := int64(0), make(map[string]bool)
		for _, r := range streamstest.Of(d, requests, id) {
			if seen[r.ShipmentID] {
				t.Errorf("seed %d: shipment %s is billed twice", seed, r.ShipmentID)
			}
			seen[r.ShipmentID] = true
			total += r.Total
			if r.Customer.PartyID != "C1" || r.Currency != "EUR" {
				t.Errorf("seed %d: %+v", seed, r)
			}
			streamstest.Send(d, posted, id, &event.InvoicePosted{InvoiceID: r.InvoiceID, OrderID: id, ShipmentID: r.ShipmentID, Number: "N" + r.ShipmentID, Total: r.Total})
			streamstest.Send(d, posted, id, &event.InvoicePosted{InvoiceID: r.InvoiceID, OrderID: id, ShipmentID: r.ShipmentID, Number: "N" + r.ShipmentID, Total: r.Total})
		}
		d.Run()
		if len(seen) != 3 || total != 200 {
			t.Errorf("seed %d: %d invoices over %d, want 3 over 200", seed, len(seen), total)
		}
		if o, err := room.Order(d, id); err != nil || o.Requested != 200 || o.Posted != 200 || o.Unbilled != 0 {
			t.Errorf("seed %d: %+v, %v", seed, o, err)
		}
	}
}

func TestOrderThatShipsNothingIsBilledWhenReleased(t *testing.T) {
	for _, releasedFirst := range []bool{false, true} {
		t.Run(fmt.Sprint("released first ", releasedFirst), func(t *testing.T) {
			d := streamstest.New(t, streamstest.Options{}, settlementstream.New(schemas).Topology)
			charge := event.OrderLine{LineID: "1", Sku: "POST", Kind: event.LineKindCharge, Qty: 1, Amount: 500}
			first, second := func() { streamstest.Send(d, accepted, id, sold(500, charge)) }, func() {
				streamstest.Send(d, released, id, &event.OrderReleased{OrderID: id})
			}
			if releasedFirst {
				first, second = second, first
			}
			first()
			d.Run()
			if n := len(streamstest.Of(d, requests, id)); n != 0 {
				t.Fatalf("billed %d times too early", n)
			}
			second()
			second()
			d.Run()
			if all := streamstest.Of(d, requests, id); len(all) != 1 || all[0].Total != 500 || all[0].ShipmentID != "" {
				t.Errorf("%+v", all)
			}
		})
	}
}
