// Package fulfilmentstream wires fulfilments to topics: application fulfilment,
// one entity an order id with a child a fulfilment and a shipment document, and one a
// carrier's number, which tells the orders what carriers say (label.go).
package fulfilmentstream

import (
	"iter"
	"time"

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
	labels    *streams.Entity[event.ParcelLabelRecord]
	shipped   *streams.Children[fulfilment.Consignment]
	scans     *streams.Children[event.ParcelScanned]
	consigned streams.Topic[fulfilment.Consignment] // order to label
	reported  streams.Topic[event.ParcelReported]   // label to order
	orders    *streams.Entity[event.FulfilmentRecord]
	progress  *streams.Children[fulfilment.Progress]
	documents *streams.Children[event.FulfilmentDocumentRecord]
	parcels   *streams.Children[fulfilment.Parcel]
	unread    *streams.Children[event.FulfilmentReported]
	unheard   *streams.Children[event.ParcelReported]
	statuses  streams.Topic[event.FulfilmentStatusChanged]
	shipments streams.Topic[event.ShipmentConfirmed]
	tracked   streams.Topic[event.ParcelStatusChanged]
	alerts    streams.Topic[event.AlertRaised]
}

// New makes the room. The error is about a table.
func New(cfg Config, schemas *codec.Schemas) (*Room, error) {
	tables, err := fulfilment.NewTables(cfg.Tables)
	if err != nil {
		return nil, err
	}
	t := streams.NewTopology(App)
	r := &Room{
		Topology: t, tables: tables,
		consigned: streams.Repartition(t, "consigned", codec.State[fulfilment.Consignment](schemas, "parcel_consigned")),
		reported:  typed[event.ParcelReported](schemas, topic.ParcelReported),
		statuses:  typed[event.FulfilmentStatusChanged](schemas, topic.FulfilmentStatus),
		shipments: typed[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed),
		tracked:   typed[event.ParcelStatusChanged](schemas, topic.ParcelStatus),
		alerts:    typed[event.AlertRaised](schemas, topic.AlertRaised),
	}
	r.orders = streams.NewEntity(r.Topology, "fulfilment", codec.State[event.FulfilmentRecord](schemas, "fulfilment"), r.handle)
	r.progress = streams.NewChildren(r.orders, "progress", codec.State[fulfilment.Progress](schemas, "fulfilment_progress"))
	r.documents = streams.NewChildren(r.orders, "document", codec.State[event.FulfilmentDocumentRecord](schemas, "fulfilment_document"))
	r.parcels = streams.NewChildren(r.orders, "parcel", codec.State[fulfilment.Parcel](schemas, "parcel"))
	r.unread = streams.NewChildren(r.orders, "unread", codec.Of[event.FulfilmentReported](schemas, topic.FulfilmentReported))
	r.unheard = streams.NewChildren(r.orders, "unheard", codec.Of[event.ParcelReported](schemas, topic.ParcelReported))
	streams.Receive(r.orders, typed[event.FulfilmentReported](schemas, topic.FulfilmentReported))
	streams.Receive(r.orders, r.reported)
	streams.Send(r.orders, r.consigned)
	streams.Send(r.orders, r.tracked)
	streams.Send(r.orders, r.alerts)
	streams.Send(r.orders, r.statuses)
	streams.Send(r.orders, r.shipments)
	r.wireLabels(schemas)
	return r, nil
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// handle translates a statement, or looks again at those that nobody understood.
func (r *Room) handle(ctx streams.Ctx, o *event.FulfilmentRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.FulfilmentReported]:
		o.Reports++
		r.report(ctx, o, &in.Value)
	case streams.Record[event.ParcelReported]:
		o.Reports++
		r.track(ctx, o, &in.Value)
	case streams.Timer:
		r.readAgain(ctx, o)
	}
	return nil
}

// report translates what a node stated about a fulfilment.
func (r *Room) report(ctx streams.Ctx, o *event.FulfilmentRecord, report *event.FulfilmentReported) {
	status, version := r.tables.Read(report.Partner, report.Word)
	if status == event.FulfilmentStatusUnmapped {
		id := fulfilment.ReportID(report.Source, report.SourceSeq, report.FulfilmentID, report.Word, report.OccurredAt)
		if r.unread.Get(ctx, id) == nil {
			r.unread.Put(ctx, id, report)
			r.wait(ctx, o, report.Partner, report.Word)
		}
	}
	r.advance(ctx, o, report, status, version)
}

// advance books a translated statement and publishes what is new in it.
func (r *Room) advance(ctx streams.Ctx, o *event.FulfilmentRecord, report *event.FulfilmentReported, status event.FulfilmentStatus, version string) {
	p := r.progress.Get(ctx, report.FulfilmentID)
	if p == nil {
		p = &fulfilment.Progress{Status: event.FulfilmentStatusUnmapped}
	}
	changed := fulfilment.Advance(p, report, status, version, r.ship(ctx, report))
	r.progress.Put(ctx, report.FulfilmentID, p)
	if changed == nil {
		o.Duplicates++
		return
	}
	r.statuses.Send(ctx, ctx.Key(), changed)
}

