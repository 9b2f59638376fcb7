package effect

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/task"
)

// pump starts as many workers as there are calls that may start.
func (x *Executor) pump(d *destination) {
	for d.running < d.spec.Concurrent {
		c := x.begin(d)
		if c == nil {
			return
		}
		d.running++
		x.workers.Add(1)
		go x.work(d, c)
	}
}

func (x *Executor) pumpAll() {
	for _, d := range x.destinations {
		x.pump(d)
	}
}

// begin takes the next call that may start.
func (x *Executor) begin(d *destination) *call {
	now := time.Now()
	if x.closed || !x.session.fits(d.spec.Timeout, now) {
		return nil
	}
	c := d.take(now)
	if c != nil {
		c.underWay = true
		c.lease = c.owner.lease
		c.owner.running++
	}
	return c
}

// work makes calls as long as the destination has one that may start.
func (x *Executor) work(d *destination, c *call) {
	defer x.workers.Done()
	for c != nil {
		value, err := x.try(d, c)
		x.pass(failpoint.AfterCall, c)
		next := x.judge(d, c, value, err)
		for _, s := range next.reports {
			x.report(s)
		}
		if next.answer != nil {
			c.owner.answer(*next.answer, next.deliver)
		}
		c = x.proceed(d, c, next)
	}
}

// try makes one call, under the lease.
func (x *Executor) try(d *destination, c *call) (value any, err error) {
	x.pass(failpoint.BeforeCall, c)
	if !c.lease.Valid() {
		return nil, errDropped
	}
	ctx, cancel := context.WithTimeout(c.owner.ctx, d.spec.Timeout)
	defer cancel()
	ctx, leash, ok := x.leash(ctx, d.spec.Timeout)
	defer func() {
		if cut := leash.release(); cut && err != nil {
			err = errCut
		}
	}()
	if !ok {
		return nil, errCut
	}
	return x.call(WithID(ctx, c.effect.Row.ID), d, c)
}

// call calls the destination, in a span.
func (x *Executor) call(ctx context.Context, d *destination, c *call) (value any, err error) {
	end := func(error) {}
	if x.opts.Span != nil && c.effect.Row.Trace.Valid() {
		ctx, end = x.opts.Span(ctx, &c.effect, c.attempts+1)
	}
	defer func() {
		if p := recover(); p != nil {
			x.opts.Logger.Error().Str("destination", d.spec.Name).Bytes("stack", debug.Stack()).Msg("call panicked")
			value, err = nil, fmt.Errorf("calling %s: panic: %v", d.spec.Name, p)
		}
		end(err)
	}()
	return d.spec.Call(ctx, c.effect.Row.Request)
}

func (x *Executor) pass(at failpoint.Point, c *call) {
	x.opts.Failpoint.Pass(at, failpoint.Place{App: c.owner.task.App, Partition: c.owner.task.Partition})
}

// sequel is what follows from a try.
type sequel struct {
	reports []Status
	answer  *task.Answer // nil for none
	deliver func(task.Answer)
	again   bool // the call stays in its queue
	lost    bool // the lease was lost: the task is to be released
}

// judge decides what follows from a try.
func (x *Executor) judge(d *destination, c *call, value any, err error) (s sequel) {
	x.mu.Lock()
	defer x.mu.Unlock()
	o, now := c.owner, time.Now()
	if o.abandoned {
		err = errDropped
	}
	changed := d.record(c, err, now)
	switch {
	case errors.Is(err, errCut):
		s.again = true
		return s
	case errors.Is(err, errDropped):
		// A lease that Start replaced meanwhile is not lost.
		s.again = c.lease != o.lease
		s.lost = !s.again
		return s
	}
	c.attempts++
	retry, again := d.retryAt(c, err, now)
	switch {
	case again && c.gone:
	case again:
		s.again, c.notBefore = true, retry
		s.reports = append(s.reports, c.status(Failed, err, retry))
	default:
		s.deliver = o.deliver
		s.answer = &task.Answer{Key: c.effect.Key, ID: c.effect.Row.ID, Value: value, Err: err, Attempts: c.attempts}
		s.reports = append(s.reports, c.status(Answered, err, time.Time{}))
	}
	if changed {
		s.reports = append(s.reports, d.status(err))
	}
	return s
}

// proceed ends c, or puts it back, and takes the worker's next call. c stayed
// first in its queue until its answer was delivered, which keeps the answers of
// a queue in order.
func (x *Executor) proceed(d *destination, c *call, s sequel) (next *call) {
	x.mu.Lock()
	defer x.mu.Unlock()
	o, q := c.owner, c.queue
	if s.lost {
		x.release(o)
	}
	c.underWay = false
	if s.again && !c.gone {
		d.waiting++
	} else {
		q.pop()
		delete(o.calls, c.effect.Row.ID)
	}
	q.place = idle
	d.settle(q, time.Now())
	o.end()
	if next = x.begin(d); next == nil {
		d.running--
	}
	x.pump(d)
	return next
}
