package sim

import (
	"context"
	"time"
)

// The Kafka in memory miscounts who has joined: a member that is removed while
// it waits in SyncGroup is subtracted although it was never added, and each
// JoinGroup puts the end of the rebalance off. So a rebalance may wait for a
// member that does not exist, for ever. A real group's rebalance ends after the
// rebalance timeout; one that goes on for much longer is jammed, and ends when
// nobody joins for a while.
const (
	rebalance = 30 * time.Second // the runtime's rebalance timeout
	jammed    = 3 * rebalance
)

// unjam watches the group until ctx ends, and takes the network from everybody
// when a rebalance cannot end.
func (f *fleet) unjam(ctx context.Context) {
	since := time.Now()
	for pause(ctx, 10*time.Second) == nil {
		g, err := f.group(ctx)
		if err == nil || g.State != "PreparingRebalance" {
			since = time.Now()
		}
		if time.Since(since) < jammed {
			continue
		}
		f.meet("", "the simulated group jams")
		f.network.cut()
		_ = pause(ctx, rebalance+time.Second)
		f.network.mend()
		since = time.Now()
	}
}
