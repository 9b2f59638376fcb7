package task_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/task"
)

func spec(t *testing.T, top *streams.Topology) *task.Topology {
	t.Helper()
	s, err := top.Spec()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opened is a task of a topology over an empty store.
func opened(t *testing.T, top *streams.Topology) (*task.Task, store.Partition) {
	t.Helper()
	rows, err := memstore.New().Open("old", 0)
	if err != nil {
		t.Fatal(err)
	}
	core, err := task.New(spec(t, top), rows, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return core, rows
}

// apply commits what a task has done, without the rows that drop chooses.
func apply(t *testing.T, core *task.Task, rows store.Partition, drop func(changelog.Row) bool) {
	t.Helper()
	commit, err := core.Prepare(false)
	if err != nil {
		t.Fatal(err)
	}
	var leases store.Leases
	lease := leases.Take(store.Task{App: "old"}, store.Active)
	if err := rows.Apply(lease, store.Batch{Rows: slices.DeleteFunc(commit.Rows, drop)}); err != nil {
		t.Fatal(err)
	}
	core.Committed()
}

// Rows of a program older than layouts: nothing is refused, and what is retired
// is deleted all the same.
func TestRowsWithoutALayoutStartAsTheyAre(t *testing.T) {
	in := streams.Topic[string]{Name: "in", Value: streams.Text}
	keep := func(_ streams.Ctx, s *string, in streams.Input) error {
		*s = in.(streams.Record[string]).Value
		return nil
	}
	old := streams.NewTopology("old")
	streams.Receive(streams.NewEntity(old, "gone", streams.Text, keep), in)
	rows, err := memstore.New().Open("old", 0)
	if err != nil {
		t.Fatal(err)
	}
	core, err := task.New(spec(t, old), rows, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1, 0)
	if err := core.Record(&task.Record{Topic: "in", Key: []byte("k"), Value: []byte("v"), Timestamp: at}, at); err != nil {
		t.Fatal(err)
	}
	layouts := 0
	apply(t, core, rows, func(r changelog.Row) bool {
		is := bytes.Equal(r.Key, changelog.LayoutKey)
		if is {
			layouts++
		}
		return is
	})
	if layouts != 1 {
		t.Fatalf("%d layouts were written", layouts)
	}

	next := streams.NewTopology("old")
	streams.Receive(streams.NewEntity(next, "new", streams.Text, keep), in)
	if _, err := task.New(spec(t, next), rows, task.Options{}); err != nil {
		t.Errorf("refused: %v", err)
	}
	next.Retire("gone")
	if core, err = task.New(spec(t, next), rows, task.Options{}); err != nil {
		t.Fatal(err)
	}
	if more, err := core.Sweep(10); more || err != nil || core.Pending() != 1 {
		t.Fatalf("swept %d rows, more %v (%v)", core.Pending(), more, err)
	}
	apply(t, core, rows, func(changelog.Row) bool { return false })
	gone := changelog.AppendEntityName(nil, "gone")
	if err := rows.Scan(gone, nil, func(key, _ []byte) bool { t.Errorf("row %q is left", key); return true }); err != nil {
		t.Fatal(err)
	}
	if b, err := rows.Get(changelog.LayoutKey); err != nil || b == nil {
		t.Errorf("no layout was written (%v)", err)
	}
}
