package streams

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

// Interval is a window of a record key: [Start, End) of event time.
type Interval = task.Interval

// Window declares windows over a topic: a state for each key and span of time.
// Size, Input, State and Add are required.
//
// Event time is the timestamps of records. The time of a task is the highest one
// that it has handled, at most a minute ahead of the wall clock; it rests while
// its inputs rest, so a window of a quiet topic closes when the next record
// comes, of whatever key of the partition. A window closes when that time
// reaches its end and Grace; until then records of any order are taken.
type Window[S, V any] struct {
	Input Topic[V]
	// Size is how long a window is. Windows start at multiples of Advance since
	// 1970 UTC, whose default is Size: then they do not overlap (tumbling). With a
	// smaller one they do (hopping), and a record is in several.
	Size, Advance time.Duration
	// Grace is how long after its end a window still takes records.
	Grace time.Duration
	// State is the codec of a window's state; it begins as the zero S.
	State Codec[S]
	// Add takes a record into a window. All windows of a record take it, or none:
	// an error of one makes the record a dead letter, without retries. Use w.Key;
	// ctx.Key is that of the window's row.
	Add func(ctx Ctx, w Interval, state *S, in Record[V]) error
	// OnChange, if set, is called after each Add, to send the result so far. Use
	// SendLatest to send one for each transaction.
	OnChange func(ctx Ctx, w Interval, state *S) error
	// OnClose, if set, is called once when the window closes; its state is deleted
	// after. When it fails the state stays until its dead letter is redriven.
	OnClose func(ctx Ctx, w Interval, state *S) error
	// Late, if set, is called for each record and closed window, to send it
	// elsewhere. Late records are counted in any case.
	Late func(ctx Ctx, w Interval, in Record[V]) error
}

// Windows are declared windows, to send from and to read.
type Windows[S any] struct {
	topology *Topology
	spec     *task.Entity
	codec    Codec[S]
}

// maxOverlap bounds the windows that one record is in.
const maxOverlap = 1000

// NewWindow adds windows to a topology. Counting orders by the hour:
//
//	hourly := streams.NewWindow(t, "hourly", streams.Window[Count, Order]{
//		Input: orders, Size: time.Hour, Grace: 10 * time.Minute, State: streams.JSON[Count](),
//		Add: func(_ streams.Ctx, _ streams.Interval, c *Count, _ streams.Record[Order]) error {
//			c.Orders++
//			return nil
//		},
//		OnClose: func(ctx streams.Ctx, w streams.Interval, c *Count) error {
//			counts.Send(ctx, w.Key, &Hourly{Start: w.Start, Orders: c.Orders})
//			return nil
//		},
//	})
//	streams.Send(hourly, counts)
func NewWindow[S, V any](t *Topology, name string, w Window[S, V]) *Windows[S] {
	if w.Advance == 0 {
		w.Advance = w.Size
	}
	if err := w.check(); err != nil {
		t.fault("window %s: %w", name, err)
		return &Windows[S]{topology: t, spec: &task.Entity{Name: name}, codec: w.State}
	}
	windows := &task.Windows{Size: w.Size, Advance: w.Advance, Grace: w.Grace}
	spec := &task.Entity{
		Name: name, Windows: windows, Schema: windowSchema(windows, w.State),
		New:    func() any { return new(S) },
		Append: func(dst []byte, state any) ([]byte, error) { return w.State.Append(dst, state.(*S)) },
		Decode: func(b []byte, state any) error { return w.State.Decode(b, state.(*S)) },
		Timer:  func(name string, due time.Time) any { return Timer{Name: name, Due: due} },
		Handle: func(ctx *task.Ctx, state, input any) error { return w.handle(ctx, windows, state, input) },
	}
	t.add(spec)
	t.input(spec, w.Input.Name, w.Input.read)
	return &Windows[S]{topology: t, spec: spec, codec: w.State}
}

