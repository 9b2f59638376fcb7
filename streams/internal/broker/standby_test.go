package broker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

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

// stops returns the longest time between two outputs of each task, from a number
// of outputs of it on.
func (w *world) stops(from map[int32]int) map[int32]time.Duration {
	w.Helper()
	longest := make(map[int32]time.Duration)
	for p, records := range w.log(w.app + "-out") {
		for i := max(1, from[p]); i < len(records); i++ {
			longest[p] = max(longest[p], records[i].Timestamp.Sub(records[i-1].Timestamp))
		}
	}
	return longest
}

// stepsOfAMove is how many things come one after another when a task moves, each of
// which a busy machine delays: joining, fencing, restoring, committing.
const stepsOfAMove = 4

// stoodStill requires that tasks that moved to another instance stood
// still for no longer than limit, beside what the machine made others wait that
// did not move, at each step.
func (w *world) stoodStill(stops map[int32]time.Duration, moved []int32, limit time.Duration) {
	w.Helper()
	w.Logf("stops %v, of which %v moved", stops, moved)
	var machine time.Duration
	for p, stop := range stops {
		if !slices.Contains(moved, p) {
			machine = max(machine, stop)
		}
	}
	if machine > time.Second {
		w.Logf("NOTHING IS SAID ABOUT THE TIME OF MOVES: this machine made tasks wait %s that did not move", machine)
		return
	}
	for _, p := range moved {
		if stops[p] > limit+stepsOfAMove*machine {
			w.Errorf("task %d stood still for %s, want %s; the others did for %s", p, stops[p], limit, machine)
		}
	}
}

// tasksOf lists the tasks of an instance.
func (w *world) tasksOf(i *instance) (tasks []int32) {
	for p := range w.partitions {
		if _, err := i.Rows(p); err == nil {
			tasks = append(tasks, p)
		}
	}
	return tasks
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
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	w.send(2000, 40)
	w.settle()
	all := []int32{0, 1, 2, 3}
	eventually(t, 60*time.Second, func() error { return w.complete(rowsA, all...) })
	eventually(t, 60*time.Second, func() error { return w.complete(rowsB, all...) })
	before, moved := w.counts(), w.tasksOf(a)
	stopSending := w.keepSending(40)
	a.kill()
	killed := time.Now()
	eventually(t, 60*time.Second, func() error { return owns(b, 4, 4) })
	t.Logf("failover took %s", time.Since(killed))
	stopSending()
	w.settle()
	w.stoodStill(w.stops(before), moved, 7*time.Second) // the session is 6 s
	b.drain()
	w.folded(rowsB)
}

func TestMemberThatLeavesHandsItsTasksOverWhileItGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	opts := w.options("a", newStore())
	opts.AcceptableLag, opts.Leave = small, true
	a := w.run(opts)
	b := w.startWith("b", newStore(), 0)
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	a.ready()
	w.send(4000, 40)
	w.settle()
	before, moved := w.counts(), w.tasksOf(a)
	stopSending := w.keepSending(40)
	a.drain()
	eventually(t, 60*time.Second, func() error { return owns(b, 4, 4) })
	stopSending()
	w.settle()
	w.stoodStill(w.stops(before), moved, time.Second)
	members, err := kadm.NewClient(w.client).DescribeGroups(t.Context(), "tally")
	if err != nil || len(members["tally"].Members) != 1 {
		t.Errorf("the group is %+v, %v, want b alone", members, err)
	}
	b.drain()
}

// Members come and go every two seconds, in order and by crashes.
func TestRebalanceStormKeepsEveryInputOnceAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	a := w.startWith("a", newStore(), 1)
	a.ready()
	b := w.startWith("b", newStore(), 1)
	stopSending := w.keepSending(30)
	rows := newStore()
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		opts := w.options("c", rows)
		opts.Standbys, opts.AcceptableLag, opts.Leave = 1, small, round%2 == 0
		c := w.run(opts)
		before, joined := w.counts(), time.Now()
		eventually(t, 60*time.Second, func() error { return w.progressed(before) })
		eventually(t, 60*time.Second, func() error { return untilAfter(joined, 2*time.Second) })
		if round%2 == 0 {
			c.drain()
		} else {
			c.kill()
		}
		before, left := w.counts(), time.Now()
		eventually(t, 60*time.Second, func() error { return w.progressed(before) })
		t.Logf("round %d: every task went on within %s", round, time.Since(left))
		eventually(t, 60*time.Second, func() error { return untilAfter(left, 2*time.Second) })
	}
	stopSending()
	w.settle()
	a.drain()
	b.drain()
}

// progressed requires an output more of every task.
func (w *world) progressed(since map[int32]int) error {
	now := w.counts()
	for p := range w.partitions {
		if now[p] <= since[p] {
			return fmt.Errorf("task %d has made no output", p)
		}
	}
	return nil
}

func untilAfter(start time.Time, d time.Duration) error {
	if left := d - time.Since(start); left > 0 {
		return fmt.Errorf("%s are left", left)
	}
	return nil
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
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	eventually(t, 60*time.Second, func() error { return owns(a, 2, 4) })
	moved := w.tasksOf(b)
	stopSending()
	w.settle()
	w.stoodStill(w.stops(before), moved, time.Second)
	a.drain()
	b.drain()
}

// end is where a partition's log ends, open transactions included.
func (w *world) end(topic string, p int32) int64 {
	w.Helper()
	ends, err := kadm.NewClient(w.client).ListEndOffsets(w.Context(), topic)
	if err != nil {
		w.Fatal(err)
	}
	o, _ := ends.Lookup(topic, p)
	return o.Offset
}

// keepSending sends inputs all the time until stop is called.
func (w *world) keepSending(keys int) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond):
				w.send(keys, keys)
			}
		}
	}()
	return func() { close(ended); <-done }
}
