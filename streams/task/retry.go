package task

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// retryable marks a failure that may pass.
type retryable struct{ error }

func (r retryable) Unwrap() error { return r.error }

// Retry says that err may pass: the input is parked and tried again, in place of
// becoming a dead letter. Retry(nil) is nil.
func Retry(err error) error {
	if err == nil {
		return nil
	}
	return retryable{err}
}

// IsRetry says whether err was made by Retry, or wraps such an error.
func IsRetry(err error) bool {
	var r retryable
	return errors.As(err, &r)
}

// WhenFull says what an entity does that has no room for another parked input.
type WhenFull byte

const (
	// DropHead makes a dead letter of the first parked input, and the others go
	// on at once.
	DropHead WhenFull = iota
	// Quarantine makes dead letters of all parked inputs, and of all that come,
	// until one of them comes back through the redrive topic.
	Quarantine
)

// Retries is how an entity treats inputs whose handler returned Retry, and the
// inputs that queue behind such a one.
type Retries struct {
	// Attempts bounds the tries of one input, the first included; after the last
	// it is a dead letter. Default 20; 1 parks nothing.
	Attempts int
	// BackoffMin and BackoffMax bound the wait between two tries: it doubles from
	// one to the other, less up to a half. Defaults 100 ms and 1 min.
	BackoffMin, BackoffMax time.Duration
	// MaxInputs and MaxBytes bound what one entity parks. Defaults 1,000 and 1 MiB.
	MaxInputs, MaxBytes int
	// WhenFull is what happens beyond them. Default DropHead.
	WhenFull WhenFull
}

func (r Retries) withDefaults() Retries {
	setDefault(&r.Attempts, 20)
	setDefault(&r.BackoffMin, 100*time.Millisecond)
	setDefault(&r.BackoffMax, time.Minute)
	setDefault(&r.MaxInputs, 1000)
	setDefault(&r.MaxBytes, 1<<20)
	r.BackoffMax = max(r.BackoffMax, r.BackoffMin)
	return r
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// backoff is how long to wait after the given number of failed attempts. Its
// jitter comes from the cause, so that a repetition after a crash waits as long.
func (r Retries) backoff(cause *Cause, attempts int) time.Duration {
	wait := r.BackoffMax
	if doubled := float64(r.BackoffMin) * math.Pow(2, float64(attempts-1)); doubled < float64(wait) {
		wait = time.Duration(doubled)
	}
	id := cause.Derive("retry", attempts)
	jitter := float64(binary.BigEndian.Uint32(id[:])) / math.MaxUint32
	return max(time.Duration(float64(wait)*(1-jitter/2)), time.Microsecond)
}

// retry tries the heads of queues that are due at now, at most limit inputs, and
// says how many it took. What a handled head leaves behind is due at once.
func (t *Task) retry(now time.Time, limit int) (taken int, err error) {
	for taken < limit {
		q := t.parking.first()
		if q == nil || q.row.Due.After(now) {
			break
		}
		if err := t.retryHead(q, now); err != nil {
			return taken, err
		}
		taken++
	}
	return taken, nil
}

// retryHead hands the first input of a queue to its handler once more.
func (t *Task) retryHead(q *queue, now time.Time) error {
	inst, err := t.load(q.spec, q.key)
	if err != nil {
		return err
	}
	t.use(inst, q)
	a, wanted, err := t.head(inst, q)
	if err != nil {
		return err
	}
	if !wanted {
		t.counts.Filtered++
		t.pop(inst, q, a.size, now)
		return nil
	}
	failure, err := t.tryHead(inst, q, &a, now)
	if err != nil {
		return err
	}
	policy := q.spec.Retries.withDefaults()
	switch {
	case failure == nil:
		t.counts.Handled++
		t.pop(inst, q, a.size, now)
	case IsRetry(failure) && q.row.Attempts+1 < policy.Attempts:
		inst.wait(&a)
		t.failed(q, &a, policy, failure, now)
	default:
		q.row.Attempts++
		t.deadLetter(&a, q.history(failure, now), failure)
		t.pop(inst, q, a.size, now)
	}
	return nil
}

func (t *Task) tryHead(inst *instance, q *queue, a *arrival, now time.Time) (failure, err error) {
	a.cause.Attempt = q.row.Attempts + 1
	if failure, err := t.decode(a); failure != nil || err != nil {
		return failure, err
	}
	return t.call(inst, a, now)
}

// failed takes note of a failed try of the head and sets the time of the next.
func (t *Task) failed(q *queue, a *arrival, policy Retries, failure error, now time.Time) {
	if q.row.Attempts == 0 {
		q.row.FirstFailed, q.row.FirstError = micro(now), short(failure)
	}
	q.row.Attempts++
	q.row.LastError = short(failure)
	t.parking.schedule(q, now.Add(policy.backoff(&a.cause, q.row.Attempts)))
}

// maxKeptError bounds an error's text in a queue's row, in bytes.
const maxKeptError = 256

func short(err error) string {
	text := err.Error()
	return text[:min(len(text), maxKeptError)]
}

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
