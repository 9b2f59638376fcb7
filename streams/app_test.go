package streams_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store/pebblestore"
)

// parcel is an entity that uses everything of a shell: a record asks a
// destination, the answer sets a timer, the timer sends the label.
type parcel struct{ Carrier, State string }

type parcelTopology struct {
	*streams.Topology
	parcels *streams.Entity[parcel]
	zones   *streams.Table[string]
}

func newParcelTopology(calls *atomic.Int32) parcelTopology {
	booked := streams.Topic[string]{Name: "parcel.booked", Value: streams.Text}
	label := streams.Topic[string]{Name: "parcel.label", Value: streams.Text}
	carrier := streams.Destination[string, string]{
		Name: "carrier", Timeout: 2 * time.Second,
		Call: func(_ context.Context, zone string) (string, error) {
			if calls.Add(1)%3 == 0 {
				return "", errors.New("carrier is busy")
			}
			return "carrier of " + zone, nil
		},
	}
	t := streams.NewTopology("parcel")
	zones := streams.NewTable(t, streams.Topic[string]{Name: "parcel.zone", Value: streams.Text})
	parcels := streams.NewEntity(t, "parcel", streams.JSON[parcel](), func(ctx streams.Ctx, p *parcel, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[string]:
			zone, _ := zones.Get(in.Value)
			carrier.Ask(ctx, "book", zone)
			p.State = "asked"
		case streams.Answer[string]:
			p.Carrier, p.State = in.Value, "booked"
			ctx.SetTimer("print", 10*time.Millisecond)
		case streams.Timer:
			p.State = "printed"
			text := p.Carrier
			label.Send(ctx, ctx.Key(), &text)
		}
		return nil
	})
	streams.Receive(parcels, booked)
	streams.Send(parcels, label)
	streams.Calls(parcels, carrier)
	return parcelTopology{t, parcels, zones}
}

type kafka struct {
	testing.TB
	addrs  []string
	client *kgo.Client
}

func newKafka(t testing.TB, topics ...string) *kafka {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	cl, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return &kafka{TB: t, addrs: cluster.ListenAddrs(), client: cl}
}

// send produces a record and returns where it is.
func (k *kafka) send(topic, key, value string) *kgo.Record {
	r := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(value)}
	if err := k.client.ProduceSync(k.Context(), r).FirstErr(); err != nil {
		k.Fatal(err)
	}
	return r
}

// sendAt is send with an event time.
func (k *kafka) sendAt(at time.Time, topic, key, value string) {
	k.Helper()
	if err := k.client.ProduceSync(k.Context(), &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(value), Timestamp: at}).FirstErr(); err != nil {
		k.Fatal(err)
	}
}

func (k *kafka) options(dir string) streams.Options {
	return streams.Options{Brokers: k.addrs, StateDir: dir, Replication: 1, Advertise: "here:1", Metrics: prometheus.NewRegistry()}
}

// run runs an app until stop is called.
func (k *kafka) run(opts streams.Options, topologies ...*streams.Topology) (app *streams.App, stop func()) {
	app, err := streams.Open(opts, topologies...)
	if err != nil {
		k.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Run(ctx) }()
	var stopped atomic.Bool
	stop = func() {
		if !stopped.CompareAndSwap(false, true) {
			return
		}
		cancel()
		if err := <-done; err != nil {
			k.Error(err)
		}
	}
	k.Cleanup(stop)
	k.until("the app is ready", func() bool { return app.Ready() == nil })
	return app, stop
}

func (k *kafka) until(what string, check func() bool) {
	k.Helper()
	for deadline := time.Now().Add(30 * time.Second); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			k.Fatalf("never happened: %s", what)
		}
	}
}

