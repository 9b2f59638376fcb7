package business

import (
	"testing"
	"time"
)

func TestADayOfBusinessKeepsItsPromises(t *testing.T) {
	for seed := range seedsOf(3, 1) {
		plan := Plan{Orders: 2000, Items: 60, Span: 24 * time.Hour, Seed: seed, Faults: 0.02, Abort: 0.02, Crash: 0.002}
		if testing.Short() {
			plan.Orders, plan.Items, plan.Span = 80, 20, 8*time.Hour
		}
		r, err := Play(plan)
		if err != nil {
			t.Fatal(err)
		}
		if r.Met["purchases accepted"] == 0 && !testing.Short() {
			t.Errorf("seed %d: no supplier sold anything", seed)
		}
		for _, v := range r.Violations[:min(len(r.Violations), 20)] {
			t.Errorf("seed %d: %s", seed, v)
		}
	}
}
