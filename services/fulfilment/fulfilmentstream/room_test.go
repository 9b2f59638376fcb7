package fulfilmentstream_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/services/fulfilment/fulfilmentstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func typed[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

var (
	reports   = typed[event.FulfilmentReported](topic.FulfilmentReported)
	statuses  = typed[event.FulfilmentStatusChanged](topic.FulfilmentStatus)
	shipments = typed[event.ShipmentConfirmed](topic.ShipmentConfirmed)
)

var (
	tracked = typed[event.ParcelStatusChanged](topic.ParcelStatus)
	carried = typed[event.ParcelReported](topic.ParcelReported)
	alerts  = typed[event.AlertRaised](topic.AlertRaised)
)

var words = map[string]fulfilment.Table{"wms": {Version: "7", Words: map[string]string{"received": "ACCEPTED", "picked": "PICKED", "shipped": "SHIPPED"}}}

// course is what a node states about a fulfilment, in its own order.
func course(at time.Time) []*event.FulfilmentReported {
	say := func(seq int64, word string, final bool, lines ...event.ShipmentLine) *event.FulfilmentReported {
		r := &event.FulfilmentReported{
			FulfilmentID: "f", OrderID: "o", Node: "north", Partner: "wms", Word: word, Final: final, Lines: lines,
			Source: "node:north", SourceSeq: seq, OccurredAt: at.Add(time.Duration(seq) * time.Minute),
		}
		if len(lines) > 0 {
			r.Document = word + r.OccurredAt.Format("04")
		}
		return r
	}
	return []*event.FulfilmentReported{
		say(1, "received", false), say(2, "picked", false), say(3, "wrapped in foil", false),
		say(4, "shipped", false, event.ShipmentLine{LineID: "1", Sku: "a", Qty: 3}),
		say(5, "shipped", true, event.ShipmentLine{LineID: "1", Sku: "a", Qty: 2}, event.ShipmentLine{LineID: "2", Sku: "b", Qty: 1}),
	}
}

func TestEveryOrderOfArrivalSaysTheSameInTheEnd(t *testing.T) {
	for seed := range uint64(100) {
		room, err := fulfilmentstream.New(fulfilmentstream.Config{Tables: words}, schemas)
		if err != nil {
			t.Fatal(err)
		}
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.2}, room.Topology)
		all := course(d.Now())
		rng := rand.New(rand.NewPCG(seed, 1))
		sequence := append(rng.Perm(len(all)), rng.IntN(len(all)), rng.IntN(len(all)))
		if seed == 0 {
			sequence = []int{0, 1, 2, 3, 4}
		}
		for _, n := range sequence {
			streamstest.Send(d, reports, "o", all[n])
			d.Run()
		}
		d.NoDeadLetters()
		units, seen := int64(0), make(map[string]bool)
		for _, s := range streamstest.Of(d, shipments, "o") {
			if seen[s.ShipmentID] {
				t.Errorf("seed %d: shipment %s is confirmed twice", seed, s.ShipmentID)
			}
			seen[s.ShipmentID] = true
			for _, l := range s.Lines {
				units += l.Qty
			}
		}
		said := streamstest.Of(d, statuses, "o")
		last := said[len(said)-1]
		if len(seen) != 2 || units != 6 || last.Shipped != 6 || !last.Final {
			t.Errorf("seed %d: %d shipments of %d units, last status %+v", seed, len(seen), units, last)
		}
		if seed == 0 {
			first := said[0]
			if len(said) != 5 || first.Status != event.FulfilmentStatusAccepted || first.Word != "received" || first.MappingVersion != "7" {
				t.Errorf("%d statuses, the first %+v", len(said), first)
			}
			if raw := said[2]; raw.Status != event.FulfilmentStatusUnmapped || raw.Word != "wrapped in foil" {
				t.Errorf("an unknown word: %+v", raw)
			}
		}
	}
}

