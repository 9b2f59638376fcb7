package availabilitystream

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/services/availability"
)

const (
	// heartbeat is how often a shared cache that nobody writes is asked whether it
	// is still whole, and how long one that failed is left alone.
	heartbeat = time.Second
	// writeWithin bounds one write, fillWithin one fill of a shared cache.
	writeWithin = 5 * time.Second
	fillWithin  = 5 * time.Minute
	// readWithin bounds a read of a shared cache; then the process's own copy serves.
	readWithin = 250 * time.Millisecond
)

// mirror writes what changes in local to another cache, the newest row of each
// item only, and fills it whenever it is not whole: at the start, after it was
// emptied, and after any failure, since nobody knows what was lost then.
type mirror struct {
	name   string // for the log
	shared availability.Cache
	local  *availability.Memory
	seen   *progress
	log    zerolog.Logger

	trusted atomic.Bool   // filled, and no failure since
	wake    chan struct{} // one token: there is something to do

	mu      sync.Mutex
	pending map[string]availability.Row
	reached map[int32]int64 // last offset in pending, by partition
}

func newMirror(name string, shared availability.Cache, local *availability.Memory, seen *progress, log zerolog.Logger) *mirror {
	return &mirror{
		name: name, shared: shared, local: local, seen: seen, log: log, wake: make(chan struct{}, 1),
		pending: make(map[string]availability.Row), reached: make(map[int32]int64),
	}
}

// note takes a row to be written; it does not block.
func (m *mirror) note(row availability.Row) {
	m.mu.Lock()
	m.pending[row.SKU] = row
	m.reached[row.Source.Partition] = row.Source.Offset
	m.mu.Unlock()
	m.poke()
}

func (m *mirror) poke() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take empties what is pending.
func (m *mirror) take() (rows []availability.Row, reached map[int32]int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows, reached = slices.Collect(maps.Values(m.pending)), m.reached
	m.pending, m.reached = make(map[string]availability.Row), make(map[int32]int64)
	return rows, reached
}

// run writes until ctx ends.
func (m *mirror) run(ctx context.Context) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for ctx.Err() == nil {
		if m.step(ctx) {
			select {
			case <-ctx.Done():
			case <-m.wake:
			case <-beat.C:
			}
			continue
		}
		select { // something is wrong: let it be for a moment
		case <-ctx.Done():
		case <-beat.C:
		}
	}
}

// step writes what is pending, or everything if the cache cannot be trusted, and
// reports whether it can be now. What it took is in local too, so a failed write
// loses nothing: the fill that follows brings it.
func (m *mirror) step(ctx context.Context) bool {
	rows, reached := m.take()
	if m.trusted.Load() {
		bounded, cancel := context.WithTimeout(ctx, writeWithin)
		whole, err := m.shared.Put(bounded, rows...)
		cancel()
		switch {
		case err != nil:
			m.distrust(err)
			m.restore(reached)
			return false
		case whole:
			m.publish(reached)
			return true
		}
		m.distrust(nil)
	}
	bounded, cancel := context.WithTimeout(ctx, fillWithin)
	defer cancel()
	if err := m.shared.Fill(bounded, m.local.All()); err != nil {
		m.log.Warn().Err(err).Str("cache", m.name).Msg("filling availability failed; answers come from this process")
		m.restore(reached)
		return false
	}
	m.trusted.Store(true)
	m.log.Info().Str("cache", m.name).Msg("availability is whole")
	m.publish(reached)
	return true
}

func (m *mirror) publish(reached map[int32]int64) {
	for partition, offset := range reached {
		m.seen.reach(partition, offset)
	}
}

// restore keeps positions for the write that will show them.
func (m *mirror) restore(reached map[int32]int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for partition, offset := range reached {
		m.reached[partition] = max(m.reached[partition], offset)
	}
}

// distrust makes the next step fill the cache; err is nil when it was emptied.
func (m *mirror) distrust(err error) {
	if m.trusted.Swap(false) {
		m.log.Warn().Err(err).Str("cache", m.name).Msg("availability was emptied or failed; it is filled again")
	}
	m.poke()
}

// read returns the rows of the shared cache and whether they are whole; nil when
// it is away. One that failed is not asked until it was filled again, so that
// readers do not wait for it.
func (m *mirror) read(ctx context.Context, skus []string) ([]availability.Row, bool) {
	if !m.trusted.Load() {
		return nil, false
	}
	bounded, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	rows, whole, err := m.shared.Get(bounded, skus...)
	if err != nil {
		if ctx.Err() == nil { // else it was the reader who went away
			m.distrust(err)
		}
		return nil, false
	}
	if !whole {
		m.distrust(nil)
	}
	return rows, whole
}
