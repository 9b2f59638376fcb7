package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

// This file is when effects start and end while tasks move. No two processes
// have calls of one effect under way, because
//
//   - a call starts from an applied row, under the lease, and in the session
//     that the group surely keeps, which also cuts it (see session);
//   - a task that is given back starts none, waits for those under way, commits
//     their answers and says so with the clean flag of its mark;
//   - an owner that finds no clean flag waits until every call of the one before
//     must have ended, and one that finds it calls nothing before a mark of its
//     own has taken the flag away.

// legacy is the effects that a task has when it becomes active: asked for in
// committed transactions and not answered.
type legacy struct {
	effects []task.Effect
	// clean says that none is under way in any process, by a mark of an earlier
	// owner: they wait for the next mark.
	clean bool
}

// inherited lists the effects of a task that was just restored.
func (r *Runtime) inherited(s *slot) (effects []task.Effect, err error) {
	err = s.core.Effects(func(e task.Effect) bool {
		effects = append(effects, e)
		return true
	})
	return effects, err
}

// startInherited starts what a task inherited. They wait for the calls of an
// owner before, unless that one said there are none, or the wait is over already
// because it was this slot.
func (r *Runtime) startInherited(s *slot) {
	wait := !s.legacy.clean && (!s.ran || time.Now().Before(s.foreign))
	if until := r.startEffects(s, s.legacy.effects, wait); wait {
		s.foreign = until
	}
	s.ran, s.legacy = true, legacy{}
}

// startEffects returns until when inherited ones may be under way elsewhere.
func (r *Runtime) startEffects(s *slot, effects []task.Effect, inherited bool) (until time.Time) {
	if r.opts.Effects == nil || len(effects) == 0 || s.halting {
		return time.Time{}
	}
	return r.opts.Effects.Start(s.task, s.lease, s.inbox.answer, effects, inherited)
}

func (r *Runtime) cancelEffects(s *slot, ids []changelog.ID) {
	if r.opts.Effects != nil && len(ids) > 0 {
		r.opts.Effects.Cancel(s.task, ids)
	}
}

// endEffects waits for the calls under way. It says whether none is under way in
// any process then.
func (r *Runtime) endEffects(ctx context.Context, s *slot) (none bool) {
	if err := r.revokeEffects(ctx, s); err != nil {
		r.log.Warn().Err(err).Int32("partition", s.task.Partition).Msg("effects did not end in time")
		return false
	}
	return !time.Now().Before(s.foreign)
}

func (r *Runtime) revokeEffects(ctx context.Context, s *slot) error {
	if r.opts.Effects == nil {
		return nil
	}
	if err := r.opts.Effects.Revoke(ctx, s.task); err != nil {
		return fmt.Errorf("waiting for effects: %w", err)
	}
	return nil
}

// cutEffects ends the calls under way of a task that is another's by now; their
// answers could not be committed.
func (r *Runtime) cutEffects(s *slot) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.revokeEffects(ctx, s); err != nil {
		r.log.Info().Err(err).Int32("partition", s.task.Partition).Msg("calls were cut with the task")
	}
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
