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
	trouble   string                      // cause of the failure that was told last, "" for none
	told      int                         // failures that were told
	backoff   *backoff.ExponentialBackOff // nil before the first failure
	class     int                         // of the destination's
	lease     store.Lease                 // the right to make the try under way
	// gone calls are cancelled, or their task was revoked: not tried (again).
	gone      bool
	uncounted bool // gone, and taken out of its queue's account
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
	// class is that of its most urgent effect, since the others stand in its way;
	// counts has how many it has of each, if there is more than one class.
	class  int
	counts []int
	lined  int       // the class in whose line it stands, while ready
	since  time.Time // when it became ready
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
	q.count(c, 1)
}

// count adds n effects of the class of c.
func (q *queue) count(c *call, n int) {
	if q.counts == nil {
		return
	}
	q.counts[c.class] += n
	for q.class = 0; q.class < len(q.counts)-1 && q.counts[q.class] == 0; {
		q.class++
	}
}

// skipGone removes what is gone from the front.
func (q *queue) skipGone() {
	for len(q.calls) > 0 && q.calls[0].gone {
		q.pop()
	}
}

// pop removes the first call. One that is gone is not counted any more.
func (q *queue) pop() {
	if !q.calls[0].uncounted {
		q.count(q.calls[0], -1)
	}
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

// move changes the place of q.
func (d *destination) move(q *queue, to place) {
	if q.place == ready {
		d.ready--
	}
	if q.place = to; to == ready {
		d.ready++
	}
}

// settle moves q to the place that its first call wants, unless it is running.
func (d *destination) settle(q *queue, now time.Time) {
	if q.place == running {
		return
	}
	if q.place == held {
		heap.Remove(&d.held, q.index)
		d.move(q, idle)
	}
	q.skipGone()
	switch {
	case len(q.calls) == 0:
		d.move(q, idle)
		delete(d.queues, q.key)
	case q.due().After(now):
		d.move(q, held)
		heap.Push(&d.held, q)
	case q.place != ready:
		d.move(q, ready)
		q.since = now
		d.line(q)
	case q.lined != q.class:
		d.line(q)
	}
}

// line puts q at the end of its class.
func (d *destination) line(q *queue) {
	q.lined = q.class
	d.classes[q.class].queues = append(d.classes[q.class].queues, q)
}

// wakeHeld makes ready what is due, and sets the timer for what is not.
func (d *destination) wakeHeld(now time.Time) {
	for len(d.held) > 0 && !d.held[0].due().After(now) {
		d.settle(d.held[0], now)
	}
	if len(d.held) > 0 {
		d.arm(d.held[0].due())
	}
}

// first returns the queue of a class whose turn it is, without taking it, or
// nil. An entry whose queue moved on meanwhile is void.
func (d *destination) first(class int) *queue {
	l := &d.classes[class]
	for len(l.queues) > 0 {
		if q := l.queues[0]; q.place == ready && q.lined == class {
			return q
		}
		l.queues[0] = nil
		l.queues = l.queues[1:]
	}
	return nil
}

// ripe says whether it is worth to call now: there is enough for a batch, or the
// first has waited for it long enough.
func (d *destination) ripe(now time.Time) bool {
	if d.ready == 0 || d.ready >= d.spec.MaxBatch || d.spec.MaxWait <= 0 {
		return d.ready > 0
	}
	oldest := now
	for class := range d.classes {
		if q := d.first(class); q != nil && q.since.Before(oldest) {
			oldest = q.since
		}
	}
	at := oldest.Add(d.spec.MaxWait)
	if at.After(now) {
		d.arm(at)
		return false
	}
	return true
}
