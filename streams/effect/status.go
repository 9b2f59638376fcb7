package effect

import (
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// Event says what a Status reports.
type Event string

// The events. Waiting and Flowing are about a destination, the others about one
// effect.
const (
	Asked    Event = "asked"    // queued; it is called when its turn comes
	Failed   Event = "failed"   // a try failed and another will follow at RetryAt
	Answered Event = "answered" // final, with Err if it failed for good
	Dropped  Event = "dropped"  // cancelled before it was answered
	Waiting  Event = "waiting"  // the destination is down: its effects wait, one probes
	Flowing  Event = "flowing"  // the destination is up again
)

// Status reports a step in the course of an effect or of a destination.
type Status struct {
	Event       Event
	Destination string
	// Err is the cause of Failed, Waiting and of a failed Answered.
	Err error
	// Waiting counts the effects that wait for the destination. Only for Waiting
	// and Flowing.
	Waiting int
	// RetryAt is when the next try may follow, for Failed and Waiting.
	RetryAt time.Time

	// The rest is zero for Waiting and Flowing.
	Task        store.Task
	Entity, Key string
	Name        string // the name the handler asked under
	ID          changelog.ID
	Attempt     int // tries made
	// News says that others want to know it: a first failure, one of another Cause
	// than the one before, or the cancelling of what failed. At most maxNews an
	// effect; its end is told in the transaction that takes its answer.
	News bool
}

// maxNews bounds what is told of one effect while it fails in turns.
const maxNews = 10

// failed reports a failure.
func (c *call) failed(err error, retryAt time.Time) Status {
	s := c.status(Failed, err, retryAt)
	if cause := Cause(err); cause != c.trouble && c.told < maxNews {
		s.News = true
		c.trouble = cause
		c.told++
	}
	return s
}

// troubled says whether others may know of the effect.
func (c *call) troubled() bool { return c.told > 0 || c.effect.Restored }

func (c *call) status(event Event, err error, retryAt time.Time) Status {
	return Status{
		Event: event, Destination: c.effect.Destination.Name, Task: c.owner.task,
		Entity: c.effect.Entity, Key: c.effect.EntityKey, Name: c.effect.Row.Name, ID: c.effect.Row.ID,
		Attempt: c.attempts, Err: err, RetryAt: retryAt,
	}
}

// status reports that the destination went down, because of err, or came up.
func (d *destination) status(err error) Status {
	if !d.down {
		return Status{Event: Flowing, Destination: d.spec.Name, Waiting: d.waiting}
	}
	return Status{Event: Waiting, Destination: d.spec.Name, Waiting: d.waiting, RetryAt: d.pausedUntil, Err: err}
}
