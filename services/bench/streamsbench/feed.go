package streamsbench

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// feed produces records at a steady rate until ctx ends. Each carries the time at
// which its turn was, so that a feeder that is held up hides no delay.
func (c *cluster) feed(ctx context.Context, topic string, perSecond, keys, size int) error {
	step := stride(keys)
	failed := make(chan error, 1)
	began := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		turn := began.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
		if wait := time.Until(turn); wait > time.Millisecond && pause(ctx, wait) != nil {
			break
		}
		c.client.Produce(context.WithoutCancel(ctx), record(topic, n*step, keys, size, turn), func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	if err := c.client.Flush(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("feeding %s: %w", topic, err)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("feeding %s: %w", topic, err)
	default:
		return nil
	}
}

// arrival is a committed output as a reader saw it.
type arrival struct {
	at  time.Time     // when the reader got it
	age time.Duration // since the input was made
	key string
}

// watcher reads the committed records of a topic from its end on.
type watcher struct {
	client *kgo.Client
	done   chan struct{}

	mu       sync.Mutex
	arrivals []arrival
	changed  chan struct{}
}

// watch begins to read; it returns when reading has begun.
func (c *cluster) watch(ctx context.Context, brokers []string, topic string) (*watcher, error) {
	ends, err := c.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("finding the end of %s: %w", topic, err)
	}
	from := make(map[int32]kgo.Offset)
	ends.Each(func(o kadm.ListedOffset) { from[o.Partition] = kgo.NewOffset().At(o.Offset) })
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ClientID("streamsbench-watch"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	if err != nil {
		return nil, fmt.Errorf("making reader of %s: %w", topic, err)
	}
	w := &watcher{client: cl, done: make(chan struct{}), changed: make(chan struct{})}
	go w.run()
	return w, nil
}

func (w *watcher) run() {
	defer close(w.done)
	for {
		fetches := w.client.PollFetches(context.Background())
		if fetches.IsClientClosed() {
			return
		}
		now := time.Now()
		w.mu.Lock()
		fetches.EachRecord(func(r *kgo.Record) {
			if len(r.Value) < timeSize {
				return
			}
			made := time.UnixMicro(int64(binary.BigEndian.Uint64(r.Value)))
			w.arrivals = append(w.arrivals, arrival{at: now, age: now.Sub(made), key: string(r.Key)})
		})
		close(w.changed)
		w.changed = make(chan struct{})
		w.mu.Unlock()
	}
}

func (w *watcher) close() {
	w.client.Close()
	<-w.done
}

// reset forgets what has arrived.
func (w *watcher) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrivals = nil
}

// seen returns what has arrived, and a channel that is closed when there is more.
func (w *watcher) seen() ([]arrival, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clip(w.arrivals), w.changed
}

// next waits for an output that was made at or after since, and returns when it
// came.
func (w *watcher) next(ctx context.Context, since time.Time) (time.Time, error) {
	for from := 0; ; {
		all, changed := w.seen()
		for ; from < len(all); from++ {
			if a := all[from]; !a.at.Add(-a.age).Before(since) {
				return a.at, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("waiting for an output: %w", context.Cause(ctx))
		}
	}
}

// percentile returns the share p of sorted values.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}

// ages returns the sorted ages of arrivals.
func ages(all []arrival) []time.Duration {
	list := make([]time.Duration, len(all))
	for i, a := range all {
		list[i] = a.age
	}
	slices.Sort(list)
	return list
}

// pause lets time pass: a measurement has a length.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// trickleRate is the load, in records a second, under which interruptions are
// measured.
const trickleRate = 500
