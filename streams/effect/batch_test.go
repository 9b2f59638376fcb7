package effect_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/task"
)

func TestABatchKeepsOrderAndEachEffectsOwnAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		var mu sync.Mutex
		var calls []int
		sizes := func() []int {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(calls)
		}
		refused := false
		erp := &task.Destination{Name: "erp", PerSecond: 1, MaxBatch: 3, MaxWait: 10 * time.Second, CallBatch: func(_ context.Context, batch []task.Request) []task.Outcome {
			mu.Lock()
			calls = append(calls, len(batch))
			mu.Unlock()
			var out []task.Outcome
			for _, r := range batch {
				switch text := string(r.Body); {
				case text == "b1" && !refused:
					refused = true
					out = append(out, task.Outcome{Err: errNo})
				case text == "c1":
					out = append(out, task.Outcome{Err: effect.Permanent(errors.New("not c"))})
				case r.ID != ask(&task.Destination{Name: "erp"}, text[:1], uint64(text[1]-'0')).Row.ID:
					t.Errorf("request %s has id %s", text, r.ID)
				default:
					out = append(out, task.Outcome{Answer: text})
				}
			}
			return out
		}}
		d.start(ask(erp, "a", 1), ask(erp, "a", 2), ask(erp, "b", 1), ask(erp, "b", 2))
		settle(9 * time.Second)
		want(t, "calls while the batch may grow", len(sizes()), 0)
		d.start(ask(erp, "c", 1))
		settle(time.Second - 1)
		want(t, "sizes", sizes(), []int{3})
		want(t, "answers", d.answered(), []string{"a1", "error: not c"})
		settle(time.Minute)
		want(t, "answers in the end", d.answered(), []string{"a1", "error: not c", "a2", "b1", "b2"})
		want(t, "sizes in the end", sizes(), []int{3, 2, 1})
		want(t, "attempts", d.answers[3].Attempts, 2)
	})
}

func TestABatchThatIsShortOfOutcomesFailsForTheRest(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Attempts: 1, MaxBatch: 2, CallBatch: func(_ context.Context, batch []task.Request) []task.Outcome {
			return []task.Outcome{{Answer: string(batch[0].Body)}}
		}}
		d.start(ask(erp, "a", 1), ask(erp, "b", 1))
		settle(time.Second)
		want(t, "answers", d.answered(), []string{"a1", "error: calling erp: no outcome for effect 2 of 2"})
	})
}
