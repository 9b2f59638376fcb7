package stockstream_test

import (
	"fmt"
	"slices"
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

func receipt(id, sku string, qty int64) *event.InventoryMovement {
	return &event.InventoryMovement{
		EntryID: id, Sku: sku, Node: "north", Qty: qty, Owner: "own", Source: "test",
		From: event.StockConditionOutside, To: event.StockConditionSellable, EffectiveAt: time.Unix(1_750_000_000, 0),
	}
}

func TestARepeatedMovementCountsOnceUntilItIsForgotten(t *testing.T) {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{Keep: 48 * time.Hour}, schemas)
	movements := streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)}
	d := streamstest.New(t, streamstest.Options{}, room.Topology)
	onHand := func() int64 {
		d.Run()
		d.NoDeadLetters()
		sum, err := room.Summary(d)
		if err != nil {
			t.Fatal(err)
		}
		return sum.OnHand
	}
	const many = 1200 // more than one firing of the sweep looks at
	for n := range many {
		streamstest.Send(d, movements, "lamp", receipt(fmt.Sprint("old ", n), "lamp", 1))
	}
	if got := onHand(); got != many {
		t.Fatalf("on hand %d", got)
	}
	d.Advance(36 * time.Hour)
	streamstest.Send(d, movements, "lamp", receipt("young", "lamp", 1))
	streamstest.Send(d, movements, "lamp", receipt("old 7", "lamp", 1))
	if got := onHand(); got != many+1 {
		t.Fatalf("on hand %d after a repetition, want %d", got, many+1)
	}
	d.Advance(37 * time.Hour) // all but one are beyond 48 hours when the sweep comes again
	streamstest.Send(d, movements, "lamp", receipt("young", "lamp", 1))
	streamstest.Send(d, movements, "lamp", receipt("old 7", "lamp", 1))
	if got := onHand(); got != many+2 {
		t.Errorf("on hand %d, want %d: the young entry is known, the old one forgotten", got, many+2)
	}
}

func TestAMovementThatSaysNothingIsADeadLetterAndTheNextOneIsBooked(t *testing.T) {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{}, schemas)
	movements := streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)}
	d := streamstest.New(t, streamstest.Options{AbortRate: 0.3}, room.Topology)
	streamstest.Send(d, movements, "lamp", receipt("e1", "lamp", -4))
	streamstest.Send(d, movements, "lamp", receipt("e2", "lamp", 4))
	d.Run()
	if letters := d.DeadLetters(stockstream.Name); len(letters) != 1 || letters[0].Key != "lamp" {
		t.Errorf("dead letters %+v", letters)
	}
	sum, err := room.Summary(d)
	if err != nil || sum.OnHand != 4 {
		t.Errorf("summary %+v %v", sum, err)
	}
}

func TestAnUnmatchedGoodsIssueIsBookedAndShownWhenItsTimeIsOver(t *testing.T) {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{Keep: 48 * time.Hour}, schemas)
	movements := streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)}
	variances := streams.Topic[event.InventoryVariance]{Name: topic.InventoryVariance.Name, Value: codec.Of[event.InventoryVariance](schemas, topic.InventoryVariance)}
	d := streamstest.New(t, streamstest.Options{AbortRate: 0.3}, room.Topology)
	streamstest.Send(d, movements, "lamp", receipt("e1", "lamp", 9))
	gone := receipt("e2", "lamp", 4)
	gone.From, gone.To, gone.Document, gone.Reason = gone.To, gone.From, "D7", stock.ReasonGoodsIssue
	streamstest.Send(d, movements, "lamp", gone)
	for _, c := range []struct {
		pass   time.Duration
		onHand int64
		found  int
	}{{0, 9, 0}, {23 * time.Hour, 9, 0}, {2 * time.Hour, 5, 1}, {96 * time.Hour, 5, 1}} {
		d.Run()
		d.Advance(c.pass)
		sum, err := room.Summary(d)
		if found := streamstest.Read(d, variances); err != nil || sum.OnHand != c.onHand || len(found) != c.found {
			t.Errorf("after %s: %+v %v, found %+v", c.pass, sum, err, found)
		}
	}
	d.NoDeadLetters()
}

