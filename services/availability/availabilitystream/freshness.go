package availabilitystream

import (
	"context"
	"maps"
	"sync/atomic"
	"time"
)

const (
	// probeEvery is how often the ends of the topic are asked for.
	probeEvery = time.Second
	// probeWithin bounds one such question.
	probeWithin = 5 * time.Second
	// settledAfter is how long nothing comes from a topic that does not grow before
	// what lies between is taken for leftovers of transactions.
	settledAfter = 5 * time.Second
)

// freshness is how old the copy may be: the time since all was in it that the
// topic held. Somebody who only looks at the newest position cannot tell a quiet
// shop from a dead network.
type freshness struct {
	ends func(context.Context) (map[int32]int64, error) // next offsets by partition
	seen *progress
	now  func() time.Time

	fresh atomic.Int64 // Unix nanoseconds of the last moment at which the copy was equal

	lastEnds, lastSeen map[int32]int64
	still              time.Time // since when both are as they are
}

// age is 0 when nobody can be asked for the ends.
func (f *freshness) age() time.Duration {
	if f.ends == nil {
		return 0
	}
	return max(0, time.Duration(f.now().UnixNano()-f.fresh.Load()))
}

// run probes until ctx ends.
func (f *freshness) run(ctx context.Context) {
	if f.ends == nil {
		return
	}
	again := time.NewTicker(probeEvery)
	defer again.Stop()
	for ctx.Err() == nil {
		f.probe(ctx)
		select {
		case <-ctx.Done():
		case <-again.C:
		}
	}
}

// probe notes the moment before the question if the copy holds all that the
// topic held then.
func (f *freshness) probe(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	asked := f.now()
	ends, err := f.ends(bounded)
	if err != nil || len(ends) < len(f.lastEnds) { // some or all of the brokers are away
		return // the age tells
	}
	seen := f.seen.snapshot()
	if !maps.Equal(ends, f.lastEnds) || !maps.Equal(seen, f.lastSeen) {
		f.lastEnds, f.lastSeen, f.still = ends, seen, asked
	}
	if equal(ends, seen) || asked.Sub(f.still) >= settledAfter {
		f.fresh.Store(asked.UnixNano())
	}
}

// equal says whether all up to the ends was seen. The marker of the transaction
// that wrote the last record may stand behind it.
func equal(ends, seen map[int32]int64) bool {
	for partition, next := range ends {
		last, known := seen[partition]
		if next > 0 && (!known || next > last+2) {
			return false
		}
	}
	return true
}
