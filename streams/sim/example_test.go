//go:build synctests

package sim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/sim"
)

var (
	visits = streams.Topic[string]{Name: "visits", Value: streams.Text}
	counts = streams.Topic[int]{Name: "counts", Value: streams.JSON[int]()}
)

// counter is the program of a user: how often each page was visited.
func counter(*sim.Process) *streams.Topology {
	t := streams.NewTopology("counter")
	pages := streams.NewEntity(t, "page", streams.JSON[int](), func(ctx streams.Ctx, n *int, _ streams.Input) error {
		*n++
		counts.Send(ctx, ctx.Key(), n)
		return nil
	})
	streams.Receive(pages, visits)
	streams.Send(pages, counts)
	return t
}

// countUp is what must hold: the counts of a page are 1, 2, 3 and so on.
func countUp(r *sim.Result) (faults []error) {
	last := make(map[string]int)
	for _, partition := range r.Log("counts") {
		for _, record := range partition {
			if last[record.Key]++; string(record.Value) != fmt.Sprint(last[record.Key]) {
				faults = append(faults, fmt.Errorf("%s counts %s after %d", record.Key, record.Value, last[record.Key]-1))
			}
		}
	}
	return faults
}

// A program of one's own, run through ten seeds.
func TestCounterSurvivesFaults(t *testing.T) {
	program := sim.Program{
		New: counter, Topics: []string{"visits", "counts"}, Check: countUp,
		Input: func(r *rand.Rand, n int) sim.Record {
			return sim.Record{Topic: "visits", Key: fmt.Sprint("page ", r.IntN(5)), Value: []byte("somebody")}
		},
	}
	for _, seed := range sim.Seeds(10) {
		t.Run(seed.Name(), func(t *testing.T) {
			t.Parallel()
			sim.Run(t, program, sim.Random(seed.Number, sim.Shape{}))
		})
	}
}

// A run that must fail tells the plan, what happened and how to run it again.
func TestAViolationIsToldWithItsStory(t *testing.T) {
	program := sim.Program{
		New: counter, Topics: []string{"visits", "counts"},
		Check: func(*sim.Result) []error { return []error{fmt.Errorf("the sun is green")} },
		Input: func(r *rand.Rand, n int) sim.Record { return sim.Record{Topic: "visits", Key: "page"} },
	}
	plan := sim.Plan{Seed: 42, Items: []sim.Item{{Do: sim.Send, Count: 3}, {At: 1, Do: sim.Kill}}}
	report, story := sim.Try(t, program, plan)
	if len(report.Violations) != 1 {
		t.Errorf("violations %q, want one", report.Violations)
	}
	for _, want := range []string{`"do":"kill"`, "p0  is killed", "VIOLATION: the sun is green", "SIM_SEED=42"} {
		if !strings.Contains(story, want) {
			t.Errorf("the story does not tell %q:\n%s", want, story)
		}
	}
}
