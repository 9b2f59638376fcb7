package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

// inherited lists the effects that were asked for in committed transactions and
// have no answer.
func (r *Runtime) inherited(s *slot) (effects []task.Effect, err error) {
	err = s.core.Effects(func(e task.Effect) bool {
		effects = append(effects, e)
		return true
	})
	return effects, err
}

// notBefore is when inherited effects may be called: at once if the last owner
// left none running, else when none of its calls can be under way any more.
func (r *Runtime) notBefore(effects []task.Effect, noneRuns bool) time.Time {
	if noneRuns {
		return time.Time{}
	}
	var longest time.Duration
	for _, e := range effects {
		longest = max(longest, e.Destination.Timeout)
	}
	if longest == 0 {
		longest = defaultEffectTimeout
	}
	return time.Now().Add(longest + time.Second)
}

// defaultEffectTimeout is the executor's bound of a call that sets none.
const defaultEffectTimeout = 10 * time.Second

func (r *Runtime) startEffects(s *slot, effects []task.Effect, notBefore time.Time) {
	if r.opts.Effects != nil && len(effects) > 0 && !s.halting {
		r.opts.Effects.Start(s.task, s.lease, s.inbox.answer, effects, notBefore)
	}
}

func (r *Runtime) cancelEffects(s *slot, ids []changelog.ID) {
	if r.opts.Effects != nil && len(ids) > 0 {
		r.opts.Effects.Cancel(s.task, ids)
	}
}

// revokeEffects waits for the calls under way.
func (r *Runtime) revokeEffects(ctx context.Context, s *slot) error {
	if r.opts.Effects == nil {
		return nil
	}
	if err := r.opts.Effects.Revoke(ctx, s.task); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("waiting for effects: %w", err)
	}
	return nil
}

// share divides what all tasks have in common, after their number changed: the
// memory for states, and this process's part of the budgets of effects. The
// caller holds mu.
func (r *Runtime) share() {
	n := 0
	for _, s := range r.slots {
		if s.phase == active {
			n++
		}
	}
	r.cacheShare.Store(int64(r.opts.CacheBytes / max(n, 1)))
	if r.opts.Effects == nil || r.cluster.partitions == 0 {
		return
	}
	r.opts.Effects.SetShare(float64(n) / float64(r.cluster.partitions))
}
