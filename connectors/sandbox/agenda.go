package sandbox

import (
	"container/heap"
	"time"
)

// agenda is what a depot has still to do, by time.
type agenda struct{ tasks taskHeap }

// task is one step: the next one of an order, or the arrival of goods.
type task struct {
	due    time.Time
	order  string // reference of an order, or
	advice string // number of an advice
}

func (a *agenda) add(t task) { heap.Push(&a.tasks, t) }

// next is when there is something to do.
func (a *agenda) next() (time.Time, bool) {
	if len(a.tasks) == 0 {
		return time.Time{}, false
	}
	return a.tasks[0].due, true
}

// take returns what is due, at most limit of it, in order of time.
func (a *agenda) take(now time.Time, limit int) []task {
	var due []task
	for len(a.tasks) > 0 && len(due) < limit && !a.tasks[0].due.After(now) {
		due = append(due, heap.Pop(&a.tasks).(task))
	}
	return due
}

type taskHeap []task

func (h taskHeap) Len() int           { return len(h) }
func (h taskHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h taskHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *taskHeap) Push(x any)        { *h = append(*h, x.(task)) }
func (h *taskHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
