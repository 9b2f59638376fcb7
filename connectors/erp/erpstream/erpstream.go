// Package erpstream is the topology "erp", one entity an order: it registers
// the order as a sale in the system of record, posts its shipments, asks for
// its invoices, and closes the sale when the order has ended with units open.
//
// In: order.accepted, shipment.confirmed, invoice.requested, order.completed,
// order.cancelled. Out: order.registered, invoice.posted, partner.outbound.
// Facts come in any order; documents go out in the order that the system can
// take: the sale first, the closing last. What the system refuses for good
// goes to the dead letters, where a person looks at it.
package erpstream

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// Room is the topology and what can be looked up in it.
type Room struct {
	Topology *streams.Topology
	// Sales tells what the system of record was told, by order id.
	Sales *streams.Entity[event.ErpSaleRecord]

	partner partner.Config
	vendor  connector.ERP
	erp     streams.Destination[connector.Document, connector.Reply]
	waiting *streams.Children[connector.Document] // for the sale, by number of arrival

	registered streams.Topic[event.OrderRegistered]
	posted     streams.Topic[event.InvoicePosted]
	outbound   streams.Topic[event.PartnerOutbound]
}

// New declares the topology for one ERP.
func New(schemas *codec.Schemas, p partner.Config, vendor connector.ERP) *Room {
	r := &Room{
		Topology: streams.NewTopology("erp"), partner: p, vendor: vendor, erp: connector.NewClient(p).Destination(p.ID),
		registered: of[event.OrderRegistered](schemas, topic.OrderRegistered),
		posted:     of[event.InvoicePosted](schemas, topic.InvoicePosted),
		outbound:   of[event.PartnerOutbound](schemas, topic.PartnerOutbound),
	}
	r.Sales = streams.NewEntity(r.Topology, "sale", codec.State[event.ErpSaleRecord](schemas, "erp_sale"), r.handle)
	r.waiting = streams.NewChildren(r.Sales, "waiting", connector.DocumentCodec)
	streams.Calls(r.Sales, r.erp)
	streams.Receive(r.Sales, of[event.OrderAccepted](schemas, topic.OrderAccepted))
	streams.Receive(r.Sales, of[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed))
	streams.Receive(r.Sales, of[event.InvoiceRequested](schemas, topic.InvoiceRequested))
	streams.Receive(r.Sales, of[event.OrderCompleted](schemas, topic.OrderCompleted))
	streams.Receive(r.Sales, of[event.OrderCancelled](schemas, topic.OrderCancelled))
	streams.Send(r.Sales, r.registered)
	streams.Send(r.Sales, r.posted)
	streams.Send(r.Sales, r.outbound)
	return r
}

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func (r *Room) handle(ctx streams.Ctx, s *event.ErpSaleRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.OrderAccepted]:
		return r.sell(ctx, s, &in.Value)
	case streams.Record[event.ShipmentConfirmed]:
		d, err := r.vendor.Shipment(&in.Value)
		if err != nil {
			return err
		}
		for _, l := range in.Value.Lines {
			s.Shipped += l.Qty
		}
		r.send(ctx, s, d)
	case streams.Record[event.InvoiceRequested]:
		d, err := r.vendor.Invoice(&in.Value)
		if err != nil {
			return err
		}
		d.Note = invoiceNote(&in.Value)
		r.send(ctx, s, d)
	case streams.Record[event.OrderCompleted]:
		s.Ending, s.Cancelled = true, in.Value.UnitsCancelled
	case streams.Record[event.OrderCancelled]:
		s.Ending, s.Cancelled, s.Reason = true, in.Value.Units, cmp.Or(in.Value.Reason, "CANCELLED")
	case streams.Answer[connector.Reply]:
		return r.answered(ctx, s, in)
	}
	return r.finish(ctx, s)
}

// sell registers the order and sends what came before it.
func (r *Room) sell(ctx streams.Ctx, s *event.ErpSaleRecord, o *event.OrderAccepted) error {
	if s.Sold {
		return nil
	}
	d, err := r.vendor.Sale(o)
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		if l.Kind == event.LineKindGoods || l.Kind == event.LineKindKit {
			s.Units += l.Qty
		}
	}
	s.Sold = true
	r.send(ctx, s, d)
	for n := range s.Waiting {
		if early := r.waiting.Get(ctx, number(n)); early != nil {
			r.send(ctx, s, *early)
			r.waiting.Delete(ctx, number(n))
		}
	}
	s.Waiting = 0
	return r.finish(ctx, s)
}

func number(n int64) string { return fmt.Sprintf("%06d", n) }

// send asks for a document, or lets it wait for the sale.
func (r *Room) send(ctx streams.Ctx, s *event.ErpSaleRecord, d connector.Document) {
	if !s.Sold {
		r.waiting.Put(ctx, number(s.Waiting), &d)
		s.Waiting++
		return
	}
	r.erp.Ask(ctx, d.Kind+"/"+d.ID, d)
	key, record := connector.Outbound(r.partner.ID, d, ctx.Now(), ctx.Key())
	r.outbound.Send(ctx, key, record)
}

// finish closes the sale of an order that was cancelled, also one of charges
// alone, or ended with units cancelled, once all that left has been posted: a
// shipment must not find its sale closed.
func (r *Room) finish(ctx streams.Ctx, s *event.ErpSaleRecord) error {
	whole := s.Cancelled == 0 && s.Reason == ""
	if !s.Ending || !s.Sold || s.Closed || whole || s.Shipped < s.Units-s.Cancelled {
		return nil
	}
	d, err := r.vendor.Close(ctx.Key(), s.Reason)
	if err != nil {
		return err
	}
	s.Closed = true
	r.send(ctx, s, d)
	return nil
}

// answered publishes what the system's answer means.
func (r *Room) answered(ctx streams.Ctx, s *event.ErpSaleRecord, in streams.Answer[connector.Reply]) error {
	if in.Err != nil {
		return fmt.Errorf("posting %s to %s: %w", in.Name, r.partner.ID, in.Err)
	}
	if in.Value.Status == http.StatusConflict {
		return fmt.Errorf("posting %s to %s: its reference was used for another document: %s", in.Name, r.partner.ID, in.Value.Answer)
	}
	number, err := r.vendor.Number(in.Value)
	if err != nil {
		return err
	}
	switch in.Value.Kind {
	case "sale":
		s.Number = number
		r.registered.Send(ctx, ctx.Key(), &event.OrderRegistered{OrderID: ctx.Key(), System: r.vendor.System(), Number: number, RegisteredAt: ctx.Now()})
	case "invoice":
		posted, err := readInvoiceNote(in.Value.Note)
		if err != nil {
			return err
		}
		posted.InvoiceID, posted.OrderID, posted.Number = in.Value.ID, ctx.Key(), number
		posted.System, posted.PostedAt = r.vendor.System(), ctx.Now()
		r.posted.Send(ctx, ctx.Key(), posted)
	}
	return nil
}

// invoiceNote keeps with the call what invoice.posted repeats.
func invoiceNote(v *event.InvoiceRequested) string {
	return v.ShipmentID + " " + v.Currency + " " + strconv.FormatInt(v.Total, 10)
}

func readInvoiceNote(note string) (*event.InvoicePosted, error) {
	part := strings.Split(note, " ")
	if len(part) != 3 {
		return nil, fmt.Errorf("reading note %q of an invoice: want shipment, currency and total", note)
	}
	total, err := strconv.ParseInt(part[2], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("reading note %q of an invoice: %w", note, err)
	}
	return &event.InvoicePosted{ShipmentID: part[0], Currency: part[1], Total: total}, nil
}
