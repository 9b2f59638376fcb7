//go:build linux

package streamsbench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// measureThroughput lets the contestants take turns, so that what else the
// machine does meets all of them.
func (b *bench) measureThroughput(ctx context.Context) error {
	in, err := b.input(ctx, b.Records, b.Keys)
	if err != nil {
		return err
	}
	for range b.Rounds {
		for _, c := range append(b.rivals(), own(b.Self, PassThrough)) {
			t, err := b.throughput(ctx, c, in, b.Commit, 0)
			if err != nil {
				return err
			}
			b.Progress("  %-12s %8.0f records/s  %6.2f CPU-µs a record  first commit after %4.1f s  %5.0f MiB", c.name, t.PerSecond, t.CPUMicros, t.FirstAfter, t.MemoryMiB)
			b.report.Throughput[c.name] = append(b.report.Throughput[c.name], t)
		}
	}
	return b.cluster.remove(ctx, in)
}

func (b *bench) measureLatency(ctx context.Context) error {
	for range b.Rounds {
		for _, c := range b.rivals() {
			in, err := b.input(ctx, b.Keys, b.Keys)
			if err != nil {
				return err
			}
			w, err := b.work(ctx, in)
			if err != nil {
				return err
			}
			l, err := b.latency(ctx, c, w)
			if err != nil {
				return fmt.Errorf("with %s: %w", c.name, err)
			}
			b.Progress("  %-12s p50 %6.1f ms  p99 %6.1f ms  p99.9 %6.1f ms  %.2f cores", c.name, l.P50, l.P99, l.P999, l.CPUShare)
			b.report.Latency[c.name] = append(b.report.Latency[c.name], l)
			if err := b.discard(ctx, w); err != nil {
				return err
			}
			if err := b.cluster.remove(ctx, in); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) measureRestart(ctx context.Context) error {
	for range b.Rounds {
		for _, c := range b.rivals() {
			seconds, err := b.restarted(ctx, c, b.StateKeys, false)
			if err != nil {
				return fmt.Errorf("with %s: %w", c.name, err)
			}
			b.Progress("  %-12s %.2f s", c.name, seconds)
			b.report.Restart[c.name] = append(b.report.Restart[c.name], seconds)
		}
	}
	return nil
}

// measureChildren takes turns between few and many children; what records change
// is the same, so the others only stand beside it.
func (b *bench) measureChildren(ctx context.Context) error {
	const keys = 20
	for range b.Rounds {
		for _, n := range []int{10, 10_000} {
			in, err := b.input(ctx, b.Records/2, keys)
			if err != nil {
				return err
			}
			t, err := b.throughput(ctx, own(b.Self, Millrace), in, b.Commit, n)
			if err != nil {
				return err
			}
			b.Progress("  %6d children %8.0f records/s  %6.2f CPU-µs a record", n, t.PerSecond, t.CPUMicros)
			b.report.Children[n] = append(b.report.Children[n], t)
			if err := b.cluster.remove(ctx, in); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) measureCommit(ctx context.Context) error {
	in, err := b.input(ctx, b.Records, b.Keys)
	if err != nil {
		return err
	}
	for _, interval := range b.Intervals {
		for _, c := range b.rivals() {
			t, err := b.throughput(ctx, c, in, interval, 0)
			if err != nil {
				return err
			}
			b.Progress("  %-12s every %6s: %8.0f records/s  %6.2f CPU-µs a record", c.name, interval, t.PerSecond, t.CPUMicros)
			b.report.Commits = append(b.report.Commits, Commit{Contestant: c.name, IntervalMS: millis(interval), Throughput: t})
		}
	}
	return b.cluster.remove(ctx, in)
}

// measureRecovery restarts with the state on disk, and with the disk lost.
func (b *bench) measureRecovery(ctx context.Context) error {
	for _, keys := range b.StateSizes {
		r := Recovery{Keys: keys}
		var err error
		if r.Kept, err = b.restarted(ctx, own(b.Self, Millrace), keys, false); err != nil {
			return err
		}
		if r.Lost, err = b.restarted(ctx, own(b.Self, Millrace), keys, true); err != nil {
			return err
		}
		b.Progress("  %8d keys: %.2f s with the state on disk, %.2f s without", keys, r.Kept, r.Lost)
		b.report.Recoveries = append(b.report.Recoveries, r)
	}
	return nil
}

func (b *bench) measureMove(ctx context.Context) error {
	return b.interruptions(ctx, &b.report.Move, func(p *process) { p.stop(stopWithin) })
}

func (b *bench) measureFailover(ctx context.Context) error {
	return b.interruptions(ctx, &b.report.Failover, func(p *process) { p.kill() })
}

// interruptions runs two processes with a standby of each other's tasks, ends
// one of them, and takes the age of the oldest output from then on.
func (b *bench) interruptions(ctx context.Context, into *[]float64, end func(*process)) error {
	for range b.Rounds {
		seconds, err := b.interruption(ctx, end)
		if err != nil {
			return err
		}
		b.Progress("  %.2f s", seconds)
		*into = append(*into, seconds)
	}
	return nil
}

func (b *bench) interruption(ctx context.Context, end func(*process)) (float64, error) {
	in, err := b.input(ctx, b.StateKeys, b.StateKeys)
	if err != nil {
		return 0, err
	}
	w, err := b.work(ctx, in)
	if err != nil {
		return 0, err
	}
	w.Standbys, w.Leave = 1, true
	var pair [2]*process
	for i := range pair {
		one := w
		one.Dir, one.Instance = filepath.Join(w.Dir, fmt.Sprint(i)), fmt.Sprint(i)
		one.Ready = one.Dir + ".ready"
		if pair[i], err = b.spawn(own(b.Self, Millrace), one); err != nil {
			return 0, err
		}
		defer pair[i].kill()
	}
	if err := b.warm(ctx, w, pair[:]); err != nil {
		return 0, err
	}
	out, err := b.cluster.watch(ctx, b.Brokers, w.Out)
	if err != nil {
		return 0, err
	}
	defer out.close()
	stop := b.trickle(ctx, w.In, b.StateKeys)
	defer stop()
	if _, err := out.next(ctx, time.Now()); err != nil {
		return 0, err
	}
	if err := pause(ctx, 2*time.Second); err != nil { // of steady running, so that nothing of the start is measured
		return 0, err
	}
	out.reset()
	end(pair[0])
	if err := pause(ctx, interruptionSpan); err != nil {
		return 0, err
	}
	all, _ := out.seen()
	sorted := ages(all)
	if len(sorted) < int(interruptionSpan.Seconds())*trickleRate/2 {
		return 0, fmt.Errorf("%d outputs in %s: the other process has not taken over", len(sorted), interruptionSpan)
	}
	stop() // before its topic goes
	if err := b.discard(ctx, w); err != nil {
		return 0, err
	}
	return sorted[len(sorted)-1].Seconds(), b.cluster.remove(ctx, in)
}

// interruptionSpan is longer than any interruption that may be measured.
const interruptionSpan = 25 * time.Second
