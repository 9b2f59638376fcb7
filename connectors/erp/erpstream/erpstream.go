// Package erpstream is the topology "erp", one entity an order: it registers
// the order as a sale in the system of record, amends the sale as the order is
// amended, posts its shipments, asks for its invoices and credit notes, and closes the
// sale when the order has ended with units open. A return that is credited without an
// order has an entity of its id, which asks for its credit notes alone. Another, one a
// return, asks whether goods may come back (authorise.go).
//
// In: order.accepted, order.amended, shipment.confirmed, invoice.requested, refund.approved,
// order.completed, order.cancelled, return.authorise. Out: order.registered,
// invoice.posted, credit.posted, return.ruled, partner.outbound.
// An order that names items by numbers that nobody has mapped waits until it does
// not, and is registered with the lines that it has then. Facts come in any order;
// documents go out in the order that the system can take: the sale first, amendments
// by the versions of the order, the closing last. An amendment that is heard of when
// the sale is closed says nothing that the closing did not. What the system refuses
// for good goes to the dead letters, where a person looks at it.
package erpstream

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
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
	// Returns tells what it was asked about returns, by return id.
	Returns *streams.Entity[event.ErpReturnRecord]

	partner partner.Config
	vendor  connector.ERP
	erp     streams.Destination[connector.Document, connector.Reply]
	waiting *streams.Children[connector.Document]  // for the sale, by number of arrival
	pending *streams.Children[event.OrderAccepted] // an order whose items are not all known
	early   *streams.Children[event.OrderAmended]  // amendments of an order that is not registered, by version

	registered streams.Topic[event.OrderRegistered]
	posted     streams.Topic[event.InvoicePosted]
	credited   streams.Topic[event.CreditPosted]
	ruled      streams.Topic[event.ReturnRuled]
	outbound   streams.Topic[event.PartnerOutbound]
}

// New declares the topology for one ERP.
func New(schemas *codec.Schemas, p partner.Config, vendor connector.ERP) *Room {
	r := &Room{
		Topology: streams.NewTopology("erp"), partner: p, vendor: vendor, erp: connector.NewClient(p).Destination(p.ID),
		registered: of[event.OrderRegistered](schemas, topic.OrderRegistered),
		posted:     of[event.InvoicePosted](schemas, topic.InvoicePosted),
		credited:   of[event.CreditPosted](schemas, topic.CreditPosted),
		ruled:      of[event.ReturnRuled](schemas, topic.ReturnRuled),
		outbound:   of[event.PartnerOutbound](schemas, topic.PartnerOutbound),
	}
	r.Sales = streams.NewEntity(r.Topology, "sale", codec.State[event.ErpSaleRecord](schemas, "erp_sale"), r.handle)
	r.waiting = streams.NewChildren(r.Sales, "waiting", connector.DocumentCodec)
	accepted := of[event.OrderAccepted](schemas, topic.OrderAccepted)
	amended := of[event.OrderAmended](schemas, topic.OrderAmended)
	r.pending = streams.NewChildren(r.Sales, "pending", accepted.Value)
	r.early = streams.NewChildren(r.Sales, "early", amended.Value)
	streams.Calls(r.Sales, r.erp)
	connector.TellSettled(r.Sales, schemas)
	streams.Receive(r.Sales, accepted)
	streams.Receive(r.Sales, amended)
	streams.Receive(r.Sales, of[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed))
	streams.Receive(r.Sales, of[event.InvoiceRequested](schemas, topic.InvoiceRequested))
	streams.Receive(r.Sales, of[event.RefundApproved](schemas, topic.RefundApproved))
	streams.Receive(r.Sales, of[event.OrderCompleted](schemas, topic.OrderCompleted))
	streams.Receive(r.Sales, of[event.OrderCancelled](schemas, topic.OrderCancelled))
	streams.Send(r.Sales, r.registered)
	streams.Send(r.Sales, r.posted)
	streams.Send(r.Sales, r.credited)
	streams.Send(r.Sales, r.outbound)
	r.wireReturns(schemas)
	return r
}

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func (r *Room) handle(ctx streams.Ctx, s *event.ErpSaleRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.OrderAccepted]:
		return r.accepted(ctx, s, &in.Value)
	case streams.Record[event.OrderAmended]:
		return r.amended(ctx, s, &in.Value)
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
		d.Note = note{in.Value.ShipmentID, in.Value.Currency, in.Value.Total}.String()
		r.send(ctx, s, d)
	case streams.Record[event.RefundApproved]:
		d, err := r.vendor.Credit(&in.Value)
		if err != nil {
			return err
		}
		d.Note = note{in.Value.ShipmentID, in.Value.Currency, in.Value.Total}.String()
		if in.Value.OrderID == "" {
			r.ask(ctx, d) // of a return without an order: no sale to wait for
			return nil
		}
		r.send(ctx, s, d)
	case streams.Record[event.OrderCompleted]:
		s.Ending, s.Left = true, in.Value.UnitsShipped
	case streams.Record[event.OrderCancelled]:
		s.Ending, s.Reason = true, cmp.Or(in.Value.Reason, "CANCELLED")
	case streams.Answer[connector.Reply]:
		return r.answered(ctx, s, in)
	}
	return r.finish(ctx, s)
}

