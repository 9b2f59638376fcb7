//go:build synctests

package tally

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/sim"
)

// load sends for a while, in steps of a second.
func load(from, to time.Duration, each int) (items []sim.Item) {
	for at := from; at < to; at += time.Second {
		items = append(items, sim.Item{At: at, Do: sim.Send, Count: each})
	}
	return items
}

// plan fills a plan from parts, in the order of their times.
func plan(p sim.Plan, parts ...[]sim.Item) sim.Plan {
	for _, part := range parts {
		p.Items = append(p.Items, part...)
	}
	return p.Sorted()
}

// scenarios are histories in which one particular thing used to go wrong, here
// or elsewhere. The mutation suite runs them by name.
var scenarios = map[string]sim.Plan{
	"calm": plan(sim.Plan{}, load(0, 15*time.Second, 25)),
	"members come and go": plan(sim.Plan{Processes: 1, Partitions: 6}, load(0, 60*time.Second, 12), []sim.Item{
		{At: 8 * time.Second, Do: sim.Add},
		{At: 16 * time.Second, Do: sim.Add},
		{At: 25 * time.Second, Do: sim.Remove, Process: 1},
		{At: 40 * time.Second, Do: sim.Add},
		{At: 50 * time.Second, Do: sim.Remove, Process: 0},
	}),
	// Between two sends every lane rests, so that the next commit of either process
	// is the one that is refused, and both die before they commit again.
	"commits are refused while members rebalance": plan(sim.Plan{Lanes: 1}, load(0, 30*time.Second, 12), []sim.Item{
		{At: 8500 * time.Millisecond, Do: sim.Inject, Fault: "TxnOffsetCommit is refused with ILLEGAL_GENERATION"},
		{At: 8500 * time.Millisecond, Do: sim.Kill, Point: failpoint.AfterBatch, For: time.Second},
		{At: 8500 * time.Millisecond, Do: sim.Kill, Process: 1, Point: failpoint.AfterBatch, For: time.Second},
		{At: 15500 * time.Millisecond, Do: sim.Inject, Fault: "TxnOffsetCommit is refused with REBALANCE_IN_PROGRESS for a while"},
		{At: 22500 * time.Millisecond, Do: sim.Inject, Fault: "TxnOffsetCommit is refused with ILLEGAL_GENERATION"},
	}),
	"the outcome of commits is unknown": plan(sim.Plan{}, load(0, 40*time.Second, 12), []sim.Item{
		{At: 5 * time.Second, Do: sim.Inject, Fault: "EndTxn's answer is lost after the commit"},
		{At: 11 * time.Second, Do: sim.Inject, Fault: "EndTxn answers UNKNOWN_SERVER_ERROR after the commit", Process: 1},
		{At: 17 * time.Second, Do: sim.Inject, Fault: "EndTxn answers INVALID_TXN_STATE after the commit"},
		{At: 23 * time.Second, Do: sim.Inject, Fault: "EndTxn never arrives", Process: 1},
		{At: 29 * time.Second, Do: sim.Inject, Fault: "EndTxn is refused with INVALID_TXN_STATE"},
	}),
	"inputs are aborted": plan(sim.Plan{}, load(0, 10*time.Second, 10), []sim.Item{
		{At: 2500 * time.Millisecond, Do: sim.SendAborted, Count: 20}, {At: 6500 * time.Millisecond, Do: sim.SendAborted, Count: 20},
	}),
	"changelogs hold what was aborted": plan(sim.Plan{Partitions: 2}, load(0, 40*time.Second, 12), []sim.Item{
		{At: 5 * time.Second, Do: sim.LoseDisk, Point: failpoint.AfterOffsets, For: 100 * time.Millisecond},
		{At: 15 * time.Second, Do: sim.LoseDisk, Process: 1, Point: failpoint.BeforeEnd, For: 100 * time.Millisecond},
		{At: 25 * time.Second, Do: sim.LoseDisk, Point: failpoint.AfterFlush, For: 100 * time.Millisecond},
	}),
	"a stalled join comes back as another member": plan(sim.Plan{}, load(0, 60*time.Second, 20), []sim.Item{
		{At: 8 * time.Second, Do: sim.Inject, Fault: "JoinGroup stalls past the session while fetching goes on"},
		{At: 8 * time.Second, Do: sim.Inject, Fault: "OffsetFetch's answers take 6 s", Process: 1},
		{At: 40 * time.Second, Do: sim.Inject, Fault: "JoinGroup stalls past the session while fetching goes on", Process: 1},
		{At: 40 * time.Second, Do: sim.Inject, Fault: "OffsetFetch's answers take 6 s"},
	}),
	// The transaction timeout is 10 s: without fencing nothing goes on before.
	"a restart ends what the life before left open": plan(sim.Plan{Processes: 1, Converge: 4 * time.Second}, load(0, 10*time.Second, 12), []sim.Item{
		{At: 10 * time.Second, Do: sim.Kill, Point: failpoint.AfterOffsets, For: 100 * time.Millisecond},
		{At: 10 * time.Second, Do: sim.Send, Count: 20},
		{At: 11 * time.Second, Do: sim.Send, Count: 20},
	}),
}

// Without faults nothing is given up: processes that hinder each other would
// still get everything right.
func TestACalmFleetGivesNoTransactionUp(t *testing.T) {
	t.Parallel()
	r := sim.Run(t, Program(), scenarios["calm"])
	if r.GivenUp > 0 || r.Transactions == 0 {
		t.Errorf("%d of %d transactions were given up", r.GivenUp, r.Transactions)
	}
}

func TestScenarios(t *testing.T) {
	for name, plan := range scenarios {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			sim.Run(t, Program(), plan)
		})
	}
}
