package spine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

// What is known of others' shops, played from submission to invoice. The failures
// of stock alone are in package stock: its failure_test.go, and the scripts of its
// testdata/scenarios that are named after them.

// buy is an order that is cancelled if it cannot be had, of so many units of one
// item a line.
func buy(name string, complete bool, units ...int64) *event.OrderSubmit {
	s := &event.OrderSubmit{
		Channel: "shop", ExternalID: name, OrderID: event.OrderID("shop", name), SubmissionID: name, BodyHash: name, Currency: "EUR", Source: "api",
		Shortage: event.ShortagePolicyCancel, ShipComplete: complete, OrderedAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
	}
	for n, qty := range units {
		s.Lines = append(s.Lines, event.OrderLine{LineID: fmt.Sprint(n + 1), Sku: "lamp", Kind: event.LineKindGoods, Qty: qty, Uom: "EA", Amount: 100 * qty})
		s.Total += 100 * qty
	}
	return s
}

// shelf is what north has of the lamp in the end, after a look at all of history.
func (w *world) shelf(t *testing.T) event.NodePosition {
	t.Helper()
	w.NoDeadLetters()
	w.checkStock(t)
	all := streamstest.Of(w.Driver, positions, "lamp")
	return all[len(all)-1].Nodes[0]
}

// magento/inventory #3072 (ten people press the button at once and several get the
// one unit that there is) and vendurehq/vendure #3508 (the check and the allocation
// are two steps, and between them others pass the check).
func TestMagentoInventory3072AndVendure3508TheLastUnitIsSoldOnce(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t, seed, habits{obeys: true})
		w.receive("lamp", "north", 1)
		w.Run()
		for n := range 30 {
			w.submit(buy(fmt.Sprint("buyer", n), n%2 == 0, 1)) // all of them before anything is read
		}
		w.Settle(24 * time.Hour)
		sold := 0
		for _, s := range w.submitted {
			o, err := w.orders.Order(w.Driver, s.OrderID)
			if err != nil {
				t.Fatal(err)
			}
			switch o.Phase {
			case event.OrderPhaseCompleted:
				sold++
			case event.OrderPhaseCancelled:
			default:
				t.Errorf("order %s is %s", s.ExternalID, o.Phase)
			}
		}
		if n := w.shelf(t); sold != 1 || n.OnHand != 0 || n.Reserved != 0 {
			t.Fatalf("seed %d: sold %d times, %+v", seed, sold, n)
		}
	}
}

// medusajs/medusa #16502 (two lines of a cart that need the same inventory item
// are each checked against all of it, so that both pass) and vendurehq/vendure
// #1028 (two lines of one variant get their stock movements mixed up).
func TestMedusa16502AndVendure1028LinesOfOneItemAreSummedAndKeptApart(t *testing.T) {
	for _, c := range []struct {
		name     string
		complete bool
		stock    int64
		lines    []int64
		shipped  []int64
	}{
		{"enough for each, too little for both, all or nothing", true, 3, []int64{2, 2}, []int64{0, 0}},
		{"enough for each, too little for both, what there is", false, 3, []int64{2, 2}, []int64{2, 1}},
		{"enough for both", true, 5, []int64{2, 3}, []int64{2, 3}},
		{"three lines, enough for two", true, 4, []int64{2, 2, 2}, []int64{0, 0, 0}},
	} {
		for seed := range uint64(5) {
			w := newWorld(t, seed, habits{obeys: true, parts: seed%2 == 0})
			w.receive("lamp", "north", c.stock)
			w.Run()
			s := buy("cart", c.complete, c.lines...)
			w.submit(s)
			w.Settle(24 * time.Hour)
			f, err := w.orders.Facts(w.Driver, s.OrderID)
			if err != nil {
				t.Fatal(err)
			}
			left := c.stock
			for n, l := range order.Lines(f) {
				if l.Shipped != c.shipped[n] || l.Cancelled != c.lines[n]-c.shipped[n] {
					t.Errorf("%s: line %s has %d shipped and %d cancelled, want %d shipped", c.name, l.LineID, l.Shipped, l.Cancelled, c.shipped[n])
				}
				left -= c.shipped[n]
			}
			if n := w.shelf(t); n.OnHand != left || n.Reserved != 0 || n.Available != left {
				t.Errorf("%s: %+v, want %d left", c.name, n, left)
			}
		}
	}
}
