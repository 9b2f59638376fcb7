package broker

import (
	"context"
	"time"

	"github.com/millrace/millrace/streams/assign"
	"github.com/millrace/millrace/streams/store"
)

// This file is what the group makes of the slots; see member.

// assigned implements tasks.
func (r *Runtime) assigned(memberID string, partitions []int32) {
	r.mu.Lock()
	var stale []*slot
	for _, s := range r.slots {
		if s.memberID != memberID || s.phase == expelled {
			stale = append(stale, s)
		}
	}
	r.mu.Unlock()
	r.takeAway(stale)

	r.mu.Lock()
	var added []*slot
	for _, p := range partitions {
		if r.slots[p] != nil || r.closing {
			continue
		}
		s := &slot{task: store.Task{App: r.opts.Topology.App, Partition: p}, memberID: memberID, gone: make(chan struct{})}
		s.ctx, s.cancel = context.WithCancel(r.ctx)
		r.slots[p] = s
		r.opts.Leases.Take(s.task, store.Restoring) // nobody may drop its rows meanwhile
		added = append(added, s)
	}
	r.mu.Unlock()
	r.reconcile()
	if len(added) > 0 {
		r.goes(func() { r.activate(added) })
	}
}

// revoked implements tasks.
func (r *Runtime) revoked(partitions []int32) {
	r.mu.Lock()
	var slots []*slot
	for _, p := range partitions {
		if s := r.slots[p]; s != nil {
			slots = append(slots, s)
		}
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.ctx, r.opts.RebalanceTimeout*2/3)
	defer cancel()
	r.giveBack(ctx, slots)
}

// lost implements tasks.
func (r *Runtime) lost() {
	r.mu.Lock()
	slots := r.all()
	r.mu.Unlock()
	r.takeAway(slots)
}

// planned implements tasks.
func (r *Runtime) planned() { r.reconcile() }

// copies implements tasks. A copy that may have missed deletions is none: it is
// going to be dropped.
func (r *Runtime) copies() []assign.Copy {
	var list []assign.Copy
	for p := range r.cluster.partitions {
		rows, err := r.opts.Store.Open(r.opts.Topology.App, p)
		if err != nil {
			continue
		}
		if c, ok, err := rows.Cursor(); err == nil && ok && c.Identity == r.identity() && time.Since(c.AppliedAt) < tombstoneLife {
			list = append(list, assign.Copy{Partition: p, Next: c.Next, End: r.endOf(p, c.Next)})
		}
	}
	return list
}
