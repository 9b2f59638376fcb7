package order

import (
	"os"
	"slices"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

func TestReportIsUpToDate(t *testing.T) {
	committed, err := os.ReadFile("machine.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != Report() {
		t.Error("machine.md differs from the table: run go generate in this package")
	}
}

func TestEveryLineOfTheTableCanBeReached(t *testing.T) {
	type pair struct {
		from Phase
		on   Input
	}
	decided := make(map[pair]bool)
	anyCame := false
	for n, line := range Table {
		p := pair{line.From, line.On}
		if decided[p] {
			t.Errorf("line %d (%s, %s) stands behind one without a guard", n, line.From, line.On)
		}
		decided[p] = line.If == nil
		if line.From != anyPhase && anyCame {
			t.Errorf("line %d (%s, %s) stands behind lines for any phase", n, line.From, line.On)
		}
		anyCame = anyCame || line.From == anyPhase
		if line.Why == "" {
			t.Errorf("line %d (%s, %s) does not say why", n, line.From, line.On)
		}
		if !slices.Contains(Inputs, line.On) || !slices.Contains(append(Phases, anyPhase), line.From) || !slices.Contains(append(Phases, same), line.To) {
			t.Errorf("line %d names what does not exist: %+v", n, line)
		}
		if (line.To == returning) != (line.Goal != "") && line.To != yielding {
			t.Errorf("line %d: the phases of returning, and no others, need to know what follows", n)
		}
	}
	for p, last := range decided {
		if !last && !decided[pair{anyPhase, p.on}] {
			t.Errorf("(%s, %s) is left undecided when no guard holds", p.from, p.on)
		}
	}
}

func TestEveryPhaseCanBeReachedAndCanEnd(t *testing.T) {
	ends := []Phase{completed, cancelled, rejected}
	reached := map[Phase]bool{
		none:       true, // an order that was never submitted ends where it began
		committing: true, // a former version left orders in it
	}
	canEnd := map[Phase]bool{completed: true, cancelled: true, rejected: true}
	for range Phases {
		for _, line := range Table {
			if line.To == same || line.From == anyPhase {
				continue
			}
			reached[line.To] = reached[line.To] || reached[line.From]
			canEnd[line.From] = canEnd[line.From] || canEnd[line.To]
		}
	}
	for _, p := range Phases {
		if !reached[p] {
			t.Errorf("no way leads to %s", p)
		}
		if !canEnd[p] {
			t.Errorf("no way leads from %s to an end", p)
		}
	}
	for _, line := range Table {
		if slices.Contains(ends, line.From) {
			t.Errorf("an ended order reopens: %+v", line)
		}
	}
}

func TestWhatAnEndedOrderAnswers(t *testing.T) {
	for _, end := range []Phase{completed, cancelled, rejected} {
		o := &Record{Phase: end, BodyHash: "a"}
		for _, c := range []struct {
			in     Input
			body   string
			effect []Effect
		}{
			{Submit, "a", nil},
			{Submit, "b", []Effect{Mismatch}},
			{Cancel, "", []Effect{Refuse}},
			{Amend, "", []Effect{Refuse}},
			{Progress, "", nil},
		} {
			line := Next(View{Order: o, Body: c.body}, c.in)
			if line == nil || line.To != same || !slices.Equal(line.Effects, c.effect) {
				t.Errorf("%s of an order that is %s: %+v", c.in, end, line)
			}
		}
		if line := Next(View{Order: o}, Round); line != nil {
			t.Errorf("an answer of stock moves an order that is %s: %+v", end, line)
		}
	}
}

func TestRoundsOfAllOrNothing(t *testing.T) {
	for name, c := range map[string]struct {
		phase Phase
		out   Outcome
		to    Phase
		goal  Goal
	}{
		"all held":                 {reserving, Outcome{Held: true}, allocated, ""},
		"one item, firm at once":   {reserving, Outcome{Firm: true}, allocated, ""},
		"short, other nodes":       {reserving, Outcome{Short: true, Another: true}, returning, event.OrderGoalReplan},
		"short and contended":      {reserving, Outcome{Short: true, Contended: true}, returning, event.OrderGoalShortage},
		"contended":                {reserving, Outcome{Contended: true}, returning, event.OrderGoalClaim},
		"short":                    {reserving, Outcome{Short: true}, returning, event.OrderGoalShortage},
		"claim served":             {claiming, Outcome{Served: true}, claiming, ""},
		"last claim served":        {claiming, Outcome{Served: true, Held: true}, allocated, ""},
		"claim short":              {claiming, Outcome{Short: true}, returning, event.OrderGoalShortage},
		"claim short, other nodes": {claiming, Outcome{Short: true, Another: true}, returning, event.OrderGoalReplan},
		"left by a former version": {committing, Outcome{}, allocated, ""},
	} {
		line := Next(View{Order: &Record{Phase: c.phase, ShipComplete: true}, Outcome: c.out}, Round)
		if line == nil || line.To != c.to || line.Goal != c.goal {
			t.Errorf("%s: %+v", name, line)
		}
	}
}
