package stockstream_test

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// BenchmarkReserveAndShip is a line of an order at stock: its reserve and its
// goods issue, through all codecs and the test driver's store. The items carry
// open reservations from before, which must not slow it.
func BenchmarkReserveAndShip(b *testing.B) {
	const skus = 2000
	for _, before := range []int{0, 50} {
		b.Run(fmt.Sprint(before, " open reservations an item"), func(b *testing.B) {
			schemas := codec.NewMemory()
			room, buyers := stockstream.New(stockstream.Config{}, schemas), newBuyers(schemas)
			d := streamstest.New(b, streamstest.Options{}, room.Topology)
			reserve := func(n int, order string) {
				sku := fmt.Sprint("sku", n%skus)
				streamstest.Send(d, buyers.commands, sku, &event.InventoryCommand{
					CommandID: order + sku, OrderID: order, Sku: sku, Channel: "web", Plan: 1, Action: event.StockActionReserve,
					Mode: event.ReserveModeCommit, Partial: true, Nodes: []event.NodeQty{{Node: "north", Qty: 2}}, RequestedAt: d.Now(),
				})
			}
			for n := range skus {
				sku := fmt.Sprint("sku", n)
				streamstest.Send(d, buyers.movements, sku, receipt("opening "+sku, sku, 1e9))
			}
			for n := range skus * before {
				reserve(n, fmt.Sprint("before ", n))
			}
			d.Run()
			for n := 0; b.Loop(); n++ {
				order, sku := fmt.Sprint("order ", n), fmt.Sprint("sku", n%skus)
				reserve(n, order)
				streamstest.Send(d, buyers.movements, sku, &event.InventoryMovement{
					EntryID: "ship " + order, Sku: sku, Node: "north", Qty: 2, From: event.StockConditionSellable, To: event.StockConditionOutside,
					Source: "order", EffectiveAt: d.Now(), OrderID: order, ReservationID: stock.ReservationID(order, sku, "north", 1),
				})
				if n%500 == 499 {
					d.Run()
				}
			}
			d.Run()
			d.NoDeadLetters()
		})
	}
}
