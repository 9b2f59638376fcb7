package streamstest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

type account struct {
	Sum, Count, Fired, Answered int
	Failures                    []string
}

type move struct {
	Amount int
	Do     string
}

type total struct{ Sum, Count int }

var (
	moves  = streams.Topic[move]{Name: "moves", Value: streams.JSON[move]()}
	totals = streams.Topic[total]{Name: "totals", Value: streams.JSON[total]()}
	latest = streams.Topic[total]{Name: "latest", Value: streams.JSON[total]()}
)

// ledger is a topology that uses everything: state, children, outputs, timers
// and an effect.
func ledger(call func(ctx context.Context, amount int) (string, error)) (*streams.Topology, *streams.Entity[account], *streams.Children[move]) {
	bank := streams.Destination[int, string]{Name: "bank", Call: call}
	var history *streams.Children[move]
	t := streams.NewTopology("ledger")
	accounts := streams.NewEntity(t, "account", streams.JSON[account](), func(ctx streams.Ctx, a *account, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[move]:
			a.Sum += in.Value.Amount
			a.Count++
			history.Put(ctx, fmt.Sprintf("%06d", a.Count), &in.Value)
			totals.Send(ctx, in.Key, &total{a.Sum, a.Count})
			latest.Send(ctx, in.Key, &total{a.Sum, a.Count})
			switch in.Value.Do {
			case "fail":
				return errors.New("refused by the test")
			case "panic":
				panic("at the disco")
			case "timer":
				ctx.SetTimer("later", time.Minute)
			case "clear":
				ctx.ClearTimer("later")
			case "ask":
				bank.Ask(ctx, fmt.Sprint("ask", a.Count), in.Value.Amount)
			}
		case streams.Timer:
			a.Fired++
		case streams.Answer[string]:
			a.Answered++
			if in.Err != nil {
				a.Failures = append(a.Failures, in.Err.Error())
			}
		}
		return nil
	})
	history = streams.NewChildren(accounts, "history", streams.JSON[move]())
	streams.Receive(accounts, moves)
	streams.Send(accounts, totals)
	streams.SendLatest(accounts, latest)
	streams.Calls(accounts, bank)
	return t, accounts, history
}

func succeed(context.Context, int) (string, error) { return "done", nil }

func TestRunningTotalsSurviveAbortsAndCrashes(t *testing.T) {
	for seed := range uint64(40) {
		top, accounts, history := ledger(succeed)
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.3, CrashRate: 0.2}, top)
		want := make(map[string]total)
		for n := range 300 {
			key := fmt.Sprint("k", n%7)
			do := []string{"", "", "fail", "panic", ""}[n%5]
			streamstest.Send(d, moves, key, &move{Amount: n, Do: do})
			if do == "" {
				want[key] = total{want[key].Sum + n, want[key].Count + 1}
			}
		}
		d.Run()
		running := make(map[string]total)
		for _, out := range streamstest.Read(d, totals) {
			before := running[out.Key]
			if out.Value.Count != before.Count+1 {
				t.Fatalf("seed %d: %s went from %d to %d", seed, out.Key, before.Count, out.Value.Count)
			}
			running[out.Key] = out.Value
		}
		for key, w := range want {
			a, err := accounts.Get(d, key)
			if err != nil || a == nil || a.Sum != w.Sum || a.Count != w.Count || running[key] != w {
				t.Fatalf("seed %d: %s is %+v (%v), published %+v, want %+v", seed, key, a, err, running[key], w)
			}
			children, err := history.Read(d, key)
			if err != nil || len(children) != w.Count {
				t.Fatalf("seed %d: %s has %d children (%v), want %d", seed, key, len(children), err, w.Count)
			}
		}
		if got := len(d.DeadLetters("ledger")); got != 120 {
			t.Fatalf("seed %d: %d dead letters, want 120", seed, got)
		}
	}
}

