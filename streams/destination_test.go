package streams_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// shop is a topology whose records are asked of a destination, one name each,
// and whose answers are outputs.
func shop(d streams.Destination[string, string]) (*streams.Topology, streams.Topic[string], streams.Topic[string]) {
	in := streams.Topic[string]{Name: "in", Value: streams.Text}
	out := streams.Topic[string]{Name: "out", Value: streams.Text}
	top := streams.NewTopology("shop")
	e := streams.NewEntity(top, "entity", streams.JSON[int](), func(ctx streams.Ctx, n *int, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[string]:
			if name, ok := strings.CutPrefix(in.Value, "cancel "); ok {
				d.Cancel(ctx, name)
				return nil
			}
			if name, ok := strings.CutPrefix(in.Value, "pending "); ok {
				text := fmt.Sprint(name, " pending: ", d.Pending(ctx, name))
				out.Send(ctx, ctx.Key(), &text)
				return nil
			}
			*n++
			d.Ask(ctx, in.Value, in.Value)
		case streams.Answer[string]:
			text := in.Value
			if in.Err != nil {
				text = "error: " + in.Err.Error()
			}
			out.Send(ctx, ctx.Key(), &text)
		}
		return nil
	})
	streams.Receive(e, in)
	streams.Send(e, out)
	streams.Calls(e, d)
	return top, in, out
}

func TestABatchedDestinationGetsTypedRequestsWithTheirIDs(t *testing.T) {
	ids := make(map[string]bool)
	top, in, out := shop(streams.Destination[string, string]{
		Name: "erp", CallBatch: func(_ context.Context, batch []streams.Request[string]) []streams.Result[string] {
			var results []streams.Result[string]
			for _, r := range batch {
				ids[r.ID] = true
				if r.Value == "bad" {
					results = append(results, streams.Result[string]{Err: streams.Permanent(errors.New("refused"))})
					continue
				}
				results = append(results, streams.Result[string]{Value: "did " + r.Value})
			}
			return results
		},
	})
	d := streamstest.New(t, streamstest.Options{}, top)
	for _, text := range []string{"one", "bad", "two"} {
		streamstest.Send(d, in, text, &text)
	}
	d.Run()
	got := fmt.Sprint(streamstest.Of(d, out, "one"), streamstest.Of(d, out, "bad"), streamstest.Of(d, out, "two"))
	if got != "[did one] [error: refused] [did two]" || len(ids) != 3 {
		t.Errorf("answers %s, %d ids", got, len(ids))
	}
	d.NoDeadLetters()
}

func TestWhatHasNoAnswerIsPending(t *testing.T) {
	top, in, out := shop(streams.Destination[string, string]{
		Name: "erp", Call: func(_ context.Context, q string) (string, error) { return q, nil },
	})
	d := streamstest.New(t, streamstest.Options{Partitions: 1, HoldEffects: true}, top)
	ask := "pending one"
	for _, text := range []string{ask, "one", ask} {
		streamstest.Send(d, in, "key", &text)
	}
	d.Run()
	d.Release()
	d.Run()
	streamstest.Send(d, in, "key", &ask)
	d.Run()
	if got := fmt.Sprint(streamstest.Of(d, out, "key")); got != "[one pending: false one pending: true one one pending: false]" {
		t.Errorf("said %s", got)
	}
}

func TestAskingAgainUnderAPendingNameFailsUntilItIsCancelled(t *testing.T) {
	top, in, out := shop(streams.Destination[string, string]{
		Name: "erp", Call: func(_ context.Context, q string) (string, error) { return q, nil },
	})
	d := streamstest.New(t, streamstest.Options{Partitions: 1, HoldEffects: true}, top)
	for _, text := range []string{"post", "post", "cancel post", "post"} {
		streamstest.Send(d, in, "key", &text)
	}
	d.Run()
	letters := d.DeadLetters("shop")
	if len(letters) != 1 || letters[0].Offset != 1 || !strings.Contains(letters[0].Error, "pending") {
		t.Errorf("dead letters %+v, want the second ask", letters)
	}
	if n := d.Waiting()["erp"]; n != 1 {
		t.Errorf("%d effects wait, want the last one", n)
	}
	d.Release()
	d.Advance(time.Minute)
	if got := streamstest.Of(d, out, "key"); len(got) != 1 {
		t.Errorf("answers %v", got)
	}
}

func TestDestinationsThatCannotWorkAreRefused(t *testing.T) {
	call := func(_ context.Context, q string) (string, error) { return q, nil }
	batch := func(context.Context, []streams.Request[string]) []streams.Result[string] { return nil }
	for want, d := range map[string]streams.Destination[string, string]{
		"a name of its own":               {Call: call},
		"either Call or CallBatch":        {Name: "erp", Call: call, CallBatch: batch},
		"classes with names of their own": {Name: "erp", Call: call, Classes: []streams.Class{{Name: "a"}, {Name: "a"}}},
		"not below 0":                     {Name: "erp", Call: call, PerDay: -1},
	} {
		top, _, _ := shop(d)
		if _, err := top.Spec(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %q, got %v", want, err)
		}
	}
}
