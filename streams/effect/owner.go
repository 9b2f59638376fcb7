package effect

import (
	"context"
	"sync"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// owner is a task that is active here, from its first Start to its Revoke.
type owner struct {
	task    store.Task
	lease   store.Lease
	deliver func(task.Answer)
	ctx     context.Context // of its calls
	cancel  context.CancelFunc
	calls   map[changelog.ID]*call
	running int // calls under way
	// revoked owners start nothing; idle is closed when nothing runs any more.
	revoked bool
	idle    chan struct{}
	// abandoned owners get no answers either. It is set with the executor's lock
	// and this one held, which each delivery holds for reading: once it is set,
	// none is under way.
	delivery  sync.RWMutex
	abandoned bool
}

// owner returns the owner of a task, under its newest lease.
func (x *Executor) owner(of store.Task, lease store.Lease, deliver func(task.Answer)) *owner {
	o := x.owners[of]
	if o == nil || o.revoked {
		o = &owner{task: of, calls: make(map[changelog.ID]*call), idle: make(chan struct{})}
		o.ctx, o.cancel = context.WithCancel(context.Background())
		x.owners[of] = o
	}
	o.lease, o.deliver = lease, deliver
	return o
}

// inheritedPause is how long after the last call of another process can have
// ended its effects are called here, for clocks that do not run alike.
const inheritedPause = time.Second

// add makes calls of the effects that are not known yet, without queueing them.
func (o *owner) add(effects []task.Effect, inherited bool) []*call {
	added := make([]*call, 0, len(effects))
	for _, e := range effects {
		if o.calls[e.Row.ID] != nil {
			continue
		}
		c := &call{effect: e, owner: o}
		if inherited {
			c.notBefore = time.Now().Add(timeout(e.Destination) + inheritedPause)
		}
		if key, err := changelog.Parse(e.Key); err == nil {
			c.seq = key.Seq
		}
		o.calls[e.Row.ID] = c
		added = append(added, c)
	}
	return added
}

// release lets o start nothing any more and drops what is not under way. It stays
// on the books for Revoke to wait for it, also when its lease was lost before.
func (x *Executor) release(o *owner) {
	if o.revoked {
		return
	}
	o.revoked = true
	calls := make([]*call, 0, len(o.calls))
	for _, c := range o.calls {
		calls = append(calls, c)
	}
	x.drop(calls)
	if o.running == 0 {
		close(o.idle)
		o.cancel()
	}
}

// drop makes calls go: none of them is tried again.
func (x *Executor) drop(calls []*call) {
	waiting := make([]*call, 0, len(calls))
	for _, c := range calls {
		if c.gone {
			continue
		}
		if c.gone = true; c.underWay {
			continue
		}
		delete(c.owner.calls, c.effect.Row.ID)
		if c.queue != nil {
			waiting = append(waiting, c)
		}
	}
	// All are marked before the first queue is settled: it is walked over once.
	now := time.Now()
	for _, c := range waiting {
		d := x.destinations[c.effect.Destination.Name]
		d.waiting--
		c.queue.count(c, -1)
		c.uncounted = true
		d.settle(c.queue, now)
	}
}

// answer delivers a, unless the owner was abandoned.
func (o *owner) answer(a task.Answer, deliver func(task.Answer)) {
	o.delivery.RLock()
	defer o.delivery.RUnlock()
	if !o.abandoned {
		deliver(a)
	}
}

// abandon cancels what is under way; no answer is delivered after it returned.
// It returns how many calls that were.
func (x *Executor) abandon(o *owner) (running int) {
	o.delivery.Lock()
	defer o.delivery.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	o.abandoned = true
	o.cancel()
	return o.running
}

// end is told that a call of o is no longer under way.
func (o *owner) end() {
	o.running--
	if o.revoked && o.running == 0 {
		close(o.idle)
		o.cancel()
	}
}