func newRoom(t *testing.T, tables map[string]fulfilment.Table) *fulfilmentstream.Room {
	t.Helper()
	room, err := fulfilmentstream.New(fulfilmentstream.Config{Tables: tables}, schemas)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// TestUnknownWordsWaitForAMendedTable: what nobody understood is passed on raw,
// told to somebody once, kept, and read again when a table knows it.
func TestUnknownWordsWaitForAMendedTable(t *testing.T) {
	room := newRoom(t, map[string]fulfilment.Table{"wms": {Version: "1"}})
	d := streamstest.New(t, streamstest.Options{}, room.Topology)
	said := &event.FulfilmentReported{FulfilmentID: "f", OrderID: "o", Node: "north", Partner: "wms", Word: "gone", Source: "north", SourceSeq: 1, OccurredAt: d.Now()}
	seen := &event.ParcelReported{OrderID: "o", ShipmentID: "s", Carrier: "dhl", Tracking: "J1", ShippedOn: "2026-01-05", Partner: "wms", Word: "on the van", Source: "dhl", SourceSeq: 1, OccurredAt: d.Now()}
	for range 2 {
		streamstest.Send(d, reports, "o", said)
		streamstest.Send(d, carried, "o", seen)
		d.Run()
	}
	waiting, err := room.Waiting(d, "o")
	if err != nil || len(waiting) != 1 || waiting[0].Word != "gone" {
		t.Fatalf("%+v, %v", waiting, err)
	}
	if n := len(streamstest.Read(d, alerts)); n != 2 {
		t.Errorf("%d alerts about two words", n)
	}
	mended := newRoom(t, map[string]fulfilment.Table{"wms": {Version: "2", Words: map[string]string{"gone": "SHIPPED"}, Parcels: map[string]string{"on the van": "OUT_FOR_DELIVERY"}}})
	if err := d.Upgrade(mended.Topology); err != nil {
		t.Fatal(err)
	}
	d.Advance(2 * time.Hour)
	d.NoDeadLetters()
	all := streamstest.Of(d, statuses, "o")
	last := all[len(all)-1]
	if last.Status != event.FulfilmentStatusShipped || last.MappingVersion != "2" || last.Word != "gone" {
		t.Errorf("%+v", last)
	}
	parcels := streamstest.Of(d, tracked, "o")
	if len(parcels) != 1 || parcels[0].Status != event.ParcelStatusOutForDelivery || parcels[0].ShipmentID != "s" {
		t.Errorf("%+v", parcels)
	}
	if waiting, err := mended.Waiting(d, "o"); err != nil || len(waiting) != 0 {
		t.Errorf("%+v, %v", waiting, err)
	}
}

// TestCarrierThatKnowsOnlyItsNumberFindsTheShipment: the shipment may come before
// the carrier's word or after it.
func TestCarrierThatKnowsOnlyItsNumberFindsTheShipment(t *testing.T) {
	for _, first := range []bool{true, false} {
		d := streamstest.New(t, streamstest.Options{}, newRoom(t, map[string]fulfilment.Table{"wms": {Words: map[string]string{"gone": "SHIPPED"}}, "dhl": {Like: "easypost"}}).Topology)
		ship := func() {
			streamstest.Send(d, reports, "o", &event.FulfilmentReported{
				FulfilmentID: "f", OrderID: "o", Node: "north", Partner: "wms", Word: "gone", Carrier: "dhl", Tracking: "J1", Document: "D1",
				Lines: []event.ShipmentLine{{LineID: "1", Sku: "a", Qty: 1}}, Source: "north", SourceSeq: 1, OccurredAt: d.Now(),
			})
			d.Run()
		}
		if first {
			ship()
		}
		streamstest.Send(d, carried, "o", &event.ParcelReported{
			OrderID: "o", Carrier: "dhl", Tracking: "J1", ShippedOn: d.Now().Format(time.DateOnly), Partner: "dhl", Word: "delivered", Source: "dhl", SourceSeq: 7, OccurredAt: d.Now(),
		})
		d.Run()
		if !first {
			ship()
		}
		d.NoDeadLetters()
		all := streamstest.Of(d, tracked, "o")
		if last := all[len(all)-1]; last.ShipmentID != fulfilment.ShipmentID("north", "D1", "f") || last.Status != event.ParcelStatusDelivered {
			t.Errorf("shipment first %v: %+v", first, last)
		}
	}
}
