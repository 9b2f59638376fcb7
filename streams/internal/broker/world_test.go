package broker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/internal/broker"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
)

// tally is the state of the tests' entity; every input makes one output with
// the state after it, so that a lost, doubled or reordered input shows.
type tally struct {
	Count, Sum, Min, Max int64
	Offset               int64 // of the input
}

func tallyTopology(app string) *streams.Topology {
	in := streams.Topic[int64]{Name: app + "-in", Value: streams.JSON[int64]()}
	out := streams.Topic[tally]{Name: app + "-out", Value: streams.JSON[tally]()}
	t := streams.NewTopology(app)
	e := streams.NewEntity(t, "tally", streams.JSON[tally](), func(ctx streams.Ctx, s *tally, input streams.Input) error {
		r := input.(streams.Record[int64])
		s.add(r.Value)
		s.Offset = r.Offset
		out.Send(ctx, r.Key, s)
		return nil
	})
	streams.Receive(e, in)
	streams.Send(e, out)
	return t
}

func (s *tally) add(v int64) {
	s.Count++
	s.Sum += v
	if s.Count == 1 || v < s.Min {
		s.Min = v
	}
	if s.Count == 1 || v > s.Max {
		s.Max = v
	}
}

// world is a cluster with the topics of one tally topology.
type world struct {
	testing.TB
	app        string
	addrs      []string
	fake       *kfake.Cluster // nil when the cluster is real
	client     *kgo.Client
	partitions int32
	sent       int
	wire
}

func newWorld(t testing.TB, partitions int32) *world {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	w := newWorldAt(t, "tally", fake.ListenAddrs(), partitions)
	w.fake = fake
	return w
}

func newWorldAt(t testing.TB, app string, addrs []string, partitions int32) *world {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	w := &world{TB: t, app: app, addrs: addrs, client: cl, partitions: partitions}
	w.create(app+"-in", partitions)
	w.create(app+"-out", partitions)
	return w
}

func (w *world) create(topic string, partitions int32) {
	w.Helper()
	adm := kadm.NewClient(w.client)
	if _, err := adm.CreateTopic(w.Context(), partitions, 1, nil, topic); err != nil {
		w.Fatal(err)
	}
	eventually(w, 60*time.Second, func() error { // a broker hears of it after the controller has answered
		list, err := adm.ListEndOffsets(w.Context(), topic)
		return errors.Join(err, list.Error())
	})
}

// send produces n inputs over the given number of keys.
func (w *world) send(n, keys int) {
	w.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		key := "k" + strconv.Itoa(w.sent%keys)
		records[i] = &kgo.Record{
			Topic: w.app + "-in", Key: []byte(key), Value: []byte(strconv.Itoa(w.sent*7919%1000 - 500)),
		}
		w.sent++
	}
	if err := w.client.ProduceSync(w.Context(), records...).FirstErr(); err != nil {
		w.Fatal(err)
	}
}

// options of an instance with a store of its own.
func (w *world) options(instance string, rows store.Store) broker.Options {
	spec, err := tallyTopology(w.app).Spec()
	if err != nil {
		w.Fatal(err)
	}
	level := zerolog.Disabled
	if os.Getenv("BROKER_TEST_LOG") != "" {
		level = zerolog.InfoLevel
	}
	return broker.Options{
		Topology: spec, Brokers: w.addrs, Client: []kgo.Opt{kgo.Dialer(w.dial)}, Store: rows, Instance: instance, Lanes: 2,
		SessionTimeout: 6 * time.Second, Replication: 1,
		Logger: zerolog.New(zerolog.NewTestWriter(w)).Level(level).With().Timestamp().Str("instance", instance).Logger(),
	}
}

// instance is a running runtime.
type instance struct {
	*broker.Runtime
	w    *world
	stop context.CancelFunc
	done chan error
}

func (w *world) run(opts broker.Options) *instance {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	i := &instance{Runtime: broker.New(opts), w: w, stop: cancel, done: make(chan error, 1)}
	go func() {
		i.done <- i.Run(ctx)
		close(i.done)
	}()
	w.Cleanup(i.kill)
	return i
}

func (w *world) start(name string, rows store.Store) *instance {
	w.Helper()
	return w.run(w.options(name, rows))
}

// drain ends the instance in order.
func (i *instance) drain() {
	i.w.Helper()
	i.stop()
	i.ended()
}

// kill ends the instance as a crash does.
func (i *instance) kill() {
	i.w.Helper()
	i.Kill()
	i.stop()
	i.ended()
}

func (i *instance) ended() {
	i.w.Helper()
	select {
	case err := <-i.done:
		if err != nil {
			i.w.Error(err)
		}
	case <-time.After(40 * time.Second):
		i.w.Fatal("instance did not end")
	}
}

// eventually waits until check returns nil.
func eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not reached within %s: %v", limit, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (i *instance) ready() {
	i.w.Helper()
	eventually(i.w, 60*time.Second, i.Ready)
}

