//go:build linux

package streamsbench

import (
	"context"
	"fmt"
	"time"
)

// trickle is the load, in records a second, under which interruptions are
// measured.
const trickle = 500

// restart fills the contestant's state with keys, kills it and starts it again
// on the same directory; it returns the time from the start to the first output
// of an input that was made after it, in seconds.
func (b *bench) restart(ctx context.Context, c contestant, w Work, keys int) (float64, error) {
	p, stop, err := b.settled(ctx, c, w, keys)
	if err != nil {
		return 0, err
	}
	defer stop()
	p.kill()
	out, err := b.cluster.watch(ctx, b.Brokers, w.Out)
	if err != nil {
		return 0, err
	}
	defer out.close()
	began := time.Now()
	again, err := b.spawn(c, w)
	if err != nil {
		return 0, err
	}
	defer again.stop(stopWithin)
	limited, end := context.WithTimeout(ctx, 5*time.Minute)
	defer end()
	at, err := out.next(limited, began)
	if err != nil {
		return 0, fmt.Errorf("restarting %s: %w", c.name, err)
	}
	return at.Sub(began).Seconds(), nil
}

// settled starts the contestant on an input with as many records as keys, waits
// until it has handled all, and goes on with a trickle until stop is called.
func (b *bench) settled(ctx context.Context, c contestant, w Work, keys int) (p *process, stop func(), err error) {
	b.Progress("  filling %d keys", keys)
	if err := b.cluster.fill(ctx, w.In, keys, keys, b.ValueSize, func(int64) {}); err != nil {
		return nil, nil, err
	}
	if p, err = b.spawn(c, w); err != nil {
		return nil, nil, err
	}
	err = p.until(ctx, func() (bool, error) {
		n, err := b.cluster.committed(ctx, w.App, w.In)
		return n >= int64(keys), err
	})
	if err != nil {
		p.kill()
		return nil, nil, err
	}
	feeding, cancel := context.WithCancel(ctx)
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		if err := b.cluster.feed(feeding, w.In, trickle, keys, b.ValueSize); err != nil {
			b.Progress("feeding failed: %v", err)
		}
	}()
	return p, func() { cancel(); <-fed }, nil
}

// Children compares the cost of a record when its key has few children and when
// it has many.
type Children struct {
	Count     int     `json:"children"`
	CPUMicros float64 `json:"cpu_micros"`
}
