package task

import (
	"fmt"
	"time"
)

// Windows says how the time of an entity's key is cut into intervals. Each of them
// is an instance of its own, under WindowKey.
type Windows struct {
	Size, Advance, Grace time.Duration
}

// Interval is a window: [Start, End) of the event time of a record key.
type Interval struct {
	Key        string
	Start, End time.Time
}

// Windowed is what the handler of windows gets for a record: once for each
// window that the record is in.
type Windowed struct {
	Interval Interval
	Record   any // as the Input's Decode made it
	// Late says that the window was closed before the record came. The call may
	// send, but nothing is kept.
	Late bool
}

// CloseTimer is the name of the event timer that closes a window.
const CloseTimer = "close"

// startLayout has the same length for every start, so that the windows of a key
// stand together in a store, in the order of time.
const startLayout = "2006-01-02T15:04:05.000000Z"

// StartLength is the number of bytes behind the record's key in a window's key.
const StartLength = 1 + len(startLayout)

// WindowKey is the entity key of a record key's window: KEY@START.
func WindowKey(key string, start time.Time) string {
	return key + "@" + start.UTC().Format(startLayout)
}

// Interval takes a window's key apart.
func (w *Windows) Interval(key string) (Interval, error) {
	at := len(key) - StartLength
	if at < 0 || key[at] != '@' {
		return Interval{}, fmt.Errorf("reading window %q: it is not KEY@START", key)
	}
	start, err := time.Parse(startLayout, key[at+1:])
	if err != nil {
		return Interval{}, fmt.Errorf("reading window %q: %w", key, err)
	}
	return Interval{Key: key[:at], Start: start, End: start.Add(w.Size)}, nil
}

// Closes is when a window of this end closes, in stream time.
func (w *Windows) Closes(end time.Time) time.Time { return end.Add(w.Grace) }

// intervals lists the windows that a time is in, earliest first. Starts are the
// multiples of Advance since 1970.
func (w *Windows) intervals(dst []Interval, key string, at time.Time) []Interval {
	micro, advance := at.UnixMicro(), w.Advance.Microseconds()
	last := micro / advance * advance
	if micro < 0 && last != micro {
		last -= advance
	}
	first := last - (w.Size.Microseconds()-1)/advance*advance
	for start := first; start <= last; start += advance {
		if from := time.UnixMicro(start).UTC(); from.Add(w.Size).After(at) {
			dst = append(dst, Interval{Key: key, Start: from, End: from.Add(w.Size)})
		}
	}
	return dst
}

// windowCall is the call of one window for a record, held until all of the
// record's windows have succeeded.
type windowCall struct {
	ctx       Ctx
	inst      *instance
	savepoint []byte
}

// window hands a record to each of its windows: all take it, or none does and it
// becomes a dead letter. A failure is final here, even one to be retried.
func (t *Task) window(spec *Entity, a *arrival, now time.Time) error {
	t.counts.Consumed++
	a.cause.App, a.cause.Entity = t.topology.App, spec.Name
	record := a.cause.Record
	if year := record.Timestamp.UTC().Year(); year < 0 || year > 9998 {
		return t.failWindows(nil, a, fmt.Errorf("a timestamp in the year %d is of no window", year), now)
	}
	t.intervals = spec.Windows.intervals(t.intervals[:0], string(record.Key), record.Timestamp)
	for len(t.windows) < len(t.intervals) {
		t.windows = append(t.windows, &windowCall{ctx: Ctx{task: t, rows: make(map[string][]byte)}})
	}
	late := 0
	for n, interval := range t.intervals {
		closed := !spec.Windows.Closes(interval.End).After(t.mark.StreamTime)
		if closed {
			late++
		}
		failure, err := t.callWindow(t.windows[n], spec, a, Windowed{Interval: interval, Record: a.input, Late: closed}, now)
		if err != nil {
			return err
		}
		if failure != nil {
			return t.failWindows(t.windows[:n+1], a, failure, now)
		}
	}
	for _, w := range t.windows[:len(t.intervals)] {
		if w.inst == &t.closed {
			t.send(&w.ctx)
		} else {
			t.merge(&w.ctx)
		}
	}
	t.counts.Late += late
	t.counts.Handled++
	return nil
}

// callWindow calls the handler for one window and keeps what it did apart.
func (t *Task) callWindow(w *windowCall, spec *Entity, a *arrival, in Windowed, now time.Time) (failure, err error) {
	key := WindowKey(in.Interval.Key, in.Interval.Start)
	if in.Late {
		t.closed.spec, t.closed.key = spec, key
		w.inst, w.savepoint = &t.closed, nil
	} else {
		if w.inst, err = t.load(spec, key); err != nil {
			return nil, err
		}
		t.touch(w.inst)
		if w.savepoint, err = t.savepoint(w.inst); err != nil {
			return nil, err
		}
	}
	cause := a.cause
	cause.Key = key
	w.ctx.begin(w.inst, cause, now, t.mark.EffectSeq)
	failure = traced(&w.ctx, w.inst, in)
	switch {
	case t.broken != nil:
		return nil, t.broken
	case failure == nil && in.Late && len(w.ctx.rows) > 0:
		failure = fmt.Errorf("setting a timer or a row in a closed window of %s: %w", spec.Name, ErrStateless)
	case failure == nil:
		failure = t.finish(&w.ctx)
	}
	return failure, nil
}

// failWindows rolls back every window that the record was handed to.
func (t *Task) failWindows(calls []*windowCall, a *arrival, failure error, now time.Time) error {
	for _, w := range calls {
		if w.inst == &t.closed {
			continue
		}
		if err := w.inst.restore(w.savepoint); err != nil {
			return err
		}
	}
	a.cause.Key = string(a.cause.Record.Key)
	t.deadLetter(a, firstFailure(failure, now), failure)
	return nil
}
