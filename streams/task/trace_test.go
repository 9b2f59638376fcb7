package task_test

import (
	"errors"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/task"
	"github.com/millrace/millrace/streams/trace"
)

// A handler that has a span of its own is the parent of what it makes; one whose
// trace is not sampled makes no span and passes on what it got.
func TestSpansOfSampledTracesAreTheParentsOfWhatHandlersMake(t *testing.T) {
	in := streams.Topic[string]{Name: "in", Value: streams.Text}
	out := streams.Topic[string]{Name: "out", Value: streams.Text}
	top := streams.NewTopology("spans")
	e := streams.NewEntity(top, "entity", streams.Text, func(ctx streams.Ctx, _ *string, in streams.Input) error {
		r := in.(streams.Record[string])
		out.Send(ctx, ctx.Key(), &r.Value)
		ctx.SetTimer("later", time.Minute)
		if r.Value == "bad" {
			return errors.New("refused")
		}
		return nil
	})
	streams.Receive(e, in)
	streams.Send(e, out)
	spec, err := top.Spec()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := memstore.New().Open("spans", 0)
	if err != nil {
		t.Fatal(err)
	}
	own := trace.Context{Trace: [16]byte{1}, Span: [8]byte{7}, Flags: 1}
	var ends []error
	core, err := task.New(spec, rows, task.Options{Span: func(_ *task.Cause, parent trace.Context) (trace.Context, func(error)) {
		if parent.Span != [8]byte{2} || !parent.Sampled() {
			t.Errorf("span under %+v", parent)
		}
		return own, func(err error) { ends = append(ends, err) }
	}})
	if err != nil {
		t.Fatal(err)
	}
	sampled, unsampled := trace.Context{Trace: [16]byte{1}, Span: [8]byte{2}, Flags: 1}, trace.Context{Trace: [16]byte{1}, Span: [8]byte{3}}
	for i, r := range []struct {
		value string
		in    trace.Context
	}{{"good", sampled}, {"bad", sampled}, {"unsampled", unsampled}} {
		record := &task.Record{Topic: "in", Offset: int64(i), Key: []byte(r.value), Value: []byte(r.value), Headers: []task.Header{
			{Key: trace.ParentHeader, Value: r.in.AppendParent(nil)},
		}}
		if err := core.Record(record, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if len(ends) != 2 || ends[0] != nil || ends[1] == nil {
		t.Errorf("spans ended with %v, want well and badly", ends)
	}
	commit, err := core.Prepare(false)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]trace.Context{"good": own, "unsampled": unsampled}
	for _, o := range commit.Outputs {
		if o.Topic != "out" {
			continue
		}
		if got := trace.Parse(o.Headers[0].Value, nil); got != want[string(o.Key)] {
			t.Errorf("output %s belongs to %+v", o.Key, got)
		}
	}
	for _, row := range commit.Rows {
		k, err := changelog.Parse(row.Key)
		if err != nil || k.Kind != changelog.Timer {
			continue
		}
		if timer, err := changelog.ReadTimer(row.Value); err != nil || timer.Trace != want[k.Key] {
			t.Errorf("timer of %s belongs to %+v (%v)", k.Key, timer.Trace, err)
		}
	}
}
