package streamstest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
	"pgregory.net/rapid"
)

// errand is a record that fails a number of times before it is handled.
type errand struct {
	ID    int
	Fails int
	Do    string
	Size  string `json:",omitempty"`
}

// diary is what an entity did, by kind of input.
type diary struct {
	Errands, Fired, Answered []int
}

var (
	errands = streams.Topic[errand]{Name: "errands", Value: streams.JSON[errand]()}
	done    = streams.Topic[diary]{Name: "done", Value: streams.JSON[diary]()}
	errBusy = errors.New("busy")
)

// messenger is a topology whose handler fails for now as the errand says, after
// it has done everything, so that everything has to be rolled back.
type messenger struct {
	*streams.Topology
	entity *streams.Entity[diary]
	// answersFail is how often each answer fails, and timersFail each timer.
	answersFail, timersFail int
	mended                  bool // what failed for good does not fail any more
}

func newMessenger(retries streams.Retries) *messenger {
	m := &messenger{Topology: streams.NewTopology("messenger")}
	desk := streams.Destination[int, int]{Name: "desk", Call: func(_ context.Context, id int) (int, error) {
		if id%7 == 6 {
			return 0, streams.Permanent(errors.New("closed"))
		}
		return id, nil
	}}
	m.entity = streams.NewEntity(m.Topology, "messenger", streams.JSON[diary](), func(ctx streams.Ctx, d *diary, in streams.Input) error {
		fails := 0
		switch in := in.(type) {
		case streams.Record[errand]:
			e := in.Value
			fails = e.Fails
			d.Errands = append(d.Errands, e.ID)
			done.Send(ctx, in.Key, d)
			switch e.Do {
			case "timer":
				ctx.SetTimer("later", time.Minute)
			case "clear":
				ctx.ClearTimer("later")
			case "ask":
				desk.Ask(ctx, fmt.Sprint(e.ID), e.ID)
			case "fail":
				if !m.mended {
					return errors.New("refused for good")
				}
			case "panic":
				if !m.mended {
					panic("at the disco")
				}
			}
		case streams.Timer:
			fails = m.timersFail
			d.Fired = append(d.Fired, len(d.Fired))
			done.Send(ctx, ctx.Key(), d)
		case streams.Answer[int]:
			fails = m.answersFail
			id := in.Value
			if in.Err != nil {
				_, _ = fmt.Sscan(in.Name, &id)
				id = -id
			}
			d.Answered = append(d.Answered, id)
			done.Send(ctx, ctx.Key(), d)
		}
		if ctx.Cause().Attempt <= fails {
			return fmt.Errorf("on the way: %w", streams.Retry(errBusy))
		}
		return nil
	}, streams.WithRetries[diary](retries))
	streams.Receive(m.entity, errands)
	streams.Send(m.entity, done)
	streams.Calls(m.entity, desk)
	return m
}

