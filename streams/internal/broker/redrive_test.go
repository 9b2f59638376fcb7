package broker_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/internal/broker"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// fragile is a tally topology that reads the inputs of another one, refuses
// values of its choice, and counts what it has handled.
func fragile(app, input string, refuse func(v int64) error) *streams.Topology {
	in := streams.Topic[int64]{Name: input, Value: streams.JSON[int64]()}
	out := streams.Topic[tally]{Name: app + "-out", Value: streams.JSON[tally]()}
	t := streams.NewTopology(app)
	e := streams.NewEntity(t, "tally", streams.JSON[tally](), func(ctx streams.Ctx, s *tally, input streams.Input) error {
		r := input.(streams.Record[int64])
		s.add(r.Value)
		s.Offset = r.Offset
		out.Send(ctx, r.Key, s)
		return refuse(r.Value)
	}, streams.WithRetries[tally](streams.Retries{Attempts: 1000, BackoffMin: time.Millisecond, BackoffMax: 20 * time.Millisecond}))
	streams.Receive(e, in)
	streams.Send(e, out)
	return t
}

// with returns options to run another topology beside the world's own.
func (w *world) with(instance string, rows store.Store, t *streams.Topology) broker.Options {
	w.Helper()
	spec, err := t.Spec()
	if err != nil {
		w.Fatal(err)
	}
	opts := w.options(instance, rows)
	opts.Topology = spec
	return opts
}

// letters reads the dead letters of a topology, in order per partition.
func (w *world) letters(app string) (all []task.DeadLetter) {
	w.Helper()
	logs := w.log(app + ".dlq")
	for p := range int32(len(logs)) {
		for _, r := range logs[p] {
			headers := make([]task.Header, len(r.Headers))
			for i, h := range r.Headers {
				headers[i] = task.Header(h)
			}
			l, err := streams.ReadDeadLetter(app, r.Key, r.Value, headers)
			if err != nil {
				w.Fatal(err)
			}
			all = append(all, l)
		}
	}
	return all
}

func (w *world) redrive(letters []task.DeadLetter) {
	w.Helper()
	for _, l := range letters {
		r, err := l.Redrive()
		if err != nil {
			w.Fatal(err)
		}
		out := &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader(h))
		}
		if err := w.producer().ProduceSync(w.Context(), out).FirstErr(); err != nil {
			w.Fatal(err)
		}
	}
}

// producer is a client that takes the partition of each record from the record.
func (w *world) producer() *kgo.Client {
	w.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(w.addrs...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.UnknownTopicRetries(100))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(cl.Close)
	return cl
}

// count says how many records a topic has.
func (w *world) count(topic string) (n int) {
	w.Helper()
	for _, records := range w.log(topic) {
		n += len(records)
	}
	return n
}

func (w *world) await(topic string, want int) {
	w.Helper()
	eventually(w, 60*time.Second, func() error {
		if n := w.count(topic); n != want {
			return fmt.Errorf("%s has %d records, want %d", topic, n, want)
		}
		return nil
	})
}

var errRefused = errors.New("refused for good")

// Two topologies read one topic and one of them fails: what is redriven reaches
// that one alone, and each dead letter once, whatever is killed meanwhile.
func TestRedriveReachesTheFailingTopologyOnceOverKills(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.create("fragile-out", 3)
	sound := w.start("a", newStore())
	var mended atomic.Bool
	top := fragile("fragile", "tally-in", func(v int64) error {
		if v < 0 && !mended.Load() {
			return errRefused
		}
		return nil
	})
	rows := newStore()
	f := w.run(w.with("f", rows, top))
	sound.ready()
	f.ready()
	w.send(300, 7)
	w.settle() // of the sound one
	negative := 0
	for i := range w.sent {
		if i*7919%1000-500 < 0 {
			negative++
		}
	}
	w.await("fragile.dlq", negative)
	w.await("fragile-out", w.sent-negative)
	letters := w.letters("fragile")
	for _, l := range letters {
		if l.Topic != "tally-in" || l.Attempts != 1 || l.Error != errRefused.Error() || l.Entity != "tally" {
			t.Fatalf("dead letter: %+v", l)
		}
	}
	mended.Store(true)
	for at := 0; at < len(letters); at += 40 {
		w.redrive(letters[at:min(at+40, len(letters))])
		f.kill()
		f = w.run(w.with("f", rows, top))
	}
	w.await("fragile-out", w.sent)
	w.await("fragile.dlq", negative)
	w.checkOnce("fragile-out")
	if n := w.outputs(); n != w.sent {
		t.Errorf("the sound topology has made %d outputs of %d inputs", n, w.sent)
	}
	f.drain()
	sound.drain()
}

