//go:build synctests

package tally

import (
	"testing"

	"github.com/millrace/millrace/streams/sim"
)

// TestRandomPlans runs fleets through whatever their seeds make of them. How to
// run one again stands in the package comment of sim.
func TestRandomPlans(t *testing.T) {
	for _, seed := range sim.Seeds(100) {
		t.Run(seed.Name(), func(t *testing.T) {
			t.Parallel()
			sim.Run(t, Program(), sim.Random(seed.Number, sim.Shape{}))
		})
	}
}