// accepted registers an order that has not been.
func (r *Room) accepted(ctx streams.Ctx, s *event.ErpSaleRecord, o *event.OrderAccepted) error {
	if s.Sold {
		return nil
	}
	if unmapped(o.Lines) {
		r.pending.Put(ctx, pendingKey, o)
	}
	return r.sell(ctx, s, o)
}

// pendingKey is that of the one order that waits.
const pendingKey = "order"

// amended amends the sale, or keeps the amendment until there is one. One that is
// older than another that is known says nothing.
func (r *Room) amended(ctx streams.Ctx, s *event.ErpSaleRecord, a *event.OrderAmended) error {
	if a.OrderVersion <= s.Amended {
		return nil
	}
	s.Amended = a.OrderVersion
	if s.Sold {
		if err := r.amend(ctx, s, a); err != nil {
			return err
		}
		return r.finish(ctx, s)
	}
	r.early.Put(ctx, number(a.OrderVersion), a)
	if o := r.pending.Get(ctx, pendingKey); o != nil {
		return r.sell(ctx, s, o)
	}
	return nil
}

// amend tells the system of a registered order what its lines are from here on.
func (r *Room) amend(ctx streams.Ctx, s *event.ErpSaleRecord, a *event.OrderAmended) error {
	if s.Closed || unmapped(a.Lines) {
		return nil
	}
	d, err := r.vendor.Amendment(a)
	if err != nil {
		return err
	}
	units := goods(a.Lines)
	s.Less, s.Units = s.Less || units < s.Units, units
	r.send(ctx, s, d)
	return nil
}

// sell registers an order as it was when all its items were known first, and sends
// what came before that.
func (r *Room) sell(ctx streams.Ctx, s *event.ErpSaleRecord, o *event.OrderAccepted) error {
	var early []*event.OrderAmended
	if s.Amended > 0 {
		early = r.early.All(ctx)
	}
	if unmapped(o.Lines) {
		first := slices.IndexFunc(early, func(a *event.OrderAmended) bool { return !unmapped(a.Lines) })
		if first < 0 {
			return nil
		}
		r.pending.Delete(ctx, pendingKey)
		o.Lines, o.Total = early[first].Lines, early[first].Total
		r.forget(ctx, early[:first+1])
		early = early[first+1:]
	}
	d, err := r.vendor.Sale(o)
	if err != nil {
		return err
	}
	s.Sold, s.Units = true, goods(o.Lines)
	r.send(ctx, s, d)
	for _, a := range early {
		if err := r.amend(ctx, s, a); err != nil {
			return err
		}
	}
	r.forget(ctx, early)
	for n := range s.Waiting {
		if d := r.waiting.Get(ctx, number(n)); d != nil {
			r.send(ctx, s, *d)
			r.waiting.Delete(ctx, number(n))
		}
	}
	s.Waiting = 0
	return r.finish(ctx, s)
}

