package effect

import (
	"cmp"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"

	"github.com/millrace/millrace/streams/task"
)

const (
	// breakerFailures in a row, with no success of another call between, mean
	// that a destination is down.
	breakerFailures = 5
	// breakerPause is the time between probes of a destination that is down.
	breakerPause = 5 * time.Second
	// longestPause bounds what a destination may wish for.
	longestPause = time.Hour
	// clockStep is more than a timer can be early, as the breaker sees it.
	clockStep = time.Millisecond
)

// destination schedules the calls to one place. The executor's lock guards it.
type destination struct {
	spec    task.Destination // with defaults
	queues  map[queueKey]*queue
	classes []line
	held    delays
	waiting int // effects that are not under way
	ready   int // queues in that place

	budget  *budget
	breaker *gobreaker.TwoStepCircuitBreaker[any]
	down    bool
	// pausedUntil is when the next call may start, at the wish of the other side
	// or, while it is down, for the next probe.
	pausedUntil time.Time
	// localUntil is until when the shared limiter is not asked, since it failed.
	localUntil time.Time

	timer  *time.Timer
	wakeAt time.Time // zero when the timer is not set
	wake   func()
}

// line is the ready queues of one class, in turn.
type line struct {
	name   string
	queues []*queue
	// pausedUntil is when the shared limiter may let the class pass again.
	pausedUntil time.Time
}

// timeout bounds one call to a destination.
func timeout(spec *task.Destination) time.Duration { return cmp.Or(spec.Timeout, 10*time.Second) }

func newDestination(spec *task.Destination, share float64, wake func()) *destination {
	d := &destination{spec: *spec, queues: make(map[queueKey]*queue), wake: wake}
	d.spec.Timeout = timeout(spec)
	d.spec.Concurrent = cmp.Or(max(spec.Concurrent, 0), 8)
	d.spec.BackoffMin = cmp.Or(spec.BackoffMin, 100*time.Millisecond)
	d.spec.BackoffMax = max(cmp.Or(spec.BackoffMax, time.Minute), d.spec.BackoffMin)
	d.spec.MaxBatch = max(spec.MaxBatch, 1)
	if spec.CallBatch == nil {
		d.spec.MaxBatch = 1
	}
	d.budget = newBudget(&d.spec, share, time.Now())
	d.classes = make([]line, len(d.budget.classes))
	for i, c := range spec.Classes {
		d.classes[i].name = c.Name
	}
	d.breaker = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Name: spec.Name, MaxRequests: 1, Timeout: breakerPause,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakerFailures },
		IsSuccessful: answered,
		IsExcluded:   notMade,
		OnStateChange: func(_ string, _, to gobreaker.State) {
			switch to {
			case gobreaker.StateOpen:
				d.down = true
				d.pause(time.Now().Add(breakerPause + clockStep))
			case gobreaker.StateClosed:
				d.down = false
			}
		},
	})
	return d
}

// class returns the number of a class; an unknown one is the last.
func (d *destination) class(name string) int {
	for i := range d.classes {
		if d.classes[i].name == name {
			return i
		}
	}
	return len(d.classes) - 1
}

// take returns the batch that may be called now, counted against all limits, or
// nil; then the timer is set for when it may be worth to ask again.
func (d *destination) take(now time.Time, shared bool) *batch {
	d.wakeHeld(now)
	if !d.ripe(now) {
		return nil
	}
	shared = shared && d.asksLimiter(now)
	class, ok := d.admit(now, shared)
	if !ok {
		return nil
	}
	done, err := d.breaker.Allow()
	if err != nil {
		return nil // the probe under way asks again when it ends
	}
	d.budget.start(class, now, shared)
	b := &batch{class: class, shared: shared, done: done}
	for from := class; from < len(d.classes) && len(b.calls) < d.spec.MaxBatch; {
		q := d.first(from)
		if q == nil {
			from++
			continue
		}
		d.move(q, running)
		d.waiting--
		b.calls = append(b.calls, q.calls[0])
	}
	return b
}

// admit asks pause and budget for one call, of the most urgent class that may.
func (d *destination) admit(now time.Time, shared bool) (class int, ok bool) {
	if d.pausedUntil.After(now) {
		d.arm(d.pausedUntil)
		return 0, false
	}
	for class := range d.classes {
		if d.first(class) == nil {
			continue
		}
		at := d.classes[class].pausedUntil
		if !at.After(now) {
			if ok, at = d.budget.admits(class, now, shared); ok {
				return class, true
			}
		}
		if !at.IsZero() {
			d.arm(at)
		}
	}
	return 0, false
}

// arm makes sure that wake is called at a time, or before.
func (d *destination) arm(at time.Time) {
	if !d.wakeAt.IsZero() && !at.Before(d.wakeAt) {
		return
	}
	d.wakeAt = at
	if d.timer == nil {
		d.timer = time.AfterFunc(time.Until(at), d.wake)
		return
	}
	d.timer.Reset(time.Until(at))
}

// record tells the breaker how a batch ended and heeds wishes to be left alone.
// changed says that the destination went down or came up, because of err.
func (d *destination) record(b *batch, outcomes []task.Outcome, now time.Time) (changed bool, err error) {
	before := d.down
	d.budget.end(b.class)
	if err = outcomes[0].Err; errors.Is(err, errBusy) {
		d.budget.refund(b.class)
	}
	for _, o := range outcomes {
		if answered(o.Err) { // one answer is enough to know that it is up
			err = o.Err
		}
		if wait, ok := Wait(o.Err); ok {
			d.pause(now.Add(min(wait, longestPause)))
		}
	}
	b.done(err)
	return d.down != before, err
}

func (d *destination) pause(until time.Time) { d.pausedUntil = later(d.pausedUntil, until) }

// retryAt returns when c, whose try ended with err, is to be tried again; ok is
// false when this end is final.
func (d *destination) retryAt(c *call, err error, now time.Time) (at time.Time, ok bool) {
	if err == nil || IsPermanent(err) || d.spec.Attempts > 0 && c.attempts >= d.spec.Attempts {
		return time.Time{}, false
	}
	if wait, ok := Wait(err); ok {
		return now.Add(min(wait, longestPause)), true
	}
	if c.backoff == nil {
		// With this factor an interval i gives anything from 0 to 2i.
		c.backoff = &backoff.ExponentialBackOff{
			InitialInterval: d.spec.BackoffMin, MaxInterval: d.spec.BackoffMax,
			Multiplier: 2, RandomizationFactor: 1,
		}
	}
	wait := min(max(c.backoff.NextBackOff(), d.spec.BackoffMin), d.spec.BackoffMax)
	return now.Add(wait), true
}

// notMade says that err tells nothing about the destination.
func notMade(err error) bool {
	return errors.Is(err, errDropped) || errors.Is(err, errCut) || errors.Is(err, errBusy)
}
