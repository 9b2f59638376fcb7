package effect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

func TestCallsUnderWayAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		var now, most atomic.Int64
		erp := &task.Destination{Name: "erp", Concurrent: 3, Call: func(_ context.Context, r []byte) (any, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return string(r), nil
		}}
		for i := range 10 {
			d.start(ask(erp, fmt.Sprint("k", i, "-"), 1))
		}
		settle(3*time.Second + 1)
		want(t, "answers after 3 s", len(d.answered()), 9)
		want(t, "most at a time", most.Load(), 3)
		settle(time.Second)
		want(t, "answers", len(d.answered()), 10)
	})
}

func TestTheBudgetIsForThisProcessesShare(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", PerSecond: 20, Call: echo}
		d.SetShare(0.5)
		for i := range 100 {
			d.start(ask(erp, fmt.Sprint("k", i, "-"), 1))
		}
		settle(4 * time.Second)
		if n := len(d.answered()); n < 40 || n > 41 {
			t.Errorf("%d calls in 4 s at 10 a second", n)
		}
		d.SetShare(1)
		settle(2 * time.Second)
		if n := len(d.answered()); n < 69 || n > 72 {
			t.Errorf("%d calls after one more second at 10 and one at 20", n)
		}
		d.SetShare(0)
		before := len(d.answered())
		settle(time.Minute)
		if n := len(d.answered()) - before; n > 1 {
			t.Errorf("%d calls without a share", n)
		}
	})
}

func TestADestinationThatIsDownIsProbedAndStopsNoOther(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		var up atomic.Bool
		var tries atomic.Int64
		erp := &task.Destination{Name: "erp", Call: func(_ context.Context, r []byte) (any, error) {
			if tries.Add(1); !up.Load() {
				return nil, errNo
			}
			return string(r), nil
		}}
		wms := &task.Destination{Name: "wms", Call: echo}
		var all []task.Effect
		for i := range 50 {
			all = append(all, ask(erp, fmt.Sprint("k", i, "-"), 1), ask(wms, fmt.Sprint("k", i, "-"), 1))
		}
		d.start(all...)
		settle(time.Minute)
		want(t, "answers of the other", len(d.answered()), 50)
		want(t, "waiting", d.Waiting()["erp"], 50)
		if n := tries.Load(); n > 30 {
			t.Errorf("%d tries in a minute of being down, want a few and one each %v", n, 5*time.Second)
		}
		down := d.events(effect.Waiting, effect.Flowing)
		if len(down) != 1 || down[0].Event != effect.Waiting || down[0].Waiting == 0 || !errors.Is(down[0].Err, errNo) {
			t.Errorf("reported %+v, want Waiting once", down)
		}
		up.Store(true)
		settle(2 * time.Minute)
		want(t, "answers", len(d.answered()), 100)
		if down = d.events(effect.Waiting, effect.Flowing); len(down) != 2 || down[1].Event != effect.Flowing {
			t.Errorf("reported %+v, want Flowing after Waiting", down)
		}
	})
}

func TestRetryAfterLeavesTheDestinationAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		start := time.Now()
		var at []time.Duration
		erp := &task.Destination{Name: "erp", Concurrent: 1, Call: func(_ context.Context, r []byte) (any, error) {
			at = append(at, time.Since(start))
			if len(at) == 1 {
				return nil, effect.RetryAfter(errNo, 30*time.Second)
			}
			return string(r), nil
		}}
		d.start(ask(erp, "a", 1), ask(erp, "b", 2))
		settle(time.Hour)
		want(t, "calls", at, []time.Duration{0, 30 * time.Second, 30 * time.Second})
	})
}

func TestCancelEndsWhatIsNotUnderWay(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Call: func(_ context.Context, r []byte) (any, error) {
			time.Sleep(time.Second)
			if r[0] == 'f' {
				return nil, errNo
			}
			return string(r), nil
		}}
		started, failing := ask(erp, "a", 1), ask(erp, "f", 1)
		behind, after := ask(erp, "a", 2), ask(erp, "a", 3)
		d.start(started, behind, after, failing)
		synctest.Wait()
		d.Cancel(owner, []changelog.ID{started.Row.ID, behind.Row.ID, behind.Row.ID, failing.Row.ID, {9}})
		want(t, "waiting", d.Waiting(), map[string]int{"erp": 1})
		settle(time.Hour)
		want(t, "answers", d.answered(), []string{"a1", "a3"})
		want(t, "waiting in the end", d.Waiting(), map[string]int{"erp": 0})
	})
}

func TestACancelledEffectHoldsNobodyBack(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", BackoffMin: time.Minute, Call: func(_ context.Context, r []byte) (any, error) {
			if string(r) == "a1" {
				return nil, errNo
			}
			return string(r), nil
		}}
		first := ask(erp, "a", 1)
		d.start(first, ask(erp, "a", 2))
		settle(time.Second)
		want(t, "answers", d.answered(), []string{})
		d.Cancel(owner, []changelog.ID{first.Row.ID})
		settle(time.Second)
		want(t, "answers", d.answered(), []string{"a2"})
	})
}

func TestRevokeDeliversWhatIsUnderWayAndForgetsTheRest(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Call: func(_ context.Context, r []byte) (any, error) {
			time.Sleep(time.Second)
			return string(r), nil
		}}
		d.start(ask(erp, "a", 1), ask(erp, "a", 2), ask(erp, "b", 3))
		synctest.Wait()
		if err := d.Revoke(t.Context(), owner); err != nil {
			t.Error(err)
		}
		got := d.answered()
		slices.Sort(got)
		want(t, "answers when Revoke returned", got, []string{"a1", "b3"})
		settle(time.Hour)
		want(t, "answers", len(d.answered()), 2)
		want(t, "waiting", d.Waiting(), map[string]int{"erp": 0})
		if err := d.Revoke(t.Context(), owner); err != nil {
			t.Errorf("revoking a task that is not there: %v", err)
		}
	})
}

func TestRevokeGivesUpWithItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Call: func(ctx context.Context, r []byte) (any, error) {
			<-ctx.Done()
			return string(r), nil
		}}
		d.start(ask(erp, "a", 1))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Revoke(ctx, owner); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Revoke: %v, want that the deadline passed", err)
		}
		settle(time.Hour)
		want(t, "answers", d.answered(), []string{})
	})
}

func TestNothingIsCalledWithoutTheLease(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Call: echo}
		d.leases.Take(owner, store.Standby)
		d.start(ask(erp, "a", 1), ask(erp, "b", 2))
		settle(time.Hour)
		want(t, "answers", d.answered(), []string{})
		want(t, "waiting", d.Waiting(), map[string]int{"erp": 0})
		d.lease = d.leases.Take(owner, store.Active)
		d.start(ask(erp, "a", 1))
		settle(time.Second)
		want(t, "answers under a new lease", d.answered(), []string{"a1"})
	})
}

func TestStartingTwiceCallsOnceUnderTheNewestLease(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		var calls atomic.Int64
		erp := &task.Destination{Name: "erp", Call: func(_ context.Context, r []byte) (any, error) {
			calls.Add(1)
			return string(r), nil
		}}
		d.Start(owner, d.lease, func(task.Answer) { t.Error("answered to the older owner") }, []task.Effect{ask(erp, "a", 1)}, true)
		d.lease = d.leases.Take(owner, store.Active)
		d.start(ask(erp, "a", 1))
		settle(time.Hour)
		want(t, "calls", calls.Load(), 1)
		want(t, "answers", d.answered(), []string{"a1"})
	})
}