// track translates what was stated about a parcel.
func (r *Room) track(ctx streams.Ctx, o *event.FulfilmentRecord, report *event.ParcelReported) {
	status, version := r.tables.ReadParcel(report.Partner, report.Word)
	id := fulfilment.ParcelID(report.Carrier, report.Tracking, report.ShippedOn)
	if status == event.ParcelStatusUnmapped {
		key := fulfilment.ReportID(report.Source, report.SourceSeq, id, report.Word, report.OccurredAt)
		if r.unheard.Get(ctx, key) == nil {
			r.unheard.Put(ctx, key, report)
			r.wait(ctx, o, report.Partner, report.Word)
		}
		return
	}
	p := r.parcels.Get(ctx, id)
	if p == nil {
		p = &fulfilment.Parcel{Carrier: report.Carrier, Tracking: report.Tracking, ShippedOn: report.ShippedOn, Status: event.ParcelStatusUnmapped}
	}
	news, correction := fulfilment.State(p, status, report)
	r.parcels.Put(ctx, id, p)
	if !news {
		o.Duplicates++
		return
	}
	r.tracked.Send(ctx, ctx.Key(), &event.ParcelStatusChanged{
		ParcelID: id, OrderID: report.OrderID, ShipmentID: p.ShipmentID, Carrier: p.Carrier, Tracking: p.Tracking, ShippedOn: p.ShippedOn,
		Status: p.Status, Seq: p.Seq, Correction: correction, Word: report.Word, Detail: report.Detail, MappingVersion: version,
		Source: report.Source, SourceSeq: report.SourceSeq, OccurredAt: report.OccurredAt,
	})
}

// Statements that nobody understood are read again by this timer, so that a
// mended table needs no command.
const (
	timerRead = "read again"
	readEvery = time.Hour
)

// wait counts a statement that no table understands, and tells somebody.
func (r *Room) wait(ctx streams.Ctx, o *event.FulfilmentRecord, partner, word string) {
	o.Unmapped++
	o.Waiting++
	subject := partner + "/" + word
	r.alerts.Send(ctx, subject, &event.AlertRaised{
		AlertID: fulfilment.AlertID(partner, word), Kind: fulfilment.AlertUnmapped, Subject: subject, OrderID: ctx.Key(),
		Detail: "no status table knows the word", RaisedAt: ctx.Now(),
	})
	if !ctx.TimerSet(timerRead) {
		ctx.SetTimer(timerRead, readEvery)
	}
}

// readAgain reads what waits with the tables of now.
func (r *Room) readAgain(ctx streams.Ctx, o *event.FulfilmentRecord) {
	for id, report := range kept(ctx, r.unread) {
		if status, version := r.tables.Read(report.Partner, report.Word); status != event.FulfilmentStatusUnmapped {
			r.unread.Delete(ctx, id)
			o.Waiting--
			r.advance(ctx, o, report, status, version)
		}
	}
	for id, report := range kept(ctx, r.unheard) {
		if status, _ := r.tables.ReadParcel(report.Partner, report.Word); status != event.ParcelStatusUnmapped {
			r.unheard.Delete(ctx, id)
			o.Waiting--
			r.track(ctx, o, report)
		}
	}
	if o.Waiting > 0 {
		ctx.SetTimer(timerRead, readEvery)
	}
}

// kept goes through children in the order of their ids, as they were when it began:
// the loop may delete them.
func kept[T any](ctx streams.Ctx, children *streams.Children[T]) iter.Seq2[string, *T] {
	type child struct {
		id    string
		value *T
	}
	var all []child
	children.Range(ctx, "", func(id string, value *T) bool {
		all = append(all, child{id, value})
		return true
	})
	return func(yield func(string, *T) bool) {
		for _, c := range all {
			if !yield(c.id, c.value) {
				return
			}
		}
	}
}

// Waiting reads the statements about an order's fulfilments that wait for a table
// to know their word.
func (r *Room) Waiting(from streams.Committed, orderID string) ([]*event.FulfilmentReported, error) {
	return r.unread.Read(from, orderID)
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
	confirmed := &event.ShipmentConfirmed{
		ShipmentID: id, FulfilmentID: report.FulfilmentID, OrderID: report.OrderID, Node: report.Node, Lines: report.Lines,
		Carrier: report.Carrier, Tracking: report.Tracking, Final: report.Final, Document: report.Document,
		Source: report.Source, SourceSeq: report.SourceSeq, ShippedAt: report.OccurredAt,
	}
	r.shipments.Send(ctx, ctx.Key(), confirmed)
	r.join(ctx, confirmed)
	return units
}

// join says which shipment a parcel is part of, for carriers that know only their
// own number; the day is that of the shipment in UTC. One that a carrier spoke of
// first is said anew with its shipment.
func (r *Room) join(ctx streams.Ctx, s *event.ShipmentConfirmed) {
	if s.Tracking == "" {
		return
	}
	r.consign(ctx, s)
	day := s.ShippedAt.UTC().Format(time.DateOnly)
	id := fulfilment.ParcelID(s.Carrier, s.Tracking, day)
	p := r.parcels.Get(ctx, id)
	if p == nil {
		p = &fulfilment.Parcel{Carrier: s.Carrier, Tracking: s.Tracking, ShippedOn: day, Status: event.ParcelStatusUnmapped}
	}
	if p.ShipmentID != "" {
		return
	}
	p.ShipmentID = s.ShipmentID
	if p.Status != event.ParcelStatusUnmapped {
		p.Seq++
		r.tracked.Send(ctx, ctx.Key(), &event.ParcelStatusChanged{
			ParcelID: id, OrderID: s.OrderID, ShipmentID: p.ShipmentID, Carrier: p.Carrier, Tracking: p.Tracking, ShippedOn: p.ShippedOn,
			Status: p.Status, Seq: p.Seq, Source: s.Source, SourceSeq: s.SourceSeq, OccurredAt: s.ShippedAt,
		})
	}
	r.parcels.Put(ctx, id, p)
}
