package stockstream_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// newsWithin is how late news of the warehouse may come after its counts.
const newsWithin = 15 * time.Minute

// counting is a stock room whose node is counted by a warehouse.
type counting struct {
	*streamstest.Driver
	t         *testing.T
	room      *stockstream.Room
	movements streams.Topic[event.InventoryMovement]
	rows      streams.Topic[event.InventoryBaseline]
	words     streams.Topic[event.InventoryBaselineBatch]
	alerts    streams.Topic[event.AlertRaised]
	requests  streams.Topic[event.InventoryCountRequest]
	variances streams.Topic[event.InventoryVariance]
	items     int
}

func newCounting(t *testing.T, seed uint64, items int) *counting {
	schemas := codec.NewMemory()
	c := &counting{
		t: t, items: items,
		room: stockstream.New(stockstream.Config{Rules: stock.Rules{
			Contracts: map[string]stock.Contract{"wms": {NewsWithin: newsWithin}}, Authority: map[string]string{"north": "wms"},
			Breaker: stock.Breaker{Zeroed: 20, Changed: 100, Moved: 40}, Accuracy: map[string]int64{"north": 80},
		}}, schemas),
		movements: streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)},
		rows:      streams.Topic[event.InventoryBaseline]{Name: topic.InventoryBaseline.Name, Value: codec.Of[event.InventoryBaseline](schemas, topic.InventoryBaseline)},
		words:     streams.Topic[event.InventoryBaselineBatch]{Name: topic.InventoryBaselineBatch.Name, Value: codec.Of[event.InventoryBaselineBatch](schemas, topic.InventoryBaselineBatch)},
		alerts:    streams.Topic[event.AlertRaised]{Name: topic.AlertRaised.Name, Value: codec.Of[event.AlertRaised](schemas, topic.AlertRaised)},
		requests:  streams.Topic[event.InventoryCountRequest]{Name: topic.InventoryCountRequest.Name, Value: codec.Of[event.InventoryCountRequest](schemas, topic.InventoryCountRequest)},
		variances: streams.Topic[event.InventoryVariance]{Name: topic.InventoryVariance.Name, Value: codec.Of[event.InventoryVariance](schemas, topic.InventoryVariance)},
	}
	c.Driver = streamstest.New(t, streamstest.Options{Seed: seed, Partitions: 3, AbortRate: 0.1, CrashRate: 0.05}, c.room.Topology)
	for n := range items {
		m := receipt(fmt.Sprint("e", n), fmt.Sprint("sku", n), 10)
		m.Source, m.SourceSeq = "wms", 1
		streamstest.Send(c.Driver, c.movements, m.Sku, m)
	}
	c.Run()
	return c
}

// baseline sends what the warehouse counts of the first rows of its items, as of
// a number of its own; the manifest, if it comes, names all.
func (c *counting) baseline(batch string, seq, qty int64, rows int, manifest, complete bool) {
	m := &event.InventoryBaselineBatch{
		Source: "wms", Batch: batch, Action: event.BaselineActionManifest, Complete: complete, Nodes: []string{"north"},
		WatermarkSeq: seq, WatermarkAt: c.Now(), SentAt: c.Now(),
	}
	for n := range rows {
		row := &event.InventoryBaseline{Source: "wms", Batch: batch, Sku: fmt.Sprint("sku", n), Node: "north", Qty: qty, WatermarkSeq: seq, WatermarkAt: c.Now()}
		m.Rows, m.Checksum = m.Rows+1, m.Checksum+stock.Fingerprint(row)
		streamstest.Send(c.Driver, c.rows, row.Sku, row)
		if n%3 == 0 {
			streamstest.Send(c.Driver, c.rows, row.Sku, row) // sent again
		}
	}
	if manifest {
		streamstest.Send(c.Driver, c.words, "wms", m)
	}
	c.rest()
}

// rest lets every step of a walk come.
func (c *counting) rest() {
	c.Run()
	for range 20 {
		c.Advance(100 * time.Millisecond)
	}
}

func (c *counting) say(batch string, action event.BaselineAction) {
	streamstest.Send(c.Driver, c.words, "wms", &event.InventoryBaselineBatch{Source: "wms", Batch: batch, Action: action, By: "ann", SentAt: c.Now(), WatermarkAt: c.Now()})
	c.rest()
}

// expect holds a baseline's state and all units on hand against what they must be.
func (c *counting) expect(batch string, state event.BaselineState, reason string, onHand int64) {
	c.t.Helper()
	c.NoDeadLetters()
	sum, err := c.room.Summary(c.Driver)
	if err != nil {
		c.t.Fatal(err)
	}
	batches, err := c.room.Batches(c.Driver, "wms")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, b := range batches {
		if b.Batch == batch {
			if b.State != state || b.Reason != reason || sum.OnHand != onHand {
				c.t.Errorf("baseline %s is %s (%s), %d on hand; want %s (%s) and %d: %+v", batch, b.State, b.Reason, sum.OnHand, state, reason, onHand, b)
			}
			return
		}
	}
	c.t.Errorf("there is no baseline %s", batch)
}

