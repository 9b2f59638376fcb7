package guard_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/internal/guard"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/store/pebblestore"
)

// disk is a file system that says to have as much room as it is told.
type disk struct {
	vfs.FS
	free atomic.Uint64
}

func (d *disk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: d.free.Load(), TotalBytes: 100 << 30}, nil
}

// house is a guarded store.
type house struct {
	*testing.T
	store   store.Store
	leases  *store.Leases
	guard   *guard.Guard
	settled bool
	held    error
}

func newHouse(t *testing.T, s store.Store) *house {
	h := &house{T: t, store: s, leases: new(store.Leases), settled: true}
	h.guard = guard.New(guard.Options{
		Store: s, Leases: h.leases,
		Hold:    func(why error) { h.held = why },
		Settled: func() bool { return h.settled },
	})
	return h
}

// fill gives a task rows that were last written at a time, under a role.
func (h *house) fill(p int32, at time.Time, role store.Role) {
	h.Helper()
	t := store.Task{App: "a", Partition: p}
	rows, err := h.store.Open(t.App, p)
	if err == nil {
		err = rows.Apply(h.leases.Take(t, role), store.Batch{
			Rows:   []changelog.Row{{Key: append(changelog.AppendEntity(nil, "e", "k"), byte(changelog.State)), Value: []byte("v")}},
			Cursor: store.Cursor{Next: 7, AppliedAt: at},
		})
	}
	if err != nil {
		h.Fatal(err)
	}
}

// has requires that a task has rows, or has not.
func (h *house) has(p int32, want bool) {
	h.Helper()
	rows, err := h.store.Open("a", p)
	if err != nil {
		h.Fatal(err)
	}
	if _, ok, err := rows.Cursor(); err != nil || ok != want {
		h.Errorf("task %d has rows: %v (%v), want %v", p, ok, err, want)
	}
}

func TestRowsThatNobodyUsesForTwelveHoursAreDropped(t *testing.T) {
	h := newHouse(t, memstore.New())
	now := time.Now()
	old := now.Add(-13 * time.Hour)
	h.fill(0, old, store.Warm)
	h.fill(1, now.Add(-11*time.Hour), store.Warm)
	h.fill(2, old, store.Active)
	h.fill(3, old, store.Standby)
	h.settled = false
	h.guard.Look(now)
	h.has(0, true) // it may be about to be used
	h.settled = true
	now = now.Add(time.Minute)
	h.guard.Look(now)
	h.has(0, false)
	h.has(1, true)
	h.has(2, true)
	h.has(3, true)

	// One that was idle for long stays for as long after it was given back.
	h.leases.Take(store.Task{App: "a", Partition: 2}, store.Warm)
	h.guard.Look(now.Add(11 * time.Hour))
	h.has(2, true)
	h.guard.Look(now.Add(13 * time.Hour))
	h.has(2, false)
}

func openDisk(t *testing.T, fs vfs.FS, dir string) *pebblestore.Store {
	t.Helper()
	s, err := pebblestore.Open(dir, pebblestore.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a damaged one says so
	return s
}

func TestNearlyFullDiskHoldsIntakeUntilThereIsRoom(t *testing.T) {
	fs := &disk{FS: vfs.NewMem()}
	fs.free.Store(10 << 30)
	h := newHouse(t, openDisk(t, fs, "state"))
	now := time.Now()
	h.fill(0, now, store.Warm)
	h.fill(1, now, store.Active)
	h.guard.Look(now)
	if h.held != nil || h.guard.Err() != nil {
		t.Fatalf("held with 10 GiB free: %v", h.held)
	}
	for _, c := range []struct {
		free uint64
		held bool
	}{{1 << 30, true}, {2<<30 + 1, true}, {2<<30 + 512<<20, false}, {2<<30 + 1, false}, {1 << 30, true}} {
		fs.free.Store(c.free)
		now = now.Add(time.Second)
		h.guard.Look(now)
		if (h.held != nil) != c.held || errors.Is(h.guard.Err(), guard.ErrHeld) != c.held {
			t.Errorf("with %d bytes free: held %v, want %v", c.free, h.held, c.held)
		}
	}
	h.has(0, false) // what nobody uses went first
	h.has(1, true)
}
