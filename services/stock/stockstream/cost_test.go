package stockstream_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// till is one item that many orders reserve, one unit each.
type till struct {
	*streamstest.Driver
	tb     testing.TB
	buyers *buyers
	orders int
}

func newTill(tb testing.TB, open int) *till {
	schemas := codec.NewMemory()
	t := &till{
		Driver: streamstest.New(tb, streamstest.Options{}, stockstream.New(stockstream.Config{}, schemas).Topology),
		tb:     tb, buyers: newBuyers(schemas),
	}
	streamstest.Send(t.Driver, t.buyers.movements, "lamp", receipt("opening", "lamp", 1e9))
	for range open {
		t.reserve()
	}
	t.Run()
	return t
}

// reserve asks for a unit for another order.
func (t *till) reserve() {
	t.orders++
	order := fmt.Sprintf("0b5e6a1c-0000-5000-8000-%012d", t.orders)
	streamstest.Send(t.Driver, t.buyers.commands, "lamp", &event.InventoryCommand{
		CommandID: "reserve " + order, OrderID: order, Sku: "lamp", Channel: "web", Plan: 1, Action: event.StockActionReserve,
		Mode: event.ReserveModeCommit, Nodes: []event.NodeQty{{Node: "north", Qty: 1}}, RequestedAt: t.Now(),
	})
}

func (t *till) written() int64 {
	t.tb.Helper()
	n, err := t.Written(stockstream.Name)
	if err != nil {
		t.tb.Fatal(err)
	}
	return n
}

// A reservation is a row of its own: what a reserve writes does not grow with what
// is open already.
func TestAReserveWritesLessThanAKilobyteHoweverMuchIsOpen(t *testing.T) {
	many := 100_000
	if testing.Short() {
		many = 5_000
	}
	cost := map[int]int64{}
	for _, open := range []int{10, many} {
		const more = 500
		till := newTill(t, open)
		before := till.written()
		for range more {
			till.reserve()
		}
		till.Run()
		till.NoDeadLetters()
		cost[open] = (till.written() - before) / more
		t.Logf("with %d open reservations a reserve writes %d bytes", open, cost[open])
		if cost[open] == 0 || cost[open] >= 1000 {
			t.Errorf("with %d open reservations a reserve writes %d bytes, want less than 1000", open, cost[open])
		}
	}
	if cost[many] > cost[10]+16 {
		t.Errorf("a reserve writes %d bytes with %d open and %d bytes with 10", cost[many], many, cost[10])
	}
}

// BenchmarkReserveOfOneItem is one reserve at a time of an item with open
// reservations; p99 is beside the mean.
func BenchmarkReserveOfOneItem(b *testing.B) {
	for _, open := range []int{10, 100_000} {
		b.Run(fmt.Sprint(open, " open reservations"), func(b *testing.B) {
			till := newTill(b, open)
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				till.reserve()
				till.Run()
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
		})
	}
}
