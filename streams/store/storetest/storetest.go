// Package storetest is the contract of store.Store as a test suite. Whoever
// writes a store runs it:
//
//	storetest.Run(t, func(tb testing.TB, dir string) store.Store { ... })
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// Open opens the store that is kept under the name dir. After a Close, opening
// the same dir must give what was there before.
type Open func(tb testing.TB, dir string) store.Store

// Run checks the stores that open makes against the contract.
func Run(t *testing.T, open Open) {
	for _, group := range []struct {
		name  string
		cases map[string]func(*testing.T, *bench)
	}{
		{"rows", rowCases}, {"leases", leaseCases}, {"timers", timerCases}, {"spaces", spaceCases},
	} {
		for name, test := range group.cases {
			t.Run(group.name+"/"+name, func(t *testing.T) { test(t, newBench(t, open)) })
		}
	}
	t.Run("model", func(t *testing.T) { runModel(t, open) })
}

// testTB is what the suite needs of *testing.T and *rapid.T.
type testTB interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// bench is one store with one space under test, and its lease.
type bench struct {
	open   func() store.Store
	store  store.Store
	leases store.Leases
	task   store.Task
	store.Partition
	lease store.Lease
	next  int64 // the cursor
}

func newBench(t testing.TB, open Open) *bench {
	b := &bench{task: store.Task{App: "order", Partition: 3}}
	b.open = func() store.Store { return open(t, t.Name()) }
	b.start(t)
	t.Cleanup(func() { _ = b.store.Close() })
	return b
}

func (b *bench) start(t testTB) {
	t.Helper()
	b.store = b.open()
	p, err := b.store.Open(b.task.App, b.task.Partition)
	noError(t, err)
	b.Partition = p
	b.lease = b.leases.Take(b.task, store.Active)
}

func (b *bench) reopen(t testTB) {
	t.Helper()
	noError(t, b.store.Close())
	b.start(t)
}

// apply writes rows, with the next cursor.
func (b *bench) apply(t testTB, rows ...changelog.Row) {
	t.Helper()
	b.next++
	noError(t, b.Apply(b.lease, store.Batch{Rows: rows, Cursor: cursor(b.next)}))
}

func cursor(next int64) store.Cursor {
	return store.Cursor{
		Identity:  store.Identity{Cluster: "c1", TopicID: [16]byte{1, 15: 2}, Format: 1},
		Next:      next,
		AppliedAt: time.UnixMicro(1_700_000_000_000_000 + next).UTC(),
	}
}

func noError(t testTB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func wantError(t testTB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

func wantRow(t testTB, r store.Reader, key []byte, want string) {
	t.Helper()
	got, err := r.Get(key)
	noError(t, err)
	if string(got) != want || (got == nil) != (want == "") {
		t.Errorf("row %x is %q, want %q", key, got, want)
	}
}

// listing collects what the walking methods of a store give.
type listing []string

func (l *listing) row(key, value []byte) bool {
	*l = append(*l, fmt.Sprintf("%x=%x", key, value))
	return true
}

func (l *listing) due(due time.Time, key []byte) bool {
	*l = append(*l, fmt.Sprintf("%d %x", due.UnixMicro(), key))
	return true
}

func wantListing(t testTB, what string, got listing, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(listing(want)) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func state(key, value string) changelog.Row {
	return row(append(changelog.AppendEntity(nil, "order", key), byte(changelog.State)), value)
}

func child(key, collection, id, value string) changelog.Row {
	return row(changelog.AppendChild(changelog.AppendEntity(nil, "order", key), collection, id), value)
}

func effect(key string, seq uint64, value string) changelog.Row {
	return row(changelog.AppendEffect(changelog.AppendEntity(nil, "order", key), "erp", seq), value)
}

func timerKey(key, name string) []byte {
	return changelog.AppendTimer(changelog.AppendEntity(nil, "order", key), name)
}

// timer is the row of a timer that is due so many microseconds after 1970.
func timer(key, name string, clock changelog.Clock, due int64) changelog.Row {
	value := changelog.TimerRow{Due: time.UnixMicro(due), Clock: clock}.Append(nil)
	return changelog.Row{Key: timerKey(key, name), Value: value}
}

// row makes a row, a tombstone when value is empty.
func row(key []byte, value string) changelog.Row {
	if value == "" {
		return changelog.Row{Key: key}
	}
	return changelog.Row{Key: key, Value: []byte(value)}
}

func shown(r changelog.Row) string { return fmt.Sprintf("%x=%x", r.Key, r.Value) }

func entity(key string) []byte { return changelog.AppendEntity(nil, "order", key) }

func clone(r changelog.Row) changelog.Row {
	return changelog.Row{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)}
}