func TestHoldsSuppliesAndBackordersGoThroughTheTopics(t *testing.T) {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{}, schemas)
	movements := streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)}
	commands := streams.Topic[event.InventoryCommand]{Name: topic.InventoryCommand.Name, Value: codec.Of[event.InventoryCommand](schemas, topic.InventoryCommand)}
	supplies := streams.Topic[event.InventorySupply]{Name: topic.InventorySupply.Name, Value: codec.Of[event.InventorySupply](schemas, topic.InventorySupply)}
	answers := streams.Topic[event.InventoryAnswer]{Name: topic.InventoryAnswer.Name, Value: codec.Of[event.InventoryAnswer](schemas, topic.InventoryAnswer)}
	shortages := streams.Topic[event.InventoryShortage]{Name: topic.InventoryShortage.Name, Value: codec.Of[event.InventoryShortage](schemas, topic.InventoryShortage)}
	d := streamstest.New(t, streamstest.Options{Seed: 5, AbortRate: 0.3, CrashRate: 0.1}, room.Topology)
	ask := func(order string, mode event.ReserveMode, qty int64) {
		end := d.Now().Add(time.Hour)
		streamstest.Send(d, commands, "lamp", &event.InventoryCommand{
			CommandID: order, OrderID: order, Sku: "lamp", Plan: 1, Action: event.StockActionReserve, Mode: mode, RequestedAt: d.Now(), ExpiresAt: &end,
			Nodes: []event.NodeQty{{Node: "north", Qty: qty}},
		})
		d.Run()
	}
	streamstest.Send(d, movements, "lamp", receipt("e1", "lamp", 5))
	d.Run()
	ask("basket", event.ReserveModeHold, 5)
	streamstest.Send(d, supplies, "lamp", &event.InventorySupply{
		SupplyID: "po1", Sku: "lamp", Node: "north", Qty: 7, Due: d.Now().Add(72 * time.Hour), Kind: event.SupplyKindPurchaseOrder, Source: "test",
	})
	d.Run()
	ask("later", event.ReserveModeBackorder, 7)
	d.Advance(2 * time.Hour) // the basket is left, and its units are set aside for whom they do not suffice
	ask("another", event.ReserveModeCommit, 3)
	come := receipt("e2", "lamp", 7)
	come.SupplyID = "po1"
	streamstest.Send(d, movements, "lamp", come)
	d.Run()
	lost := receipt("e3", "lamp", 6)
	lost.From, lost.To = lost.To, lost.From
	streamstest.Send(d, movements, "lamp", lost)
	d.Run()
	d.NoDeadLetters()
	var told []string
	for _, a := range streamstest.Read(d, answers) {
		told = append(told, a.Key+" "+string(a.Value.Verdict))
	}
	slices.Sort(told) // orders have partitions of their own
	want := []string{"another short", "basket granted", "later backordered", "later granted", "later lacking"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if lack := streamstest.Read(d, shortages); len(lack) != 1 || lack[0].Value.Qty != 1 {
		t.Errorf("shortages %+v", lack)
	}
	item, err := room.Item(d, "lamp")
	if err != nil || item.Backorders != 0 || len(item.Supplies) != 0 || item.Places[0].Committed != 7 || item.Places[0].Available != -1 {
		t.Errorf("item %+v %v", item, err)
	}
}

func TestALotGrowsOldByTheProductsMinimumLife(t *testing.T) {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{}, schemas)
	movements := streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)}
	products := streams.Topic[event.ProductPublished]{Name: topic.ProductPublished.Name, Value: codec.Of[event.ProductPublished](schemas, topic.ProductPublished)}
	d := streamstest.New(t, streamstest.Options{Seed: 7, AbortRate: 0.3, CrashRate: 0.1}, room.Topology)
	streamstest.Send(d, products, "milk", &event.ProductPublished{Sku: "milk", Kind: event.LineKindGoods, Version: 1, MinLifeDays: 5})
	d.Run()
	m := receipt("e1", "milk", 4)
	expires := d.Now().Add(7 * 24 * time.Hour)
	m.Lot, m.LotExpiresAt = "L1", &expires
	streamstest.Send(d, movements, "milk", m)
	for _, c := range []struct {
		pass      time.Duration
		available int64
	}{{0, 4}, {47 * time.Hour, 4}, {2 * time.Hour, 0}} {
		d.Run()
		d.Advance(c.pass)
		if item, err := room.Item(d, "milk"); err != nil || item.Places[0].Available != c.available || item.Places[0].OnHand != 4 {
			t.Errorf("after %s: %+v %v", c.pass, item, err)
		}
	}
	d.NoDeadLetters()
}
