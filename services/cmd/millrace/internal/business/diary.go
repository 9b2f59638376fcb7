package business

import (
	"container/heap"
	"time"
)

// diary is what the outside is going to do, by time.
type diary struct {
	chores agenda
	count  int
}

// at puts something into the diary.
func (d *diary) at(due time.Time, do func()) {
	d.count++
	heap.Push(&d.chores, chore{due.Truncate(time.Second), d.count, do})
}

// due is when something is to be done next.
func (d *diary) due() (time.Time, bool) {
	if len(d.chores) == 0 {
		return time.Time{}, false
	}
	return d.chores[0].due, true
}

// do does the next thing.
func (d *diary) do() { heap.Pop(&d.chores).(chore).do() }
