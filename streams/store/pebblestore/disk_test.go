package pebblestore

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/rs/zerolog"
)

// lines counts what is logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), "\n")
}

// await waits until cond holds.
func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: timed out", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestFullDiskForTablesIsReportedSlowedDownAndHeals(t *testing.T) {
	var full atomic.Bool
	var tries atomic.Int64
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && strings.HasSuffix(op.Path, ".sst") && op.Kind == errorfs.OpCreate {
			tries.Add(1)
			return syscall.ENOSPC
		}
		return nil
	}))
	var log lines
	opts := small(fs)
	opts.Logger = zerolog.New(&log)
	opts.FlushEvery = 10 * time.Millisecond
	s, p, lease := openSpace(t, "state", opts)
	full.Store(true)
	if err := p.Apply(lease, step(1)); err != nil {
		t.Fatal(err)
	}
	await(t, "the failure", func() bool { return s.Err() != nil })
	if err := s.Err(); !errors.Is(err, ErrDisk) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Err is %v, want ErrDisk for ENOSPC", err)
	}
	before, began := tries.Load(), time.Now()
	await(t, "some more tries", func() bool { return tries.Load() >= before+5 })
	if took := time.Since(began); took < 4*retryPause {
		t.Errorf("five tries took %v, want a pause of %v after each", took, retryPause)
	}
	if n := log.count(); n > 200 {
		t.Errorf("%d lines were logged", n)
	}
	full.Store(false)
	await(t, "the flush", func() bool { return s.db.Metrics().Flush.Count > 0 && s.db.Metrics().MemTable.Count == 1 })
	if c, _, err := p.Cursor(); c.Next != 1 || err != nil {
		t.Errorf("cursor is %d (error %v), want 1", c.Next, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDiskSaysLow(t *testing.T) {
	fs := vfs.NewMem()
	s, _, _ := openSpace(t, "state", small(fs))
	defer s.Close()
	if d := s.Disk(); d.Low {
		t.Errorf("memory is low: %+v", d)
	}
	for _, c := range []struct {
		free, total uint64
		low         bool
	}{
		{9 << 30, 100 << 30, false},
		{1 << 30, 100 << 30, true},
		{1 << 30, 8 << 30, false},
		{700 << 20, 8 << 30, true},
	} {
		fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: c.free, TotalBytes: c.total})
		if d := s.Disk(); d.Low != c.low || d.Free != c.free || d.Total != c.total {
			t.Errorf("%d of %d bytes free: %+v, want low %v", c.free, c.total, d, c.low)
		}
	}
}

func TestRowsReachTablesWithoutBeingAsked(t *testing.T) {
	opts := small(vfs.NewMem())
	opts.FlushEvery = 5 * time.Millisecond
	s, p, lease := openSpace(t, "state", opts)
	defer s.Close()
	if err := p.Apply(lease, step(1)); err != nil {
		t.Fatal(err)
	}
	await(t, "a flush", func() bool { return s.db.Metrics().Flush.Count > 0 })
}

func TestFatalErrorOfTheLogIsToldAndEndsTheCaller(t *testing.T) {
	var full atomic.Bool
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && strings.HasSuffix(op.Path, ".log") {
			return syscall.ENOSPC
		}
		return nil
	}))
	told := make(chan string, 1)
	opts := small(fs)
	opts.FlushEvery = time.Hour // the store stays open: nothing can close it any more
	opts.Fatal = func(reason string) {
		select {
		case told <- reason:
		default:
		}
		select {} // stands for the end of the process
	}
	s, p, lease := openSpace(t, "state", opts)
	full.Store(true)
	go func() {
		_ = p.Apply(lease, step(1))
		_ = s.Flush()
	}()
	select {
	case reason := <-told:
		if !strings.Contains(reason, "no space left") {
			t.Errorf("reason is %q", reason)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Fatal was not called")
	}
}
