package orderstream_test

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// application is the id of the topology.
const application = "order"

// long submits an order of so many items, and returns what it asks stock.
func long(tb testing.TB, lines int) (d *streamstest.Driver, asks []event.InventoryCommand) {
	tb.Helper()
	room, err := orderstream.New(orderstream.Config{Nodes: []string{"north"}}, schemas)
	if err != nil {
		tb.Fatal(err)
	}
	d = streamstest.New(tb, streamstest.Options{}, room.Topology)
	s := &event.OrderSubmit{Channel: "shop", ExternalID: "long", Currency: "EUR", Source: "api", BodyHash: "h", OrderID: event.OrderID("shop", "long"), SubmissionID: "long"}
	for l := range lines {
		s.Lines = append(s.Lines, event.OrderLine{LineID: fmt.Sprint(l + 1), Sku: fmt.Sprintf("sku%05d", l), Kind: event.LineKindGoods, Qty: 4, Uom: "EA", Amount: 400})
		s.Total += 400
	}
	streamstest.Send(d, submits, s.OrderID, s)
	d.Run()
	for _, r := range streamstest.Read(d, commands) {
		asks = append(asks, r.Value)
	}
	return d, asks
}

// grant answers some of the order's reserves.
func grant(d *streamstest.Driver, asks []event.InventoryCommand) {
	for _, c := range asks {
		streamstest.Send(d, answers, c.OrderID, &event.InventoryAnswer{
			CommandID: c.CommandID, OrderID: c.OrderID, Sku: c.Sku, Plan: c.Plan, Verdict: event.StockVerdictGranted, AnsweredAt: d.Now(),
			Grants: []event.Grant{{ReservationID: order.CommandID(c.OrderID, c.Sku, "grant"), Node: "north", Qty: c.Nodes[0].Qty}},
		})
	}
	d.Run()
}

// A line is a row of its own: what a grant of one item writes does not grow with
// the order.
func TestAGrantWritesLessThanAKilobyteHoweverLongTheOrder(t *testing.T) {
	cost := map[int]int64{}
	for _, lines := range []int{10, 1000} {
		d, asks := long(t, lines)
		half := asks[:lines/2] // the rest is still out, so the order stays in its round
		before, err := d.Written(application)
		if err != nil {
			t.Fatal(err)
		}
		grant(d, half)
		after, err := d.Written(application)
		if err != nil {
			t.Fatal(err)
		}
		d.NoDeadLetters()
		cost[lines] = (after - before) / int64(len(half))
		t.Logf("a grant of an order of %d lines writes %d bytes", lines, cost[lines])
		if cost[lines] == 0 || cost[lines] >= 1000 {
			t.Errorf("a grant of an order of %d lines writes %d bytes, want less than 1000", lines, cost[lines])
		}
	}
	if cost[1000] > cost[10]+16 {
		t.Errorf("a grant writes %d bytes in an order of 1000 lines and %d bytes in one of 10", cost[1000], cost[10])
	}
}

// BenchmarkGrantOfALongOrder is one grant at a time, until the order is whole.
func BenchmarkGrantOfALongOrder(b *testing.B) {
	for _, lines := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(lines, " lines"), func(b *testing.B) {
			var d *streamstest.Driver
			var asks []event.InventoryCommand
			for b.Loop() {
				if len(asks) == 0 {
					b.StopTimer()
					d, asks = long(b, lines)
					b.StartTimer()
				}
				grant(d, asks[:1])
				asks = asks[1:]
			}
		})
	}
}
