//go:build unix

package install_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv/internal/install"
)

func TestOnceFillsOneTimeForAllWhoAsk(t *testing.T) {
	t.Setenv("MILLRACE_CACHE", t.TempDir())
	var fills atomic.Int32
	fill := func(_ context.Context, dir string) error {
		fills.Add(1)
		return os.WriteFile(filepath.Join(dir, "program"), []byte("x"), 0o600)
	}
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			dir, err := install.Once(t.Context(), "thing-1", fill)
			if err != nil {
				t.Errorf("asking: %v", err)
				return
			}
			if _, err := os.Stat(filepath.Join(dir, "program")); err != nil {
				t.Errorf("the folder came without its content: %v", err)
			}
		})
	}
	asking.Wait()
	if n := fills.Load(); n != 1 {
		t.Errorf("filled %d times, want once", n)
	}
}

func TestAFailedInstallIsMissingAndTriedAgain(t *testing.T) {
	t.Setenv("MILLRACE_CACHE", t.TempDir())
	_, err := install.Once(t.Context(), "thing", func(context.Context, string) error { return errors.New("no network") })
	var missing *install.Missing
	if !errors.As(err, &missing) {
		t.Fatalf("error is %v, want Missing", err)
	}
	dir, err := install.Once(t.Context(), "thing", func(context.Context, string) error { return nil })
	if err != nil || filepath.Base(dir) != "thing" {
		t.Errorf("the second try gave %q, %v", dir, err)
	}
}

func TestALockIsHeldByOneAndWaitedForByOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := install.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, held, err := install.TryLock(path); held || err != nil {
		t.Errorf("a second lock: held %t, error %v", held, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := install.Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a held lock: %v, want the deadline", err)
	}
	unlock()
	if _, held, err := install.TryLock(path); !held || err != nil {
		t.Errorf("after unlock: held %t, error %v", held, err)
	}
}

func TestPortsAreClaimedOnce(t *testing.T) {
	t.Setenv("MILLRACE_CACHE", t.TempDir())
	seen := map[int]bool{}
	for range 100 {
		port, err := install.Port()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Fatalf("port %d was given out twice", port)
		}
		seen[port] = true
	}
}

func TestStateOfDeadProcessesIsSweptAndThatOfLivingOnesKept(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("MILLRACE_CACHE", cache)
	mine, err := install.StateDir("kafka")
	if err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(cache, "state", "kafka-1234")
	if err := os.Mkdir(orphan, 0o700); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	for _, dir := range []string{mine, orphan} {
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := install.StateDir("redis"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("the folder of this process is gone: %v", err)
	}
	if _, err := os.Stat(orphan); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a dead process is still there (%v)", err)
	}
}

func TestJavaOfAnImpossibleVersionIsMissing(t *testing.T) {
	_, err := install.Java(t.Context(), 999)
	var missing *install.Missing
	if !errors.As(err, &missing) {
		t.Errorf("error is %v, want Missing", err)
	}
}
