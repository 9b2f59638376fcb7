//go:build linux

package streamsbench

import (
	"context"
	"time"
)

// Throughput is how fast a contestant works through a full topic.
type Throughput struct {
	PerSecond float64 `json:"per_second"`
	// CPUMicros is the CPU time of the contestant for one record, in
	// microseconds, from its first commit on.
	CPUMicros float64 `json:"cpu_micros"`
	// FirstAfter is the time from its start to its first commit, in seconds.
	FirstAfter float64 `json:"first_after_seconds"`
	// MemoryMiB is the most resident memory it had.
	MemoryMiB float64 `json:"memory_mib"`
}

// throughput starts the contestant on a topic with Records in it and watches how
// the group's offsets advance from the first commit to the last.
func (b *bench) throughput(ctx context.Context, c contestant, in string, interval time.Duration, children int) (t Throughput, err error) {
	w, err := b.work(ctx, in)
	if err != nil {
		return t, err
	}
	w.Commit, w.Children = interval, children
	began := time.Now()
	p, err := b.spawn(c, w)
	if err != nil {
		return t, err
	}
	defer p.kill()
	first, err := b.firstCommit(ctx, p, w)
	if err != nil {
		return t, err
	}
	t.FirstAfter = time.Since(began).Seconds()
	from := time.Now()
	before, err := p.cpu()
	if err != nil {
		return t, err
	}
	if err := b.caughtUp(ctx, w, p); err != nil {
		return t, err
	}
	took := time.Since(from)
	after, err := p.cpu()
	if err != nil {
		return t, err
	}
	memory, err := p.memory()
	if err != nil {
		return t, err
	}
	all, err := b.cluster.committed(ctx, w.App, w.In)
	if err != nil {
		return t, err
	}
	t.PerSecond = float64(all-first) / took.Seconds()
	t.CPUMicros = float64((after - before).Microseconds()) / float64(all-first)
	t.MemoryMiB = float64(memory) / (1 << 20)
	p.stop(stopWithin)
	return t, b.discard(ctx, w)
}

// firstCommit waits for it and returns how many records it had.
func (b *bench) firstCommit(ctx context.Context, p *process, w Work) (n int64, err error) {
	err = p.until(ctx, func() (bool, error) {
		var err error
		n, err = b.cluster.committed(ctx, w.App, w.In)
		return n > 0, err
	})
	return n, err
}
