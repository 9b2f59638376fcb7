package broker_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/task"
)

// A handler's dependency that is away makes its task start again and again; the
// others go on, and nothing is lost when it is back.
func TestTaskThatCannotGoOnLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	rows := newStore()
	opts := w.options("a", rows)
	opts.Lanes = 1
	var away atomic.Bool
	away.Store(true)
	in := opts.Topology.Inputs[0]
	decode := in.Decode
	in.Decode = func(r *task.Record) (any, error) {
		if r.Partition == 0 && away.Load() {
			return nil, awayError{}
		}
		return decode(r)
	}
	i := w.run(opts)
	i.ready()
	w.send(200, 20)
	other := len(w.log("tally-in")[1])
	eventually(t, 60*time.Second, func() error {
		if n := w.outputs(); n != other {
			return fmt.Errorf("%d outputs, the other task has %d inputs", n, other)
		}
		return nil
	})
	eventually(t, 60*time.Second, func() error {
		if err := i.Ready(); err == nil || !strings.Contains(err.Error(), "registry is away") {
			return errNotStopped{err}
		}
		return nil
	})
	away.Store(false)
	w.settle()
	i.drain()
	w.folded(rows)
}

type awayError struct{}

func (awayError) Error() string   { return "registry is away" }
func (awayError) Temporary() bool { return true }

// echo is a topology whose outputs and states are as long as its inputs say.
func echo(app string) *streams.Topology {
	in := streams.Topic[int64]{Name: app + "-in", Value: streams.JSON[int64]()}
	out := streams.Topic[string]{Name: app + "-out", Value: streams.Text}
	t := streams.NewTopology(app)
	e := streams.NewEntity(t, "echo", streams.JSON[string](), func(ctx streams.Ctx, s *string, input streams.Input) error {
		r := input.(streams.Record[int64])
		text := strings.Repeat("x", int(max(r.Value, -r.Value)))
		if *s = "short"; r.Value < 0 {
			*s = text
			return nil
		}
		out.Send(ctx, r.Key, &text)
		return nil
	})
	streams.Receive(e, in)
	streams.Send(e, out)
	return t
}

// Neither the inputs of the same transaction nor those that come later suffer
// from one that makes too large a record.
func TestInputThatMakesTooMuchIsDeadLetteredAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	rows := newStore()
	opts := w.with("a", rows, echo("tally"))
	opts.MaxRecordBytes = 3000
	i := w.run(opts)
	i.ready()
	const largeOutput, largeState = 10, 30 // offsets
	var inputs []*kgo.Record
	for n := range 60 {
		size := 1000 + n
		switch n {
		case largeOutput:
			size = 3000
		case largeState:
			size = -3000
		}
		inputs = append(inputs, &kgo.Record{Topic: "tally-in", Key: []byte("k"), Value: []byte(strconv.Itoa(size))})
	}
	if err := w.client.ProduceSync(t.Context(), inputs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 60*time.Second, func() error {
		if n := w.outputs(); n != len(inputs)-2 {
			return fmt.Errorf("%d outputs of %d inputs, two of which can have none", n, len(inputs))
		}
		return nil
	})
	last := 0
	for _, r := range w.log("tally-out")[0] {
		if len(r.Value) <= last {
			t.Errorf("an output of %d bytes after one of %d", len(r.Value), last)
		}
		last = len(r.Value)
	}
	letters := w.letters("tally")
	if len(letters) != 2 || letters[0].Offset != largeOutput || letters[1].Offset != largeState {
		t.Fatalf("dead letters %+v, want those of offsets %d and %d", letters, largeOutput, largeState)
	}
	for n, want := range []string{"output to tally-out with key \"k\" has 3001 bytes, the limit is 3000", "keep what grows in children"} {
		if !strings.Contains(letters[n].Error, want) {
			t.Errorf("dead letter %d says %q, want %q", n, letters[n].Error, want)
		}
	}
	i.drain()
	w.folded(rows)
}