// outcome is all that shows of a run, by key. Answers come in the order in which
// transactions end, which is free.
func (m *messenger) outcome(t testing.TB, d *streamstest.Driver) map[string]diary {
	t.Helper()
	all := make(map[string]diary)
	if err := m.entity.Scan(d, func(key string, state *diary) bool {
		slices.Sort(state.Answered)
		all[key] = *state
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// sentInOrder returns the last errand of each output of a key.
func sentInOrder(d *streamstest.Driver) map[string][]int {
	sent := make(map[string][]int)
	for _, r := range streamstest.Read(d, done) {
		if n := len(r.Value.Errands); n > 0 && !slices.Contains(sent[r.Key], r.Value.Errands[n-1]) {
			sent[r.Key] = append(sent[r.Key], r.Value.Errands[n-1])
		}
	}
	return sent
}

func anyErrands(t *rapid.T) (keys []string, list []errand) {
	n := rapid.IntRange(1, 60).Draw(t, "errands")
	for id := 1; id <= n; id++ {
		key := rapid.SampledFrom([]string{"a", "b", "c", "d", "calm"}).Draw(t, "key")
		e := errand{ID: id}
		if key == "calm" {
			e.Do = rapid.SampledFrom([]string{"", "fail", "panic"}).Draw(t, "do")
		} else {
			e.Do = rapid.SampledFrom([]string{"", "", "timer", "clear", "ask", "fail", "panic"}).Draw(t, "do")
			e.Fails = max(0, rapid.IntRange(-3, 4).Draw(t, "fails"))
		}
		keys, list = append(keys, key), append(list, e)
	}
	return keys, list
}

func run(t testing.TB, m *messenger, opts streamstest.Options, keys []string, list []errand) *streamstest.Driver {
	t.Helper()
	d := streamstest.New(t, opts, m.Topology)
	for i := range list {
		streamstest.Send(d, errands, keys[i], &list[i])
	}
	return d
}

// Whatever fails for now, in whatever transactions, aborts and crashes, what
// comes of it is what a run without failures makes, in the same order; and who
// has no failing input does not wait.
func TestTemporaryFailuresChangeNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		keys, list := anyErrands(rt)
		calm := slices.Clone(list)
		for i := range calm {
			calm[i].Fails = 0
		}
		reference := newMessenger(streams.Retries{})
		want := run(t, reference, streamstest.Options{}, keys, calm)
		want.Settle(2 * time.Hour)

		m := newMessenger(streams.Retries{})
		m.timersFail, m.answersFail = rapid.IntRange(0, 3).Draw(rt, "timers fail"), rapid.IntRange(0, 3).Draw(rt, "answers fail")
		d := run(t, m, streamstest.Options{
			Seed:      rapid.Uint64().Draw(rt, "seed"),
			AbortRate: rapid.SampledFrom([]float64{0, 0.3}).Draw(rt, "aborts"),
			CrashRate: rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(rt, "crashes"),
		}, keys, list)
		d.Run()
		if got, want := m.outcome(t, d)["calm"].Errands, reference.outcome(t, want)["calm"].Errands; !slices.Equal(got, want) {
			rt.Fatalf("an entity without failures has handled %v before any retry, want %v", got, want)
		}
		d.Settle(2 * time.Hour)
		if got, want := m.outcome(t, d), reference.outcome(t, want); !reflect.DeepEqual(got, want) {
			rt.Fatalf("with failures: %+v\nwithout: %+v", got, want)
		}
		if got, want := sentInOrder(d), sentInOrder(want); !reflect.DeepEqual(got, want) {
			rt.Fatalf("with failures: %v\nwithout: %v", got, want)
		}
		if got, want := len(d.DeadLetters("messenger")), len(want.DeadLetters("messenger")); got != want {
			rt.Fatalf("%d dead letters, want %d", got, want)
		}
		if parked := d.Parked("messenger"); len(parked) != 0 {
			rt.Fatalf("still parked: %+v", parked)
		}
	})
}

