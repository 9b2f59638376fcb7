package broker_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/internal/broker"
)

// stopsFor requires that an instance says about a task that it stopped, and why.
func (i *instance) stopsFor(why string) {
	i.w.Helper()
	eventually(i.w, 60*time.Second, func() error {
		if err := i.Ready(); err == nil || !strings.Contains(err.Error(), "is stopped") || !strings.Contains(err.Error(), why) {
			return errNotStopped{err}
		}
		return nil
	})
}

// quick has a runtime look at its inputs all the time.
func (w *world) quick(name string) *instance {
	w.Helper()
	opts := w.options(name, newStore())
	opts.Inspect = 50 * time.Millisecond
	return w.run(opts)
}

func (w *world) recreate(topic string) {
	w.Helper()
	if _, err := kadm.NewClient(w.client).DeleteTopic(w.Context(), topic); err != nil {
		w.Fatal(err)
	}
	w.create(topic, w.partitions)
	w.client.PurgeTopicsFromClient(topic)
}

// The new topic has more records than were handled of the old one, so that its
// offsets alone would tell nothing.
func TestInputThatWasMadeAnewStopsItsTasks(t *testing.T) {
	t.Parallel()
	for name, running := range map[string]bool{"while it runs": true, "while it is away": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			i := w.quick("a")
			i.ready()
			w.send(100, 5)
			w.settle()
			if !running {
				i.drain()
			}
			w.recreate("tally-in")
			w.send(400, 5)
			if !running {
				i = w.quick("a")
			}
			i.stopsFor("made anew")
			if n := w.outputs(); n != 100 {
				t.Errorf("%d outputs, want the 100 of the old topic", n)
			}
		})
	}
}

func TestInputThatGetsPartitionsStopsItsTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	i := w.quick("a")
	i.ready()
	w.send(100, 5)
	w.settle()
	if _, err := kadm.NewClient(w.client).UpdatePartitions(t.Context(), 4, "tally-in"); err != nil {
		t.Fatal(err)
	}
	i.stopsFor("has 4 partitions, at the start it had 2")
	i.drain()
	err := w.quick("a").fails()
	if err == nil || !strings.Contains(err.Error(), "2 partitions") {
		t.Errorf("started with %v", err)
	}
}

// fails waits for the end of an instance that cannot start.
func (i *instance) fails() error {
	i.w.Helper()
	select {
	case err := <-i.done:
		return err
	case <-time.After(30 * time.Second):
		i.w.Fatal("the instance goes on")
		return nil
	}
}

func TestRetentionThatPassedThePositionStopsTheTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	i := w.quick("a")
	i.ready()
	w.send(100, 5)
	w.settle()
	i.drain()
	w.send(100, 5)
	var offsets kadm.Offsets
	offsets.AddOffset("tally-in", 0, 150, -1)
	if _, err := kadm.NewClient(w.client).DeleteRecords(t.Context(), offsets); err != nil {
		t.Fatal(err)
	}
	i = w.quick("a")
	i.stopsFor("--partition P --to 150")
	if n := w.outputs(); n != 100 {
		t.Errorf("%d outputs, want the 100 of what was there", n)
	}
}

func TestBatchThatUnpacksToTooMuchStopsTheTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	i := w.quick("a")
	i.ready()
	w.send(10, 5)
	w.settle()
	w.bomb("tally-in")
	w.send(10, 5)
	i.stopsFor("--partition 0 --to 11")
	if n := w.outputs(); n != 10 {
		t.Errorf("%d outputs, want the 10 before the batch", n)
	}
}

// bomb produces a small batch that unpacks to more than readers take.
func (w *world) bomb(topic string) {
	w.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(w.addrs...), kgo.ProducerBatchMaxBytes(99<<20),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.BrokerMaxWriteBytes(200<<20))
	if err != nil {
		w.Fatal(err)
	}
	defer cl.Close()
	r := &kgo.Record{Topic: topic, Key: []byte("k"), Value: bytes.Repeat([]byte{'0'}, 80<<20)}
	if err := cl.ProduceSync(w.Context(), r).FirstErr(); err != nil {
		w.Fatal(err)
	}
}

func (w *world) skip(to int64) (before int64, err error) {
	return broker.Skip{Brokers: w.addrs, App: "tally", Topic: "tally-in", Partition: 0, To: to}.Run(w.Context())
}

// The batch is left out, and the task goes on behind it by itself.
func TestSkippedBatchLetsTheTaskGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	i := w.quick("a")
	i.ready()
	w.send(10, 5)
	w.settle()
	if _, err := w.skip(5); !errors.Is(err, broker.ErrTaskIsLive) {
		t.Fatalf("skipped while the task runs: %v", err)
	}
	w.bomb("tally-in")
	w.send(10, 5)
	i.stopsFor("--to 11")
	eventually(t, 60*time.Second, func() error {
		_, err := w.skip(11)
		return err // until the group was told that the task is stopped
	})
	eventually(t, 60*time.Second, func() error {
		if n := w.outputs(); n != 20 {
			return fmt.Errorf("%d outputs, want those of 20 inputs; the instance says: %w", n, i.Ready())
		}
		return nil
	})
	i.ready()
	i.drain()
	i = w.quick("a")
	w.send(10, 5)
	eventually(t, 60*time.Second, func() error {
		if n := w.outputs(); n != 30 {
			return fmt.Errorf("%d outputs, want those of 30 inputs; the instance says: %w", n, i.Ready())
		}
		return nil
	})
	i.ready()
	i.drain()
}

func TestSkipMovesThePositionOfAnIdleTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	i := w.quick("a")
	i.ready()
	w.send(50, 5)
	w.settle()
	i.drain()
	w.send(50, 5)
	if _, err := w.skip(101); err == nil {
		t.Error("skipped beyond the end")
	}
	eventually(t, 60*time.Second, func() error { // until the session has ended
		before, err := w.skip(70)
		if err == nil && before != 50 {
			t.Errorf("the position was %d before, want 50", before)
		}
		return err
	})
	i = w.quick("a")
	eventually(t, 60*time.Second, func() error {
		if n := w.outputs(); n != 80 {
			return fmt.Errorf("%d outputs, want those of 50 inputs and of the last 30", n)
		}
		return nil
	})
	i.ready()
	i.drain()
}
