//go:build unix

package ratelimit_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/ratelimit"
	"github.com/millrace/millrace/testenv"
)

func TestARealRedisGivesOutOneBudgetToAll(t *testing.T) {
	server := testenv.Redis(t)
	const perSecond, processes = 100, 4
	begin := time.Now()
	var mu sync.Mutex
	taken := 0
	var group sync.WaitGroup
	for range processes {
		group.Go(func() {
			l := ratelimit.New(ratelimit.Config{Addr: server.Addr(), Timeout: 5 * time.Second})
			defer l.Close()
			for time.Since(begin) < 3*time.Second {
				wait, err := l.Take(t.Context(), "erp", "", 1, perSecond, 0)
				if err != nil {
					t.Error(err)
					return
				}
				if wait > 0 {
					time.Sleep(wait)
					continue
				}
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	// A call may be taken just before the first and after the last whole second.
	if most := int(time.Since(begin).Seconds()+1) * perSecond; taken > most || taken < perSecond {
		t.Errorf("%d calls in %s at %d a second", taken, time.Since(begin), perSecond)
	}
}

func TestARedisThatIsAwayIsAnError(t *testing.T) {
	server := testenv.Redis(t)
	l := ratelimit.New(ratelimit.Config{Addr: server.Addr()})
	defer l.Close()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Take(t.Context(), "erp", "", 1, 1, 0); err == nil || !strings.Contains(err.Error(), "erp") {
		t.Errorf("a call was taken from nowhere: %v", err)
	}
}
