package erpstream

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// wireReturns declares the entity that asks the system of record whether the goods of
// a return may come. While the system is away the question waits as a call.
func (r *Room) wireReturns(schemas *codec.Schemas) {
	r.Returns = streams.NewEntity(r.Topology, "return", codec.State[event.ErpReturnRecord](schemas, "erp_return"), r.returning)
	streams.Calls(r.Returns, r.erp)
	connector.TellSettled(r.Returns, schemas)
	streams.Receive(r.Returns, of[event.ReturnAuthorise](schemas, topic.ReturnAuthorise))
	streams.Send(r.Returns, r.ruled)
	streams.Send(r.Returns, r.outbound)
}

func (r *Room) returning(ctx streams.Ctx, s *event.ErpReturnRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.ReturnAuthorise]:
		return r.question(ctx, s, &in.Value)
	case streams.Answer[connector.Reply]:
		return r.rule(ctx, s, in)
	}
	return nil
}

// question asks, once a revision; an older one says nothing after a newer one.
func (r *Room) question(ctx streams.Ctx, s *event.ErpReturnRecord, q *event.ReturnAuthorise) error {
	if q.Revision <= s.Asked {
		return nil
	}
	d, err := r.vendor.Authorise(q)
	if err != nil {
		return err
	}
	s.Asked = q.Revision
	d.Note = strconv.FormatInt(q.Revision, 10)
	r.erp.Ask(ctx, d.Kind+"/"+d.ID, d)
	key, record := connector.Outbound(r.partner.ID, d, ctx.Now(), ctx.Key())
	r.outbound.Send(ctx, key, record)
	return nil
}

// rule publishes what was decided.
func (r *Room) rule(ctx streams.Ctx, s *event.ErpReturnRecord, in streams.Answer[connector.Reply]) error {
	if in.Err != nil {
		return fmt.Errorf("asking %s about %s: %w", r.partner.ID, in.Name, in.Err)
	}
	if in.Value.Status == http.StatusConflict {
		return fmt.Errorf("asking %s about %s: its reference was used for another document: %s", r.partner.ID, in.Name, in.Value.Answer)
	}
	revision, err := strconv.ParseInt(in.Value.Note, 10, 64)
	if err != nil {
		return fmt.Errorf("reading note %q of a question: %w", in.Value.Note, err)
	}
	ruling, err := r.vendor.Ruling(in.Value)
	if err != nil {
		return err
	}
	s.Ruled, s.Number = revision, ruling.Number
	r.ruled.Send(ctx, ctx.Key(), &event.ReturnRuled{
		ReturnID: ctx.Key(), Revision: revision, Decision: ruling.Decision, Number: ruling.Number, Reason: ruling.Reason, Source: r.vendor.System(), RuledAt: ctx.Now(),
	})
	return nil
}