// log reads all committed records of a topic, by partition.
func (w *world) log(topic string) map[int32][]*kgo.Record {
	w.Helper()
	ends, err := kadm.NewClient(w.client).ListEndOffsets(w.Context(), topic)
	if err != nil {
		w.Fatal(err)
	}
	starts := map[int32]kgo.Offset{}
	want := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		starts[o.Partition] = kgo.NewOffset().At(0)
		if o.Offset > 0 {
			want[o.Partition] = o.Offset
		}
	})
	w.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts})
	defer w.client.PurgeTopicsFromConsuming(topic)
	records := make(map[int32][]*kgo.Record)
	ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
	defer cancel()
	for len(want) > 0 {
		fetches := w.client.PollFetches(ctx)
		if ctx.Err() != nil {
			w.Fatalf("reading %s: ends %v not reached", topic, want)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Topic != topic {
				return
			}
			if !r.Attrs.IsControl() {
				records[r.Partition] = append(records[r.Partition], r)
			}
			if r.Offset+1 >= want[r.Partition] {
				delete(want, r.Partition)
			}
		})
	}
	return records
}

// outputs counts the committed outputs.
func (w *world) outputs() (n int) {
	w.Helper()
	for _, records := range w.log(w.app + "-out") {
		n += len(records)
	}
	return n
}

// settle waits until every input has an output, and checks the oracle.
func (w *world) settle() {
	w.Helper()
	eventually(w, 60*time.Second, func() error {
		if n := w.outputs(); n < w.sent {
			return fmt.Errorf("%d outputs of %d inputs", n, w.sent)
		}
		return nil
	})
	w.oracle()
}

// oracle requires one output per input, in the inputs' order, with the running
// values recomputed.
func (w *world) oracle() {
	w.Helper()
	inputs, outputs := w.log(w.app+"-in"), w.log(w.app+"-out")
	for p := range w.partitions {
		states := make(map[string]*tally)
		if len(inputs[p]) != len(outputs[p]) {
			w.Errorf("partition %d: %d outputs of %d inputs", p, len(outputs[p]), len(inputs[p]))
		}
		for i := range min(len(inputs[p]), len(outputs[p])) {
			in, out := inputs[p][i], outputs[p][i]
			s := states[string(in.Key)]
			if s == nil {
				s = new(tally)
				states[string(in.Key)] = s
			}
			v, _ := strconv.ParseInt(string(in.Value), 10, 64)
			s.add(v)
			s.Offset = in.Offset
			var got tally
			if err := json.Unmarshal(out.Value, &got); err != nil {
				w.Fatal(err)
			}
			if got != *s || string(out.Key) != string(in.Key) {
				w.Fatalf("partition %d, input %d (%s): output %s %+v, want %+v", p, i, in.Key, out.Key, got, *s)
			}
		}
	}
}

// folded requires that the rows of a task are what its changelog makes.
func (w *world) folded(rows store.Store) {
	w.Helper()
	logs := w.log(w.app + ".changelog")
	for p := range w.partitions {
		want := make(map[string]string)
		for _, r := range logs[p] {
			if r.Value == nil {
				delete(want, string(r.Key))
			} else {
				want[string(r.Key)] = string(r.Value)
			}
		}
		space, err := rows.Open(w.app, p)
		if err != nil {
			w.Fatal(err)
		}
		got := make(map[string]string)
		if err := space.Scan(nil, nil, func(k, v []byte) bool { got[string(k)] = string(v); return true }); err != nil {
			w.Fatal(err)
		}
		if mark, _ := space.Get(changelog.MarkKey); mark != nil {
			got[string(changelog.MarkKey)] = string(mark)
		}
		if len(got) != len(want) {
			w.Errorf("partition %d: store has %d rows, changelog %d", p, len(got), len(want))
		}
		for k, v := range want {
			if got[k] != v {
				w.Fatalf("partition %d: row %q is %q, changelog has %q", p, k, got[k], v)
			}
		}
	}
}

func newStore() store.Store { return memstore.New() }

type errLag int64

func (e errLag) Error() string { return fmt.Sprintf("lag is %d", int64(e)) }

type errOwned int32

func (e errOwned) Error() string { return fmt.Sprintf("owns %d tasks", int32(e)) }

type errNotStopped struct{ err error }

func (e errNotStopped) Error() string { return fmt.Sprintf("not stopped: %v", e.err) }

// forgetOffsets makes the group answer that no offset is committed, to the
// fetches of one start.
func (w *world) forgetOffsets() *atomic.Int32 {
	var hits atomic.Int32
	w.fake.ControlKey(int16(kmsg.OffsetFetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		req := kreq.(*kmsg.OffsetFetchRequest)
		if hits.Add(1) < 8 {
			w.fake.KeepControl()
		}
		resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
		for _, g := range req.Groups {
			group := kmsg.NewOffsetFetchResponseGroup()
			group.Group = g.Group
			for _, t := range g.Topics {
				topic := kmsg.NewOffsetFetchResponseGroupTopic()
				topic.Topic, topic.TopicID = t.Topic, t.TopicID
				for _, p := range t.Partitions {
					none := kmsg.NewOffsetFetchResponseGroupTopicPartition()
					none.Partition, none.Offset = p, -1
					topic.Partitions = append(topic.Partitions, none)
				}
				group.Topics = append(group.Topics, topic)
			}
			resp.Groups = append(resp.Groups, group)
		}
		return resp, nil, true
	})
	return &hits
}
