package business

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams/streamstest"
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
				m := mannersOf(seed)
				c := play(t, seed, seed, m)
				c.trade(m, 6+int(seed%3)*5)
				a := c.sentence(t)
				mu.Lock()
				defer mu.Unlock()
				for what, n := range a.tally {
					seen[what] += n
				}
			})
		}
	})
	if testing.Short() || t.Failed() {
		return
	}
	for _, what := range mustOccur {
		if seen[what] == 0 {
			t.Errorf("no world had %q, so nothing was shown for it", what)
		}
	}
}

// mannersOf spreads kinds of trouble over the seeds.
func mannersOf(seed uint64) manners {
	m := manners{
		abort: float64(seed%3) * 0.1, crash: float64(seed%4) * 0.05, faults: float64(seed%4) * 0.08,
		adjusts: seed%4 == 1, priced: seed%2 == 1, rush: seed%5 > 2, issues: seed%7 > 3, partitions: int32(1 + seed%5),
	}
	if seed%3 == 1 {
		m.short, m.refuses = 0.1, 0.05
	}
	return m
}

// mustOccur names what the worlds together must have met.
var mustOccur = []string{
	"reserve commit granted", "reserve commit short", "reserve tentative granted", "reserve tentative short", "reserve tentative contended",
	"reserve claim granted", "reserve claim short", "commit commit committed", "release commit released",
	string(event.FulfilmentStatusShipped), string(event.FulfilmentStatusShortPicked), string(event.FulfilmentStatusRejected),
	string(event.FulfilmentStatusCancelled), string(event.FulfilmentStatusCancelRefused),
	topic.OrderCompleted.Name, topic.OrderCancelled.Name, topic.OrderBackordered.Name, topic.OrderRejected.Name,
	"aborted runs", "repeated calls", confirmedFirst,
}

func TestTheSameFactsEndAlikeInEveryInterleaving(t *testing.T) {
	for facts := range seedsOf(8, 2) {
		t.Run(fmt.Sprint("facts ", facts), func(t *testing.T) {
			t.Parallel()
			var want map[string]string
			for seed := range seedsOf(6, 3) {
				c := play(t, 1000+facts, seed, manners{abort: 0.2, crash: 0.1, faults: 0.2, partitions: int32(1 + seed)})
				c.bounty(12)
				c.sentence(t)
				got := c.outcome()
				if want == nil {
					want = got
				}
				for what := range want {
					if got[what] != want[what] {
						t.Errorf("seed %d of facts %d: %s ended as %s, in another order of things as %s", seed, facts, what, got[what], want[what])
					}
				}
				if len(got) != len(want) {
					t.Errorf("seed %d of facts %d: %d outcomes, in another order of things %d", seed, facts, len(got), len(want))
				}
			}
		})
	}
}

// bounty plays orders for which there is enough of everything: each item is at
// one node or two. Only when things happen differs between seeds.
func (c *chain) bounty(orders int) {
	const items = 6
	when := rand.New(rand.NewPCG(c.seed, 9))
	c.publish(items)
	for n := range items {
		c.supply(sku(n), "south", 1000)
		if other := c.rng.IntN(3); other < 2 {
			c.supply(sku(n), []string{"north", "harbor"}[other], 1000)
		}
	}
	c.rest()
	for n := range orders {
		w := c.think(n, items)
		c.submit(w)
		if c.chance(0.2) {
			c.submit(w)
		}
		if c.chance(0.1) {
			c.contradict(w, items)
		}
		c.Advance(time.Duration(when.IntN(3)*when.IntN(2000)) * time.Millisecond)
	}
	c.rest()
}

// outcome says how every order ended and what is left at every node.
func (c *chain) outcome() map[string]string {
	end := make(map[string]string)
	for _, r := range streamstest.Read(c.Driver, onState) {
		billed := int64(0)
		for _, i := range r.Value.Invoices {
			billed += i.Amount
		}
		end[r.Value.ExternalID] = fmt.Sprintf("%s, %d billed, %+v", r.Value.Status, billed, r.Value.Lines)
	}
	for _, id := range c.order {
		w := c.asked[id]
		if how := end[w.submit.ExternalID]; !w.faulty && !strings.HasPrefix(how, string(event.OrderStatusCompleted)) {
			c.t.Errorf("seed %d: there is enough, but order %s ended as %q", c.seed, id, how)
		}
	}
	for site, d := range c.depots {
		for item, units := range d.onHand {
			end[item+" at "+site] = fmt.Sprint(units)
		}
	}
	return end
}
