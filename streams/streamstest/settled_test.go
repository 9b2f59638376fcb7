package streamstest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
	"pgregory.net/rapid"
)

// course is how a call ended.
type course struct {
	ID, Name, How string
	Attempts      int
}

var courses = streams.Topic[course]{Name: "courses", Value: streams.JSON[course]()}

// caller asks a bank for each of its errands: of three, the first goes at once, the
// second is refused and the third goes the second time.
func caller() *streams.Topology {
	t := streams.NewTopology("caller")
	tried := make(map[int]bool)
	bank := streams.Destination[int, int]{Name: "bank", Call: func(_ context.Context, id int) (int, error) {
		again := tried[id]
		tried[id] = true
		switch {
		case id%3 == 1:
			return 0, streams.Permanent(errors.New("no"))
		case id%3 == 2 && !again:
			return 0, errBusy
		}
		return id, nil
	}}
	e := streams.NewEntity(t, "caller", streams.JSON[diary](), func(ctx streams.Ctx, d *diary, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[errand]:
			bank.Ask(ctx, fmt.Sprint(in.Value.ID), in.Value.ID)
		case streams.Answer[int]:
			if d.Answered = append(d.Answered, in.Value); len(d.Answered)%2 == 0 {
				return errors.New("an answer that cannot be handled has come all the same")
			}
		}
		return nil
	})
	streams.Receive(e, errands)
	streams.Calls(e, bank)
	streams.SendSettled(e, courses, func(s streams.Settled) (string, course) {
		how := "answered"
		if s.Err != nil {
			how = "refused"
		}
		return s.Key, course{ID: s.ID, Name: s.Name, How: how, Attempts: s.Attempts}
	})
	return t
}

func TestTheEndOfACallIsToldOnceIfItDidNotGoAtOnce(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{}, caller())
	for id := range 6 {
		streamstest.Send(d, errands, "k", &errand{ID: id})
	}
	d.Advance(time.Hour)
	got := map[string]course{}
	for _, c := range streamstest.Of(d, courses, "k") {
		if got[c.Name].ID != "" || c.ID == "" {
			t.Errorf("told again: %+v", c)
		}
		got[c.Name] = c
	}
	want := map[string]string{"1": "refused 1", "2": "answered 2", "4": "refused 1", "5": "answered 2"}
	for name, c := range got {
		if fmt.Sprint(c.How, " ", c.Attempts) != want[name] {
			t.Errorf("call %s: %+v, want %s", name, c, want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("told are %v, want %v", slices.Sorted(maps.Keys(got)), want)
	}
}

// A transaction that is dropped tells nothing, and a task that is opened anew may say
// of a call that went at once that it ended; nothing is told twice.
func TestTheEndOfACallIsToldOnceWhateverIsDropped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts := streamstest.Options{Seed: rapid.Uint64().Draw(t, "seed"), AbortRate: 0.3, CrashRate: 0.2}
		d := streamstest.New(t, opts, caller())
		n := rapid.IntRange(1, 20).Draw(t, "errands")
		for id := range n {
			streamstest.Send(d, errands, fmt.Sprint("k", id%4), &errand{ID: id})
		}
		d.Advance(time.Hour)
		told := map[string]bool{}
		for _, r := range streamstest.Read(d, courses) {
			if told[r.Value.Name] {
				t.Fatalf("told again: %+v", r.Value)
			}
			told[r.Value.Name] = true
		}
		for id := range n {
			if id%3 == 1 && !told[fmt.Sprint(id)] {
				t.Errorf("call %d was refused and nobody knows", id)
			}
		}
	})
}
