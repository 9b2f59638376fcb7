package task

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// timers knows, per clock, a lower bound of when the next timer is due, so that
// a cycle with none due costs nothing.
type timers struct {
	next [2]time.Time // by clock; zero: none
}

// reset forgets the bounds: the index has to be asked, so something may be due
// since ever.
func (t *timers) reset() { *t = timers{next: [2]time.Time{ever, ever}} }

var ever = time.UnixMicro(0).UTC()

// set takes note of a timer row just written.
func (t *timers) set(value []byte) {
	row, err := changelog.ReadTimer(value)
	if err != nil || row.Waiting {
		return
	}
	if at := &t.next[row.Clock]; at.IsZero() || row.Due.Before(*at) {
		*at = row.Due
	}
}

// NextTimer is a time before which FireTimers has nothing to do on the wall
// clock; zero when no timer is set and nothing is parked.
func (t *Task) NextTimer() time.Time {
	at := t.timers.next[changelog.WallClock]
	if q := t.parking.first(); q != nil && (at.IsZero() || q.row.Due.Before(at)) {
		return q.row.Due
	}
	return at
}

// EventTimerDue says that FireTimers may have something to do whatever the wall
// clock says: the stream time has passed a timer.
func (t *Task) EventTimerDue() bool {
	at := t.timers.next[changelog.EventTime]
	return !at.IsZero() && !at.After(t.mark.StreamTime)
}

// FireTimers tries parked inputs that are due at now once more, and handles
// timers that are due, at most limit of each; it says how many. Timers set in
// the current transaction fire in a later one.
func (t *Task) FireTimers(now time.Time, limit int) (int, error) {
	retried, err := t.retry(now, limit)
	if err != nil {
		return retried, err
	}
	fired, err := t.fire(changelog.WallClock, now, now, limit)
	if err != nil {
		return retried + fired, err
	}
	byEvent, err := t.fire(changelog.EventTime, t.mark.StreamTime, now, limit-fired)
	return retried + fired + byEvent, err
}

func (t *Task) fire(clock changelog.Clock, until, now time.Time, limit int) (int, error) {
	at := t.timers.next[clock]
	if limit <= 0 || at.IsZero() || at.After(until) {
		return 0, nil
	}
	due, void, next, err := t.due(clock, until, limit)
	if err != nil {
		return 0, err
	}
	fired := 0
	for _, d := range due {
		ok, err := t.fireOne(d, now)
		if err != nil {
			return fired, err
		}
		if ok {
			fired++
		}
	}
	if err := t.rows.DropTimers(clock, void); err != nil {
		return fired, fmt.Errorf("dropping void timers: %w", err)
	}
	t.timers.next[clock] = next
	if len(due) >= limit {
		t.timers.next[clock] = until
	}
	t.minOverlay(clock)
	return fired, nil
}

// due lists the entries of the index up to until: those whose row agrees, and
// those that are void.
func (t *Task) due(clock changelog.Clock, until time.Time, limit int) (due, void []store.DueTimer, next time.Time, err error) {
	var entries []store.DueTimer
	next, err = t.rows.DueTimers(clock, until, func(at time.Time, key []byte) bool {
		entries = append(entries, store.DueTimer{Due: at, Key: append([]byte(nil), key...)})
		return len(entries) < limit
	})
	if err != nil {
		return nil, nil, next, fmt.Errorf("reading due timers: %w", err)
	}
	for _, e := range entries {
		value, err := t.rows.Get(e.Key)
		if err != nil {
			return nil, nil, next, fmt.Errorf("reading timer: %w", err)
		}
		if value == nil {
			void = append(void, e)
			continue
		}
		row, err := changelog.ReadTimer(value)
		if err != nil {
			return nil, nil, next, err
		}
		if row.Waiting || row.Clock != clock || !row.Due.Equal(e.Due) {
			void = append(void, e)
			continue
		}
		due = append(due, e)
	}
	return due, void, next, nil
}

// fireOne calls the handler of a timer, unless the transaction has set, cleared
// or fired it already.
func (t *Task) fireOne(d store.DueTimer, now time.Time) (bool, error) {
	k, err := changelog.Parse(d.Key)
	if err != nil {
		return false, err
	}
	spec := t.topology.Entity(k.Entity)
	if spec == nil {
		return false, fmt.Errorf("firing timer of entity %s: %w", k.Entity, ErrUndeclared)
	}
	inst, err := t.load(spec, k.Key)
	if err != nil {
		return false, err
	}
	sub := string(d.Key[len(inst.prefix):])
	if _, changed := inst.rows[sub]; changed {
		return false, nil
	}
	value, err := t.rows.Get(d.Key)
	if err != nil {
		return false, fmt.Errorf("reading timer: %w", err)
	}
	row, err := changelog.ReadTimer(value)
	if err != nil {
		return false, err
	}
	return true, t.take(inst, &arrival{
		kind: changelog.TimerInput, cause: Cause{ID: row.Setting, Trace: row.Trace, Attempt: 1}, input: spec.Timer(k.Sub, row.Due),
		sub: sub, row: value, name: k.Sub, due: row.Due,
	}, now)
}

// minOverlay lowers the bound to the timers that the transaction has set: the
// index does not know them yet.
func (t *Task) minOverlay(clock changelog.Clock) {
	for _, inst := range t.touched {
		for sub, v := range inst.rows {
			if sub[0] != byte(changelog.Timer) || v == nil {
				continue
			}
			if row, err := changelog.ReadTimer(v); err == nil && row.Clock == clock {
				t.timers.set(v)
			}
		}
	}
}

// Seed sets the seeds of this task's keys that have neither state nor timer. It
// is called once after activation, inside a transaction.
func (t *Task) Seed(now time.Time) error {
	for _, spec := range t.topology.Entities {
		for _, seed := range spec.Seeds {
			if t.opts.PartitionOf([]byte(seed.Key), t.opts.Partitions) != t.opts.Partition {
				continue
			}
			if err := t.seed(spec, seed, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Task) seed(spec *Entity, seed Seed, now time.Time) error {
	inst, err := t.load(spec, seed.Key)
	if err != nil {
		return err
	}
	sub := string(changelog.AppendTimer(nil, seed.Timer))
	set, err := t.committedOr(inst, sub)
	if err != nil || set != nil || inst.exists {
		return err
	}
	cause := Cause{App: t.topology.App, Entity: spec.Name, Key: seed.Key}
	row := changelog.TimerRow{Due: now.UTC().Truncate(time.Microsecond), Setting: cause.Derive("seed "+seed.Timer, 0)}
	t.touch(inst)
	value := row.Append(nil)
	inst.write(sub, value)
	t.timers.set(value)
	return nil
}
