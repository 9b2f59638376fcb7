package broker_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/internal/broker"
)

const signTopic = "tally.by-sign.repartition"

// signTopology tallies the inputs again by their sign, which is not their key.
func signTopology() *streams.Topology {
	in := streams.Topic[int64]{Name: "tally-in", Value: streams.JSON[int64]()}
	out := streams.Topic[tally]{Name: "tally-out", Value: streams.JSON[tally]()}
	t := streams.NewTopology("tally")
	bySign := streams.Repartition(t, "by-sign", streams.JSON[int64]())
	p := streams.NewProcessor(t, "sign", in, func(ctx streams.Ctx, r streams.Record[int64]) error {
		key := "plus"
		if r.Value < 0 {
			key = "minus"
		}
		bySign.Send(ctx, key, &r.Value)
		return nil
	})
	streams.Send(p, bySign)
	e := streams.NewEntity(t, "tally", streams.JSON[tally](), func(ctx streams.Ctx, s *tally, input streams.Input) error {
		s.add(input.(streams.Record[int64]).Value)
		out.Send(ctx, ctx.Key(), s)
		return nil
	})
	streams.Receive(e, bySign)
	streams.Send(e, out)
	return t
}

func (w *world) signOptions(t *testing.T) broker.Options {
	spec, err := signTopology().Spec()
	if err != nil {
		t.Fatal(err)
	}
	opts := w.options("a", newStore())
	opts.Topology, opts.PurgeInterval = spec, 20*time.Millisecond
	return opts
}

// Every input is tallied once under its new key, over kills and lost state
// directories, and what was handled is deleted from the topic between.
func TestRepartitionIsExactlyOnceAndBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	for range 3 {
		i := w.run(w.signOptions(t))
		i.ready()
		for range 5 {
			w.send(100, 7)
		}
		i.kill()
	}
	old := time.Now().Add(-1000 * time.Hour).Truncate(time.Millisecond)
	if err := w.client.ProduceSync(w.Context(), &kgo.Record{Topic: "tally-in", Key: []byte("old"), Value: []byte("5"), Timestamp: old}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	w.sent++
	i := w.run(w.signOptions(t))
	eventually(t, 60*time.Second, func() error {
		if n := w.outputs(); n != w.sent {
			return fmt.Errorf("%d outputs of %d inputs", n, w.sent)
		}
		return nil
	})
	sums := make(map[string]tally)
	for _, records := range w.log("tally-out") {
		for _, r := range records {
			var got tally
			if err := json.Unmarshal(r.Value, &got); err != nil {
				t.Fatal(err)
			}
			if got.Count != sums[string(r.Key)].Count+1 {
				t.Fatalf("%s: tally %d follows %d", r.Key, got.Count, sums[string(r.Key)].Count)
			}
			sums[string(r.Key)] = got
		}
	}
	want := make(map[string]int64)
	for _, records := range w.log("tally-in") {
		for _, r := range records {
			var v int64
			if err := json.Unmarshal(r.Value, &v); err != nil {
				t.Fatal(err)
			}
			if v < 0 {
				want["minus"] += v
			} else {
				want["plus"] += v
			}
		}
	}
	for key, sum := range want {
		if sums[key].Sum != sum {
			t.Errorf("%s sums to %d, want %d", key, sums[key].Sum, sum)
		}
	}
	eventually(t, 60*time.Second, func() error { return emptied(w, signTopic) })
	i.drain()
}

// emptied requires that all but the markers at the ends are deleted.
func emptied(w *world, topic string) error {
	adm := kadm.NewClient(w.client)
	starts, err := adm.ListStartOffsets(w.Context(), topic)
	if err != nil {
		return err
	}
	ends, err := adm.ListEndOffsets(w.Context(), topic)
	if err != nil {
		return err
	}
	var left int64
	ends.Each(func(o kadm.ListedOffset) {
		start, _ := starts.Lookup(topic, o.Partition)
		left += o.Offset - start.Offset
	})
	if left > 6 {
		return fmt.Errorf("%d records are left", left)
	}
	return nil
}
