package canary

import (
	"time"

	"github.com/millrace/millrace/schemas/topic"
)

// stages are the steps of an order's way and the topics that tell of them.
var stages = []struct{ name, topic string }{
	{"accepted", topic.OrderAccepted.Name},
	{"allocated", topic.OrderAllocated.Name},
	{"released", topic.OrderReleased.Name},
	{"shipped", topic.ShipmentConfirmed.Name},
	{"invoiced", topic.InvoicePosted.Name},
	{completed, topic.OrderCompleted.Name},
}

// How an order ends.
const (
	completed = "completed"
	cancelled = "cancelled"
	rejected  = "rejected"
)

var ends = map[string]string{topic.OrderCompleted.Name: completed, topic.OrderCancelled.Name: cancelled, topic.OrderRejected.Name: rejected}

// course is one order on its way. Topics are read independently, so a later stage may
// be seen before an earlier one: what is asked as of a watermark is certain.
type course struct {
	order  string
	placed time.Time
	seen   map[string]time.Time // by topic, the first record
}

func newCourse(order string, placed time.Time) *course {
	return &course{order: order, placed: placed, seen: make(map[string]time.Time)}
}

// see takes a record about the order.
func (c *course) see(topic string, at time.Time) {
	if was, known := c.seen[topic]; !known || at.Before(was) {
		c.seen[topic] = at
	}
}

// waits is the stage that the order waits for, and since when.
func (c *course) waits() (stage string, since time.Time) {
	stage, since = stages[0].name, c.placed
	for n, s := range stages[:len(stages)-1] {
		if at, reached := c.seen[s.topic]; reached {
			stage, since = stages[n+1].name, at
		}
	}
	return stage, since
}

// ended is how the order ended by a watermark, empty while it is under way.
func (c *course) ended(watermark time.Time) string {
	for topic, end := range ends {
		if at, seen := c.seen[topic]; seen && !watermark.Before(at) {
			return end
		}
	}
	return ""
}

// took calls fn with the stages that were reached and how long each took after the
// one before.
func (c *course) took(fn func(stage string, took time.Duration)) {
	before := c.placed
	for _, s := range stages {
		if at, reached := c.seen[s.topic]; reached {
			fn(s.name, max(0, at.Sub(before)))
			before = at
		}
	}
}
