//go:build unix

// Package install brings the servers of the test environment onto a machine:
// Java archives by Maven, Redis by apt-get. Everything is installed once into a
// cache folder, under locks, so that test processes may ask at the same time.
package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Missing says that a server cannot run on this machine, and what would help.
// Tests that need it are skipped; every other error fails them.
type Missing struct {
	What string // "no java 21 or later found"
	Help string // "install a JDK or set JAVA21_HOME"
}

func (m *Missing) Error() string { return m.What + "; " + m.Help }

// complete marks a folder of the cache that was installed to its end.
const complete = ".complete"

// CacheDir returns the folder for installed servers, state of running ones and
// locks: MILLRACE_CACHE, else `millrace` in the user's cache folder.
func CacheDir() (string, error) {
	dir := os.Getenv("MILLRACE_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding a cache folder (set MILLRACE_CACHE to one): %w", err)
		}
		dir = filepath.Join(base, "millrace")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("resolving the cache folder: %w", err)
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// Once returns the cache folder called name, filled by fill if it is not there
// yet. fill gets an empty folder that is moved into place when it succeeds:
// others see all of it or nothing. What cannot be filled counts as Missing: most
// often its source cannot be reached from here.
func Once(ctx context.Context, name string, fill func(ctx context.Context, dir string) error) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, name)
	if installed(dir) {
		return dir, nil
	}
	unlock, err := Lock(ctx, dir+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if installed(dir) {
		return dir, nil // another process was faster
	}
	fresh := dir + ".new"
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(fresh), os.MkdirAll(fresh, 0o755)); err != nil {
		return "", fmt.Errorf("preparing %s: %w", fresh, err)
	}
	if err := fill(ctx, fresh); err != nil {
		return "", &Missing{
			What: fmt.Sprintf("installing %s failed: %v", name, err),
			Help: "see that its package source can be reached, or that " + dir + " is there",
		}
	}
	if err := os.WriteFile(filepath.Join(fresh, complete), nil, 0o644); err != nil {
		return "", fmt.Errorf("marking %s as complete: %w", fresh, err)
	}
	return dir, os.Rename(fresh, dir)
}

func installed(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, complete))
	return err == nil
}

// Lock waits for the exclusive lock on the file at path and returns what gives
// it back. The kernel gives it back when the process dies.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		unlock, held, err := TryLock(path)
		if err != nil || held {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for another process to release %s: %w", path, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TryLock takes the exclusive lock on the file at path if nobody holds it.
func TryLock(path string) (unlock func(), held bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, false, fmt.Errorf("making a folder for locks: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, false, fmt.Errorf("opening lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { file.Close() }, true, nil
}
