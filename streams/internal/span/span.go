// Package span makes OpenTelemetry spans of handler runs and effect calls that
// belong to a sampled trace. What is not sampled, or has no trace, makes none.
package span

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/millrace/millrace/streams/task"
	"github.com/millrace/millrace/streams/trace"
)

// scope names this library to whoever looks at spans.
const scope = "github.com/millrace/millrace/streams"

// Tracer makes the spans of one topology. Make it with New.
type Tracer struct {
	app    attribute.KeyValue
	tracer otel.Tracer // nil makes none
}

// New returns a tracer of the topology app. Without a provider it only puts the
// trace of an effect into its call's context.
func New(provider otel.TracerProvider, app string) *Tracer {
	t := &Tracer{app: attribute.String("streams.app", app)}
	if provider != nil {
		t.tracer = provider.Tracer(scope)
	}
	return t
}

// Handler returns what makes spans of handlers; nil without a provider.
func (t *Tracer) Handler() task.Span {
	if t.tracer == nil {
		return nil
	}
	return t.handle
}

func (t *Tracer) handle(cause *task.Cause, parent trace.Context) (own trace.Context, end func(error)) {
	ctx := otel.ContextWithRemoteSpanContext(context.Background(), remote(parent))
	_, s := t.tracer.Start(ctx, "handle "+cause.Entity, otel.WithSpanKind(otel.SpanKindConsumer),
		otel.WithAttributes(t.app, attribute.String("streams.entity", cause.Entity)))
	if r := cause.Record; r != nil {
		s.SetAttributes(
			attribute.String("messaging.system", "kafka"), attribute.String("messaging.destination.name", r.Topic),
			attribute.Int("messaging.destination.partition.id", int(r.Partition)), attribute.Int64("messaging.kafka.offset", r.Offset))
	}
	return local(s.SpanContext(), parent), ending(s)
}

// Call returns the context for a call of an effect; end is told how it ended.
func (t *Tracer) Call(ctx context.Context, e *task.Effect, attempt int) (_ context.Context, end func(error)) {
	ctx = otel.ContextWithRemoteSpanContext(ctx, remote(e.Row.Trace))
	if t.tracer == nil || !e.Row.Trace.Sampled() {
		return ctx, func(error) {}
	}
	ctx, s := t.tracer.Start(ctx, "call "+e.Destination.Name, otel.WithSpanKind(otel.SpanKindClient),
		otel.WithAttributes(t.app, attribute.String("streams.entity", e.Entity),
			attribute.String("streams.destination", e.Destination.Name), attribute.Int("streams.attempt", attempt)))
	return ctx, ending(s)
}

func ending(s otel.Span) func(error) {
	return func(err error) {
		if err != nil {
			s.SetStatus(codes.Error, err.Error())
		}
		s.End()
	}
}

// Of returns the trace that a call's context belongs to, as headers; empty when
// there is none.
func Of(ctx context.Context) (parent, state string) {
	c := local(otel.SpanContextFromContext(ctx), trace.Context{})
	if !c.Valid() {
		return "", ""
	}
	return string(c.AppendParent(nil)), c.State
}

func remote(c trace.Context) otel.SpanContext {
	config := otel.SpanContextConfig{TraceID: c.Trace, SpanID: c.Span, TraceFlags: otel.TraceFlags(c.Flags), Remote: true}
	// A state that is not one is left out: the trace goes on without.
	if state, err := otel.ParseTraceState(c.State); err == nil {
		config.TraceState = state
	}
	return otel.NewSpanContext(config)
}

// local is the context of a span, or else when the tracer made none.
func local(c otel.SpanContext, or trace.Context) trace.Context {
	if !c.IsValid() {
		return or
	}
	return trace.Context{Trace: c.TraceID(), Span: c.SpanID(), Flags: byte(c.TraceFlags()), State: c.TraceState().String()}
}
