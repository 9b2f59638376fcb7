package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/examples/internal/stage"
	"github.com/millrace/millrace/streams/streamstest"
)

// direct calls the systems without a network between.
func direct(s *systems) func(context.Context, Command) (Receipt, error) {
	return func(ctx context.Context, c Command) (Receipt, error) {
		receipt, status, answers := s.take(streams.EffectID(ctx), c)
		switch {
		case !answers:
			return receipt, context.DeadlineExceeded
		case status == http.StatusPaymentRequired:
			return receipt, streams.Permanent(errors.New("it was refused"))
		case status != http.StatusOK:
			return receipt, errors.New(http.StatusText(status))
		}
		return receipt, nil
	}
}

// run performs one order over aborted transactions and crashes.
func run(t *testing.T, moods map[string][]mood, cents int64) (outcome []Purchase, done map[string]int) {
	t.Helper()
	s := newSystems(moods)
	d := streamstest.New(t, streamstest.Options{Seed: 1, AbortRate: 0.3, CrashRate: 0.3}, topology(direct(s)))
	streamstest.Send(d, orders, "o", &Order{cents, 60})
	streamstest.Send(d, orders, "o", &Order{cents, 60})
	d.Settle(time.Hour)
	d.NoDeadLetters()
	if waiting := d.Waiting(); len(waiting) > 0 {
		t.Errorf("effects are left over: %v", waiting)
	}
	return streamstest.Of(d, purchases, "o"), s.done
}

func TestAPurchaseEndsOnceHoweverTheSystemsBehave(t *testing.T) {
	for _, c := range []struct {
		name  string
		moods map[string][]mood
		cents int64
		want  Purchase
		done  map[string]int
	}{
		{
			"all goes well", nil, 120,
			Purchase{Cents: 120, Status: "bought"},
			map[string]int{"reserve o": 1, "charge o": 1},
		},
		{
			"answers are lost: nothing is done twice",
			map[string][]mood{"reserve o": {fails, forgets, ""}, "charge o": {forgets, ""}},
			120,
			Purchase{Cents: 120, Status: "bought"},
			map[string]int{"reserve o": 1, "charge o": 1},
		},
		{
			"the card is refused: the item is released",
			map[string][]mood{"release o": {fails, forgets, ""}},
			90_000_000,
			Purchase{Cents: 90_000_000, Status: "cancelled", Why: "it was refused"},
			map[string]int{"reserve o": 1, "release o": 1, "void o": 1},
		},
		{
			"the bank never answers: both steps are undone",
			map[string][]mood{"charge o": {hangs}},
			120,
			Purchase{Cents: 120, Status: "cancelled", Why: "it took too long"},
			map[string]int{"reserve o": 1, "release o": 1, "void o": 1},
		},
		{
			"the bank charges and never answers: the charge is voided",
			map[string][]mood{"charge o": {forgets}},
			120,
			Purchase{Cents: 120, Status: "cancelled", Why: "it took too long"},
			map[string]int{"reserve o": 1, "charge o": 1, "release o": 1, "void o": 1},
		},
		{
			"the bank does not take the charge back: a person must",
			map[string][]mood{"charge o": {forgets}, "void o": {fails, refuses}},
			120,
			Purchase{Cents: 120, Status: "left for a person", Why: "it was refused", Undo: []string{"void"}},
			map[string]int{"reserve o": 1, "charge o": 1, "release o": 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			outcome, done := run(t, c.moods, c.cents)
			if !slices.EqualFunc(outcome, []Purchase{c.want}, same) {
				t.Errorf("outcome is %+v, want %+v once", outcome, c.want)
			}
			if !maps.Equal(done, c.done) {
				t.Errorf("the systems did %v, want %v", done, c.done)
			}
		})
	}
}

func same(a, b Purchase) bool {
	return a.Cents == b.Cents && a.Status == b.Status && a.Why == b.Why && slices.Equal(a.Undo, b.Undo)
}

func TestTheProgramRuns(t *testing.T) {
	var out bytes.Buffer
	s := newSystems(maps.Clone(moods))
	if err := stage.Perform(t.Context(), stage.Options{Topics: topics, Out: &out, Log: t.Output()}, play(s)); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(strings.Split(out.String(), "\n"), func(line string) bool { return !strings.HasPrefix(line, purchases.Name) })
	slices.Sort(got)
	want := []string{
		`saga-purchases apple {"cents":120,"status":"bought"}`,
		`saga-purchases plum {"cents":80,"status":"cancelled","why":"it took too long"}`,
		`saga-purchases yacht {"cents":90000000,"status":"cancelled","why":"it was refused"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for step, times := range map[string]int{"reserve apple": 1, "charge apple": 1, "release apple": 0, "release yacht": 1, "charge plum": 0, "release plum": 1} {
		if s.done[step] != times {
			t.Errorf("the systems did %q %d times, want %d", step, s.done[step], times)
		}
	}
}
