package fulfilmentstream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/streams/streamstest"
)

var scanned = typed[event.ParcelScanned](topic.ParcelScanned)

// tables of a node and a carrier.
var hauled = map[string]fulfilment.Table{
	"wms":  {Words: map[string]string{"gone": "SHIPPED"}},
	"road": {Version: "7", Parcels: map[string]string{"collected": "PICKED_UP", "in transit": "IN_TRANSIT", "delivered": "DELIVERED"}},
}

// left says that goods of an order left under a number.
func left(d *streamstest.Driver, order, number string) {
	streamstest.Send(d, reports, order, &event.FulfilmentReported{
		FulfilmentID: "f " + order, OrderID: order, Node: "north", Partner: "wms", Word: "gone", Carrier: "Road Haulage", Tracking: number, Document: "D " + order,
		Lines: []event.ShipmentLine{{LineID: "1", Sku: "a", Qty: 1}}, Source: "north", SourceSeq: 1, OccurredAt: d.Now(),
	})
}

func scan(d *streamstest.Driver, number, word string, seq int64, at time.Time) {
	streamstest.Send(d, scanned, fulfilment.LabelID("road haulage", number), &event.ParcelScanned{
		ScanID: fmt.Sprint(number, word, at), Partner: "road", Carrier: "Road Haulage", Tracking: number, Word: word, SourceSeq: seq, OccurredAt: at,
	})
}

// TestScansOfANumberReachItsOrderInAnyOrderAndOnce: what a carrier says before the
// shipment is known waits for it, and repeats change nothing.
func TestScansOfANumberReachItsOrderInAnyOrderAndOnce(t *testing.T) {
	for seed := range uint64(30) {
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.1}, newRoom(t, hauled).Topology)
		at := d.Now()
		facts := []func(){func() { left(d, "o", "RH 1") }}
		for n, word := range []string{"collected", "in transit", "delivered"} {
			say := func() { scan(d, "rh1", word, int64(n+1), at.Add(time.Duration(n)*time.Minute)) }
			facts = append(facts, say, say)
		}
		rng := rand.New(rand.NewPCG(seed, 9))
		rng.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
		for _, fact := range facts {
			fact()
			if rng.IntN(2) == 0 {
				d.Run()
			}
		}
		d.Run()
		d.NoDeadLetters()
		all := streamstest.Of(d, tracked, "o")
		if len(all) == 0 {
			t.Fatalf("seed %d: the order heard nothing", seed)
		}
		last := all[len(all)-1]
		if last.Status != event.ParcelStatusDelivered || last.ShipmentID != fulfilment.ShipmentID("north", "D o", "f o") || last.MappingVersion != "7" || last.Word != "delivered" {
			t.Errorf("seed %d: the parcel stands at %+v", seed, last)
		}
		for n, s := range all[1:] {
			if s.Status == all[n].Status {
				t.Errorf("seed %d: %s is said twice", seed, s.Status)
			}
		}
	}
}

func TestANumberThatIsUsedAgainBelongsToTheNewShipment(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{}, newRoom(t, hauled).Topology)
	left(d, "old", "RH1")
	d.Run()
	d.Advance(200 * 24 * time.Hour)
	scan(d, "RH1", "collected", 0, d.Now()) // before its shipment is told
	d.Run()
	left(d, "new", "RH1")
	scan(d, "RH1", "delivered", 0, d.Now())
	d.Run()
	d.NoDeadLetters()
	if old, all := streamstest.Of(d, tracked, "old"), streamstest.Of(d, tracked, "new"); len(old) != 0 || len(all) == 0 || all[len(all)-1].Status != event.ParcelStatusDelivered {
		t.Errorf("the old order heard %+v, the new one %+v", old, all)
	}
}

func TestANumberUnderWhichNothingLeftIsToldAndGivenUp(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{}, newRoom(t, hauled).Topology)
	scan(d, "RH9", "collected", 1, d.Now())
	d.Run()
	d.Advance(25 * time.Hour)
	all := streamstest.Of(d, alerts, "road haulage/RH9")
	if len(all) != 1 || all[0].Kind != "PARCEL_UNKNOWN" {
		t.Errorf("told %+v", all)
	}
	d.Advance(31 * 24 * time.Hour)
	left(d, "o", "RH9")
	d.Run()
	if all := streamstest.Of(d, tracked, "o"); len(all) != 0 {
		t.Errorf("what was given up is said: %+v", all)
	}
}
