//go:build synctests

package tally

import (
	"slices"
	"sync"
	"testing"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/sim"
)

// TestKillAtEveryPointUnderEveryFault walks all pairs. Each kill has to happen
// where it is meant to, and each fault has to be met in some of its pairs, or
// the walk would prove less than it says.
func TestKillAtEveryPointUnderEveryFault(t *testing.T) {
	var mu sync.Mutex
	met := make(map[string]int)
	t.Run("pair", func(t *testing.T) {
		for _, at := range slices.Concat(failpoint.Cycle, failpoint.Life, failpoint.Calls) {
			for _, fault := range sim.Faults {
				t.Run(string(at)+", "+fault.Name, func(t *testing.T) {
					t.Parallel()
					r := sim.Run(t, Program(), sim.Pair(at, fault.Name))
					if r.Points[string(at)] == 0 {
						t.Errorf("the process was never killed at %q", at)
					}
					mu.Lock()
					defer mu.Unlock()
					met[fault.Name] += r.Met[fault.Name]
				})
			}
		}
	})
	for _, fault := range sim.Faults {
		if met[fault.Name] == 0 {
			t.Errorf("no pair met %q", fault.Name)
		}
	}
}