func (r *Room) forget(ctx streams.Ctx, amendments []*event.OrderAmended) {
	for _, a := range amendments {
		r.early.Delete(ctx, number(a.OrderVersion))
	}
}

// goods counts the units of lines that leave a node.
func goods(lines []event.OrderLine) (units int64) {
	for _, l := range lines {
		if l.Kind == event.LineKindGoods || l.Kind == event.LineKindKit {
			units += l.Qty
		}
	}
	return units
}

// unmapped says whether a line names its item by a number that nobody has mapped.
func unmapped(lines []event.OrderLine) bool {
	return slices.ContainsFunc(lines, func(l event.OrderLine) bool { return l.Unmapped })
}

func number(n int64) string { return fmt.Sprintf("%06d", n) }

// send asks for a document, or lets it wait for the sale.
func (r *Room) send(ctx streams.Ctx, s *event.ErpSaleRecord, d connector.Document) {
	if !s.Sold {
		r.waiting.Put(ctx, number(s.Waiting), &d)
		s.Waiting++
		return
	}
	r.ask(ctx, d)
}

// ask has the system post a document, and keeps it on record.
func (r *Room) ask(ctx streams.Ctx, d connector.Document) {
	r.erp.Ask(ctx, d.Kind+"/"+d.ID, d)
	key, record := connector.Outbound(r.partner.ID, d, ctx.Now(), ctx.Key())
	r.outbound.Send(ctx, key, record)
}

// finish closes the sale of an order that was cancelled, also one of charges
// alone, or ended with fewer units than were sold, once all that left has been
// posted: a shipment must not find its sale closed. One that was made smaller is
// closed in any case, since units that were taken off may have left in place of others.
func (r *Room) finish(ctx streams.Ctx, s *event.ErpSaleRecord) error {
	whole := s.Left >= s.Units && s.Reason == "" && !s.Less
	if !s.Ending || !s.Sold || s.Closed || whole || s.Shipped < s.Left {
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
		n, err := readNote(in.Value.Note)
		if err != nil {
			return err
		}
		r.posted.Send(ctx, ctx.Key(), &event.InvoicePosted{
			InvoiceID: in.Value.ID, OrderID: ctx.Key(), ShipmentID: n.shipment, Number: number, Currency: n.currency, Total: n.total,
			System: r.vendor.System(), PostedAt: ctx.Now(),
		})
	case "credit":
		n, err := readNote(in.Value.Note)
		if err != nil {
			return err
		}
		posted := &event.CreditPosted{
			RefundID: in.Value.ID, OrderID: ctx.Key(), Number: number, Currency: n.currency, Total: n.total, System: r.vendor.System(), PostedAt: ctx.Now(),
		}
		if !s.Sold { // all others wait for their sale
			posted.OrderID, posted.ReturnID = "", ctx.Key()
		}
		r.credited.Send(ctx, ctx.Key(), posted)
	}
	return nil
}

// note is what invoice.posted and credit.posted repeat; it is kept with the call.
type note struct {
	shipment, currency string
	total              int64
}

// String writes the note.
func (n note) String() string {
	return n.shipment + " " + n.currency + " " + strconv.FormatInt(n.total, 10)
}

func readNote(text string) (note, error) {
	part := strings.Split(text, " ")
	if len(part) != 3 {
		return note{}, fmt.Errorf("reading note %q of a document: want shipment, currency and total", text)
	}
	total, err := strconv.ParseInt(part[2], 10, 64)
	if err != nil {
		return note{}, fmt.Errorf("reading note %q of a document: %w", text, err)
	}
	return note{part[0], part[1], total}, nil
}
