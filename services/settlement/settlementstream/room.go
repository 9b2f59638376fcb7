// Package settlementstream wires the money of orders to topics: application
// settlement, one entity an order id, with a child for the prices and one a bill.
package settlementstream

import (
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/settlement"
	"github.com/millrace/millrace/streams"
)

// App is the application id of the topology.
const App = "settlement"

// Keys of single rows.
const (
	soldKey         = "sold" // the prices
	withoutShipment = "-"    // the bill of an order that ships nothing
)

// Room is the settlement room.
type Room struct {
	Topology *streams.Topology

	orders   *streams.Entity[settlement.Record]
	prices   *streams.Children[settlement.Price]
	bills    *streams.Children[settlement.Bill]
	requests streams.Topic[event.InvoiceRequested]
}

// New makes the room.
func New(schemas *codec.Schemas) *Room {
	r := &Room{Topology: streams.NewTopology(App), requests: typed[event.InvoiceRequested](schemas, topic.InvoiceRequested)}
	r.orders = streams.NewEntity(r.Topology, "settlement", codec.State[settlement.Record](schemas, "settlement"), r.handle)
	r.prices = streams.NewChildren(r.orders, "price", codec.State[settlement.Price](schemas, "settlement_price"))
	r.bills = streams.NewChildren(r.orders, "bill", codec.State[settlement.Bill](schemas, "settlement_bill"))
	streams.Receive(r.orders, typed[event.OrderAccepted](schemas, topic.OrderAccepted))
	streams.Receive(r.orders, typed[event.OrderReleased](schemas, topic.OrderReleased))
	streams.Receive(r.orders, typed[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed))
	streams.Receive(r.orders, typed[event.InvoicePosted](schemas, topic.InvoicePosted))
	streams.Send(r.orders, r.requests)
	return r
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func (r *Room) handle(ctx streams.Ctx, o *settlement.Record, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.OrderAccepted]:
		r.accepted(ctx, o, &in.Value)
	case streams.Record[event.OrderReleased]:
		o.Bare = o.Bare || len(in.Value.Fulfilments) == 0
	case streams.Record[event.ShipmentConfirmed]:
		r.shipped(ctx, o, &in.Value)
	case streams.Record[event.InvoicePosted]:
		r.posted(ctx, o, &in.Value)
		return nil
	}
	r.billOpen(ctx, o)
	return nil
}

// accepted keeps the prices.
func (r *Room) accepted(ctx streams.Ctx, o *settlement.Record, a *event.OrderAccepted) {
	if o.Known {
		return
	}
	o.Known, o.Currency, o.Customer, o.Total = true, a.Currency, a.Customer, a.Total
	r.prices.Put(ctx, soldKey, &settlement.Price{Currency: a.Currency, Shipping: a.Shipping, Lines: a.Lines})
}

// shipped keeps what left, once a shipment.
func (r *Room) shipped(ctx streams.Ctx, o *settlement.Record, s *event.ShipmentConfirmed) {
	if r.bills.Get(ctx, s.ShipmentID) != nil {
		return
	}
	b := &settlement.Bill{ShipmentID: s.ShipmentID}
	for _, l := range s.Lines {
		b.Lines = append(b.Lines, event.BilledLine{LineID: l.LineID, Qty: l.Qty})
	}
	r.bills.Put(ctx, s.ShipmentID, b)
	o.Unbilled++
}

// billOpen asks for an invoice of every shipment that has none, once the prices
// are known.
func (r *Room) billOpen(ctx streams.Ctx, o *settlement.Record) {
	if !o.Known {
		return
	}
	if o.Bare && r.bills.Get(ctx, withoutShipment) == nil {
		r.bills.Put(ctx, withoutShipment, &settlement.Bill{})
		o.Unbilled++
	}
	if o.Unbilled == 0 {
		return
	}
	var done, open []*settlement.Bill
	for _, b := range r.bills.All(ctx) {
		if b.InvoiceID == "" {
			open = append(open, b)
		} else {
			done = append(done, b)
		}
	}
	prices := r.prices.Get(ctx, soldKey)
	for _, b := range open {
		r.request(ctx, o, b, settlement.Fill(b, prices, done))
		done = append(done, b)
	}
	o.Unbilled = 0
}

// request asks for the invoice of a bill.
func (r *Room) request(ctx streams.Ctx, o *settlement.Record, b *settlement.Bill, lines []event.InvoiceLine) {
	b.InvoiceID = settlement.InvoiceID(ctx.Key(), b.ShipmentID)
	o.Requested += b.Total
	r.bills.Put(ctx, keyOf(b.ShipmentID), b)
	r.requests.Send(ctx, ctx.Key(), &event.InvoiceRequested{
		InvoiceID: b.InvoiceID, OrderID: ctx.Key(), ShipmentID: b.ShipmentID, Currency: o.Currency, Lines: lines,
		Goods: b.Total - b.Shipping, Shipping: b.Shipping, Total: b.Total, RequestedAt: ctx.Now(), Customer: o.Customer,
	})
}

// posted keeps the number that the system of record gave, once an invoice.
func (r *Room) posted(ctx streams.Ctx, o *settlement.Record, p *event.InvoicePosted) {
	b := r.bills.Get(ctx, keyOf(p.ShipmentID))
	if b == nil || b.Number != "" {
		return
	}
	b.Number = p.Number
	o.Posted += p.Total
	r.bills.Put(ctx, keyOf(p.ShipmentID), b)
}

func keyOf(shipmentID string) string {
	if shipmentID == "" {
		return withoutShipment
	}
	return shipmentID
}

// Order reads the committed money of an order; nil when there is none.
func (r *Room) Order(from streams.Committed, id string) (*settlement.Record, error) {
	return r.orders.Get(from, id)
}
