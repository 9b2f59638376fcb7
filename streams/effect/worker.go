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

// batch is what one call is made for: several effects where the destination can,
// else one. They are the first ones of their queues.
type batch struct {
	class  int
	calls  []*call
	shared bool        // the shared limiter is to be asked
	done   func(error) // tells the breaker how it ended
}

// pump starts as many workers as there are calls that may start.
func (x *Executor) pump(d *destination) {
	for b := x.begin(d); b != nil; b = x.begin(d) {
		x.workers.Add(1)
		go x.work(d, b)
	}
}

func (x *Executor) pumpAll() {
	for _, d := range x.destinations {
		x.pump(d)
	}
}

// begin takes the next call that may start.
func (x *Executor) begin(d *destination) *batch {
	now := time.Now()
	if x.closed || !x.session.fits(d.spec.Timeout, now) {
		return nil
	}
	b := d.take(now, x.opts.Limiter != nil)
	if b == nil {
		return nil
	}
	for _, c := range b.calls {
		c.underWay = true
		c.lease = c.owner.lease
		c.owner.running++
	}
	return b
}

// work makes calls as long as the destination has one that may start.
func (x *Executor) work(d *destination, b *batch) {
	defer x.workers.Done()
	for b != nil {
		started := time.Now()
		outcomes := x.try(d, b)
		x.pass(failpoint.AfterCall, b)
		x.metrics.called(d.spec.Name, outcomes, time.Since(started))
		next, reports := x.judge(d, b, outcomes)
		for _, s := range reports {
			x.report(s)
		}
		for i, s := range next {
			if s.answer != nil {
				b.calls[i].owner.answer(*s.answer, s.deliver)
			}
		}
		b = x.proceed(d, b, next)
	}
}

func (x *Executor) pass(at failpoint.Point, b *batch) {
	of := b.calls[0].owner.task
	x.opts.Failpoint.Pass(at, failpoint.Place{App: of.App, Partition: of.Partition})
}

// try makes one call for those of the batch whose lease is valid.
func (x *Executor) try(d *destination, b *batch) []task.Outcome {
	outcomes := make([]task.Outcome, len(b.calls))
	if wait := x.askLimiter(d, b); wait != nil {
		return all(outcomes, wait)
	}
	x.pass(failpoint.BeforeCall, b)
	ctx, cancel := context.WithTimeout(context.Background(), d.spec.Timeout)
	defer cancel()
	ctx, leash, ok := x.leash(ctx, d.spec.Timeout)
	defer leash.release()
	if !ok {
		return all(outcomes, errCut)
	}
	var valid []*call
	for i, c := range b.calls {
		if !c.lease.Valid() {
			outcomes[i].Err = errDropped
			continue
		}
		valid = append(valid, c)
		// The call ends early with the first task that is taken away.
		defer context.AfterFunc(c.owner.ctx, cancel)()
	}
	if len(valid) == 0 {
		return outcomes
	}
	came := x.call(ctx, d, valid)
	cut := leash.release()
	for i := range outcomes {
		if outcomes[i].Err != nil {
			continue
		}
		outcomes[i], came = came[0], came[1:]
		if cut && outcomes[i].Err != nil {
			outcomes[i].Err = errCut
		}
	}
	return outcomes
}

// all gives every effect of a batch the same end.
func all(outcomes []task.Outcome, err error) []task.Outcome {
	for i := range outcomes {
		outcomes[i] = task.Outcome{Err: err}
	}
	return outcomes
}

// call calls the destination, in a span of the first effect's trace.
func (x *Executor) call(ctx context.Context, d *destination, calls []*call) (outcomes []task.Outcome) {
	end := func(error) {}
	first := calls[0]
	if x.opts.Span != nil && first.effect.Row.Trace.Valid() {
		ctx, end = x.opts.Span(ctx, &first.effect, first.attempts+1)
	}
	defer func() {
		if p := recover(); p != nil {
			x.opts.Logger.Error().Str("destination", d.spec.Name).Bytes("stack", debug.Stack()).Msg("call panicked")
			outcomes = all(make([]task.Outcome, len(calls)), fmt.Errorf("calling %s: panic: %v", d.spec.Name, p))
		}
		end(outcomes[0].Err)
	}()
	if d.spec.CallBatch == nil {
		value, err := d.spec.Call(WithID(ctx, first.effect.Row.ID), first.effect.Row.Request)
		return []task.Outcome{{Answer: value, Err: err}}
	}
	requests := make([]task.Request, len(calls))
	for i, c := range calls {
		requests[i] = task.Request{ID: c.effect.Row.ID, Body: c.effect.Row.Request}
	}
	outcomes = d.spec.CallBatch(ctx, requests)
	for len(outcomes) < len(calls) {
		outcomes = append(outcomes, task.Outcome{Err: fmt.Errorf("calling %s: no outcome for effect %d of %d", d.spec.Name, len(outcomes)+1, len(calls))})
	}
	return outcomes[:len(calls)]
}

// sequel is what follows from a try for one effect.
type sequel struct {
	answer  *task.Answer // nil for none
	deliver func(task.Answer)
	again   bool // the call stays in its queue
	lost    bool // the lease was lost: the task is to be released
}

// judge decides what follows from a try.
func (x *Executor) judge(d *destination, b *batch, outcomes []task.Outcome) (next []sequel, reports []Status) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, c := range b.calls {
		if c.owner.abandoned {
			outcomes[i].Err = errDropped
		}
	}
	now := time.Now()
	changed, err := d.record(b, outcomes, now)
	for i, c := range b.calls {
		s, report := d.follow(c, outcomes[i], now)
		next = append(next, s)
		if report != nil {
			reports = append(reports, *report)
		}
	}
	if changed {
		reports = append(reports, d.status(err))
	}
	return next, reports
}

// follow decides what follows from the outcome of one effect.
func (d *destination) follow(c *call, o task.Outcome, now time.Time) (s sequel, report *Status) {
	switch {
	case errors.Is(o.Err, errDropped):
		// A lease that Start replaced meanwhile is not lost.
		s.again = c.lease != c.owner.lease
		s.lost = !s.again
		return s, nil
	case notMade(o.Err):
		s.again = true
		return s, nil
	}
	c.attempts++
	retry, again := d.retryAt(c, o.Err, now)
	switch {
	case again && c.gone:
		return s, nil
	case again:
		s.again, c.notBefore = true, retry
		status := c.failed(o.Err, retry)
		return s, &status
	}
	s.deliver = c.owner.deliver
	s.answer = &task.Answer{Key: c.effect.Key, ID: c.effect.Row.ID, Value: o.Answer, Err: o.Err, Attempts: c.attempts, Troubled: c.troubled()}
	status := c.status(Answered, o.Err, time.Time{})
	return s, &status
}

// proceed ends the calls of b, or puts them back, and takes the worker's next
// batch. They stayed first in their queues until their answers were delivered,
// which keeps the answers of a queue in order.
func (x *Executor) proceed(d *destination, b *batch, next []sequel) *batch {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	for i, c := range b.calls {
		o, q := c.owner, c.queue
		if next[i].lost {
			x.release(o)
		}
		c.underWay = false
		if next[i].again && !c.gone {
			d.waiting++
		} else {
			q.pop()
			delete(o.calls, c.effect.Row.ID)
		}
		d.move(q, idle)
		d.settle(q, now)
		o.end()
	}
	more := x.begin(d)
	x.pump(d)
	return more
}