// windowSchema tells the intervals too: rows are of no use to windows of another
// size.
func windowSchema(windows *task.Windows, state any) task.Schema {
	inner := schemaOf(state)
	head := fmt.Sprintf("windows of %s every %s", windows.Size, windows.Advance)
	return task.Schema{Text: head + "\n" + inner.Text, CanRead: func(written string) error {
		was, schema, _ := strings.Cut(written, "\n")
		switch {
		case was != head:
			return fmt.Errorf("its rows are of %s, this program has %s: give the new windows a name of their own", was, head)
		case schema != "" && inner.CanRead != nil:
			return inner.CanRead(schema)
		}
		return nil
	}}
}

func (w *Window[S, V]) check() error {
	switch {
	case w.Add == nil || w.State == nil || w.Input.Name == "":
		return errors.New("Input, State and Add are required")
	case w.Size < time.Millisecond || w.Advance < time.Millisecond || w.Advance > w.Size:
		return fmt.Errorf("a size of %s that advances by %s: take at least a millisecond, and a step no longer than the window", w.Size, w.Advance)
	case w.Size%time.Microsecond != 0 || w.Advance%time.Microsecond != 0 || w.Grace%time.Microsecond != 0:
		return errors.New("take whole microseconds")
	case w.Size/w.Advance > maxOverlap:
		return fmt.Errorf("each record is in %d windows: take a longer step, at most %d overlap", w.Size/w.Advance, maxOverlap)
	case w.Grace < 0:
		return fmt.Errorf("a grace of %s: it must not be negative", w.Grace)
	}
	return nil
}

func (w *Window[S, V]) handle(ctx Ctx, windows *task.Windows, state, input any) error {
	if in, ok := input.(task.Windowed); ok {
		return w.take(ctx, windows, state, in)
	}
	interval, err := windows.Interval(ctx.Key())
	if err != nil {
		return err
	}
	if timer := input.(Timer); timer.Name != task.CloseTimer {
		return fmt.Errorf("timer %q: windows have no timers but their own: declare an entity", timer.Name)
	}
	ctx.Delete()
	if w.OnClose == nil {
		return nil
	}
	return w.OnClose(ctx, interval, state.(*S))
}

func (w *Window[S, V]) take(ctx Ctx, windows *task.Windows, state any, in task.Windowed) error {
	record := in.Record.(Record[V])
	if in.Late {
		if w.Late == nil {
			return nil
		}
		return w.Late(ctx, in.Interval, record)
	}
	if !ctx.Exists() {
		ctx.SetEventTimer(task.CloseTimer, windows.Closes(in.Interval.End))
	}
	err := w.Add(ctx, in.Interval, state.(*S), record)
	if err != nil || w.OnChange == nil {
		return err
	}
	return w.OnChange(ctx, in.Interval, state.(*S))
}

func (w *Windows[S]) part() (*Topology, *task.Entity) { return w.topology, w.spec }

// Get reads the committed state of a key's window that begins at start; nil when
// it has none, or is closed.
func (w *Windows[S]) Get(from Committed, key string, start time.Time) (*S, error) {
	var found *S
	err := w.Range(from, key, start, start.Add(time.Microsecond), func(_ Interval, state *S) bool {
		found = state
		return false
	})
	return found, err
}

// Range calls fn with the open windows of a key that begin in [first, end), in
// the order of time, until fn returns false.
func (w *Windows[S]) Range(from Committed, key string, first, end time.Time, fn func(w Interval, state *S) bool) error {
	rows, err := from.Rows(w.topology.Name(), key)
	if err != nil {
		return err
	}
	low := changelog.AppendEntity(nil, w.spec.Name, task.WindowKey(key, first))
	var failed error
	err = rows.Scan(low[:len(low)-task.StartLength+1], low, func(b, value []byte) bool {
		k, err := changelog.Parse(b)
		if err != nil {
			failed = err
			return false
		}
		if k.Kind != changelog.State {
			return true
		}
		interval, state, err := w.open(k.Key, value)
		if failed = err; err != nil || !interval.Start.Before(end) {
			return false
		}
		return fn(interval, state)
	})
	return firstOf(failed, err)
}

func (w *Windows[S]) open(key string, value []byte) (Interval, *S, error) {
	interval, err := w.spec.Windows.Interval(key)
	if err != nil {
		return interval, nil, err
	}
	state, err := decodeInto(w.codec, value, w.spec.Name, key)
	return interval, state, err
}
