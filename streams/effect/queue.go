package effect

import (
	"container/heap"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// call is one effect in the hands of the executor.
type call struct {
	effect    task.Effect
	seq       uint64
	owner     *owner
	queue     *queue // nil until it is queued
	underWay  bool   // first in a running queue
	notBefore time.Time
	attempts  int
	backoff   *backoff.ExponentialBackOff // nil before the first failure
	// lease and done belong to the try under way: the right to make it, and how
	// the breaker is told its end.
	lease store.Lease
	done  func(error)
	// gone calls are cancelled, or their task was revoked: not tried (again).
	gone bool
}

// queueKey names an entity; a destination has one queue for each.
type queueKey struct {
	task        store.Task
	entity, key string
}

// place is where a queue stands; see the package comment.
type place byte

const (
	idle place = iota
	ready
	held
	running
)

// queue holds the effects of one entity to one destination in calling order.
// While it is running, the first one is the call under way.
type queue struct {
	key   queueKey
	calls []*call
	place place
	index int // in the heap, while held
}

// add puts c behind every call with a lower sequence.
func (q *queue) add(c *call) {
	i, first := len(q.calls), 0
	if q.place == running {
		first = 1
	}
	for i > first && q.calls[i-1].seq > c.seq {
		i--
	}
	q.calls = slices.Insert(q.calls, i, c)
}

// skipGone removes what is gone from the front.
func (q *queue) skipGone() {
	for len(q.calls) > 0 && q.calls[0].gone {
		q.pop()
	}
}

func (q *queue) pop() {
	q.calls[0] = nil
	q.calls = q.calls[1:]
}

// delays is a heap of held queues, the one due first on top.
type delays []*queue

func (d delays) Len() int           { return len(d) }
func (d delays) Less(i, j int) bool { return d[i].due().Before(d[j].due()) }
func (d delays) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i, j
}

// Push implements heap.Interface.
func (d *delays) Push(q any) {
	q.(*queue).index = len(*d)
	*d = append(*d, q.(*queue))
}

// Pop implements heap.Interface.
func (d *delays) Pop() any {
	last := len(*d) - 1
	q := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	return q
}

func (q *queue) due() time.Time { return q.calls[0].notBefore }

// settle moves q to the place that its first call wants, unless it is running.
func (d *destination) settle(q *queue, now time.Time) {
	if q.place == running {
		return
	}
	if q.place == held {
		heap.Remove(&d.held, q.index)
		q.place = idle
	}
	q.skipGone()
	switch {
	case len(q.calls) == 0:
		q.place = idle
		delete(d.queues, q.key)
	case q.due().After(now):
		q.place = held
		heap.Push(&d.held, q)
	case q.place != ready:
		q.place = ready
		d.ready = append(d.ready, q)
	}
}

// nextReady returns the queue whose turn it is, without taking it, or nil. An
// entry of d.ready whose queue moved on meanwhile is void.
func (d *destination) nextReady(now time.Time) *queue {
	for len(d.held) > 0 && !d.held[0].due().After(now) {
		d.settle(d.held[0], now)
	}
	for len(d.ready) > 0 {
		if q := d.ready[0]; q.place == ready {
			return q
		}
		d.dropReady()
	}
	return nil
}

func (d *destination) dropReady() {
	d.ready[0] = nil
	d.ready = d.ready[1:]
}
