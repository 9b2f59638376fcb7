package orderstream_test

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// BenchmarkOrderOf24Lines takes orders of 24 items, all granted by one node, from
// submission to completion: 33 inputs an order, the driver's own work included.
func BenchmarkOrderOf24Lines(b *testing.B) {
	const lines, batch = 24, 100
	b.ReportAllocs()
	for n := 0; n < b.N; n += batch {
		b.StopTimer()
		room, err := orderstream.New(orderstream.Config{Nodes: []string{"north"}}, schemas)
		if err != nil {
			b.Fatal(err)
		}
		d := streamstest.New(b, streamstest.Options{}, room.Topology)
		b.StartTimer()
		for m := range min(batch, b.N-n) {
			s := &event.OrderSubmit{Channel: "shop", ExternalID: fmt.Sprint(m), Currency: "EUR", Source: "api", BodyHash: "h"}
			s.OrderID = event.OrderID(s.Channel, s.ExternalID)
			s.SubmissionID = s.OrderID
			for l := range lines {
				s.Lines = append(s.Lines, event.OrderLine{LineID: fmt.Sprint(l + 1), Sku: fmt.Sprint("sku", l), Kind: event.LineKindGoods, Qty: 4, Uom: "EA", Amount: 400, Description: "WHITE HANGING HEART T-LIGHT HOLDER"})
				s.Total += 400
			}
			streamstest.Send(d, submits, s.OrderID, s)
		}
		d.Run()
		for _, r := range streamstest.Read(d, commands) {
			c := r.Value
			streamstest.Send(d, answers, c.OrderID, &event.InventoryAnswer{
				CommandID: c.CommandID, OrderID: c.OrderID, Sku: c.Sku, Plan: 1, Verdict: event.StockVerdictGranted, AnsweredAt: d.Now(),
				Grants: []event.Grant{{ReservationID: c.CommandID, Node: "north", Qty: c.Nodes[0].Qty}},
			})
		}
		d.Run()
		for _, r := range streamstest.Read(d, requests) {
			f := r.Value
			for _, status := range []event.FulfilmentStatus{event.FulfilmentStatusAccepted, event.FulfilmentStatusPicking, event.FulfilmentStatusPicked, event.FulfilmentStatusPacked, event.FulfilmentStatusShipped} {
				streamstest.Send(d, statuses, f.OrderID, &event.FulfilmentStatusChanged{FulfilmentID: f.FulfilmentID, OrderID: f.OrderID, Node: f.Node, Status: status, OccurredAt: d.Now()})
			}
			s := &event.ShipmentConfirmed{ShipmentID: f.FulfilmentID, FulfilmentID: f.FulfilmentID, OrderID: f.OrderID, Node: f.Node, Document: "D", ShippedAt: d.Now()}
			for _, l := range f.Lines {
				s.Lines = append(s.Lines, event.ShipmentLine{LineID: l.LineID, Sku: l.Sku, Qty: l.Qty})
			}
			streamstest.Send(d, shipments, f.OrderID, s)
			streamstest.Send(d, invoices, f.OrderID, &event.InvoicePosted{InvoiceID: "i", OrderID: f.OrderID, ShipmentID: f.FulfilmentID, Number: "N", Currency: "EUR", Total: 9600})
		}
		d.Run()
		b.StopTimer()
		if err := room.Scan(d, func(id string, o *order.Record) bool {
			if o.Phase != event.OrderPhaseCompleted {
				b.Fatalf("order %s is %s", id, o.Phase)
			}
			return true
		}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
