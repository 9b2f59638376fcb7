package fulfilmentstream

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/streams"
)

// Bounds and clocks of a carrier's number.
const (
	maxWaiting = 200 // statements that wait for their shipment
	maxShipped = 20  // shipments under one number

	timerUnknown = "unknown"
	unknownAfter = 24 * time.Hour
	timerForget  = "forget"
	forgetAfter  = 30 * 24 * time.Hour
)

// AlertUnknown says that a carrier speaks of a number under which nothing left.
const AlertUnknown = "PARCEL_UNKNOWN"

// wireLabels declares the entity of a carrier's number, which hears of shipments from
// the orders and joins them with what the carrier says.
func (r *Room) wireLabels(schemas *codec.Schemas) {
	r.labels = streams.NewEntity(r.Topology, "label", codec.State[event.ParcelLabelRecord](schemas, "parcel_label"), r.label)
	scanned := typed[event.ParcelScanned](schemas, topic.ParcelScanned)
	r.shipped = streams.NewChildren(r.labels, "shipped", r.consigned.Value)
	r.scans = streams.NewChildren(r.labels, "scan", scanned.Value)
	streams.Receive(r.labels, scanned)
	streams.Receive(r.labels, r.consigned)
	streams.Send(r.labels, r.reported)
	streams.Send(r.labels, r.alerts)
}

// label joins what a carrier said about a number with what left under it.
func (r *Room) label(ctx streams.Ctx, l *event.ParcelLabelRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.ParcelScanned]:
		l.Scans++
		r.scan(ctx, l, &in.Value)
	case streams.Record[fulfilment.Consignment]:
		if r.shipped.Get(ctx, in.Value.ShipmentID) == nil && len(r.shipped.All(ctx)) < maxShipped {
			r.shipped.Put(ctx, in.Value.ShipmentID, &in.Value)
			r.joined(ctx, l)
		}
	case streams.Timer:
		r.wonder(ctx, l, in.Name)
	}
	return nil
}

// scan passes a statement on to its order, or keeps it until the shipment is known.
func (r *Room) scan(ctx streams.Ctx, l *event.ParcelLabelRecord, s *event.ParcelScanned) {
	if c := fulfilment.Consigned(r.shipped.All(ctx), s.OccurredAt); c != nil {
		r.reported.Send(ctx, c.OrderID, fulfilment.Reported(c, s))
		return
	}
	if r.scans.Get(ctx, s.ScanID) != nil {
		return
	}
	if l.Waiting >= maxWaiting {
		l.Dropped++
		return
	}
	l.Waiting++
	r.scans.Put(ctx, s.ScanID, s)
	if !ctx.TimerSet(timerUnknown) {
		ctx.SetTimer(timerUnknown, unknownAfter)
	}
	ctx.SetTimer(timerForget, forgetAfter)
}

// joined passes on what waited for a shipment.
func (r *Room) joined(ctx streams.Ctx, l *event.ParcelLabelRecord) {
	for id, s := range kept(ctx, r.scans) {
		if c := fulfilment.Consigned(r.shipped.All(ctx), s.OccurredAt); c != nil {
			r.scans.Delete(ctx, id)
			l.Waiting--
			r.reported.Send(ctx, c.OrderID, fulfilment.Reported(c, s))
		}
	}
	if l.Waiting == 0 {
		ctx.ClearTimer(timerUnknown)
		ctx.ClearTimer(timerForget)
	}
}

// wonder tells somebody of a number that nothing left under, and gives it up in the end.
func (r *Room) wonder(ctx streams.Ctx, l *event.ParcelLabelRecord, timer string) {
	switch {
	case l.Waiting == 0:
	case timer == timerUnknown:
		r.alerts.Send(ctx, ctx.Key(), &event.AlertRaised{
			AlertID: event.AlertID(AlertUnknown, ctx.Key(), fmt.Sprint(l.Scans)), Kind: AlertUnknown, Subject: ctx.Key(),
			Detail: fmt.Sprintf("a carrier made %d statements about a number under which nothing left", l.Waiting), RaisedAt: ctx.Now(),
		})
	default:
		for id := range kept(ctx, r.scans) {
			r.scans.Delete(ctx, id)
		}
		l.Dropped += l.Waiting
		l.Waiting = 0
	}
}

// consign tells the carrier's number of a shipment.
func (r *Room) consign(ctx streams.Ctx, s *event.ShipmentConfirmed) {
	r.consigned.Send(ctx, fulfilment.LabelID(s.Carrier, s.Tracking), &fulfilment.Consignment{
		OrderID: s.OrderID, ShipmentID: s.ShipmentID, Carrier: s.Carrier, Tracking: s.Tracking, ShippedAt: s.ShippedAt,
	})
}
