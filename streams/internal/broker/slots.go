package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/store"
)

// This file moves slots between the group, their activation and their lanes.

// giveBack lets tasks finish: effects end, their answers and the record at hand
// are committed with the clean flag. It waits until all are gone or ctx ends.
func (r *Runtime) giveBack(ctx context.Context, slots []*slot) {
	var group sync.WaitGroup
	for _, s := range slots {
		group.Go(func() {
			r.pass(failpoint.BeforeRevoke, s)
			if l := r.leave(s); l != nil && r.quiet(ctx, l, s) {
				r.reader.stop(s.inbox)
				none := r.endEffects(ctx, s)
				l.post(func() { l.give(s, none) })
			}
			r.await(ctx, s)
			r.pass(failpoint.AfterRevoke, s)
		})
	}
	group.Wait()
}

// quiet makes the lane drop the task's waiting records and start no effects any
// more. It returns false when the task is gone already.
func (r *Runtime) quiet(ctx context.Context, l *lane, s *slot) bool {
	done := make(chan struct{})
	l.post(func() {
		s.inbox.halt()
		s.halting = true
		close(done)
	})
	select {
	case <-done:
		return true
	case <-s.gone:
	case <-ctx.Done():
	}
	return false
}

// takeAway drops tasks that are another's by now, and waits until all are gone.
func (r *Runtime) takeAway(slots []*slot) {
	for _, s := range slots {
		r.pass(failpoint.OnLost, s)
		r.opts.Leases.Take(s.task, store.Warm)
		r.cutEffects(s)
		if l := r.leave(s); l != nil {
			l.post(func() { l.drop(s) })
		}
	}
	for _, s := range slots {
		r.await(r.ctx, s)
	}
}

// leave marks a slot as leaving and returns the lane that has it, or nil.
func (r *Runtime) leave(s *slot) *lane {
	r.mu.Lock()
	s.leaving = true
	was, on := s.phase, s.lane
	r.mu.Unlock()
	s.cancel()
	if was == expelled || was == stopped {
		r.forget(s)
	}
	if was != active {
		return nil
	}
	return on
}

func (r *Runtime) await(ctx context.Context, s *slot) {
	select {
	case <-s.gone:
	case <-ctx.Done():
	case <-r.ctx.Done():
	}
}

// forget ends a slot: its space stays warm, and nobody may write it.
func (r *Runtime) forget(s *slot) {
	if r.remove(s) {
		r.reconcile()
	}
}

func (r *Runtime) remove(s *slot) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots[s.task.Partition] != s {
		return false
	}
	delete(r.slots, s.task.Partition)
	r.opts.Leases.Take(s.task, store.Warm)
	s.cancel()
	close(s.gone)
	r.share()
	return true
}

// expel keeps a slot whose task the group took away, until the group answers.
func (r *Runtime) expel(s *slot) {
	r.opts.Leases.Take(s.task, store.Warm)
	r.cutEffects(s)
	r.mu.Lock()
	s.phase = expelled
	leaving := s.leaving
	r.mu.Unlock()
	if leaving {
		r.forget(s)
		return
	}
	r.member.rejoin()
}

// halt stops a slot until somebody acts; err says why and what to do.
func (r *Runtime) halt(s *slot, err error) {
	r.opts.Leases.Take(s.task, store.Warm)
	r.log.Error().Err(err).Int32("partition", s.task.Partition).Msg("task is stopped")
	r.mu.Lock()
	s.phase, s.err = stopped, err
	leaving := s.leaving
	r.mu.Unlock()
	if leaving {
		r.forget(s)
		return
	}
	r.member.rejoin() // the group is told, so that an operator's tool may touch the task
}

// wanted returns the slots that nobody asked back, and forgets the others.
func (r *Runtime) wanted(slots []*slot) []*slot {
	r.mu.Lock()
	var leaving, keep []*slot
	for _, s := range slots {
		if s.leaving || r.closing {
			leaving = append(leaving, s)
		} else {
			keep = append(keep, s)
		}
	}
	r.mu.Unlock()
	for _, s := range leaving {
		r.forget(s)
	}
	return keep
}

// reactivate restores slots that a recovering lane gave up.
func (r *Runtime) reactivate(slots []*slot) {
	r.mu.Lock()
	for _, s := range slots {
		s.phase, s.lane = restoring, nil
	}
	r.mu.Unlock()
	if len(slots) == 0 {
		return
	}
	r.goes(func() {
		if n := slots[0].retries; n == 0 || sleep(r.ctx, backoff(n+1)) == nil {
			r.activate(slots)
		}
	})
}

// unreadable handles an input that cannot be fetched: its task starts again
// from the committed position, where a lasting fault is found and named. Records
// that stay missing stop it.
func (r *Runtime) unreadable(b *inbox, err error) {
	s := b.slot
	b.lane.post(func() {
		if !b.lane.has(s) || s.inbox != b { // only a slot of the lane's own may be looked at
			return
		}
		if final := r.neverReadable(s, err); final != nil {
			b.lane.remove(s)
			r.halt(s, final)
			return
		}
		b.lane.fail(s, fmt.Errorf("reading input: %w", err))
	})
}

// neverReadable returns what to do about an input that stays unreadable however
// often it is read, or nil. Records that are missing get a second try.
func (r *Runtime) neverReadable(s *slot, err error) error {
	var large *kgo.ErrDecompressTooLarge
	switch {
	case errors.As(err, &large):
		return fmt.Errorf("reading input: the batch at offset %d of %s/%d unpacks to more than %d MiB; to leave it out, run `millrace streams skip --topology %s --topic %s --partition %d --to %d`",
			large.Offset, large.Topic, large.Partition, maxDecompressed>>20, s.task.App, large.Topic, large.Partition, large.NextOffset)
	case s.retries > 0 && isMissing(err):
		return fmt.Errorf("reading input: %w: records before the committed position are gone or were replaced", err)
	}
	return nil
}

// isMissing says whether a fetch failed because the log does not have the offset.
func isMissing(err error) bool {
	var loss *kgo.ErrDataLoss
	return errors.As(err, &loss) || errors.Is(err, kerr.OffsetOutOfRange)
}

// note keeps why slots are not active yet.
func (r *Runtime) note(slots []*slot, err error) {
	r.mu.Lock()
	for _, s := range slots {
		s.err = err
	}
	r.mu.Unlock()
	if r.ctx.Err() == nil {
		r.log.Warn().Err(err).Int("tasks", len(slots)).Msg("activating tasks failed, trying again")
	}
}

// leastLane returns the lane with the fewest tasks.
func (r *Runtime) leastLane() *lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	load := make(map[*lane]int)
	for _, s := range r.slots {
		load[s.lane]++
	}
	return slices.MinFunc(r.lanes, func(a, b *lane) int { return load[a] - load[b] })
}

// all lists the slots by partition; the caller holds mu.
func (r *Runtime) all() []*slot {
	list := make([]*slot, 0, len(r.slots))
	for _, p := range slices.Sorted(maps.Keys(r.slots)) {
		list = append(list, r.slots[p])
	}
	return list
}

func severity(alarm bool) zerolog.Level {
	if alarm {
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}
