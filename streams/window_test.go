package streams_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/streamstest"
)

type tallied struct {
	Start    time.Time
	N, Sum   int
	Complete bool
}

var (
	readings = streams.Topic[int]{Name: "reading", Value: streams.JSON[int]()}
	tallies  = streams.Topic[tallied]{Name: "tally", Value: streams.JSON[tallied]()}
	tooLate  = streams.Topic[int]{Name: "late", Value: streams.JSON[int]()}
)

// refused is a reading that the windows of the tests refuse.
const refused = 13

// tallying sums readings by window, of the size and step given.
func tallying(size, advance, grace time.Duration, onChange bool) (*streams.Topology, *streams.Windows[tallied]) {
	t := streams.NewTopology("tallying")
	send := func(ctx streams.Ctx, w streams.Interval, s *tallied) error {
		tallies.Send(ctx, w.Key, &tallied{Start: w.Start, N: s.N, Sum: s.Sum})
		return nil
	}
	spec := streams.Window[tallied, int]{
		Input: readings, Size: size, Advance: advance, Grace: grace, State: streams.JSON[tallied](),
		Add: func(_ streams.Ctx, w streams.Interval, s *tallied, r streams.Record[int]) error {
			if r.Timestamp.Before(w.Start) || !r.Timestamp.Before(w.End) || w.Key != r.Key {
				return fmt.Errorf("a record of %s at %s is in %+v", r.Key, r.Timestamp, w)
			}
			s.N++
			s.Sum += r.Value
			if r.Value == refused && w.Start.Add(advance).After(r.Timestamp) { // the last of its windows
				return errors.New("refused")
			}
			return nil
		},
		Late: func(ctx streams.Ctx, w streams.Interval, r streams.Record[int]) error {
			tooLate.Send(ctx, r.Key, &r.Value)
			return nil
		},
	}
	if onChange {
		spec.OnChange = send
	} else {
		spec.OnClose = send
	}
	windows := streams.NewWindow(t, "tally", spec)
	streams.Send(windows, tallies)
	streams.Send(windows, tooLate)
	return t, windows
}

type windowOf struct {
	key   string
	start time.Time
}

// naive computes windows from all records of a partition in the order of their
// offsets, the plainest way.
type naive struct {
	size, advance, grace time.Duration
	now                  time.Time
	states               map[windowOf]tallied
	late                 int
}

func (m *naive) add(key string, at time.Time, value int) {
	if at.After(m.now) {
		m.now = at
	}
	epoch := time.Unix(0, 0).UTC()
	for n := int64(at.Sub(epoch)/m.advance) + 1; ; n-- {
		start := epoch.Add(time.Duration(n) * m.advance)
		end := start.Add(m.size)
		switch {
		case start.After(at):
			continue
		case !end.After(at):
			return
		case !end.Add(m.grace).After(m.now):
			m.late++
			continue
		case value == refused:
			return // it is in none, so it is not late either
		}
		s := m.states[windowOf{key, start}]
		m.states[windowOf{key, start}] = tallied{Start: start, N: s.N + 1, Sum: s.Sum + value}
	}
}

func (m *naive) closed(w windowOf) bool { return !w.start.Add(m.size + m.grace).After(m.now) }

// Records in any order, over aborts and crashes: what is open, what was sent at
// close and what was late is as if computed over all records at once.
func TestWindowsAreWhatIsComputedOverAllRecords(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		shape := naive{
			advance: time.Duration(rapid.IntRange(1, 10).Draw(rt, "advance")) * time.Second,
			grace:   time.Duration(rapid.IntRange(0, 20).Draw(rt, "grace")) * time.Second,
		}
		shape.size = shape.advance + time.Duration(rapid.IntRange(0, 20).Draw(rt, "overlap"))*time.Second
		top, windows := tallying(shape.size, shape.advance, shape.grace, false)
		d := streamstest.New(t, streamstest.Options{Seed: rapid.Uint64().Draw(rt, "seed"), AbortRate: 0.2, CrashRate: 0.2, Partitions: 2}, top)
		refusals := 0
		for range rapid.IntRange(1, 40).Draw(rt, "records") {
			at := d.Now().Add(-time.Duration(rapid.IntRange(0, 120_000).Draw(rt, "ago")) * time.Millisecond)
			value := rapid.IntRange(0, 20).Draw(rt, "value")
			if value == refused {
				refusals++
			}
			streamstest.SendAt(d, at, readings, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "key"), &value)
			if rapid.IntRange(0, 5).Draw(rt, "run") == 0 {
				d.Run()
			}
		}
		d.Run()

		models := make(map[int32]*naive)
		for _, r := range streamstest.Read(d, readings) {
			if models[r.Partition] == nil {
				m := shape
				m.states = make(map[windowOf]tallied)
				models[r.Partition] = &m
			}
			models[r.Partition].add(r.Key, r.Timestamp.UTC(), r.Value)
		}
		open, sent, late := make(map[windowOf]tallied), make(map[windowOf]tallied), 0
		for _, m := range models {
			late += m.late
			for w, s := range m.states {
				if m.closed(w) {
					sent[w] = s
				} else {
					open[w] = s
				}
			}
		}
		got := make(map[windowOf]tallied)
		for _, r := range streamstest.Read(d, tallies) {
			w := windowOf{r.Key, r.Value.Start.UTC()}
			if _, again := got[w]; again {
				rt.Fatalf("window %v was sent twice", w)
			}
			got[w] = r.Value
		}
		if !maps.Equal(got, sent) {
			rt.Fatalf("sent %v, want %v", got, sent)
		}
		got = make(map[windowOf]tallied)
		for _, key := range []string{"a", "b", "c"} {
			before := time.Time{}
			if err := windows.Range(d, key, d.Now().Add(-time.Hour), d.Now().Add(time.Hour), func(w streams.Interval, s *tallied) bool {
				if !w.Start.After(before) || w.Key != key {
					rt.Fatalf("window %+v of %s comes after %s", w, key, before)
				}
				before = w.Start
				got[windowOf{key, w.Start}] = tallied{Start: w.Start, N: s.N, Sum: s.Sum}
				return true
			}); err != nil {
				rt.Fatal(err)
			}
		}
		if !maps.Equal(got, open) {
			rt.Fatalf("open are %v, want %v", got, open)
		}
		if d.Late("tallying") != late || len(streamstest.Read(d, tooLate)) > late {
			rt.Fatalf("%d records were late and %d sent on, want %d", d.Late("tallying"), len(streamstest.Read(d, tooLate)), late)
		}
		if letters := d.DeadLetters("tallying"); len(letters) > refusals {
			rt.Fatalf("%d dead letters of %d refusals", len(letters), refusals)
		}
	})
}

