// Package fulfilmentstream wires fulfilments to topics: application fulfilment,
// one entity an order id with a child a fulfilment and a shipment document.
package fulfilmentstream

import (
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/streams"
)

// App is the application id of the topology.
const App = "fulfilment"

// Config of the room.
type Config struct {
	// Tables read the partners' words, by partner.
	Tables map[string]fulfilment.Table
}

// Room is the fulfilment room.
type Room struct {
	Topology *streams.Topology

	tables    fulfilment.Tables
	orders    *streams.Entity[event.FulfilmentRecord]
	progress  *streams.Children[fulfilment.Progress]
	documents *streams.Children[event.FulfilmentDocumentRecord]
	statuses  streams.Topic[event.FulfilmentStatusChanged]
	shipments streams.Topic[event.ShipmentConfirmed]
}

// New makes the room. The error is about a table.
func New(cfg Config, schemas *codec.Schemas) (*Room, error) {
	tables, err := fulfilment.NewTables(cfg.Tables)
	if err != nil {
		return nil, err
	}
	r := &Room{
		Topology: streams.NewTopology(App), tables: tables,
		statuses:  typed[event.FulfilmentStatusChanged](schemas, topic.FulfilmentStatus),
		shipments: typed[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed),
	}
	r.orders = streams.NewEntity(r.Topology, "fulfilment", codec.State[event.FulfilmentRecord](schemas, "fulfilment"), r.handle)
	r.progress = streams.NewChildren(r.orders, "progress", codec.State[fulfilment.Progress](schemas, "fulfilment_progress"))
	r.documents = streams.NewChildren(r.orders, "document", codec.State[event.FulfilmentDocumentRecord](schemas, "fulfilment_document"))
	streams.Receive(r.orders, typed[event.FulfilmentReported](schemas, topic.FulfilmentReported))
	streams.Send(r.orders, r.statuses)
	streams.Send(r.orders, r.shipments)
	return r, nil
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// handle translates a statement.
func (r *Room) handle(ctx streams.Ctx, o *event.FulfilmentRecord, in streams.Input) error {
	record, ok := in.(streams.Record[event.FulfilmentReported])
	if !ok {
		return nil
	}
	report := &record.Value
	o.Reports++
	status, version := r.tables.Read(report.Partner, report.Word)
	if status == event.FulfilmentStatusUnmapped {
		o.Unmapped++
	}
	p := r.progress.Get(ctx, report.FulfilmentID)
	if p == nil {
		p = &fulfilment.Progress{Status: event.FulfilmentStatusUnmapped}
	}
	changed := fulfilment.Advance(p, report, status, version, r.ship(ctx, report))
	r.progress.Put(ctx, report.FulfilmentID, p)
	if changed == nil {
		o.Duplicates++
		return nil
	}
	r.statuses.Send(ctx, ctx.Key(), changed)
	return nil
}

// ship confirms a shipment whose document was not seen before, and returns its
// units. Without a document the position in the source tells it from others.
func (r *Room) ship(ctx streams.Ctx, report *event.FulfilmentReported) int64 {
	if len(report.Lines) == 0 {
		return 0
	}
	id := fulfilment.ShipmentID(report.Node, fulfilment.Document(report), report.FulfilmentID)
	if r.documents.Get(ctx, id) != nil {
		return 0
	}
	units := int64(0)
	for _, l := range report.Lines {
		units += l.Qty
	}
	r.documents.Put(ctx, id, &event.FulfilmentDocumentRecord{FulfilmentID: report.FulfilmentID, Units: units})
	r.shipments.Send(ctx, ctx.Key(), &event.ShipmentConfirmed{
		ShipmentID: id, FulfilmentID: report.FulfilmentID, OrderID: report.OrderID, Node: report.Node, Lines: report.Lines,
		Carrier: report.Carrier, Tracking: report.Tracking, Final: report.Final, Document: report.Document,
		Source: report.Source, SourceSeq: report.SourceSeq, ShippedAt: report.OccurredAt,
	})
	return units
}
