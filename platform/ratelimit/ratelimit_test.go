package ratelimit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"pgregory.net/rapid"

	"github.com/millrace/millrace/platform/ratelimit"
)

var dawn = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)

// most is the largest number of calls in a span of time, its end excluded.
func most(calls []time.Time, span time.Duration) (n int) {
	from := 0
	for to, at := range calls {
		for at.Sub(calls[from]) >= span {
			from++
		}
		n = max(n, to-from+1)
	}
	return n
}

// greedy takes every call that there is now.
func greedy(t rapid.TB, l *ratelimit.Limiter, class string, share, perSecond float64, perDay int) (n int, wait time.Duration) {
	for {
		wait, err := l.Take(context.Background(), "erp", class, share, perSecond, perDay)
		if err != nil {
			t.Fatal(err)
		}
		if wait > 0 {
			return n, wait
		}
		n++
	}
}

// The clock is ours here, so that every second can be looked at.
func TestProcessesTogetherNeverExceedTheBudgetInAnySecond(t *testing.T) {
	server := miniredis.RunT(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		perSecond := rapid.IntRange(1, 300).Draw(t, "per second")
		share := float64(rapid.IntRange(1, 10).Draw(t, "share")) / 10
		now := dawn
		var processes []*ratelimit.Limiter
		for range 2 {
			l := ratelimit.New(ratelimit.Config{Addr: server.Addr(), Prefix: fmt.Sprint("run", run, ":")})
			defer l.Close()
			processes = append(processes, l)
		}
		var all, stock []time.Time
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300_000).Draw(t, "pause")) * time.Microsecond)
			server.SetTime(now)
			l := processes[rapid.IntRange(0, 1).Draw(t, "process")]
			class := rapid.SampledFrom([]string{"", "stock"}).Draw(t, "class")
			n, wait := greedy(t, l, class, share, float64(perSecond), 0)
			for range n {
				all = append(all, now)
				if class != "" {
					stock = append(stock, now)
				}
			}
			if class == "" || share == 1 {
				now = now.Add(wait)
				server.SetTime(now)
				n, _ := greedy(t, l, "", 1, float64(perSecond), 0)
				if n == 0 {
					t.Fatalf("nothing to take after the wait of %s", wait)
				}
				for range n {
					all = append(all, now)
				}
			}
		}
		if n := most(all, time.Second); n > perSecond {
			t.Fatalf("%d calls in a second, the budget is %d", n, perSecond)
		}
		if n, limit := most(stock, time.Second), max(1, int(float64(perSecond)*share+1e-9)); n > limit {
			t.Fatalf("%d calls of a class in a second, its part is %d", n, limit)
		}
	})
}

func TestTheDaysBudgetBelongsToTheCalendarDay(t *testing.T) {
	server := miniredis.RunT(t)
	server.SetTime(dawn.Add(22 * time.Hour))
	l := ratelimit.New(ratelimit.Config{Addr: server.Addr()})
	defer l.Close()
	if n, _ := greedy(t, l, "stock", 0.25, 0, 20); n != 5 {
		t.Errorf("%d calls of a class with a quarter of 20", n)
	}
	n, wait := greedy(t, l, "", 1, 0, 20)
	if n != 15 || wait != 2*time.Hour {
		t.Errorf("%d more calls, and the next in %s", n, wait)
	}
	again := ratelimit.New(ratelimit.Config{Addr: server.Addr()}) // a process that starts anew
	defer again.Close()
	if n, _ := greedy(t, again, "", 1, 0, 20); n != 0 {
		t.Errorf("%d calls after a restart", n)
	}
	server.SetTime(dawn.Add(24 * time.Hour))
	if n, _ := greedy(t, again, "", 1, 0, 20); n != 20 {
		t.Errorf("%d calls on the next day", n)
	}
	for _, key := range server.Keys() {
		if server.TTL(key) <= 0 {
			t.Errorf("key %s stays for ever", key)
		}
	}
	if n := len(server.Keys()); n != 2 {
		t.Errorf("%d keys", n)
	}
}

func TestLessThanOneCallASecondIsSpaced(t *testing.T) {
	server := miniredis.RunT(t)
	server.SetTime(dawn)
	l := ratelimit.New(ratelimit.Config{Addr: server.Addr()})
	defer l.Close()
	if n, wait := greedy(t, l, "", 1, 0.25, 0); n != 1 || wait != 4*time.Second {
		t.Errorf("%d calls, and the next in %s", n, wait)
	}
}
