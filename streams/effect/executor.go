package effect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// closeTimeout bounds how long Close waits for calls that do not heed their
// context.
const closeTimeout = 5 * time.Second

// Options tunes an executor; the zero value is ready.
type Options struct {
	// Logger is told of calls that panic.
	Logger zerolog.Logger
	// Span, if set, puts the trace of an effect into the context of a call; end
	// is told how it ended. Effects without a trace are left out.
	Span func(ctx context.Context, e *task.Effect, attempt int) (_ context.Context, end func(error))
	// Limiter, if set, is asked before each call to a destination with a limit.
	Limiter Limiter
	// Metrics registers what is counted by destination, under the name App; nil
	// keeps none.
	Metrics prometheus.Registerer
	App     string
	// Status, if set, is told the course of every effect. It is called by many
	// goroutines and must be quick.
	Status func(Status)
	// Failpoint is for tests: it is called before and after each call.
	Failpoint failpoint.Hook
}

// Executor makes the calls of all tasks of one topology in this process. Make it
// with New; its methods may be called from any goroutine.
type Executor struct {
	opts Options

	mu           sync.Mutex
	closed       bool
	share        float64
	session      session
	metrics      *metrics
	destinations map[string]*destination
	owners       map[store.Task]*owner
	workers      sync.WaitGroup
}

// New returns an executor with nothing to do. Close it.
func New(opts Options) *Executor {
	x := &Executor{
		opts: opts, share: 1,
		destinations: make(map[string]*destination), owners: make(map[store.Task]*owner),
	}
	x.metrics = newMetrics(opts.Metrics, opts.App, x)
	return x
}

// Start queues effects of a task, none of which is called without lease. Each is
// answered through deliver, at most once; deliver must not block nor call the
// executor. Inherited effects may be under way in another process: each waits
// for its destination's timeout and a second more, the last of them until the
// time that is returned. An effect that is known already keeps its place; all
// effects of the task go on under this lease and deliver. A task that comes back
// after its lease was lost is to be revoked first, or what was answered between
// reading its rows and Start is called again.
func (x *Executor) Start(of store.Task, lease store.Lease, deliver func(task.Answer), effects []task.Effect, inherited bool) (until time.Time) {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return time.Time{}
	}
	added := x.owner(of, lease, deliver).add(effects, inherited)
	x.mu.Unlock()
	for _, c := range added {
		if c.notBefore.After(until) {
			until = c.notBefore
		}
		x.report(c.status(Asked, nil, time.Time{}))
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range added {
		if !c.gone {
			x.enqueue(c)
		}
	}
	// All are queued before the first is called: their sequence decides.
	x.pumpAll()
	return until
}

// enqueue puts c into its queue.
func (x *Executor) enqueue(c *call) {
	d := x.destination(c.effect.Destination)
	key := queueKey{task: c.owner.task, entity: c.effect.Entity, key: c.effect.EntityKey}
	q := d.queues[key]
	if q == nil {
		q = &queue{key: key}
		if len(d.classes) > 1 {
			q.counts = make([]int, len(d.classes))
		}
		d.queues[key] = q
	}
	c.queue, c.class = q, d.class(c.effect.Row.Class)
	q.add(c)
	d.waiting++
	d.settle(q, time.Now())
}

func (x *Executor) destination(spec *task.Destination) *destination {
	d := x.destinations[spec.Name]
	if d == nil {
		d = newDestination(spec, x.share, nil)
		d.wake = func() {
			x.mu.Lock()
			defer x.mu.Unlock()
			d.wakeAt = time.Time{}
			x.pump(d)
		}
		x.destinations[spec.Name] = d
	}
	return d
}

// Cancel ends effects of a task without an answer. One that is under way is not
// stopped: it is answered if this try succeeds or fails for good.
func (x *Executor) Cancel(of store.Task, ids []changelog.ID) {
	for _, s := range x.cancel(of, ids) {
		x.report(s)
	}
}

func (x *Executor) cancel(of store.Task, ids []changelog.ID) (reports []Status) {
	x.mu.Lock()
	defer x.mu.Unlock()
	o := x.owners[of]
	if o == nil {
		return nil
	}
	var calls []*call
	for _, id := range ids {
		if c := o.calls[id]; c != nil && !c.gone {
			calls = append(calls, c)
			s := c.status(Dropped, nil, time.Time{})
			s.News = c.troubled()
			reports = append(reports, s)
		}
	}
	x.drop(calls)
	x.pumpAll()
	return reports
}

// Revoke starts no more effects of a task, waits for the calls under way and the
// delivery of their answers, and forgets the rest. When ctx ends first, these
// calls are cancelled, their answers dropped and an error returned.
func (x *Executor) Revoke(ctx context.Context, of store.Task) error {
	x.mu.Lock()
	o := x.owners[of]
	if o == nil {
		x.mu.Unlock()
		return nil
	}
	x.release(o)
	delete(x.owners, of)
	x.mu.Unlock()
	select {
	case <-o.idle:
		return nil
	case <-ctx.Done():
	}
	if n := x.abandon(o); n > 0 {
		return fmt.Errorf("waiting for %d calls of %s/%d: %w", n, of.App, of.Partition, ctx.Err())
	}
	return nil
}

// SetShare says which part of every budget is for this process: the number of
// its tasks divided by the number of partitions. It starts at 1. A smaller share
// counts at once and a larger one a second later, so that a second in which tasks
// move has no more calls than any other.
func (x *Executor) SetShare(share float64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.share = min(max(share, 0), 1)
	for _, d := range x.destinations {
		d.budget.setShare(x.share, time.Now())
		x.pump(d)
	}
}

// Waiting counts the effects that are not answered and not under way, by
// destination.
func (x *Executor) Waiting() map[string]int {
	x.mu.Lock()
	defer x.mu.Unlock()
	counts := make(map[string]int, len(x.destinations))
	for name, d := range x.destinations {
		counts[name] = d.waiting
	}
	return counts
}

// Close cancels the calls under way, drops everything and waits for it to end,
// at most 5 s. Revoke the tasks first to have their answers. Closing again does
// nothing.
func (x *Executor) Close() error {
	for _, o := range x.shut() {
		x.abandon(o)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		x.workers.Wait()
	}()
	timeout := time.NewTimer(closeTimeout)
	defer timeout.Stop()
	select {
	case <-ended:
		return nil
	case <-timeout.C:
		return errors.New("closing executor: calls are under way that do not heed their context")
	}
}

// shut starts nothing any more and returns the owners there were.
func (x *Executor) shut() (owners []*owner) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
	for _, o := range x.owners {
		owners = append(owners, o)
		x.release(o)
	}
	for _, d := range x.destinations {
		if d.timer != nil {
			d.timer.Stop()
		}
	}
	return owners
}

func (x *Executor) report(s Status) {
	if x.opts.Status != nil {
		x.opts.Status(s)
	}
}