func TestAppRunsRecordsEffectsTimersTablesAndViews(t *testing.T) {
	k := newKafka(t, "parcel.booked", "parcel.label", "parcel.zone")
	k.send("parcel.zone", "north", "N1")
	var calls atomic.Int32
	top := newParcelTopology(&calls)
	dir := filepath.Join(t.TempDir(), "state")
	app, stop := k.run(k.options(dir), top.Topology)
	if zone, ok := top.zones.Get("north"); !ok || zone != "N1" {
		t.Fatalf("table was not read before the start: %q", zone)
	}

	r := k.send("parcel.booked", "p1", "north")
	written := streams.AtLeast(t.Context(), app, streams.Position{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset})
	if p, err := top.parcels.Get(written, "p1"); err != nil || p == nil {
		t.Fatalf("state after its write: %+v, %v", p, err)
	}
	if got := app.Partition("parcel", []byte("p1")); got != r.Partition {
		t.Errorf("partition %d, a producer takes %d", got, r.Partition)
	}
	for _, key := range []string{"p2", "p3", "p4", "p5"} {
		k.send("parcel.booked", key, "north")
	}
	printed := func() bool {
		n := 0
		if err := top.parcels.Scan(app, func(_ string, p *parcel) bool {
			if p.State == "printed" && p.Carrier == "carrier of N1" {
				n++
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		return n == 5
	}
	k.until("all labels are printed", printed)
	k.until("no lag is left", func() bool {
		lag, err := app.Lag(t.Context())
		return err == nil && lag["parcel"] == 0
	})
	stop()

	top = newParcelTopology(&calls)
	app, stop = k.run(k.options(dir), top.Topology)
	k.until("the state is read back", printed)
	if _, err := top.parcels.Get(app, "p5"); err != nil {
		t.Error(err)
	}
	stop()
	if n := k.ends("parcel.label"); n < 5 {
		t.Errorf("%d labels", n)
	}
}

// ends sums the end offsets of a topic.
func (k *kafka) ends(topic string) (n int64) {
	ends, err := kadm.NewClient(k.client).ListEndOffsets(k.Context(), topic)
	if err != nil {
		k.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
	return n
}

func TestEffectAskedBeforeTheEndIsAnsweredAfterTheRestart(t *testing.T) {
	k := newKafka(t, "parcel.booked", "parcel.label", "parcel.zone")
	var calls atomic.Int32
	top := newParcelTopology(&calls)
	dir := filepath.Join(t.TempDir(), "state")
	_, stop := k.run(k.options(dir), top.Topology)
	k.send("parcel.booked", "p1", "north")
	k.until("the carrier is called", func() bool { return calls.Load() > 0 })
	stop()
	top = newParcelTopology(&calls)
	app, _ := k.run(k.options(dir), top.Topology)
	k.until("the label is printed", func() bool {
		p, err := top.parcels.Get(app, "p1")
		return err == nil && p != nil && p.State == "printed"
	})
}

func TestStateDirectoryServesOneApp(t *testing.T) {
	k := newKafka(t, "parcel.booked", "parcel.label", "parcel.zone")
	top := newParcelTopology(new(atomic.Int32))
	dir := filepath.Join(t.TempDir(), "state")
	k.run(k.options(dir), top.Topology)
	if _, err := streams.Open(k.options(dir), newParcelTopology(new(atomic.Int32)).Topology); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("second app on one directory: %v", err)
	}
}

func TestOptionsAreRefusedTogether(t *testing.T) {
	_, err := streams.Open(streams.Options{SessionTimeout: time.Second, Instance: "a b"})
	for _, want := range []string{"Brokers", "StateDir", "SessionTimeout", "Instance"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word about %s: %v", want, err)
		}
	}
}

// An entity that no record starts: its seed does, once, and its timer goes on
// over restarts.
func TestSeedStartsATopologyWithoutInputs(t *testing.T) {
	k := newKafka(t, "tick")
	build := func() *streams.Topology {
		out := streams.Topic[string]{Name: "tick", Value: streams.Text}
		top := streams.NewTopology("clock")
		e := streams.NewEntity(top, "clock", streams.Text, func(ctx streams.Ctx, s *string, _ streams.Input) error {
			*s += "."
			out.Send(ctx, ctx.Key(), s)
			ctx.SetTimer("tick", 5*time.Millisecond)
			return nil
		}, streams.WithSeed[string]("the clock", "tick"))
		streams.Send(e, out)
		return top
	}
	dir := filepath.Join(t.TempDir(), "state")
	_, stop := k.run(k.options(dir), build())
	k.until("the clock ticks", func() bool { return k.ends("tick") > 5 })
	stop()
	before := k.ends("tick")
	k.run(k.options(dir), build())
	k.until("the clock ticks on", func() bool { return k.ends("tick") > before+5 })
}

// values reads all committed values of a topic.
func (k *kafka) values(topic string) (values [][]byte) {
	k.Helper()
	ends, err := kadm.NewClient(k.client).ListCommittedOffsets(k.Context(), topic)
	if err != nil {
		k.Fatal(err)
	}
	left := make(map[int32]int64)
	starts := make(map[int32]kgo.Offset)
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition], starts[o.Partition] = o.Offset, kgo.NewOffset().AtStart()
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.addrs...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts}))
	if err != nil {
		k.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(k.Context(), 20*time.Second)
	defer cancel()
	for len(left) > 0 {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			k.Fatalf("reading %s: ends %v not reached", topic, left)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				values = append(values, r.Value)
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	return values
}

// narrow is a file system with as much room as it is told.
type narrow struct {
	vfs.FS
	free atomic.Uint64
}

func (n *narrow) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: n.free.Load(), TotalBytes: 100 << 30}, nil
}

func TestNearlyFullDiskStopsIntakeUntilThereIsRoom(t *testing.T) {
	k := newKafka(t, "parcel.booked", "parcel.label", "parcel.zone")
	k.send("parcel.zone", "north", "N1")
	var calls atomic.Int32
	top := newParcelTopology(&calls)
	fs := &narrow{FS: vfs.NewMem()}
	fs.free.Store(50 << 30)
	rows, err := pebblestore.Open("state", pebblestore.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	opts := k.options("")
	opts.Store, opts.Instance = rows, "a"
	app, stop := k.run(opts, top.Topology)
	fs.free.Store(1 << 30)
	k.until("intake is held", func() bool {
		err := app.Ready()
		return err != nil && strings.Contains(err.Error(), "disk of the state directory is nearly full")
	})
	at := at(k, "parcel.booked", "p1", `{"zone":"north"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := app.Await(ctx, top.Name(), at); err == nil {
		t.Error("an input was handled while the disk is nearly full")
	}
	fs.free.Store(50 << 30)
	if err := app.Await(t.Context(), top.Name(), at); err != nil {
		t.Error(err)
	}
	k.until("the app is ready again", func() bool { return app.Ready() == nil })
	stop()
}
