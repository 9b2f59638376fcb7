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

// throughput starts the contestant on a topic with records in it and watches how
// the group's offsets advance from the first commit to the last.
func (b *bench) throughput(ctx context.Context, c contestant, w Work, records int64) (Throughput, error) {
	began := time.Now()
	p, err := b.spawn(c, w)
	if err != nil {
		return Throughput{}, err
	}
	defer p.kill()
	var first, now int64
	done := func(atLeast int64) func() (bool, error) {
		return func() (bool, error) {
			var err error
			now, err = b.cluster.committed(ctx, w.App, w.In)
			return now >= atLeast, err
		}
	}
	if err := p.until(ctx, done(1)); err != nil {
		return Throughput{}, err
	}
	t := Throughput{FirstAfter: time.Since(began).Seconds()}
	first = now
	from := time.Now()
	before, err := p.cpu()
	if err != nil {
		return t, err
	}
	if err := p.until(ctx, done(records)); err != nil {
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
	t.PerSecond = float64(now-first) / took.Seconds()
	t.CPUMicros = float64((after - before).Microseconds()) / float64(now-first)
	t.MemoryMiB = float64(memory) / (1 << 20)
	p.stop(stopWithin)
	return t, nil
}