func TestTimersFireOnceAndOnlyWhenSet(t *testing.T) {
	top, accounts, _ := ledger(succeed)
	d := streamstest.New(t, streamstest.Options{}, top)
	for key, does := range map[string][]string{"once": {"timer"}, "again": {"timer", "timer"}, "cleared": {"timer", "clear"}, "never": {""}} {
		for _, do := range does {
			streamstest.Send(d, moves, key, &move{Do: do})
			d.Advance(30 * time.Second)
		}
	}
	d.Advance(10 * time.Minute)
	for key, want := range map[string]int{"once": 1, "again": 1, "cleared": 0, "never": 0} {
		if a, err := accounts.Get(d, key); err != nil || a.Fired != want {
			t.Errorf("%s: %+v (%v), want %d firings", key, a, err, want)
		}
	}
}

func TestEffectsKeepTheirIDOverCrashesAndAnswerOnce(t *testing.T) {
	for seed := range uint64(20) {
		calls := make(map[string]map[int]bool) // effect id -> amounts
		failures := 0
		top, accounts, _ := ledger(func(ctx context.Context, amount int) (string, error) {
			id := streams.EffectID(ctx)
			if calls[id] == nil {
				calls[id] = make(map[int]bool)
			}
			calls[id][amount] = true
			if failures++; failures%3 == 0 {
				return "", errors.New("busy")
			}
			if amount == 13 {
				return "", streams.Permanent(errors.New("unlucky"))
			}
			return "ok", nil
		})
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.3, CrashRate: 0.3}, top)
		for n := range 50 {
			streamstest.Send(d, moves, fmt.Sprint("k", n%5), &move{Amount: n, Do: "ask"})
		}
		d.Settle(time.Hour)
		d.NoDeadLetters()
		if len(calls) != 50 {
			t.Fatalf("seed %d: %d effect ids, want 50", seed, len(calls))
		}
		answered, failed := 0, 0
		if err := accounts.Scan(d, func(_ string, a *account) bool {
			answered += a.Answered
			failed += len(a.Failures)
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if answered != 50 || failed != 1 {
			t.Fatalf("seed %d: %d answers, %d failures; want 50 and 1", seed, answered, failed)
		}
		for id, amounts := range calls {
			if len(amounts) != 1 {
				t.Fatalf("seed %d: effect %s was called for %v", seed, id, amounts)
			}
		}
	}
}

func TestTwoAsksUnderOneNameFailTheHandler(t *testing.T) {
	bank := streams.Destination[int, string]{Name: "bank", Call: succeed}
	top := streams.NewTopology("twice")
	e := streams.NewEntity(top, "account", streams.JSON[account](), func(ctx streams.Ctx, a *account, in streams.Input) error {
		bank.Ask(ctx, "same", 1)
		return nil
	})
	streams.Receive(e, moves)
	streams.Calls(e, bank)
	d := streamstest.New(t, streamstest.Options{HoldEffects: true}, top)
	streamstest.Send(d, moves, "k", &move{})
	streamstest.Send(d, moves, "k", &move{})
	d.Run()
	if got := len(d.DeadLetters("twice")); got != 1 {
		t.Fatalf("%d dead letters, want 1", got)
	}
	if got := d.Waiting()["bank"]; got != 1 {
		t.Fatalf("%d effects wait, want 1", got)
	}
}

func TestSeedsStartAPollerOnce(t *testing.T) {
	top := streams.NewTopology("poller")
	e := streams.NewEntity(top, "source", streams.JSON[account](), func(ctx streams.Ctx, a *account, in streams.Input) error {
		a.Fired++
		ctx.SetTimer("poll", time.Minute)
		return nil
	}, streams.WithSeed[account]("north", "poll"), streams.WithSeed[account]("south", "poll"))
	d := streamstest.New(t, streamstest.Options{CrashRate: 1}, top)
	d.Advance(10*time.Minute + time.Second)
	for _, key := range []string{"north", "south"} {
		if a, err := e.Get(d, key); err != nil || a.Fired != 11 {
			t.Fatalf("%s: %+v (%v), want 11 polls", key, a, err)
		}
	}
}
