package codec_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// sampleOrder returns an order of n lines with nothing left empty.
func sampleOrder(n int) *event.OrderSubmit {
	at := time.Date(2026, 8, 1, 12, 0, 0, 123456000, time.UTC)
	party := event.PartyRef{PartyID: "c-1001", Country: "DE", Region: "BE", PostalArea: "10"}
	v := &event.OrderSubmit{
		SubmissionID: "sub-1", OrderID: event.OrderID("shop-de", "1001"), Channel: "shop-de", ExternalID: "1001",
		Company: "de01", Customer: party, ShipTo: party, Currency: "EUR", Shipping: 490, OrderedAt: at,
		Shortage: event.ShortagePolicyBackorder, Source: "api", PurchaseOrder: "PO 7", RequestedBy: &at, Note: "ring twice",
		BodyHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}
	for i := range n {
		line := event.OrderLine{
			LineID: fmt.Sprint(i + 1), Sku: fmt.Sprintf("SKU-%05d", i), Kind: event.LineKindGoods, Qty: 3, Uom: "EA",
			UnitPriceE6: 19_990_000, Amount: 5997, Description: "A thing worth having",
		}
		v.Lines = append(v.Lines, line)
		v.Total += line.Amount
	}
	v.Total += v.Shipping
	return v
}

// sampleCommand returns a reservation at two nodes.
func sampleCommand() *event.InventoryCommand {
	return &event.InventoryCommand{
		CommandID: event.Derived(event.OrderID("shop-de", "1001"), topic.InventoryCommand.Name, 0),
		OrderID:   event.OrderID("shop-de", "1001"), Sku: "SKU-00001", Channel: "shop-de", Plan: 1,
		Action: event.StockActionReserve, Mode: event.ReserveModeCommit,
		Nodes:       []event.NodeQty{{Node: "berlin", Qty: 2}, {Node: "leipzig", Qty: 1}},
		RequestedAt: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC),
	}
}

func BenchmarkOrderOf20Lines(b *testing.B)   { bench(b, topic.OrderSubmit, sampleOrder(20)) }
func BenchmarkInventoryCommand(b *testing.B) { bench(b, topic.InventoryCommand, sampleCommand()) }

func bench[T any](b *testing.B, def topic.Def, v *T) {
	c := codec.Of[T](schemas, def)
	frame, err := c.Append(nil, v)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(frame)))
		for b.Loop() {
			if frame, err = c.Append(frame[:0], v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(frame)))
		for b.Loop() {
			if err := c.Decode(frame, new(T)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
