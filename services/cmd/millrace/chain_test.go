// Package main_test runs every room and connector at once, from submission to
// invoice, between partners with books of their own, by seed: transactions abort,
// tasks crash, calls fail before and after the work, goods are scarce.
package main_test

import (
	"fmt"
	"sync"
	"testing"
)

// seedsOf is how many worlds a test plays.
func seedsOf(full, short uint64) uint64 {
	if testing.Short() {
		return short
	}
	return full
}

func TestTheWholeChainKeepsItsPromisesUnderFaults(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]int)
	t.Run("worlds", func(t *testing.T) {
		for seed := range seedsOf(200, 20) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				t.Parallel()
				m := manners{abort: 0.1, crash: 0.05, faults: float64(seed%4) * 0.08, adjusts: seed%4 == 1, partitions: int32(1 + seed%5)}
				if seed%3 == 1 {
					m.short, m.refuses = 0.1, 0.05
				}
				m.rush = seed%5 > 2
				c := newChain(t, seed, seed, m)
				c.trade(m, 6+int(seed%3)*5)
				a := c.judge()
				mu.Lock()
				defer mu.Unlock()
				for what, n := range a.tally {
					seen[what] += n
				}
				seen["aborted runs"] += len(c.journal.gone)
				seen["repeated calls"] += c.ledger.repeats
				for _, d := range c.depots {
					seen["repeated calls"] += d.repeats
				}
			})
		}
	})
	t.Logf("seen: %v", seen)
}
