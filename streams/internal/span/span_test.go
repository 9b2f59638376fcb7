package span_test

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/internal/span"
	"github.com/millrace/millrace/streams/task"
	"github.com/millrace/millrace/streams/trace"
)

// recorder is a provider that keeps its spans.
type recorder struct {
	noop.TracerProvider
	spans []*recorded
}

type recorded struct {
	noop.Span
	name        string
	parent, own otel.SpanContext
	status      codes.Code
	ended       bool
}

func (r *recorder) Tracer(string, ...otel.TracerOption) otel.Tracer { return tracer{r: r} }

type tracer struct {
	noop.Tracer
	r *recorder
}

func (t tracer) Start(ctx context.Context, name string, _ ...otel.SpanStartOption) (context.Context, otel.Span) {
	parent := otel.SpanContextFromContext(ctx)
	s := &recorded{name: name, parent: parent, own: parent.WithSpanID(otel.SpanID{9, byte(len(t.r.spans) + 1)}).WithRemote(false)}
	t.r.spans = append(t.r.spans, s)
	return otel.ContextWithSpan(ctx, s), s
}

func (s *recorded) SpanContext() otel.SpanContext       { return s.own }
func (s *recorded) SetStatus(code codes.Code, _ string) { s.status = code }
func (s *recorded) End(...otel.SpanEndOption)           { s.ended = true }

var sampled = trace.Context{Trace: [16]byte{1}, Span: [8]byte{2}, Flags: 1, State: "vendor=x"}

func effectIn(c trace.Context) *task.Effect {
	return &task.Effect{Entity: "order", Destination: &task.Destination{Name: "erp"}, Row: changelog.EffectRow{Trace: c}}
}

func TestHandlersAndCallsOfASampledTraceAreSpansUnderTheirParent(t *testing.T) {
	r := new(recorder)
	tracer := span.New(r, "app")
	own, end := tracer.Handler()(&task.Cause{Entity: "order", Record: &task.Record{Topic: "in"}}, sampled)
	end(errors.New("no"))
	if own.Trace != sampled.Trace || own.Span == sampled.Span || own.State != sampled.State || !own.Sampled() {
		t.Errorf("the handler's own context is %+v", own)
	}
	ctx, end := tracer.Call(t.Context(), effectIn(own), 1)
	end(nil)
	if parent, state := span.Of(ctx); parent != "00-01000000000000000000000000000000-0902000000000000-01" || state != sampled.State {
		t.Errorf("the call's context is %s, %s", parent, state)
	}
	if len(r.spans) != 2 {
		t.Fatalf("%d spans", len(r.spans))
	}
	handle, call := r.spans[0], r.spans[1]
	if handle.name != "handle order" || handle.status != codes.Error || !handle.ended || handle.parent.SpanID() != otel.SpanID(sampled.Span) {
		t.Errorf("span of the handler: %+v", handle)
	}
	if call.name != "call erp" || call.status != codes.Unset || !call.ended || call.parent.SpanID() != handle.own.SpanID() {
		t.Errorf("span of the call: %+v", call)
	}
}

func TestUnsampledCallsAreNoSpansButKnowTheirTrace(t *testing.T) {
	unsampled := sampled
	unsampled.Flags = 0
	r := new(recorder)
	for name, c := range map[string]struct {
		provider otel.TracerProvider
		in       trace.Context
	}{"not sampled": {r, unsampled}, "no provider": {nil, sampled}} {
		ctx, end := span.New(c.provider, "app").Call(t.Context(), effectIn(c.in), 1)
		end(nil)
		if parent, _ := span.Of(ctx); parent != string(c.in.AppendParent(nil)) {
			t.Errorf("%s: the call's context is %q", name, parent)
		}
	}
	if len(r.spans) > 0 {
		t.Errorf("%d spans", len(r.spans))
	}
	if span.New(nil, "app").Handler() != nil {
		t.Error("handlers are traced without a provider")
	}
	if parent, state := span.Of(t.Context()); parent != "" || state != "" {
		t.Errorf("a context outside of a call has a trace: %s %s", parent, state)
	}
}
