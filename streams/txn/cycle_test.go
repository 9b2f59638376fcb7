package txn

import "testing"

func TestRowsAreAppliedOnlyAfterACommit(t *testing.T) {
	for _, s := range Cycle {
		if s.Do == Apply && (s.From != Ending || s.On != Committed) {
			t.Errorf("%v on %v applies rows", s.From, s.On)
		}
		if s.Do == End && (s.From != Positioning || s.On != Taken) {
			t.Errorf("%v on %v ends the transaction", s.From, s.On)
		}
		if s.Do == Position && s.From == Producing && s.On != Flushed {
			t.Errorf("%v on %v sends positions", s.From, s.On)
		}
	}
}

// Every fault leads through a new producer before inputs are handled again.
func TestDoubtIsLeftOnlyByANewProducer(t *testing.T) {
	for _, s := range Cycle {
		switch {
		case s.Do == Drop || s.Do == Forfeit:
			if s.To != Recovering {
				t.Errorf("%v on %v drops the transaction but goes to %v", s.From, s.On, s.To)
			}
		case s.From == Recovering && s.To != Recovering && s.On != Recreated:
			t.Errorf("recovery ends on %v", s.On)
		case s.To == Gathering && s.Do != Gather && s.Do != Reopen:
			t.Errorf("%v on %v goes back to gathering by action %d", s.From, s.On, s.Do)
		}
	}
}

func TestTableIsUnambiguousAndReachable(t *testing.T) {
	seen := make(map[[2]uint8]bool)
	reached := map[State]bool{Gathering: true}
	for range Cycle {
		for _, s := range Cycle {
			if reached[s.From] {
				reached[s.To] = true
			}
		}
	}
	for _, s := range Cycle {
		key := [2]uint8{uint8(s.From), uint8(s.On)}
		if seen[key] {
			t.Errorf("two steps for %v on %v", s.From, s.On)
		}
		seen[key] = true
		if !reached[s.From] {
			t.Errorf("%v is never reached", s.From)
		}
		if s.Why == "" {
			t.Errorf("%v on %v has no reason", s.From, s.On)
		}
	}
}

func TestUnforeseenEventPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Fatal("an event that the state excludes was taken")
		}
	}()
	Next(Gathering, Committed)
}
