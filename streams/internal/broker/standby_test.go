package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/store"
)

// small is a lag that the tests' changelogs pass soon, so that moves have to be
// warmed.
const small = 50

func (w *world) startWith(name string, rows store.Store, standbys int) *instance {
	w.Helper()
	opts := w.options(name, rows)
	opts.Standbys, opts.AcceptableLag = standbys, small
	return w.run(opts)
}

// complete requires that a store's copies of some tasks are as far as their
// changelogs.
func (w *world) complete(rows store.Store, tasks ...int32) error {
	for _, p := range tasks {
		space, err := rows.Open(w.app, p)
		if err != nil {
			return err
		}
		c, _, err := space.Cursor()
		if err != nil {
			return err
		}
		if end := w.end(w.app+".changelog", p); c.Next < end-1 { // an owner does not count the last marker
			return fmt.Errorf("copy of task %d is at %d, its changelog at %d", p, c.Next, end)
		}
	}
	return nil
}

// longestStop is the longest time between two outputs of a partition, from the
// n-th output of each on.
func (w *world) longestStop(from map[int32]int) (longest time.Duration, partition int32) {
	w.Helper()
	for p, records := range w.log(w.app + "-out") {
		for i := max(1, from[p]); i < len(records); i++ {
			if stop := records[i].Timestamp.Sub(records[i-1].Timestamp); stop > longest {
				longest, partition = stop, p
			}
		}
	}
	return longest, partition
}

func (w *world) counts() map[int32]int {
	w.Helper()
	n := make(map[int32]int)
	for p, records := range w.log(w.app + "-out") {
		n[p] = len(records)
	}
	return n
}

func TestStandbyFollowsAndTakesOverAfterACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	rowsA, rowsB := newStore(), newStore()
	a := w.startWith("a", rowsA, 1)
	a.ready()
	w.send(2000, 40)
	w.settle()
	b := w.startWith("b", rowsB, 1)
	eventually(t, 30*time.Second, func() error { return owns(b, 2, 4) })
	w.send(2000, 40)
	w.settle()
	all := []int32{0, 1, 2, 3}
	eventually(t, 10*time.Second, func() error { return w.complete(rowsA, all...) })
	eventually(t, 10*time.Second, func() error { return w.complete(rowsB, all...) })
	before := w.counts()
	stopSending := w.keepSending(40)
	a.kill()
	killed := time.Now()
	eventually(t, 30*time.Second, func() error { return owns(b, 4, 4) })
	t.Logf("failover took %s", time.Since(killed))
	stopSending()
	w.settle()
	stop, p := w.longestStop(before)
	t.Logf("the longest stop was %s, of task %d", stop, p)
	if stop > 7*time.Second {
		t.Errorf("task %d stood still for %s, the session is 6 s", p, stop)
	}
	b.drain()
	w.folded(rowsB)
}

func TestPlannedMoveToAWarmCopyStopsATaskForUnderASecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	a := w.startWith("a", newStore(), 0)
	a.ready()
	w.send(4000, 40)
	w.settle()
	before := w.counts()
	stopSending := w.keepSending(40)
	b := w.startWith("b", newStore(), 0)
	eventually(t, 30*time.Second, func() error { return owns(b, 2, 4) })
	eventually(t, 30*time.Second, func() error { return owns(a, 2, 4) })
	stopSending()
	w.settle()
	stop, p := w.longestStop(before)
	t.Logf("the longest stop was %s, of task %d", stop, p)
	if stop > time.Second {
		t.Errorf("task %d stood still for %s", p, stop)
	}
	a.drain()
	b.drain()
}
