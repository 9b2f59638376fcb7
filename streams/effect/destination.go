package effect

import (
	"cmp"
	"errors"
	"math"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

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
	ready   []*queue
	held    delays
	waiting int // effects that are not under way
	running int // workers

	limiter *rate.Limiter
	breaker *gobreaker.TwoStepCircuitBreaker[any]
	down    bool
	// pausedUntil is when the next call may start, at the wish of the other side
	// or, while it is down, for the next probe.
	pausedUntil time.Time

	timer  *time.Timer
	wakeAt time.Time // zero when the timer is not set
	wake   func()
}

// timeout bounds one call to a destination.
func timeout(spec *task.Destination) time.Duration { return cmp.Or(spec.Timeout, 10*time.Second) }

func newDestination(spec *task.Destination, share float64, wake func()) *destination {
	d := &destination{spec: *spec, queues: make(map[queueKey]*queue), wake: wake}
	d.spec.Timeout = timeout(spec)
	d.spec.Concurrent = cmp.Or(max(spec.Concurrent, 0), 8)
	d.spec.BackoffMin = cmp.Or(spec.BackoffMin, 100*time.Millisecond)
	d.spec.BackoffMax = max(cmp.Or(spec.BackoffMax, time.Minute), d.spec.BackoffMin)
	d.limiter = rate.NewLimiter(rate.Inf, 1)
	d.setShare(share)
	d.breaker = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Name: spec.Name, MaxRequests: 1, Timeout: breakerPause,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakerFailures },
		IsSuccessful: answered,
		IsExcluded:   func(err error) bool { return errors.Is(err, errDropped) || errors.Is(err, errCut) },
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

// setShare sets this process's part of the budget. A burst is at most what the
// budget allows in 50 ms, so that the limit holds for any second.
func (d *destination) setShare(share float64) {
	if d.spec.PerSecond <= 0 {
		return
	}
	limit := d.spec.PerSecond * share
	d.limiter.SetLimit(rate.Limit(limit))
	d.limiter.SetBurst(max(1, int(math.Ceil(limit/20))))
}

// take returns the call that may start now, counted against all limits, or nil;
// then the timer is set for when it may be worth to ask again.
func (d *destination) take(now time.Time) *call {
	q := d.nextReady(now)
	if q == nil {
		if len(d.held) > 0 {
			d.arm(d.held[0].due())
		}
		return nil
	}
	done, ok := d.admit(now)
	if !ok {
		return nil
	}
	d.dropReady()
	q.place = running
	d.waiting--
	c := q.calls[0]
	c.done = done
	return c
}

// admit asks pause, budget and breaker for one call.
func (d *destination) admit(now time.Time) (done func(error), ok bool) {
	if d.pausedUntil.After(now) {
		d.arm(d.pausedUntil)
		return nil, false
	}
	budget := d.limiter.ReserveN(now, 1)
	if wait := budget.DelayFrom(now); wait > 0 {
		budget.CancelAt(now)
		// A budget of nothing has nothing to wait for but another share.
		if wait < rate.InfDuration {
			d.arm(now.Add(wait))
		}
		return nil, false
	}
	done, err := d.breaker.Allow()
	if err != nil {
		// The probe under way asks again when it ends.
		budget.CancelAt(now)
		return nil, false
	}
	return done, true
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

// record tells the breaker how c ended and heeds a wish to be left alone. changed
// says that the destination went down or came up.
func (d *destination) record(c *call, err error, now time.Time) (changed bool) {
	before := d.down
	c.done(err)
	c.done = nil
	if wait, ok := Wait(err); ok {
		d.pause(now.Add(min(wait, longestPause)))
	}
	return d.down != before
}

func (d *destination) pause(until time.Time) {
	if until.After(d.pausedUntil) {
		d.pausedUntil = until
	}
}

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