func TestABaselineIsTakenWholeOrNotAtAll(t *testing.T) {
	for seed := range uint64(20) {
		const items = 30
		c := newCounting(t, seed, items)
		c.baseline("good", 2, 9, items, true, false)
		c.expect("good", event.BaselineStateApplied, "", 9*items)
		c.baseline("cut", 3, 8, items-1, false, false) // no manifest: the file was cut short
		c.expect("cut", event.BaselineStateStaging, "", 9*items)
		c.Advance(25 * time.Hour)
		c.rest()
		c.expect("cut", event.BaselineStateRefused, stock.LeftCutShort, 9*items)
		c.baseline("old", 1, 7, items, true, false)
		c.expect("old", event.BaselineStateRefused, stock.LeftOlder, 9*items)
		c.baseline("again", 2, 9, items, true, false)
		c.expect("again", event.BaselineStateRefused, stock.LeftTaken, 9*items)
		c.baseline("other", 2, 10, items, true, false)
		c.expect("other", event.BaselineStateHeld, stock.HeldSame, 9*items)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestEveryProductSetToZeroIsHeldForAPerson(t *testing.T) {
	const items = 30
	for _, action := range []event.BaselineAction{event.BaselineActionApprove, event.BaselineActionRefuse} {
		for _, named := range []int{items, 0} { // by rows of 0, or by naming nothing
			c := newCounting(t, 3, items)
			c.baseline("zero", 2, 0, named, true, true)
			c.expect("zero", event.BaselineStateHeld, stock.HeldZeroed, 10*items)
			if alerts := streamstest.Read(c.Driver, c.alerts); len(alerts) != 1 || alerts[0].Value.Kind != "BASELINE_HELD" {
				t.Errorf("alerts %+v", alerts)
			}
			c.say("zero", action)
			if action == event.BaselineActionApprove {
				c.expect("zero", event.BaselineStateApplied, stock.HeldZeroed, 0)
			} else {
				c.expect("zero", event.BaselineStateRefused, stock.HeldZeroed, 10*items)
			}
			c.say("zero", event.BaselineActionApprove) // too late
			c.baseline("next", 3, 10, items, true, true)
			c.expect("next", event.BaselineStateApplied, "", 10*items)
		}
	}
}

func TestANodeIsAskedToCountOnce(t *testing.T) {
	const items = 30
	c := newCounting(t, 6, items)
	c.baseline("near", 2, 8, items, true, true)
	if all := streamstest.Read(c.Driver, c.requests); len(all) != 0 {
		t.Fatalf("asked %+v where 80 percent agree", all)
	}
	c.baseline("far", 3, 6, items, true, true)
	c.expect("far", event.BaselineStateApplied, "", 6*items)
	all := streamstest.Read(c.Driver, c.requests)
	if len(all) != 1 || all[0].Key != "north" || all[0].Value.Accuracy != 75 || len(all[0].Value.Skus) == 0 {
		t.Errorf("asked %+v", all)
	}
	if alerts := streamstest.Read(c.Driver, c.alerts); len(alerts) != 1 || alerts[0].Value.Kind != "STOCK_INACCURATE" {
		t.Errorf("alerts %+v", alerts)
	}
}

func TestACompleteBaselineSpeaksOfItemsThatItDoesNotName(t *testing.T) {
	const items = 1300 // more than one step of a walk
	c := newCounting(t, 4, items)
	c.baseline("all", 2, 10, items-200, true, true)
	c.expect("all", event.BaselineStateApplied, "", 10*(items-200))
}

// A warehouse counts what left before it tells of it. Of all items but one it does so in
// time, twice; only of that one something is published, once.
func TestACountIsComparedWhenItsNewsHadTimeToCome(t *testing.T) {
	for seed := range uint64(20) {
		const items = 30
		c := newCounting(t, seed, items)
		left := func(n int) {
			m := receipt(fmt.Sprint("s", n), fmt.Sprint("sku", n), 3)
			m.Source, m.SourceSeq, m.From, m.To = "wms", 2, m.To, m.From
			streamstest.Send(c.Driver, c.movements, m.Sku, m)
		}
		c.baseline("early", 2, 7, items, true, true)
		c.Advance(newsWithin / 2)
		for n := range 2 * (items - 1) {
			left(n / 2)
		}
		for _, step := range []struct {
			pass time.Duration
			want int
		}{{newsWithin/2 - time.Minute, 0}, {2 * time.Minute, 1}, {time.Hour, 1}} {
			c.Advance(step.pass)
			c.Run()
			all := streamstest.Read(c.Driver, c.variances)
			if len(all) != step.want {
				t.Fatalf("seed %d: after %s: %+v, want %d", seed, step.pass, all, step.want)
			}
			for _, v := range all {
				if v.Value.Sku != "sku29" || v.Value.Class != event.VarianceClassUnknown || v.Value.Expected != 10 || v.Value.Found != 7 {
					t.Fatalf("seed %d: %+v", seed, v)
				}
			}
			if step.want > 0 {
				left(items - 1) // too late
			}
		}
		c.expect("early", event.BaselineStateApplied, "", 7*items)
	}
}
