package streamsbench

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/streams"
)

// stateSize is the size of a key's state, in bytes.
const stateSize = 100

// ledger is the state: a counter in front of padding.
type ledger [stateSize]byte

// ledgerCodec keeps the state as it is.
type ledgerCodec struct{}

// Append implements streams.Codec.
func (ledgerCodec) Append(dst []byte, v *ledger) ([]byte, error) { return append(dst, v[:]...), nil }

// Decode implements streams.Codec.
func (ledgerCodec) Decode(b []byte, v *ledger) error {
	if len(b) != stateSize {
		return fmt.Errorf("decoding state: %d bytes, want %d", len(b), stateSize)
	}
	copy(v[:], b)
	return nil
}

// raw passes the bytes of a record on.
type raw struct{}

// Append implements streams.Codec.
func (raw) Append(dst []byte, v *[]byte) ([]byte, error) { return append(dst, *v...), nil }

// Decode implements streams.Codec.
func (raw) Decode(b []byte, v *[]byte) error { *v = b; return nil }

// Work says what a contestant has to do and where.
type Work struct {
	Brokers []string
	App     string // group and prefix of all that is the contestant's own
	In, Out string // topics
	Dir     string // for local state
	Lanes   int    // threads
	Commit  time.Duration
	// Children gives each key so many children with its first record; each later
	// one changes one of ten. 0 is the plain work.
	Children int
	// Standbys is how many other processes keep a copy of each task.
	Standbys int
	// Leave makes an orderly end give the tasks to the other processes.
	Leave bool
	// Ready is a file that is made when every task and standby is up to date; empty
	// makes none.
	Ready string
	// Instance names the process among those of one App; empty is a name kept in Dir.
	Instance string
}

// Run does the work in this process until ctx ends.
func (w Work) Run(ctx context.Context, log zerolog.Logger) error {
	metrics := prometheus.NewRegistry()
	app, err := streams.Open(streams.Options{
		Brokers: w.Brokers, StateDir: w.Dir, Instance: w.Instance, Lanes: w.Lanes,
		CommitInterval: w.Commit, Standbys: w.Standbys, Leave: w.Leave, Logger: log, Metrics: metrics,
	}, w.topology())
	if err != nil {
		return fmt.Errorf("opening the work: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return app.Run(ctx) })
	if w.Ready != "" {
		group.Go(func() error { return w.tell(ctx, app, metrics) })
	}
	return group.Wait()
}

// tell makes the Ready file when every task is active and every standby has
// caught up.
func (w Work) tell(ctx context.Context, app *streams.App, metrics *prometheus.Registry) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		warm, err := standbysCaughtUp(metrics)
		if err != nil {
			return err
		}
		if warm && app.Ready() == nil {
			return os.WriteFile(w.Ready, nil, 0o600)
		}
	}
}

// standbysCaughtUp says whether there is a standby and none is behind.
func standbysCaughtUp(metrics *prometheus.Registry) (bool, error) {
	families, err := metrics.Gather()
	if err != nil {
		return false, fmt.Errorf("reading metrics: %w", err)
	}
	n := 0
	for _, f := range families {
		if f.GetName() != "streams_standby_lag_records" {
			continue
		}
		for _, m := range f.GetMetric() {
			if n++; m.GetGauge().GetValue() > trickleRate {
				return false, nil
			}
		}
	}
	return n > 0, nil
}

func (w Work) topology() *streams.Topology {
	in, out := streams.Topic[[]byte]{Name: w.In, Value: raw{}}, streams.Topic[[]byte]{Name: w.Out, Value: raw{}}
	t := streams.NewTopology(w.App)
	var e *streams.Entity[ledger]
	var parts *streams.Children[ledger]
	e = streams.NewEntity(t, "ledger", ledgerCodec{}, func(ctx streams.Ctx, l *ledger, input streams.Input) error {
		r := input.(streams.Record[[]byte])
		n := binary.BigEndian.Uint64(l[:]) + 1
		binary.BigEndian.PutUint64(l[:], n)
		if w.Children > 0 {
			w.countChild(ctx, parts, int(n))
		}
		out.Send(ctx, r.Key, &r.Value)
		return nil
	})
	parts = streams.NewChildren(e, "part", ledgerCodec{})
	streams.Receive(e, in)
	streams.Send(e, out)
	return t
}

func (w Work) countChild(ctx streams.Ctx, parts *streams.Children[ledger], n int) {
	if n == 1 {
		for i := range w.Children {
			parts.Put(ctx, childID(i), new(ledger))
		}
	}
	id := childID(n % changing * (w.Children / changing))
	l := parts.Get(ctx, id)
	binary.BigEndian.PutUint64(l[:], binary.BigEndian.Uint64(l[:])+1)
	parts.Put(ctx, id, l)
}

// changing is how many of a key's children records change.
const changing = 10

func childID(n int) string { return fmt.Sprintf("%08d", n) }
