// Package paymentstream is the topology "payment", one entity an order: it has a
// payment partner carry out what settlement asks for, one transaction after the
// other, and says what became of each.
//
// In: payment.requested. Out: payment.authorised, payment.captured,
// payment.voided, payment.refunded, payment.declined, partner.outbound.
//
// The payment's id is the reference at the partner, who books it once, however
// often it is asked. So a request that is repeated while its call is under way
// simply takes its place, and one that is repeated later is answered again; the
// partner's number of the transaction tells settlement that it is the same. What
// the partner refuses without a verdict, wrong credentials say, goes to the dead
// letters, and settlement asks again in time.
package paymentstream

import (
	"fmt"
	"net/http"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// Room is the topology.
type Room struct {
	Topology *streams.Topology

	desks   *streams.Entity[event.PaymentDeskRecord]
	partner partner.Config
	vendor  connector.Payment
	bank    streams.Destination[connector.Document, connector.Reply]

	authorised streams.Topic[event.PaymentAuthorised]
	captured   streams.Topic[event.PaymentCaptured]
	voided     streams.Topic[event.PaymentVoided]
	refunded   streams.Topic[event.PaymentRefunded]
	declined   streams.Topic[event.PaymentDeclined]
	outbound   streams.Topic[event.PartnerOutbound]
}

// New declares the topology for one payment partner.
func New(schemas *codec.Schemas, p partner.Config, vendor connector.Payment) *Room {
	r := &Room{
		Topology: streams.NewTopology("payment"), partner: p, vendor: vendor, bank: connector.NewClient(p).Destination(p.ID),
		authorised: of[event.PaymentAuthorised](schemas, topic.PaymentAuthorised),
		captured:   of[event.PaymentCaptured](schemas, topic.PaymentCaptured),
		voided:     of[event.PaymentVoided](schemas, topic.PaymentVoided),
		refunded:   of[event.PaymentRefunded](schemas, topic.PaymentRefunded),
		declined:   of[event.PaymentDeclined](schemas, topic.PaymentDeclined),
		outbound:   of[event.PartnerOutbound](schemas, topic.PartnerOutbound),
	}
	r.desks = streams.NewEntity(r.Topology, "desk", codec.State[event.PaymentDeskRecord](schemas, "payment_desk"), r.handle)
	streams.Calls(r.desks, r.bank)
	connector.TellSettled(r.desks, schemas)
	streams.Receive(r.desks, of[event.PaymentRequested](schemas, topic.PaymentRequested))
	streams.Send(r.desks, r.authorised)
	streams.Send(r.desks, r.captured)
	streams.Send(r.desks, r.voided)
	streams.Send(r.desks, r.refunded)
	streams.Send(r.desks, r.declined)
	streams.Send(r.desks, r.outbound)
	return r
}

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func (r *Room) handle(ctx streams.Ctx, s *event.PaymentDeskRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.PaymentRequested]:
		return r.ask(ctx, s, &in.Value)
	case streams.Answer[connector.Reply]:
		return r.answered(ctx, s, in)
	}
	return nil
}

// ask calls the partner. A call for the same payment that has no answer yet is
// withdrawn: should it have been made all the same, this one finds its work done.
func (r *Room) ask(ctx streams.Ctx, s *event.PaymentDeskRecord, q *event.PaymentRequested) error {
	d, err := r.vendor.Ask(q)
	if err != nil {
		return err
	}
	r.bank.Cancel(ctx, q.PaymentID)
	r.bank.Ask(ctx, q.PaymentID, d)
	s.Asked++
	key, record := connector.Outbound(r.partner.ID, d, ctx.Now(), ctx.Key())
	r.outbound.Send(ctx, key, record)
	return nil
}

// answered publishes what the partner states.
func (r *Room) answered(ctx streams.Ctx, s *event.PaymentDeskRecord, in streams.Answer[connector.Reply]) error {
	if in.Err != nil {
		return fmt.Errorf("asking %s for payment %s: %w", r.partner.ID, in.Name, in.Err)
	}
	if in.Value.Status == http.StatusConflict {
		return fmt.Errorf("asking %s for payment %s: its reference was used for another transaction: %s", r.partner.ID, in.Name, in.Value.Answer)
	}
	t, err := r.vendor.Read(in.Value)
	if err != nil {
		return err
	}
	if t.Declined != "" {
		s.Declined++
	} else {
		s.Done++
	}
	return r.say(ctx, in.Name, event.PaymentAction(in.Value.Kind), &t)
}

// say publishes a statement; the document's kind is the action that was asked for.
func (r *Room) say(ctx streams.Ctx, payment string, action event.PaymentAction, t *connector.Transaction) error {
	order, source := ctx.Key(), r.vendor.System()
	switch {
	case t.Declined != "":
		r.declined.Send(ctx, order, &event.PaymentDeclined{
			PaymentID: payment, TransactionID: t.ID, OrderID: order, Action: action, TenderID: t.Tender, Amount: t.Amount, Currency: t.Currency,
			Reason: t.Declined, Source: source, DeclinedAt: t.At,
		})
	case action == event.PaymentActionAuthorise:
		r.authorised.Send(ctx, order, &event.PaymentAuthorised{
			PaymentID: payment, TransactionID: t.ID, OrderID: order, TenderID: t.Tender, Amount: t.Amount, Currency: t.Currency,
			Method: t.Method, ExpiresAt: t.Expires, Source: source, AuthorisedAt: t.At,
		})
	case action == event.PaymentActionCapture:
		r.captured.Send(ctx, order, &event.PaymentCaptured{
			PaymentID: payment, TransactionID: t.ID, OrderID: order, TenderID: t.Tender, Amount: t.Amount, Currency: t.Currency, Source: source, CapturedAt: t.At,
		})
	case action == event.PaymentActionVoid:
		r.voided.Send(ctx, order, &event.PaymentVoided{
			PaymentID: payment, TransactionID: t.ID, OrderID: order, TenderID: t.Tender, Amount: t.Amount, Currency: t.Currency, Source: source, VoidedAt: t.At,
		})
	case action == event.PaymentActionRefund:
		r.refunded.Send(ctx, order, &event.PaymentRefunded{
			PaymentID: payment, TransactionID: t.ID, OrderID: order, TenderID: t.Tender, Amount: t.Amount, Currency: t.Currency, Source: source, RefundedAt: t.At,
		})
	default:
		return fmt.Errorf("%s answered payment %s, which asked for %q", r.partner.ID, payment, action)
	}
	return nil
}
