package task

import (
	"container/heap"
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// queue is an entity with parked inputs, or in quarantine. All queues of a task
// are in memory, without the inputs: so that an entity that has none costs no
// look into the store.
type queue struct {
	spec        *Entity
	key, prefix string
	inst        *instance // while the current transaction uses it

	row       changelog.QueueRow // as the transaction sees it
	committed changelog.QueueRow
	stored    bool // committed is in the store
	used      bool // by the current transaction
	place     int  // in the heap; -1: not there
}

// holds says whether inputs of the entity may not go to the handler.
func (q *queue) holds() bool { return q.row.Quarantined || q.len() > 0 }

func (q *queue) len() int { return int(q.row.Next - q.row.Head) }

// history is what is known about the head's failures, the last one included.
func (q *queue) history(failure error, now time.Time) history {
	if q.row.FirstFailed.IsZero() {
		return history{attempts: q.row.Attempts, at: now, first: failure.Error()}
	}
	return history{attempts: q.row.Attempts, at: q.row.FirstFailed, first: q.row.FirstError}
}

// parking knows every queue of a task.
type parking struct {
	queues map[string]*queue // by the entity's changelog prefix
	due    dueHeap           // of those with inputs
	used   []*queue          // by the current transaction

	count, bytes       int
	maxCount, maxBytes int
	full               bool
}

// load reads the queues from committed rows.
func (p *parking) load(t *Topology, rows store.Reader) error {
	p.queues = make(map[string]*queue)
	var failed error
	err := rows.Scan(changelog.QueuePrefix, nil, func(key, value []byte) bool {
		failed = p.add(t, key, value)
		return failed == nil
	})
	if failed != nil || err != nil {
		return fmt.Errorf("reading parked inputs of %s: %w", t.App, firstOf(failed, err))
	}
	p.measure()
	return nil
}

func (p *parking) add(t *Topology, key, value []byte) error {
	entity, k, err := changelog.ParseQueue(key)
	if err != nil {
		return err
	}
	q := &queue{spec: t.Entity(entity), key: k, prefix: string(key[len(changelog.QueuePrefix):]), stored: true, place: -1}
	if q.spec == nil && t.retires(changelog.Part{Kind: changelog.State, Entity: entity}) {
		return nil
	}
	if q.spec == nil {
		return fmt.Errorf("entity %s has parked inputs: %w: keep the entity until they are handled", entity, ErrUndeclared)
	}
	if q.committed, err = changelog.ReadQueue(value); err != nil {
		return err
	}
	q.row = q.committed
	p.keep(q)
	return nil
}

// keep puts a queue where its row says.
func (p *parking) keep(q *queue) {
	p.queues[q.prefix] = q
	p.count += q.len()
	p.bytes += q.row.Bytes
	p.order(q)
}

// order puts a queue at its place among those that are due.
func (p *parking) order(q *queue) {
	switch {
	case q.len() == 0 && q.place >= 0:
		heap.Remove(&p.due, q.place)
	case q.len() > 0 && q.place < 0:
		heap.Push(&p.due, q)
	case q.len() > 0:
		heap.Fix(&p.due, q.place)
	}
}

func (p *parking) schedule(q *queue, due time.Time) {
	q.row.Due = micro(due)
	p.order(q)
}

// changed keeps the account after inputs were parked (positive) or left.
func (p *parking) changed(inputs, bytes int) {
	p.count += inputs
	p.bytes += bytes
	p.measure()
}

// measure sets full when a bound is reached, and resets it when a tenth of both
// is free again.
func (p *parking) measure() {
	switch {
	case p.count >= p.maxCount || p.bytes >= p.maxBytes:
		p.full = true
	case p.count <= p.maxCount-max(p.maxCount/10, 1) && p.bytes <= p.maxBytes-p.maxBytes/10:
		p.full = false
	}
}

// of returns the queue of an entity, or nil.
func (p *parking) of(prefix []byte) *queue {
	if len(p.queues) == 0 {
		return nil
	}
	return p.queues[string(prefix)]
}

// first returns the queue that is due first, or nil.
func (p *parking) first() *queue {
	if len(p.due) == 0 {
		return nil
	}
	return p.due[0]
}

// rows appends the rows of the queues that the transaction used.
func (p *parking) rows(dst []changelog.Row) []changelog.Row {
	for _, q := range p.used {
		key := append(append([]byte(nil), changelog.QueuePrefix...), q.prefix...)
		switch {
		case q.holds():
			dst = append(dst, changelog.Row{Key: key, Value: q.row.Append(nil)})
		case q.stored:
			dst = append(dst, changelog.Row{Key: key})
		}
	}
	return dst
}

// settle ends the transaction after it committed.
func (p *parking) settle() {
	for _, q := range p.used {
		q.committed, q.stored, q.used = q.row, q.holds(), false
		if !q.stored {
			delete(p.queues, q.prefix)
			q.inst.queue = nil
		}
		q.inst = nil
	}
	p.used = p.used[:0]
}

// revert drops what the transaction did.
func (p *parking) revert() {
	for _, q := range p.used {
		p.count += int(q.committed.Next-q.committed.Head) - q.len()
		p.bytes += q.committed.Bytes - q.row.Bytes
		q.row, q.used, q.inst = q.committed, false, nil
		p.order(q)
		if !q.stored {
			delete(p.queues, q.prefix)
		}
	}
	p.used = p.used[:0]
	p.measure()
}

// dueHeap orders queues by the time of the head's next try, then by entity, so
// that a repetition takes them in the same order.
type dueHeap []*queue

// Len implements heap.Interface.
func (h dueHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h dueHeap) Less(i, j int) bool {
	if c := h[i].row.Due.Compare(h[j].row.Due); c != 0 {
		return c < 0
	}
	return strings.Compare(h[i].prefix, h[j].prefix) < 0
}

// Swap implements heap.Interface.
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	q := x.(*queue)
	q.place = len(*h)
	*h = append(*h, q)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	q := (*h)[last]
	(*h)[last] = nil
	*h, q.place = (*h)[:last], -1
	return q
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
