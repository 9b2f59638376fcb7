package effect_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// counter lets so many calls of each class pass each ten seconds.
type counter struct {
	mu     sync.Mutex
	limit  int
	taken  map[string]int
	failed atomic.Bool
}

func (c *counter) Take(_ context.Context, destination, class string, share, perSecond float64, perDay int) (time.Duration, error) {
	if c.failed.Load() {
		return 0, errNo
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := fmt.Sprint(destination, class, share, perSecond, perDay, time.Now().Unix()/10)
	if c.taken[key]++; c.taken[key] > c.limit {
		return 10*time.Second - time.Duration(time.Now().UnixNano()%int64(10*time.Second)), nil
	}
	return 0, nil
}

func TestASharedLimiterDecidesWhileItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := &counter{limit: 3, taken: make(map[string]int)}
		d := newDeskWith(effect.Options{Limiter: limiter})
		erp := &task.Destination{Name: "erp", PerSecond: 1, Attempts: 1, Call: echo}
		for i := range 40 {
			d.start(ask(erp, fmt.Sprint("k", i, "-"), 1))
		}
		settle(5 * time.Second)
		want(t, "answers", len(d.answered()), 3)
		settle(10 * time.Second)
		want(t, "answers after the next ten seconds began", len(d.answered()), 6)
		limiter.failed.Store(true)
		before := len(d.answered())
		settle(20 * time.Second)
		if n := len(d.answered()) - before; n < 12 || n > 20 {
			t.Errorf("%d answers in 20 s at one a second while the limiter fails", n)
		}
		limiter.failed.Store(false)
		settle(time.Minute)
		want(t, "answers in the end", len(d.answered()), 40)
		for _, a := range d.answers {
			want(t, "attempts", a.Attempts, 1)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

// The fleet of two processes, each with an executor, while tasks move.
func TestTwoExecutorsKeepTheBudgetWhileTasksMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var calls []time.Time
		erp := &task.Destination{Name: "erp", PerSecond: 30, Concurrent: 50, Call: func(context.Context, []byte) (any, error) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, time.Now())
			return nil, nil
		}}
		desks := []*desk{newDesk(), newDesk()}
		desks[1].SetShare(0)
		for i, d := range desks {
			of := store.Task{App: "order", Partition: int32(i)}
			lease := d.leases.Take(of, store.Active)
			var effects []task.Effect
			for n := range 2000 {
				effects = append(effects, ask(erp, fmt.Sprint("k", n, "-"), 1))
				effects[n].Row.ID = changelog.ID{0: byte(i), 1: byte(n >> 8), 2: byte(n)}
			}
			d.Start(of, lease, d.deliver, effects, false)
		}
		for n, share := range []float64{0.5, 0.75, 0.25, 0, 1, 0.5} {
			settle(2300 * time.Millisecond)
			first := n % 2
			desks[first].SetShare(share)
			desks[1-first].SetShare(1 - share)
			if first == 1 && share > 0.25 { // the one that gives comes first
				desks[0].SetShare(1 - share)
			}
		}
		settle(10 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		from, most := 0, 0
		for to, at := range calls {
			for at.Sub(calls[from]) >= time.Second {
				from++
			}
			most = max(most, to-from+1)
		}
		if most > 30 {
			t.Errorf("%d calls in a second, the budget is 30", most)
		}
		if len(calls) < 450 {
			t.Errorf("%d calls in 24 s at 30 a second", len(calls))
		}
		for _, d := range desks {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
