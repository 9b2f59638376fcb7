package pebblestore

import (
	"math"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/internal/derive"
)

// clocks is how many clocks there are.
const clocks = 2

// timerIndex remembers where the timer index begins, by clock. A task asks for
// due timers in every cycle: most answers need no look at Pebble, and the others
// do not walk over all the tombstones of timers that fired.
type timerIndex [clocks]indexStart

// indexStart bounds one clock's index from below. No entry is due before at, in
// microseconds; exact says that one is due at at, or, at noEntry, that none is.
type indexStart struct {
	at      int64
	exact   bool
	changes uint64 // counts what makes an older scan worthless
}

const noEntry = math.MaxInt64

// forget says that nothing is known of the index.
func (x *timerIndex) forget() {
	for i := range x {
		x[i] = indexStart{at: math.MinInt64, changes: x[i].changes + 1}
	}
}

// setTimers is the earliest timer set by one batch, by clock.
type setTimers [clocks]struct {
	any bool
	due int64
}

func (s *setTimers) add(clock changelog.Clock, due time.Time) {
	if micro := due.UnixMicro(); !s[clock].any || micro < s[clock].due {
		s[clock].any, s[clock].due = true, micro
	}
}

func (x *timerIndex) noteSet(set setTimers) {
	for i := range x {
		if !set[i].any {
			continue
		}
		x[i].changes++
		if set[i].due <= x[i].at {
			x[i].at, x[i].exact = set[i].due, true
		}
	}
}

// DueTimers implements store.Partition.
func (p *space) DueTimers(clock changelog.Clock, until time.Time, fn func(due time.Time, key []byte) bool) (next time.Time, err error) {
	if err := p.begin(); err != nil {
		return next, err
	}
	defer p.end()
	if clock >= clocks {
		return next, nil
	}
	pending := p.pendingTimer(clock)
	if pending <= until.UnixMicro() {
		if err := p.sink(); err != nil {
			return next, err
		}
		pending = noEntry
	}
	next, err = p.dueInPebble(clock, until, fn)
	if pending != noEntry && (next.IsZero() || pending < next.UnixMicro()) {
		next = time.UnixMicro(pending).UTC()
	}
	return next, err
}

func (p *space) dueInPebble(clock changelog.Clock, until time.Time, fn func(due time.Time, key []byte) bool) (next time.Time, err error) {
	p.mu.Lock()
	start := p.timers[clock]
	p.mu.Unlock()
	if start.exact && start.at > until.UnixMicro() {
		return start.next(), nil
	}
	low := p.heads.timer.key([]byte{byte(clock)})
	high := derive.After(low)
	if start.at != math.MinInt64 {
		low = p.heads.timer.key(derive.AppendDue(nil, clock, time.UnixMicro(start.at)))
	}
	first, going := int64(noEntry), true
	err = scan(p.store.db, low, high, func(it *pebble.Iterator) (bool, error) {
		due, key, ok := derive.CutDue(it.Key()[headSize:])
		if !ok {
			return true, nil
		}
		if first == noEntry {
			first = due.UnixMicro()
		}
		if !going || due.After(until) {
			next = due
			return false, nil
		}
		going = fn(due, key)
		return true, nil
	})
	if err != nil {
		return next, p.store.faults.wrap("reading due timers", err)
	}
	p.learn(clock, start, first)
	return next, nil
}

// learn keeps what a scan that began at start has found, unless the index
// changed meanwhile.
func (p *space) learn(clock changelog.Clock, start indexStart, first int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := &p.timers[clock]; now.changes == start.changes {
		now.at, now.exact = first, true
	}
}

func (s indexStart) next() time.Time {
	if s.at == noEntry {
		return time.Time{}
	}
	return time.UnixMicro(s.at).UTC()
}

// DropTimers implements store.Partition. It reads each row again, since the
// space may have been written under another lease after the caller looked.
func (p *space) DropTimers(clock changelog.Clock, void []store.DueTimer) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
	if clock >= clocks || len(void) == 0 {
		return nil
	}
	batch := p.store.db.NewBatch()
	defer batch.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range void {
		value, ok := p.pending(t.Key)
		var err error
		if !ok {
			value, err = p.getPebble(&p.heads.row, t.Key)
		}
		if err != nil {
			return p.store.faults.wrap("checking void timer", err)
		}
		if derive.Holds(value, clock, t.Due) {
			continue
		}
		entry := append(derive.AppendDue(make([]byte, 0, derive.DueSize+len(t.Key)), clock, t.Due), t.Key...)
		remove(batch, &p.heads.timer, entry)
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return p.store.faults.wrap("dropping void timers", err)
	}
	p.store.dirty.Store(true)
	p.timers[clock].exact = false
	p.timers[clock].changes++
	return nil
}
