package storetest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sort"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// model is the contract written again, in the simplest way: a map that is
// sorted whenever an order is asked for.
type model struct {
	rows map[string][]byte
	next int64
}

func runModel(t *testing.T, open Open) {
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		dir := fmt.Sprintf("%s-%d", t.Name(), runs)
		b := &bench{task: store.Task{App: "order", Partition: 3}, open: func() store.Store { return open(t, dir) }}
		b.start(rt)
		defer func() { _ = b.store.Close() }()
		m := &model{rows: make(map[string][]byte)}
		rt.Repeat(map[string]func(*rapid.T){
			"":            func(t *rapid.T) { m.check(t, b) },
			"apply":       func(t *rapid.T) { m.apply(t, b) },
			"apply late":  func(t *rapid.T) { m.applyLate(t, b) },
			"fire timers": func(t *rapid.T) { m.fire(t, b) },
			"scan":        func(t *rapid.T) { m.scan(t, b) },
			"reopen":      func(t *rapid.T) { b.reopen(t) },
			"wipe": func(t *rapid.T) {
				noError(t, b.Wipe(b.lease))
				m.rows, m.next = make(map[string][]byte), 0
			},
		})
	})
}

var (
	drawKey = rapid.SampledFrom([]string{"", "a", "aa", "b"})
	drawDue = rapid.Int64Range(-3, 12)
	drawRow = rapid.Custom(func(t *rapid.T) changelog.Row {
		key := drawKey.Draw(t, "key")
		value := rapid.SampledFrom([]string{"", "x", "yy"}).Draw(t, "value")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return state(key, value)
		case 1:
			return child(key, "line", rapid.SampledFrom([]string{"", "1", "\xff"}).Draw(t, "child"), value)
		case 2:
			return effect(key, rapid.Uint64Range(0, 2).Draw(t, "seq"), value)
		case 3:
			return row(changelog.MarkKey, value)
		}
		if value == "" {
			return row(timerKey(key, "t"), "")
		}
		return timer(key, "t", changelog.Clock(rapid.IntRange(0, 1).Draw(t, "clock")), drawDue.Draw(t, "due"))
	})
	drawBatch = rapid.SliceOfN(drawRow, 0, 8)
)

func (m *model) apply(t *rapid.T, b *bench) {
	rows := drawBatch.Draw(t, "rows")
	m.next++
	noError(t, b.Apply(b.lease, store.Batch{Rows: rows, Cursor: cursor(m.next)}))
	for _, r := range rows {
		if len(r.Value) == 0 {
			delete(m.rows, string(r.Key))
		} else {
			m.rows[string(r.Key)] = r.Value
		}
	}
}

func (m *model) applyLate(t *rapid.T, b *bench) {
	old := b.lease
	b.lease = b.leases.Take(b.task, store.Active)
	err := b.Apply(old, store.Batch{Rows: drawBatch.Draw(t, "rows"), Cursor: cursor(m.next + 100)})
	wantError(t, err, store.ErrLeaseLost)
}

// fire does what a task does with due timers: those that stand are deleted, the
// void ones are dropped.
func (m *model) fire(t *rapid.T, b *bench) {
	clock := changelog.Clock(rapid.IntRange(0, 1).Draw(t, "clock"))
	until := time.UnixMicro(drawDue.Draw(t, "until"))
	limit := rapid.IntRange(1, 4).Draw(t, "limit")
	var fired []changelog.Row
	var void []store.DueTimer
	_, err := b.DueTimers(clock, until, func(due time.Time, key []byte) bool {
		if row, err := changelog.ReadTimer(m.rows[string(key)]); err == nil && row.Clock == clock && row.Due.Equal(due) {
			fired = append(fired, changelog.Row{Key: bytes.Clone(key)})
		} else {
			void = append(void, store.DueTimer{Due: due, Key: bytes.Clone(key)})
		}
		return len(fired) < limit
	})
	noError(t, err)
	standing := m.due(clock, until)
	if len(fired) != min(limit, len(standing)) {
		t.Fatalf("%d timers fired, want %d of %v", len(fired), limit, standing)
	}
	for i, r := range fired {
		if standing[i].key != string(r.Key) {
			t.Fatalf("fired %x as number %d, want %x", r.Key, i, standing[i].key)
		}
		delete(m.rows, string(r.Key))
	}
	noError(t, b.DropTimers(clock, void))
	m.next++
	noError(t, b.Apply(b.lease, store.Batch{Rows: fired, Cursor: cursor(m.next)}))
}

type standing struct {
	due int64
	key string
}

// due returns the timers that stand, in the order of their firing.
func (m *model) due(clock changelog.Clock, until time.Time) []standing {
	var out []standing
	for key, value := range m.rows {
		k, err := changelog.Parse([]byte(key))
		if err != nil || k.Kind != changelog.Timer {
			continue
		}
		if r, _ := changelog.ReadTimer(value); r.Clock == clock && !r.Due.After(until) {
			out = append(out, standing{r.Due.UnixMicro(), key})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].due < out[j].due || out[i].due == out[j].due && out[i].key < out[j].key
	})
	return out
}

func (m *model) scan(t *rapid.T, b *bench) {
	prefix := entity(drawKey.Draw(t, "prefix"))
	from := drawRow.Draw(t, "from").Key
	var got, want listing
	noError(t, b.Scan(prefix, from, got.row))
	for _, key := range slices.Sorted(maps.Keys(m.rows)) {
		if bytes.HasPrefix([]byte(key), prefix) && key >= string(from) {
			want.row([]byte(key), m.rows[key])
		}
	}
	wantListing(t, "scan", got, want...)
}

// check compares everything a store can be asked with the model.
func (m *model) check(t *rapid.T, b *bench) {
	var rows, effects, wantRows, wantEffects listing
	noError(t, b.Scan(nil, nil, rows.row))
	noError(t, b.Effects(effects.row))
	for _, key := range slices.Sorted(maps.Keys(m.rows)) {
		wantRows.row([]byte(key), m.rows[key])
		if k, err := changelog.Parse([]byte(key)); err == nil && k.Kind == changelog.Effect {
			wantEffects.row([]byte(key), m.rows[key])
		}
	}
	wantListing(t, "rows", rows, wantRows...)
	wantListing(t, "effects", effects, wantEffects...)
	m.checkNext(t, b)
	c, ok, err := b.Cursor()
	noError(t, err)
	if ok != (m.next > 0) || ok && c != cursor(m.next) {
		t.Fatalf("cursor is %+v (%v), want next %d", c, ok, m.next)
	}
}

// checkNext: a store may tell of a void entry too early, but never miss a timer.
func (m *model) checkNext(t *rapid.T, b *bench) {
	for _, clock := range []changelog.Clock{wall, event} {
		next, err := b.DueTimers(clock, time.UnixMicro(-100), func(time.Time, []byte) bool { return true })
		noError(t, err)
		if all := m.due(clock, time.UnixMicro(1000)); len(all) > 0 && (next.IsZero() || next.UnixMicro() > all[0].due) {
			t.Fatalf("next timer is %v, but one is due at %d µs", next, all[0].due)
		}
	}
}
