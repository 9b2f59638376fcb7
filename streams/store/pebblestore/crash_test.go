package pebblestore

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

var task = store.Task{App: "order", Partition: 3}

// space opens the store in dir and the space of task, with a lease.
func openSpace(t interface{ Fatal(...any) }, dir string, opts Options) (*Store, store.Partition, store.Lease) {
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Open(task.App, task.Partition)
	if err != nil {
		t.Fatal(err)
	}
	var leases store.Leases
	return s, p, leases.Take(task, store.Active)
}

func rowKey(key string, sub []byte) []byte {
	return append(changelog.AppendEntity(nil, "order", key), sub...)
}

// step is the batch that takes the store from version n-1 to n: it writes n to
// a few keys, moves a timer and replaces the effect of the step before.
func step(n int) store.Batch {
	value := []byte(fmt.Sprint(n))
	rows := []changelog.Row{
		{Key: rowKey("all", []byte("S")), Value: value},
		{Key: rowKey(fmt.Sprint("one of ", n%5), []byte("S")), Value: append(value, make([]byte, 100+n%2000)...)},
		{Key: rowKey("a", changelog.AppendTimer(nil, "t")), Value: changelog.TimerRow{Due: time.UnixMicro(int64(n))}.Append(nil)},
		{Key: rowKey("a", changelog.AppendEffect(nil, "erp", uint64(n))), Value: value},
		{Key: rowKey("a", changelog.AppendEffect(nil, "erp", uint64(n-1)))},
	}
	return store.Batch{Rows: rows, Cursor: store.Cursor{Next: int64(n), AppliedAt: time.UnixMicro(0).UTC()}}
}

// version checks that rows, indexes and cursor are those of one version, and
// returns it.
func version(t *rapid.T, p store.Partition) int {
	c, _, err := p.Cursor()
	if err != nil {
		t.Fatalf("reading cursor: %v", err)
	}
	want := make(map[string]string)
	for n := 1; n <= int(c.Next); n++ {
		for _, r := range step(n).Rows {
			if want[string(r.Key)] = string(r.Value); len(r.Value) == 0 {
				delete(want, string(r.Key))
			}
		}
	}
	rows := 0
	err = p.Scan(nil, nil, func(key, value []byte) bool {
		if rows++; want[string(key)] != string(value) {
			t.Errorf("row %q is not that of version %d", key, c.Next)
		}
		return true
	})
	if err != nil || rows != len(want) {
		t.Fatalf("%d rows at version %d, want %d (error %v)", rows, c.Next, len(want), err)
	}
	checkIndexes(t, p, c.Next)
	return int(c.Next)
}

func checkIndexes(t *rapid.T, p store.Partition, version int64) {
	effects, last := 0, time.Time{}
	if err := p.Effects(func(key, _ []byte) bool { effects++; return true }); err != nil {
		t.Fatalf("listing effects: %v", err)
	}
	_, err := p.DueTimers(changelog.WallClock, time.UnixMicro(version+10), func(due time.Time, _ []byte) bool { last = due; return true })
	if err != nil {
		t.Fatalf("listing timers: %v", err)
	}
	if version > 0 && (effects != 1 || last.UnixMicro() != version) {
		t.Errorf("%d effects, timer due %v at version %d", effects, last, version)
	}
}

// TestACrashLeavesAWholePrefixOfBatches crashes the file system at random
// points, with any part of what was not synced on disk, and goes on from there.
func TestACrashLeavesAWholePrefixOfBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := vfs.NewCrashableMem()
		s, p, lease := openSpace(t, "state", small(fs))
		now, durable := 0, 0
		for range rapid.IntRange(1, 4).Draw(t, "crashes") {
			for range rapid.IntRange(0, 150).Draw(t, "batches") {
				now++
				if err := p.Apply(lease, step(now)); err != nil {
					t.Fatalf("applying %d: %v", now, err)
				}
				if rapid.IntRange(0, 5).Draw(t, "sink") == 0 {
					if err := s.sink(); err != nil {
						t.Fatalf("writing layers: %v", err)
					}
				}
				if rapid.IntRange(0, 40).Draw(t, "flush") == 0 {
					if err := s.Flush(); err != nil {
						t.Fatalf("flushing: %v", err)
					}
					durable = now
				}
			}
			crashed := fs.CrashClone(vfs.CrashCloneCfg{
				UnsyncedDataPercent: rapid.SampledFrom([]int{0, 30, 70, 100}).Draw(t, "unsynced"),
				RNG:                 rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
			})
			if err := s.Close(); err != nil {
				t.Fatalf("closing: %v", err)
			}
			fs = crashed
			s, p, lease = openSpace(t, "state", small(fs))
			got := version(t, p)
			if got < durable || got > now {
				t.Fatalf("version %d after the crash, want between %d and %d", got, durable, now)
			}
			if names, _ := fs.List("state/quarantine"); len(names) > 0 {
				t.Fatalf("a mere crash was taken for damage: %q", names)
			}
			now, durable = got, 0
		}
		if err := s.Close(); err != nil {
			t.Fatalf("closing: %v", err)
		}
	})
}

func TestCloseKeepsEveryBatch(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s, p, lease := openSpace(t, "state", small(fs))
	for n := 1; n <= 50; n++ {
		if err := p.Apply(lease, step(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, p, _ = openSpace(t, "state", small(fs.CrashClone(vfs.CrashCloneCfg{})))
	defer s.Close()
	if c, _, err := p.Cursor(); c.Next != 50 || err != nil {
		t.Errorf("cursor is %d after Close and a crash, want 50 (error %v)", c.Next, err)
	}
}
