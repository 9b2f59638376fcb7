//go:build linux

package streamsbench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
)

// Options says what to measure.
type Options struct {
	Brokers []string
	// Self is the path of this binary, which has the hidden worker command.
	Self string
	// PeerProgram is the program to compare with; empty leaves it out.
	PeerProgram string
	// PeerName is what reports call it.
	PeerName string
	Dir      string // for states and logs; made when missing

	Records    int // of the throughput rounds
	Keys       int
	Partitions int32
	ValueSize  int // bytes
	Lanes      int
	Commit     time.Duration
	Rounds     int

	Log zerolog.Logger
	// Progress is told what is being done.
	Progress func(format string, args ...any)
}

// bench is one run of all measurements.
type bench struct {
	Options
	cluster *cluster
	run     string // unique in the names of topics and groups
	n       int
}

func newBench(o Options) (*bench, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making %s: %w", o.Dir, err)
	}
	c, err := newCluster(o.Brokers)
	if err != nil {
		return nil, err
	}
	return &bench{Options: o, cluster: c, run: time.Now().UTC().Format("20060102t150405")}, nil
}

// work returns a new piece of work on an input topic: everything else is new.
func (b *bench) work(ctx context.Context, in string) (Work, error) {
	b.n++
	name := fmt.Sprintf("bench-%s-%d", b.run, b.n)
	w := Work{
		Brokers: b.Brokers, App: name, In: in, Out: name + "-out", Dir: filepath.Join(b.Dir, name),
		Lanes: b.Lanes, Commit: b.Commit,
	}
	return w, b.cluster.create(ctx, b.Partitions, w.Out)
}

// discard removes what a piece of work left, its input excepted.
func (b *bench) discard(ctx context.Context, w Work) error {
	if err := os.RemoveAll(w.Dir); err != nil {
		return fmt.Errorf("removing state: %w", err)
	}
	topics, err := b.cluster.admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("listing topics: %w", err)
	}
	var mine []string
	for _, name := range topics.Names() {
		if len(name) > len(w.App) && name[:len(w.App)] == w.App && (name[len(w.App)] == '-' || name[len(w.App)] == '.') {
			mine = append(mine, name)
		}
	}
	return b.cluster.remove(ctx, mine...)
}

func (b *bench) spawn(c contestant, w Work) (*process, error) {
	if err := os.MkdirAll(w.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making %s: %w", w.Dir, err)
	}
	return spawn(w.Dir+".log", c.command(w))
}

// contestants lists who takes part.
func (b *bench) contestants() []contestant {
	all := []contestant{own(b.Self, Millrace), own(b.Self, PassThrough)}
	if b.PeerProgram != "" {
		all = append(all, peer(b.PeerProgram))
	}
	return all
}

// Quick measures throughput once, without the peer if none is given.
func Quick(ctx context.Context, o Options) error {
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.cluster.close()
	in := "bench-" + b.run + "-in"
	if err := b.cluster.create(ctx, b.Partitions, in); err != nil {
		return err
	}
	b.Progress("filling %s with %d records", in, b.Records)
	if err := b.cluster.fill(ctx, in, b.Records, b.Keys, b.ValueSize, func(int64) {}); err != nil {
		return err
	}
	for range b.Rounds {
		for _, c := range b.contestants() {
			w, err := b.work(ctx, in)
			if err != nil {
				return err
			}
			t, err := b.throughput(ctx, c, w, int64(b.Records))
			if err != nil {
				return fmt.Errorf("measuring throughput of %s: %w", c.name, err)
			}
			b.Progress("%s: %.0f/s, %.2f CPU-µs a record, first commit after %.1f s, %.0f MiB", c.name, t.PerSecond, t.CPUMicros, t.FirstAfter, t.MemoryMiB)
			if err := b.discard(ctx, w); err != nil {
				return err
			}
		}
	}
	return b.cluster.remove(ctx, in)
}
