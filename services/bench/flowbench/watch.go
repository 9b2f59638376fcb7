package flowbench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/topic"
)

// stopped is an order that will not be allocated, so that the benchmark does
// not wait for it.
var stopped = []topic.Def{topic.OrderRejected, topic.OrderHeld, topic.OrderBackordered, topic.OrderCancelled}

// watch reads what becomes of orders.
type watch struct {
	mu        sync.Mutex
	accepted  map[string]time.Time // time of the record, by order id
	allocated map[string]time.Time // when it was seen
	failure   error                // an order that came to nothing
	changed   chan struct{}        // closed and made anew with every order that is allocated
	way       <-chan struct{}      // gives a place away with every order that is allocated; nil for none
}

func newWatch() *watch {
	return &watch{accepted: make(map[string]time.Time), allocated: make(map[string]time.Time), changed: make(chan struct{})}
}

// follow reads until ctx ends; a reader that fails ends the benchmark. The
// function it returns waits for the readers.
func (w *watch) follow(ctx context.Context, r *kafka.Reader, fail context.CancelCauseFunc) (wait func() error) {
	var group sync.WaitGroup
	tail := func(def topic.Def, see func(kafka.Record)) {
		group.Go(func() {
			err := r.Tail(ctx, def.Name, kafka.Start{}, true, func(rec kafka.Record) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				see(rec)
				return nil
			})
			if err != nil && ctx.Err() == nil {
				fail(err)
			}
		})
	}
	tail(topic.OrderAccepted, func(rec kafka.Record) { w.accepted[string(rec.Key)] = time.UnixMilli(rec.Timestamp) })
	tail(topic.OrderAllocated, func(rec kafka.Record) {
		w.allocated[string(rec.Key)] = time.Now()
		close(w.changed)
		w.changed = make(chan struct{})
		select {
		case <-w.way:
		default:
		}
	})
	for _, def := range stopped {
		tail(def, func(rec kafka.Record) {
			w.failure = fmt.Errorf("order %s is in %s, and should have been allocated", rec.Key, def.Name)
			fail(w.failure)
		})
	}
	return func() error {
		group.Wait()
		return w.failure
	}
}

// count returns how many orders were allocated, and has each further one free a
// place on way.
func (w *watch) count(way <-chan struct{}) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.way = way
	return len(w.allocated)
}

// errLost says that an order was answered and not allocated in time.
var errLost = errors.New("not allocated in time")

// until waits until enough is true, which is asked with the lock held whenever an
// order was allocated.
func (w *watch) until(ctx context.Context, limit time.Duration, enough func() bool) error {
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for {
		w.mu.Lock()
		ok, changed := enough(), w.changed
		w.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-timeout.C:
			return fmt.Errorf("after %s: %w", limit, errLost)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
