//go:build linux

package streamsbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// restarted fills the contestant's state with keys, kills it and starts it again,
// on the same directory or on an empty one; it returns the time from the start to
// the first output of an input that was made after it, in seconds.
func (b *bench) restarted(ctx context.Context, c contestant, keys int, lost bool) (seconds float64, err error) {
	in, err := b.input(ctx, keys, keys)
	if err != nil {
		return 0, err
	}
	w, err := b.work(ctx, in)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.discard(ctx, w), b.cluster.remove(ctx, in)) }()
	p, err := b.spawn(c, w)
	if err != nil {
		return 0, err
	}
	defer p.kill()
	if err := b.caughtUp(ctx, w, p); err != nil {
		return 0, err
	}
	defer b.trickle(ctx, in, keys)()
	if err := pause(ctx, 5*time.Second); err != nil { // of steady running: caches are written, compactions under way
		return 0, err
	}
	p.kill()
	if lost {
		if err := os.RemoveAll(w.Dir); err != nil {
			return 0, fmt.Errorf("removing state: %w", err)
		}
	}
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
		return 0, fmt.Errorf("restarting: %w", errors.Join(err, again.alive()))
	}
	return at.Sub(began).Seconds(), nil
}

// caughtUp waits until a contestant has committed all of its input.
func (b *bench) caughtUp(ctx context.Context, w Work, p *process) error {
	ends, err := b.cluster.admin.ListEndOffsets(ctx, w.In)
	if err != nil {
		return fmt.Errorf("finding the end of %s: %w", w.In, err)
	}
	var want int64
	for _, o := range ends.Offsets()[w.In] {
		want += o.At
	}
	return p.until(ctx, func() (bool, error) {
		n, err := b.cluster.committed(ctx, w.App, w.In)
		return n >= want, err
	})
}

// warm waits until a pair has caught up and says that its standbys are, too.
func (b *bench) warm(ctx context.Context, w Work, pair []*process) error {
	if err := b.caughtUp(ctx, w, pair[0]); err != nil {
		return err
	}
	for i, p := range pair {
		ready := fmt.Sprintf("%s/%d.ready", w.Dir, i)
		err := p.until(ctx, func() (bool, error) {
			_, err := os.Stat(ready)
			if errors.Is(err, os.ErrNotExist) {
				return false, nil
			}
			return err == nil, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// trickle feeds a topic until the function it returns is called.
func (b *bench) trickle(ctx context.Context, topic string, keys int) (stop func()) {
	feeding, cancel := context.WithCancel(ctx)
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		if err := b.cluster.feed(feeding, topic, trickleRate, keys, b.ValueSize); err != nil {
			b.Progress("feeding failed: %v", err)
		}
	}()
	return func() { cancel(); <-fed }
}
