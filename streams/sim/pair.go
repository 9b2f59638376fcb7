package sim

import (
	"time"

	"github.com/millrace/millrace/streams/failpoint"
)

// Pair makes the plan in which the first process meets a fault and is killed
// the next time it passes a point. What it takes for the point to be passed is
// in the plan too. Load comes before, meanwhile and after.
func Pair(at failpoint.Point, fault string) Plan {
	const met = 6 * time.Second
	p := Plan{Processes: 2, Partitions: 4, Lanes: 1, Items: []Item{
		{At: time.Second, Do: Send, Count: 30},
		{At: 4 * time.Second, Do: Send, Count: 20},
		{At: met, Do: Inject, Fault: fault},
		{At: met, Do: Kill, Point: at, For: 2 * time.Second},
		{At: met, Do: Send, Count: 20},
	}}
	switch at {
	case failpoint.BeforeRenew, failpoint.AfterRenew:
		p.Items = append(p.Items, Item{At: met, Do: Inject, Fault: unknownEnd})
	case failpoint.BeforeFence, failpoint.BeforeRestore, failpoint.AfterRestore, failpoint.OnLost:
		p.Items = append(p.Items, Item{At: met, Do: Inject, Fault: unknownMember})
	case failpoint.BeforeRevoke, failpoint.AfterRevoke:
		p.Processes = 1 // so that it has to give tasks to the one that comes
		// A fault may keep it from giving anything; then it does the second time.
		p.Items = append(p.Items, Item{At: met, Do: Add}, Item{At: met + 3*time.Second, Do: Remove, Process: 1}, Item{At: met + 14*time.Second, Do: Add})
	}
	for after := range 3 {
		p.Items = append(p.Items, Item{At: met + 15*time.Second + time.Duration(after)*4*time.Second, Do: Send, Count: 20})
	}
	return p.Sorted().withDefaults()
}
