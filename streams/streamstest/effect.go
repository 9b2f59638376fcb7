package streamstest

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/internal/span"
	"github.com/millrace/millrace/streams/task"
)

// untraced puts the trace of an effect into the context of its call.
var untraced = span.New(nil, "")

// waiting is an effect that is not answered yet.
type waiting struct {
	task.Effect
	attempts  int
	notBefore time.Time
	number    int // of those of its task, by age
}

// line is effects of one entity to one destination: they are called in order.
type line struct {
	name    lineName
	effects []*waiting
	at      int // in the heap
}

type lineName struct{ entity, key, destination string }

// calls are the waiting effects of a task: a heap of lines, by when and then by
// which their first one may be called.
type calls struct {
	lines map[lineName]*line
	heap  lineHeap
	count int
}

func newCalls() *calls { return &calls{lines: make(map[lineName]*line)} }

func (c *calls) add(e task.Effect) {
	name := lineName{e.Entity, e.EntityKey, e.Destination.Name}
	c.count++
	w := &waiting{Effect: e, number: c.count}
	if l := c.lines[name]; l != nil {
		l.effects = append(l.effects, w)
		return
	}
	l := &line{name: name, effects: []*waiting{w}}
	c.lines[name] = l
	heap.Push(&c.heap, l)
}

// first is the line whose first effect may be called before all others.
func (c *calls) first() *line {
	if len(c.heap) == 0 {
		return nil
	}
	return c.heap[0]
}

// next is when an effect may be called, zero for at once or for none.
func (c *calls) next() time.Time {
	if l := c.first(); l != nil {
		return l.effects[0].notBefore
	}
	return time.Time{}
}

// leave takes some effects out of a line.
func (c *calls) leave(l *line, gone func(*waiting) bool) {
	l.effects = slices.DeleteFunc(l.effects, gone)
	if len(l.effects) == 0 {
		heap.Remove(&c.heap, l.at)
		delete(c.lines, l.name)
		return
	}
	heap.Fix(&c.heap, l.at)
}

// drop forgets effects that nobody waits for any more.
func (c *calls) drop(ids []changelog.ID) {
	if len(ids) == 0 {
		return
	}
	for _, l := range c.lines {
		c.leave(l, func(w *waiting) bool { return slices.Contains(ids, w.Row.ID) })
	}
}

type lineHeap []*line

func (h lineHeap) Len() int { return len(h) }

func (h lineHeap) Less(i, j int) bool {
	a, b := h[i].effects[0], h[j].effects[0]
	return cmp.Or(a.notBefore.Compare(b.notBefore), cmp.Compare(a.number, b.number)) < 0
}

func (h lineHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

func (h *lineHeap) Push(x any) {
	l := x.(*line)
	l.at = len(*h)
	*h = append(*h, l)
}

func (h *lineHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// Hold makes effects wait from now on; Release lets them go.
func (d *Driver) Hold() { d.held = true }

// Release lets held effects be called by the next Run.
func (d *Driver) Release() { d.held = false }

// Waiting counts the effects without an answer, by destination.
func (d *Driver) Waiting() map[string]int {
	count := make(map[string]int)
	for _, p := range d.programs {
		for _, r := range p.tasks {
			for name, l := range r.effects.lines {
				count[name.destination] += len(l.effects)
			}
		}
	}
	return count
}

// readyEffect returns a line whose first effect may be called now, or nil.
func (d *Driver) readyEffect(r *running) *line {
	if l := r.effects.first(); l != nil && !d.held && !l.effects[0].notBefore.After(d.now) {
		return l
	}
	return nil
}

// callEffect makes one attempt; a failure is tried again after a second of the
// driver's clock, or as long as the destination asked for.
func (d *Driver) callEffect(r *running, l *line) {
	e := l.effects[0]
	e.attempts++
	ctx := effect.WithID(context.Background(), e.Row.ID)
	if e.Row.Trace.Valid() {
		ctx, _ = untraced.Call(ctx, &e.Effect, e.attempts)
	}
	value, err := e.Destination.Call(ctx, e.Row.Request)
	final := err == nil || effect.IsPermanent(err) || (e.Destination.Attempts > 0 && e.attempts >= e.Destination.Attempts)
	if !final {
		wait, asked := effect.Wait(err)
		if !asked {
			wait = time.Second
		}
		e.notBefore = d.now.Add(wait)
		heap.Fix(&r.effects.heap, l.at)
		return
	}
	r.answers = append(r.answers, task.Answer{Key: e.Key, ID: e.Row.ID, Value: value, Err: err, Attempts: e.attempts, Troubled: e.attempts > 1 || e.Restored})
	r.effects.leave(l, func(w *waiting) bool { return w == e })
}
