package effect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	owner = store.Task{App: "order", Partition: 1}
	errNo = errors.New("no")
)

// desk is an executor with one task that notes what comes back.
type desk struct {
	*effect.Executor
	leases store.Leases
	lease  store.Lease

	mu       sync.Mutex
	answers  []task.Answer
	statuses []effect.Status
}

func newDesk() *desk { return newDeskWith(effect.Options{}) }

func newDeskWith(opts effect.Options) *desk {
	d := &desk{}
	opts.Status = func(s effect.Status) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.statuses = append(d.statuses, s)
	}
	d.Executor = effect.New(opts)
	d.lease = d.leases.Take(owner, store.Active)
	return d
}

func (d *desk) deliver(a task.Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers = append(d.answers, a)
}

func (d *desk) start(effects ...task.Effect) {
	d.Start(owner, d.lease, d.deliver, effects, false)
}

// answered returns the values of the answers so far, or their errors.
func (d *desk) answered() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, a := range d.answers {
		if a.Err != nil {
			out = append(out, "error: "+a.Err.Error())
		} else {
			out = append(out, a.Value.(string))
		}
	}
	return out
}

// events returns the statuses so far that are of one of the kinds.
func (d *desk) events(kinds ...effect.Event) []effect.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.statuses), func(s effect.Status) bool { return !slices.Contains(kinds, s.Event) })
}

func ask(to *task.Destination, key string, seq uint64) task.Effect {
	text := fmt.Sprintf("%s%d", key, seq)
	var id changelog.ID
	copy(id[:], to.Name+"/"+text)
	return task.Effect{
		Key:    changelog.AppendEffect(changelog.AppendEntity(nil, "order", key), to.Name, seq),
		Entity: "order", EntityKey: key, Destination: to,
		Row: changelog.EffectRow{ID: id, Name: "post", Request: []byte(text)},
	}
}

// echo answers with the request.
func echo(_ context.Context, request []byte) (any, error) { return string(request), nil }

// inBubble runs fn with a clock of its own, and checks that Close ends all.
func inBubble(t *testing.T, fn func(t *testing.T, d *desk)) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		fn(t, d)
		if err := errors.Join(d.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	})
}

// settle lets time pass and everything come to rest.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestEffectsOfOneKeyAreCalledInSequenceAndOthersGoOn(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		slow := &task.Destination{Name: "erp", Call: func(ctx context.Context, request []byte) (any, error) {
			if request[0] == 'a' {
				time.Sleep(time.Second)
			}
			return string(request), nil
		}}
		d.start(ask(slow, "a", 300), ask(slow, "a", 1), ask(slow, "b", 7), ask(slow, "a", 2))
		settle(time.Millisecond)
		want(t, "at first", d.answered(), []string{"b7"})
		want(t, "waiting", d.Waiting(), map[string]int{"erp": 2})
		settle(3 * time.Second)
		want(t, "in the end", d.answered(), []string{"b7", "a1", "a2", "a300"})
	})
}

func TestInheritedEffectsWaitUntilNoOtherProcessCanBeCalling(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Call: echo}
		fast := &task.Destination{Name: "fast", Call: echo, Timeout: 2 * time.Second}
		d.Start(owner, d.lease, d.deliver, []task.Effect{ask(erp, "a", 1), ask(fast, "c", 4)}, true)
		d.start(ask(erp, "a", 2), ask(erp, "b", 3))
		settle(2 * time.Second)
		want(t, "after 2 s", d.answered(), []string{"b3"})
		settle(time.Second)
		want(t, "after 3 s", d.answered(), []string{"b3", "c4"})
		settle(7 * time.Second)
		want(t, "after 10 s", d.answered(), []string{"b3", "c4"})
		settle(time.Second)
		want(t, "after 11 s", d.answered(), []string{"b3", "c4", "a1", "a2"})
	})
}

func TestAFailureIsTriedAgainWithGrowingWaitsUntilItAnswers(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		var ids []changelog.ID
		erp := &task.Destination{Name: "erp", BackoffMin: time.Second, BackoffMax: 3 * time.Second, Call: func(ctx context.Context, r []byte) (any, error) {
			if ids = append(ids, effect.ID(ctx)); len(ids) < 4 {
				return nil, errNo
			}
			return string(r), nil
		}}
		d.start(ask(erp, "a", 1))
		settle(time.Minute)
		want(t, "answers", d.answered(), []string{"a1"})
		want(t, "attempts", d.answers[0].Attempts, 4)
		want(t, "ids", len(slices.Compact(ids)), 1)
		want(t, "id", ids[0], ask(erp, "a", 1).Row.ID)
		failed := d.events(effect.Failed)
		for i, s := range failed {
			want(t, "attempt", s.Attempt, i+1)
			if !errors.Is(s.Err, errNo) {
				t.Errorf("cause is %v", s.Err)
			}
			if i > 0 {
				if wait := s.RetryAt.Sub(failed[i-1].RetryAt); wait < time.Second || wait > 3*time.Second {
					t.Errorf("wait %d is %v, want 1 s to 3 s", i, wait)
				}
			}
		}
		want(t, "failures", len(failed), 3)
	})
}

func TestPermanentErrorsAndTheLastAttemptAreAnswers(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Attempts: 3, Call: func(_ context.Context, r []byte) (any, error) {
			if r[0] == 'p' {
				return nil, effect.Permanent(errNo)
			}
			return nil, errors.New("down")
		}}
		d.start(ask(erp, "p", 1), ask(erp, "q", 2))
		settle(time.Minute)
		want(t, "answers", d.answered(), []string{"error: no", "error: down"})
		want(t, "attempts", []int{d.answers[0].Attempts, d.answers[1].Attempts}, []int{1, 3})
		if !errors.Is(d.answers[0].Err, errNo) {
			t.Errorf("answer is %v", d.answers[0].Err)
		}
	})
}

func TestACallEndsAtItsTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Timeout: time.Second, Attempts: 1, Call: func(ctx context.Context, _ []byte) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		d.start(ask(erp, "a", 1))
		settle(time.Second)
		want(t, "answers", d.answered(), []string{"error: context deadline exceeded"})
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Attempts: 1, Call: func(context.Context, []byte) (any, error) { panic("oops") }}
		d.start(ask(erp, "a", 1))
		settle(time.Second)
		want(t, "answers", d.answered(), []string{"error: calling erp: panic: oops"})
	})
}

func TestStatusTellsTheCourseOfAnEffect(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		first := true
		erp := &task.Destination{Name: "erp", Call: func(_ context.Context, r []byte) (any, error) {
			if first {
				first = false
				return nil, errNo
			}
			return string(r), nil
		}}
		d.start(ask(erp, "a", 1))
		settle(time.Minute)
		var course []string
		for _, s := range d.events(effect.Asked, effect.Failed, effect.Answered) {
			course = append(course, fmt.Sprintf("%s%d %s %s %s %s %d", s.Event, s.Attempt, s.Entity, s.Key, s.Name, s.Destination, s.Task.Partition))
		}
		want(t, "course", course, []string{"asked0 order a post erp 1", "failed1 order a post erp 1", "answered2 order a post erp 1"})
	})
}