func TestAttemptsSurviveCrashesAndEndInADeadLetter(t *testing.T) {
	calls := 0
	top := streams.NewTopology("stubborn")
	e := streams.NewEntity(top, "stubborn", streams.JSON[diary](), func(ctx streams.Ctx, d *diary, in streams.Input) error {
		r := in.(streams.Record[errand])
		d.Errands = append(d.Errands, r.Value.ID)
		if r.Value.ID != 1 {
			return nil
		}
		if calls++; calls != ctx.Cause().Attempt {
			t.Errorf("call %d is attempt %d", calls, ctx.Cause().Attempt)
		}
		return streams.Retry(fmt.Errorf("busy for the %d. time", calls))
	}, streams.WithRetries[diary](streams.Retries{Attempts: 5, BackoffMin: time.Second}))
	streams.Receive(e, errands)
	d := streamstest.New(t, streamstest.Options{CrashRate: 1}, top)
	start := d.Now()
	streamstest.Send(d, errands, "k", &errand{ID: 1})
	streamstest.Send(d, errands, "k", &errand{ID: 2})
	d.Run()
	parked := d.Parked("stubborn")
	if len(parked) != 1 || parked[0].Inputs != 2 || parked[0].Kind != "record" || parked[0].Attempts != 1 || parked[0].LastError != "busy for the 1. time" {
		t.Fatalf("parked: %+v", parked)
	}
	if wait := parked[0].Due.Sub(start); wait < time.Second/2 || wait > time.Second {
		t.Errorf("tried again after %s, want half a second to a second", wait)
	}
	d.Settle(time.Hour)
	letters := d.DeadLetters("stubborn")
	if calls != 5 || len(letters) != 1 {
		t.Fatalf("%d calls, %d dead letters; want 5 and 1", calls, len(letters))
	}
	l := letters[0]
	if l.Attempts != 5 || !l.FirstFailed.Equal(start) || l.FirstError != "busy for the 1. time" || l.Error != "busy for the 5. time" ||
		l.Topic != "errands" || l.Offset != 0 || l.Entity != "stubborn" || l.Kind.String() != "record" {
		t.Errorf("dead letter: %+v", l)
	}
	if state, err := e.Get(d, "k"); err != nil || !slices.Equal(state.Errands, []int{2}) {
		t.Errorf("state: %+v (%v), want the second errand alone", state, err)
	}
}

// A handler that comes late may void what came behind its input.
func TestParkedTimersAndAnswersCanStillBeVoided(t *testing.T) {
	top := streams.NewTopology("late")
	desk := streams.Destination[int, int]{Name: "desk", Call: func(_ context.Context, id int) (int, error) { return id, nil }}
	e := streams.NewEntity(top, "late", streams.JSON[diary](), func(ctx streams.Ctx, d *diary, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[errand]:
			d.Errands = append(d.Errands, in.Value.ID)
			if ctx.Cause().Attempt <= in.Value.Fails {
				return streams.Retry(errBusy)
			}
			switch in.Value.Do {
			case "prepare":
				ctx.SetTimer("cleared", time.Second)
				ctx.SetTimer("again", time.Second)
				ctx.SetTimer("kept", time.Second)
				desk.Ask(ctx, "cancelled", 1)
				desk.Ask(ctx, "kept", 2)
			case "void":
				ctx.ClearTimer("cleared")
				ctx.SetTimer("again", 10*time.Hour)
				if !desk.Cancel(ctx, "cancelled") {
					return errors.New("an effect whose answer waits is not pending")
				}
			}
		case streams.Timer:
			if in.Name != "kept" {
				return fmt.Errorf("timer %s fired", in.Name)
			}
			d.Fired = append(d.Fired, 1)
		case streams.Answer[int]:
			d.Answered = append(d.Answered, in.Value)
		}
		return nil
	}, streams.WithRetries[diary](streams.Retries{BackoffMin: time.Minute}))
	streams.Receive(e, errands)
	streams.Calls(e, desk)
	for seed := range uint64(20) {
		d := streamstest.New(t, streamstest.Options{Seed: seed, CrashRate: 0.5, AbortRate: 0.3, HoldEffects: true}, top)
		streamstest.Send(d, errands, "k", &errand{ID: 1, Do: "prepare"})
		d.Run()
		streamstest.Send(d, errands, "k", &errand{ID: 2, Do: "void", Fails: 1})
		d.Run()
		d.Release()
		d.Advance(5 * time.Second)
		if p := d.Parked("late"); len(p) != 1 || p[0].Inputs != 6 {
			t.Fatalf("seed %d: parked: %+v, want the errand, three timers and two answers", seed, p)
		}
		if n := d.Waiting()["desk"]; n != 0 {
			t.Fatalf("seed %d: %d effects would be called again", seed, n)
		}
		d.Advance(2 * time.Minute)
		d.NoDeadLetters()
		state, err := e.Get(d, "k")
		if err != nil || len(state.Fired) != 1 || !slices.Equal(state.Answered, []int{2}) || !slices.Equal(state.Errands, []int{1, 2}) {
			t.Fatalf("seed %d: %+v (%v)", seed, state, err)
		}
	}
}
