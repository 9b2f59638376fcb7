package effect

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams/task"
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

// greedy makes every call that a budget admits at a time.
func greedy(b *budget, class int, now time.Time) (calls []time.Time) {
	for {
		ok, _ := b.admits(class, now, false)
		if !ok {
			return calls
		}
		b.start(class, now, false)
		b.end(class)
		calls = append(calls, now)
	}
}

// Two processes share the partitions, which move between them: the one that has
// a task knows first that it lost it.
func TestTwoProcessesNeverExceedTheBudgetInAnySecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		partitions := rapid.IntRange(2, 12).Draw(t, "partitions")
		perSecond := rapid.IntRange(partitions, 500).Draw(t, "per second")
		spec := &task.Destination{Concurrent: math.MaxInt32, PerSecond: float64(perSecond)}
		now := dawn
		owned := [2]int{partitions, 0}
		share := func(i int) float64 { return float64(owned[i]) / float64(partitions) }
		processes := [2]*budget{newBudget(spec, 1, now), newBudget(spec, 0, now)}
		var calls []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300_000).Draw(t, "pause")) * time.Microsecond)
			if from := rapid.IntRange(0, 9).Draw(t, "what"); from < 2 && owned[from] > 0 {
				n := rapid.IntRange(1, owned[from]).Draw(t, "moved")
				owned[from], owned[1-from] = owned[from]-n, owned[1-from]+n
				processes[from].setShare(share(from), now)
				processes[1-from].setShare(share(1-from), now)
			}
			for _, b := range processes {
				calls = append(calls, greedy(b, 0, now)...)
			}
		}
		if n := most(calls, time.Second); n > perSecond {
			t.Fatalf("%d calls in a second, the budget is %d", n, perSecond)
		}
	})
}

func TestABudgetIsUsedAlmostWhole(t *testing.T) {
	for _, limit := range []float64{0.5, 1, 2.5, 20, 199, 2000} {
		b := newBudget(&task.Destination{Concurrent: 1, PerSecond: limit}, 1, dawn)
		n := 0
		for at := range 100_000 {
			n += len(greedy(b, 0, dawn.Add(time.Duration(at)*time.Millisecond)))
		}
		if want := min(limit, max(math.Floor(limit), limit)) * 100 * 0.75; float64(n) < want || float64(n) > limit*100+1 {
			t.Errorf("%d calls in 100 s at %v a second", n, limit)
		}
	}
}

func TestAClassUsesAtMostItsShare(t *testing.T) {
	spec := &task.Destination{Concurrent: 10, PerSecond: 20, PerDay: 1000, Classes: []task.Class{{Name: "orders"}, {Name: "stock", Share: 0.25}}}
	b := newBudget(spec, 1, dawn)
	b.advance(dawn.Add(24 * time.Hour))
	now := dawn.Add(25 * time.Hour)
	var stock, orders []time.Time
	for range 1000 {
		now = now.Add(10 * time.Millisecond)
		stock = append(stock, greedy(b, 1, now)...)
		orders = append(orders, greedy(b, 0, now)...)
	}
	if n := most(stock, time.Second); n != 5 {
		t.Errorf("%d calls of stock in a second, want 5", n)
	}
	if n := most(append(stock, orders...), 10*time.Second); n > 200 {
		t.Errorf("%d calls in 10 s", n)
	}
	for len(orders) < 700 {
		now = now.Add(time.Second)
		orders = append(orders, greedy(b, 0, now)...)
	}
	for range 1000 {
		now = now.Add(time.Second)
		stock = append(stock, greedy(b, 1, now)...)
	}
	if len(stock) != 250 {
		t.Errorf("%d calls of stock in a day, want 250", len(stock))
	}
	for i := range 3 {
		if ok, _ := b.admits(1, now.Add(24*time.Hour), true); ok != (i < 2) {
			t.Errorf("call %d of stock under way: admitted is %v", i+1, ok)
		}
		b.start(1, now.Add(24*time.Hour), true)
	}
	if ok, _ := b.admits(0, now.Add(24*time.Hour), true); !ok {
		t.Error("stock's calls block orders")
	}
}

// However often a process starts anew, it cannot spend the day's budget over and
// over; one that lives over midnight may use all of it at once.
func TestADaysBudgetOutlivesRestarts(t *testing.T) {
	spec := &task.Destination{Concurrent: 1, PerDay: 10_000}
	b := newBudget(spec, 1, dawn.Add(-time.Minute))
	n := len(greedy(b, 0, dawn))
	if n != 10_000 {
		t.Errorf("%d calls at midnight", n)
	}
	if ok, at := b.admits(0, dawn.Add(time.Hour), false); ok || !at.Equal(dawn.Add(24*time.Hour)) {
		t.Errorf("used up: admitted is %v, next at %v", ok, at)
	}
	n = 0
	for hour := range 24 {
		b := newBudget(spec, 1, dawn.Add(time.Duration(hour)*time.Hour))
		for minute := range 60 {
			n += len(greedy(b, 0, dawn.Add(time.Duration(60*hour+minute)*time.Minute)))
		}
	}
	if n > 12_500 {
		t.Errorf("%d calls in a day with a restart each hour", n)
	}
	b = newBudget(spec, 0.5, dawn.Add(-time.Minute))
	n = len(greedy(b, 0, dawn))
	b.setShare(1, dawn.Add(12*time.Hour))
	for minute := 12 * 60; minute < 24*60; minute++ {
		n += len(greedy(b, 0, dawn.Add(time.Duration(minute)*time.Minute)))
	}
	if n < 7400 || n > 7600 {
		t.Errorf("%d calls with half a day's half share, want about 7,500", n)
	}
	b = newBudget(spec, 1, dawn.Add(-time.Minute))
	b.advance(dawn)
	b.setShare(0.25, dawn.Add(time.Hour))
	if n := len(greedy(b, 0, dawn.Add(2*time.Hour))); n != 2500 {
		t.Errorf("%d calls after giving three quarters away, want 2500", n)
	}
}