// checkOnce requires that each input shows once in the outputs of a tally, by
// its offset, and that no count was reached twice.
func (w *world) checkOnce(topic string) {
	w.Helper()
	for p, records := range w.log(topic) {
		offsets, counts := make(map[int64]bool), make(map[string]bool)
		for _, r := range records {
			s := unmarshal(w, r.Value)
			count := string(r.Key) + " " + strconv.FormatInt(s.Count, 10)
			if offsets[s.Offset] || counts[count] {
				w.Errorf("%s/%d: input %d or count %s shows twice", topic, p, s.Offset, count)
			}
			offsets[s.Offset], counts[count] = true, true
		}
	}
}

// Inputs that fail for now are handled in their order and once, over kills and
// lost disks, and the start finds what is parked.
func TestParkedInputsAreHandledOnceOverKills(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	var mu sync.Mutex
	failed := make(map[int64]int)
	var busy atomic.Bool
	busy.Store(true)
	top := fragile("tally", "tally-in", func(v int64) error {
		mu.Lock()
		defer mu.Unlock()
		if failed[v]++; v%3 == 0 && (busy.Load() || failed[v] < 3) {
			return streams.Retry(errors.New("busy"))
		}
		return nil
	})
	rows := newStore()
	for round := range 4 {
		i := w.run(w.with("a", rows, top))
		i.ready()
		for range 10 {
			w.send(20, 11)
		}
		i.kill()
		if round == 2 {
			rows = newStore()
		}
	}
	busy.Store(false)
	i := w.run(w.with("a", rows, top))
	w.settleByKey()
	i.drain()
	w.folded(rows)
}

// settleByKey waits for one output per input and checks them per key: parked
// inputs come later than those of other keys.
func (w *world) settleByKey() {
	w.Helper()
	w.await("tally-out", w.sent)
	inputs, outputs := w.log("tally-in"), w.log("tally-out")
	for p := range w.partitions {
		want, got := make(map[string][]int64), make(map[string][]int64)
		for _, r := range inputs[p] {
			want[string(r.Key)] = append(want[string(r.Key)], r.Offset)
		}
		for _, r := range outputs[p] {
			got[string(r.Key)] = append(got[string(r.Key)], unmarshal(w, r.Value).Offset)
		}
		for key, offsets := range want {
			if fmt.Sprint(got[key]) != fmt.Sprint(offsets) {
				w.Errorf("%s was handled in the order %v, want %v", key, got[key], offsets)
			}
		}
	}
}

// A task with too many parked inputs reads no more, says so, and goes on when
// they are handled; the other task does not notice.
func TestCrowdedTaskPausesVisiblyAndResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	var busy atomic.Bool
	busy.Store(true)
	top := fragile("tally", "tally-in", func(int64) error { return nil })
	opts := w.with("a", newStore(), top)
	opts.MaxParked, opts.BufferBytes = 50, 20_000
	handle := opts.Topology.Entities[0].Handle
	opts.Topology.Entities[0].Handle = func(ctx *task.Ctx, state, input any) error {
		if busy.Load() && ctx.Cause().Record.Partition == 0 {
			return streams.Retry(errors.New("busy"))
		}
		return handle(ctx, state, input)
	}
	i := w.run(opts)
	i.ready()
	for range 10 {
		w.send(100, 20)
	}
	eventually(t, 60*time.Second, func() error {
		if err := i.Ready(); err == nil || !strings.Contains(err.Error(), "tally/0 is paused") || strings.Contains(err.Error(), "tally/1") {
			return errNotStopped{err}
		}
		return nil
	})
	w.await("tally-out", len(w.log("tally-in")[1]))
	busy.Store(false)
	w.settleByKey()
	i.ready()
	i.drain()
}

// A static member that restarts gets its former assignment back without a
// rebalance, and that lacks what its new version reads. The inputs of two
// members are upgraded one after the other.
func TestRestartWithAnotherInputReadsItFromTheStart(t *testing.T) {
	t.Parallel()
	restartWithAnotherInput(newWorld(t, 2))
}

func restartWithAnotherInput(w *world) {
	w.Helper()
	more := w.app + "-more"
	w.create(more, 2)
	for p := range int32(2) {
		r := &kgo.Record{Topic: more, Partition: p, Key: []byte(fmt.Sprint("more", p)), Value: []byte("1")}
		if err := w.producer().ProduceSync(w.Context(), r).FirstErr(); err != nil {
			w.Fatal(err)
		}
	}
	names, stores := []string{"a", "b"}, []store.Store{newStore(), newStore()}
	var members []*instance
	for n, name := range names {
		members = append(members, w.start(name, stores[n]))
		members[n].ready()
	}
	eventually(w, 60*time.Second, func() error { return owns(members[1], 1, 2) })
	w.send(50, 5)
	w.settle()
	for n, name := range names {
		members[n].drain()
		opts := w.with(name, stores[n], tallyTopology(w.app))
		also := *opts.Topology.Inputs[0]
		also.Topic = more
		opts.Topology.Inputs = append(opts.Topology.Inputs, &also)
		members[n] = w.run(opts)
		w.await(w.app+"-out", w.sent+1+n)
		members[n].ready()
	}
	members[0].drain()
	members[1].drain()
}

func unmarshal(t testing.TB, b []byte) (s tally) {
	t.Helper()
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}
