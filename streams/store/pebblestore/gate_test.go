package pebblestore

import (
	"errors"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestCloseWaitsForTheCallsUnderWay(t *testing.T) {
	for range 20 {
		s, p, lease := openSpace(t, "state", small(vfs.NewMem()))
		if err := p.Apply(lease, step(1)); err != nil {
			t.Fatal(err)
		}
		var users sync.WaitGroup
		var started sync.WaitGroup
		for range 4 {
			started.Add(1)
			users.Go(func() { useUntilClosed(t, p.Scan, p.Get, started.Done) })
		}
		started.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		users.Wait()
	}
}

// useUntilClosed scans and, inside the scan, gets; once the store is closed both
// say so and nothing else.
func useUntilClosed(t *testing.T, scan func(prefix, from []byte, fn func(k, v []byte) bool) error, get func([]byte) ([]byte, error), started func()) {
	for n := 0; ; n++ {
		err := scan(nil, nil, func(key, _ []byte) bool {
			if _, err := get(key); err != nil && !errors.Is(err, ErrClosed) {
				t.Errorf("getting: %v", err)
			}
			return true
		})
		if n == 0 {
			started()
		}
		if errors.Is(err, ErrClosed) {
			return
		}
		if err != nil {
			t.Errorf("scanning: %v", err)
			return
		}
	}
}
