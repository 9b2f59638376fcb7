//go:build linux

package streamsbench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

	// Only names the parts to run, see Parts; empty is all.
	Only []string

	Records    int // of a throughput round
	Keys       int // of throughput and latency rounds
	Partitions int32
	ValueSize  int // bytes
	Lanes      int
	Commit     time.Duration
	Rounds     int
	PerSecond  int           // of latency rounds
	Span       time.Duration // of a latency round
	StateKeys  int           // of restarts and moves
	// Intervals are the commit intervals of the sweep, StateSizes the numbers of
	// keys of the recovery sweep.
	Intervals  []time.Duration
	StateSizes []int

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
	report  *Report
}

// part is one measurement, which adds what it found to the report.
type part struct {
	name, what string
	measure    func(*bench, context.Context) error
}

var parts = []part{
	{"throughput", "how fast a full topic is worked through, and the CPU time of a record", (*bench).measureThroughput},
	{"latency", "the age of an output under a steady load", (*bench).measureLatency},
	{"restart", "the time from a start after kill -9 to the first output", (*bench).measureRestart},
	{"move", "the interruption when a task moves to a warm standby", (*bench).measureMove},
	{"failover", "the interruption when a process dies and a standby takes over", (*bench).measureFailover},
	{"children", "the cost of a record whose key has many children", (*bench).measureChildren},
	{"commit", "throughput against the commit interval", (*bench).measureCommit},
	{"recovery", "the time to recover against the size of the state", (*bench).measureRecovery},
}

// Parts lists the parts that Only may name.
func Parts() []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return names
}

// Run measures and returns what it found, also when a part failed or ctx ended.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making %s: %w", o.Dir, err)
	}
	c, err := newCluster(o.Brokers)
	if err != nil {
		return nil, err
	}
	defer c.close()
	b := &bench{Options: o, cluster: c, run: time.Now().UTC().Format("20060102t150405"), report: newReport(o)}
	for _, p := range parts {
		if !b.wants(p.name) {
			continue
		}
		b.Progress("%s: %s", p.name, p.what)
		if err := p.measure(b, ctx); err != nil {
			return b.report, fmt.Errorf("measuring %s: %w", p.name, err)
		}
	}
	return b.report, nil
}

func (b *bench) wants(name string) bool {
	for _, only := range b.Only {
		if only == name {
			return true
		}
	}
	return len(b.Only) == 0
}

// input makes a topic of inputs with records over keys in it.
func (b *bench) input(ctx context.Context, records, keys int) (topic string, err error) {
	b.n++
	topic = fmt.Sprintf("bench-%s-%d-in", b.run, b.n)
	if err := b.cluster.create(ctx, b.Partitions, topic); err != nil {
		return "", err
	}
	return topic, b.cluster.fill(ctx, topic, records, keys, b.ValueSize)
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
		if strings.HasPrefix(name, w.App+"-") || strings.HasPrefix(name, w.App+".") {
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

// rivals are this runtime and the peer, if there is one.
func (b *bench) rivals() []contestant {
	all := []contestant{own(b.Self, Millrace)}
	if b.PeerProgram != "" {
		all = append(all, peer(b.PeerProgram))
	}
	return all
}
