package business

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams/streamstest"
)

// silence is after how long somebody must have been told of a parcel that no carrier
// has seen, with an hour's grace.
const silence = 25 * time.Hour

// carriers is what carriers did with the parcels of the week, by shipment.
type carriers struct {
	silent    map[string]bool // lost on the way to the carrier's first scan
	named     map[string]bool // somebody was told that no carrier has seen it
	delivered map[string]bool
}

func newCarriers() *carriers {
	return &carriers{silent: make(map[string]bool), named: make(map[string]bool), delivered: make(map[string]bool)}
}

// carry has a carrier scan a parcel on its way: once a stop, now and then twice or in
// another order than it happened. A few parcels no carrier ever sees.
func (w *week) carry(v *event.ShipmentConfirmed) {
	id, order := v.ShipmentID, v.OrderID
	if w.dice.IntN(300) == 0 {
		w.met["parcels that no carrier saw"]++
		w.carriers.silent[id] = true
		w.in(silence, silence, func() {
			if !w.carriers.named[id] {
				w.auditor.breach(order, "no carrier has seen shipment %s, and no alert says so", id)
			}
		})
		return
	}
	scan := func(seq int64, status event.ParcelStatus) {
		p := &event.ParcelStatusChanged{
			ParcelID: "parcel " + id, OrderID: order, ShipmentID: id, Carrier: v.Carrier, Tracking: v.Tracking, ShippedOn: v.ShippedAt.Format(time.DateOnly),
			Status: status, Seq: seq, Word: string(status), Source: "carrier", SourceSeq: seq, OccurredAt: w.Now(),
		}
		say := func() { streamstest.Send(w.Driver, onParcel, order, p) }
		if say(); w.dice.IntN(40) == 0 {
			w.in(time.Minute, 12*time.Hour, say)
		}
	}
	w.in(time.Minute, 20*time.Hour, func() { scan(1, event.ParcelStatusPickedUp) })
	w.in(10*time.Hour, 22*time.Hour, func() { scan(2, event.ParcelStatusInTransit) })
	w.in(20*time.Hour, 40*time.Hour, func() {
		w.carriers.delivered[id] = true
		scan(3, event.ParcelStatusDelivered)
	})
}

// unseen takes an alert that no carrier has seen a shipment.
func (w *week) unseen(order, shipment string) {
	if w.carriers.named[shipment] = true; !w.carriers.silent[shipment] {
		w.auditor.breach(order, "an alert says that no carrier has seen shipment %s, and one has", shipment)
	}
}

// checkDelivered: of each line as many units are with the buyer as carriers brought.
func (w *week) checkDelivered(d *docket) {
	state := w.auditor.states[d.id]
	if state == nil || w.auditor.doubled[d.id] {
		return
	}
	brought := make(map[string]int64)
	for id, s := range d.shipments {
		for _, l := range s.Lines {
			if w.carriers.delivered[id] {
				brought[l.LineID] += l.Qty
			}
		}
	}
	for _, l := range state.Lines {
		if l.Delivered != brought[l.LineID] {
			w.auditor.breach(d.id, "line %s: %d units are called delivered, carriers brought %d", l.LineID, l.Delivered, brought[l.LineID])
		}
	}
}
