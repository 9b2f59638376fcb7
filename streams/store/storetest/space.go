package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

var spaceCases = map[string]func(*testing.T, *bench){
	"spaces do not see each other": func(t *testing.T, b *bench) {
		tasks := []store.Task{{App: "order", Partition: 3}, {App: "order", Partition: 256}, {App: "orde", Partition: 3}, {App: "orders", Partition: 3}}
		for i, task := range tasks {
			fill(t, b, task, fmt.Sprint(i))
		}
		got, err := b.store.Tasks()
		noError(t, err)
		if len(got) != len(tasks) {
			t.Errorf("tasks are %v, want %v", got, tasks)
		}
		for i, task := range tasks {
			if !slices.Contains(got, task) {
				t.Errorf("task %v is not listed", task)
			}
			wantFilled(t, b, task, fmt.Sprint(i))
		}
	},
	"Wipe empties one space for good": func(t *testing.T, b *bench) {
		other := store.Task{App: "order", Partition: 4}
		fill(t, b, b.task, "1")
		fill(t, b, other, "2")
		wantDue(t, b, wall, 0, 100)
		noError(t, b.Wipe(b.leases.Current(b.task)))
		wantEmpty(t, b)
		b.reopen(t)
		wantEmpty(t, b)
		wantFilled(t, b, other, "2")
		fill(t, b, b.task, "3")
		wantFilled(t, b, b.task, "3")
	},
	"everything survives Close": func(t *testing.T, b *bench) {
		fill(t, b, b.task, "1")
		noError(t, b.store.Flush())
		b.reopen(t)
		wantFilled(t, b, b.task, "1")
		if got, err := b.store.Tasks(); err != nil || !slices.Equal(got, []store.Task{b.task}) {
			t.Errorf("tasks are %v (error %v), want %v", got, err, b.task)
		}
		if b.store.Size() <= 0 {
			t.Errorf("size is %d", b.store.Size())
		}
	},
	"closing twice is no error": func(t *testing.T, b *bench) {
		noError(t, b.store.Close())
		noError(t, b.store.Close())
		b.start(t)
	},
}

// fill puts one row of each kind into the space of task.
func fill(t testTB, b *bench, task store.Task, value string) {
	t.Helper()
	p, err := b.store.Open(task.App, task.Partition)
	noError(t, err)
	lease := b.leases.Take(task, store.Active)
	rows := []changelog.Row{state("a", value), effect("a", 1, value), timer("a", value, wall, 100)}
	noError(t, p.Apply(lease, store.Batch{Rows: rows, Cursor: cursor(int64(len(value)))}))
}

func wantFilled(t testTB, b *bench, task store.Task, value string) {
	t.Helper()
	p, err := b.store.Open(task.App, task.Partition)
	noError(t, err)
	wantRow(t, p, state("a", "").Key, value)
	var effects listing
	noError(t, p.Effects(effects.row))
	wantListing(t, "effects", effects, shown(effect("a", 1, value)))
	wantDue(t, &bench{Partition: p}, wall, 1000, 0, due(100, "a", value))
	if c, ok, err := p.Cursor(); !ok || err != nil || c != cursor(int64(len(value))) {
		t.Errorf("cursor is %+v, %v, %v", c, ok, err)
	}
}

func wantEmpty(t testTB, b *bench) {
	t.Helper()
	var all listing
	noError(t, b.Scan(nil, nil, all.row))
	noError(t, b.Effects(all.row))
	for _, until := range []time.Time{time.UnixMicro(-1000), cursor(0).AppliedAt} {
		next, err := b.DueTimers(wall, until, all.due)
		if noError(t, err); !next.IsZero() {
			t.Errorf("a wiped space has a timer due at %v", next)
		}
	}
	wantListing(t, "wiped space", all)
	if _, ok, err := b.Cursor(); ok || err != nil {
		t.Errorf("a wiped space has a cursor (error %v)", err)
	}
}