// A record of two windows that one of them refuses is in neither.
func TestRecordIsInAllItsWindowsOrNone(t *testing.T) {
	top, windows := tallying(4*time.Second, 2*time.Second, 0, true)
	d := streamstest.New(t, streamstest.Options{}, top)
	at := d.Now()
	for _, v := range []int{5, refused, 6} {
		streamstest.SendAt(d, at, readings, "k", &v)
	}
	d.Run()
	for _, start := range []time.Time{at.Add(-2 * time.Second), at} {
		if s, err := windows.Get(d, "k", start); err != nil || s == nil || s.N != 2 || s.Sum != 11 {
			t.Errorf("window %s is %+v (%v)", start, s, err)
		}
	}
	if got := d.DeadLetters("tallying"); len(got) != 1 || got[0].Key != "k" {
		t.Errorf("dead letters: %+v", got)
	}
	if got := streamstest.Of(d, tallies, "k"); len(got) != 4 {
		t.Errorf("a change of two windows by two records was sent as %v", got)
	}
}

func TestWindowsRestWhileInputsRest(t *testing.T) {
	top, windows := tallying(time.Minute, time.Minute, time.Minute, false)
	d := streamstest.New(t, streamstest.Options{Partitions: 1}, top)
	first := d.Now()
	one := 1
	streamstest.Send(d, readings, "k", &one)
	d.Advance(time.Hour)
	if got := streamstest.Read(d, tallies); len(got) != 0 {
		t.Errorf("a window closed though no record came: %v", got)
	}
	streamstest.Send(d, readings, "other", &one)
	d.Run()
	if got := streamstest.Of(d, tallies, "k"); len(got) != 1 || got[0].N != 1 {
		t.Errorf("closed windows: %v", got)
	}
	if s, err := windows.Get(d, "k", first.Truncate(time.Minute)); err != nil || s != nil {
		t.Errorf("a closed window still has %+v (%v)", s, err)
	}
}

func TestWindowsThatMakeNoSenseAreRefused(t *testing.T) {
	good := streams.Window[int, int]{
		Input: readings, Size: time.Minute, State: streams.JSON[int](),
		Add: func(streams.Ctx, streams.Interval, *int, streams.Record[int]) error { return nil },
	}
	for want, change := range map[string]func(w *streams.Window[int, int]){
		"required":       func(w *streams.Window[int, int]) { w.Add = nil },
		"no longer than": func(w *streams.Window[int, int]) { w.Advance = time.Hour },
		"at most 1000":   func(w *streams.Window[int, int]) { w.Advance = time.Millisecond },
		"negative":       func(w *streams.Window[int, int]) { w.Grace = -time.Second },
		"microseconds":   func(w *streams.Window[int, int]) { w.Size++ },
	} {
		w := good
		change(&w)
		top := streams.NewTopology("windows")
		streams.NewWindow(top, "w", w)
		if _, err := top.Spec(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("accepted with %v, want a word about %q", err, want)
		}
	}
}

// Windows on the real runtime: they are found by the record's key at its owner,
// closed once, and go on after a restart on another machine.
func TestWindowsCloseOnceOverARestart(t *testing.T) {
	k := newKafka(t, readings.Name, tallies.Name, tooLate.Name)
	start := time.Now().Truncate(time.Minute).Add(-time.Hour)
	send := func(at time.Time) {
		for n := range 20 {
			k.sendAt(at, readings.Name, fmt.Sprint(n), "1")
		}
	}
	var stop func()
	var app *streams.App
	var windows *streams.Windows[tallied]
	open := func(instance string) {
		opts := k.options("")
		opts.Store, opts.Instance = memstore.New(), instance
		var top *streams.Topology
		top, windows = tallying(time.Minute, time.Minute, 0, false)
		app, stop = k.run(opts, top)
	}
	open("a")
	send(start)
	counts := func(n int) func() bool {
		return func() bool {
			for key := range 20 {
				s, err := windows.Get(app, fmt.Sprint(key), start)
				if err != nil || s == nil || s.N != n {
					return false
				}
			}
			return true
		}
	}
	k.until("each key has a window of one", counts(1))
	stop()
	open("a")
	send(start.Add(time.Second))
	k.until("each key has a window of two", counts(2))
	send(start.Add(time.Minute))
	k.until("each window is closed", func() bool { return len(k.values(tallies.Name)) == 20 })
	send(start) // late by now
	k.until("each record is late", func() bool { return len(k.values(tooLate.Name)) == 20 })
	stop()
	for _, b := range k.values(tallies.Name) {
		if !strings.Contains(string(b), `"N":2`) {
			t.Errorf("a window closed with %s", b)
		}
	}
}
