package streams

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// Retry says, from a Handler, that err may pass: everything the call did is
// rolled back and the input is parked in its entity, durably, to be tried again
// with growing waits (see Retries). Until it is handled, or has become a dead
// letter, later inputs of the entity queue behind it, records, timers and
// answers alike; other entities go on. Cause.Attempt tells the handler which try
// it is. Retry(nil) is nil.
//
// An answer that is parked is stored with Destination.Response, and keeps
// of a final failure its text alone.
func Retry(err error) error { return task.Retry(err) }

// Retries is how often and how patiently parked inputs of an entity are tried
// again, how many it may have, and what happens when they are too many. The zero
// value of each field is its default.
type Retries = task.Retries

// What an entity does when it has no room for another parked input.
const (
	// DropHead makes a dead letter of the first parked input, and the others go on
	// at once.
	DropHead = task.DropHead
	// Quarantine makes dead letters of all parked inputs, and of all that come
	// after, until somebody redrives one of them: no later input is handled in
	// place of an earlier one.
	Quarantine = task.Quarantine
)

// Bounds of what an entity may be allowed to park.
const (
	maxParkedInputs = 100_000
	maxParkedBytes  = 64 << 20
)

// WithRetries sets how an entity's parked inputs are tried again.
func WithRetries[S any](r Retries) EntityOption[S] {
	return func(e *Entity[S]) {
		if err := checkRetries(r); err != nil {
			e.topology.fault("entity %s: %w", e.spec.Name, err)
		}
		e.spec.Retries = r
	}
}

func checkRetries(r Retries) error {
	switch {
	case r.Attempts < 0:
		return fmt.Errorf("retries: %d attempts: take 1 for none but the first", r.Attempts)
	case r.BackoffMin < 0 || r.BackoffMax < 0 || r.BackoffMax > 0 && r.BackoffMax < r.BackoffMin:
		return fmt.Errorf("retries: waits from %s to %s: they must grow", r.BackoffMin, r.BackoffMax)
	case r.MaxInputs < 0 || r.MaxInputs > maxParkedInputs:
		return fmt.Errorf("retries: %d inputs: an entity may park up to %d", r.MaxInputs, maxParkedInputs)
	case r.MaxBytes < 0 || r.MaxBytes > maxParkedBytes:
		return fmt.Errorf("retries: %d bytes: an entity may park up to %d", r.MaxBytes, maxParkedBytes)
	}
	return nil
}

// ParkedEntity is an entity that has parked inputs or is in quarantine.
type ParkedEntity struct {
	Entity, Key string // its kind and its key
	// Inputs and Bytes are how much waits, Kind is what the first of it is: a
	// "record", "timer" or "answer".
	Inputs, Bytes int
	Kind          string
	// Attempts counts the tries of the first input, which failed first at
	// FirstFailed with FirstError and last with LastError; Due is when it is tried
	// again.
	Attempts              int
	FirstFailed           time.Time
	FirstError, LastError string
	Due                   time.Time
	Quarantined           bool
}

// ScanParked calls fn with each entity of a topology that has parked inputs
// here, in no order that means anything, until fn returns false.
func ScanParked(from Committed, app string, fn func(ParkedEntity) bool) error {
	all, err := from.AllRows(app)
	if err != nil {
		return err
	}
	for _, rows := range all {
		more := true
		var failed error
		err := rows.Scan(changelog.QueuePrefix, nil, func(key, value []byte) bool {
			p, err := readParked(rows, key, value)
			if failed = err; err == nil {
				more = fn(p)
			}
			return failed == nil && more
		})
		if failed != nil || err != nil || !more {
			return firstOf(failed, err)
		}
	}
	return nil
}

func readParked(rows store.Reader, key, value []byte) (ParkedEntity, error) {
	entity, k, err := changelog.ParseQueue(key)
	if err != nil {
		return ParkedEntity{}, err
	}
	q, err := changelog.ReadQueue(value)
	if err != nil {
		return ParkedEntity{}, err
	}
	p := ParkedEntity{
		Entity: entity, Key: k, Inputs: int(q.Next - q.Head), Bytes: q.Bytes, Attempts: q.Attempts, FirstFailed: q.FirstFailed,
		FirstError: q.FirstError, LastError: q.LastError, Due: q.Due, Quarantined: q.Quarantined,
	}
	if p.Inputs == 0 {
		return p, nil
	}
	b, err := rows.Get(changelog.AppendParked(changelog.AppendEntity(nil, entity, k), q.Head))
	if err != nil {
		return p, fmt.Errorf("reading parked input: %w", err)
	}
	if b == nil { // handled since the scan began
		return p, nil
	}
	head, err := changelog.ReadParked(b)
	p.Kind = head.Kind.String()
	return p, err
}
