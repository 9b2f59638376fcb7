package streams_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
	"github.com/millrace/millrace/streams/task"
)

const (
	parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	state  = "vendor=x"
)

// tracing is a topology in which a record leads to an output by itself, through
// a timer, an effect, and the timer of its answer. Every first try fails, so that
// each input is parked once.
func tracing(called func(ctx context.Context)) (*streams.Topology, streams.Topic[string], streams.Topic[string]) {
	in := streams.Topic[string]{Name: "in", Value: streams.Text}
	out := streams.Topic[string]{Name: "out", Value: streams.Text}
	partner := streams.Destination[string, string]{Name: "partner", Call: func(ctx context.Context, q string) (string, error) {
		called(ctx)
		return q, nil
	}}
	top := streams.NewTopology("tracing")
	send := func(ctx streams.Ctx, text string) { out.Send(ctx, ctx.Key(), &text) }
	e := streams.NewEntity(top, "entity", streams.Text, func(ctx streams.Ctx, _ *string, in streams.Input) error {
		if ctx.Cause().Attempt == 1 {
			return streams.Retry(errors.New("not yet"))
		}
		switch in := in.(type) {
		case streams.Record[string]:
			send(ctx, "record")
			ctx.SetTimer("first", time.Minute)
			partner.Ask(ctx, "ask", in.Value)
		case streams.Timer:
			send(ctx, in.Name)
		case streams.Answer[string]:
			send(ctx, "answer")
			ctx.SetTimer("second", time.Minute)
		}
		return nil
	})
	streams.Receive(e, in)
	streams.Send(e, out)
	streams.Calls(e, partner)
	return top, in, out
}

func TestATraceGoesThroughRecordsTimersAndEffects(t *testing.T) {
	for name, headers := range map[string][]task.Header{
		"traced":       {{Key: "traceparent", Value: []byte(parent)}, {Key: "tracestate", Value: []byte(state)}},
		"no trace":     nil,
		"not a parent": {{Key: "traceparent", Value: []byte("nonsense")}, {Key: "tracestate", Value: []byte(state)}},
	} {
		t.Run(name, func(t *testing.T) {
			wantParent, wantState := "", ""
			if name == "traced" {
				wantParent, wantState = parent, state
			}
			calls := 0
			top, in, out := tracing(func(ctx context.Context) {
				calls++
				if p, s := streams.TraceParent(ctx); p != wantParent || s != wantState {
					t.Errorf("the call's trace is %q %q", p, s)
				}
			})
			d := streamstest.New(t, streamstest.Options{CrashRate: 1, AbortRate: 0.5}, top)
			text := "hello"
			streamstest.Send(d, in, "key", &text, headers...)
			d.Advance(time.Hour)
			outputs := streamstest.Read(d, out)
			if len(outputs) != 4 || calls != 1 {
				t.Fatalf("%d outputs and %d calls", len(outputs), calls)
			}
			for _, o := range outputs {
				var p, s string
				for _, h := range o.Headers {
					switch h.Key {
					case "traceparent":
						p += string(h.Value)
					case "tracestate":
						s += string(h.Value)
					}
				}
				if p != wantParent || s != wantState {
					t.Errorf("the trace of the output of %q is %q %q", o.Value, p, s)
				}
			}
			d.NoDeadLetters()
		})
	}
}
