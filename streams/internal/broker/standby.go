package broker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/streams/store"
)

// standby is the copy of a task that another process runs, kept by following the
// task's changelog.
type standby struct {
	task   store.Task
	ctx    context.Context
	cancel context.CancelFunc
	lag    atomic.Int64 // changelog offsets that the copy lacks; -1: not known yet

	warming bool      // to become this process's own when near enough; guarded by Runtime.mu
	asked   time.Time // when a new plan was asked for; owned by its goroutine
}

const (
	// standbyLook is how often a standby looks whether it is near enough.
	standbyLook = 200 * time.Millisecond
	// askAgain is after how long a standby that is still not given its task asks
	// again: the plan may have been made when it was further behind.
	askAgain = 3 * time.Second
)

// reconcile starts and stops standbys, so that they are those of the newest plan
// without the tasks that this process has itself. Whatever changes plan or slots
// calls it.
func (r *Runtime) reconcile() {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := r.follows()
	for p, s := range r.standbys {
		if _, ok := wanted[p]; !ok || r.slots[p] != nil || r.closing {
			r.endStandby(s)
		}
	}
	for p, warming := range wanted {
		switch s := r.standbys[p]; {
		case r.slots[p] != nil || r.closing || p < 0 || p >= r.cluster.partitions:
		case s != nil:
			s.warming = warming
		default:
			r.beginStandby(p, warming)
		}
	}
}

// follows lists the tasks that the newest plan wants this process to follow, and
// whether it is to get them; the caller holds mu.
func (r *Runtime) follows() map[int32]bool {
	mine := r.member.owners().Of(r.opts.Instance)
	wanted := make(map[int32]bool)
	for _, p := range mine.Standbys {
		wanted[p] = false
	}
	for _, p := range mine.Warming {
		wanted[p] = true
	}
	return wanted
}

// beginStandby is called with mu held.
func (r *Runtime) beginStandby(p int32, warming bool) {
	s := &standby{task: store.Task{App: r.opts.Topology.App, Partition: p}, warming: warming}
	s.lag.Store(-1)
	s.ctx, s.cancel = context.WithCancel(r.ctx)
	r.standbys[p] = s
	r.goes(func() { r.standBy(s) })
}

// endStandby is called with mu held. What the copy has stays on disk; a slot
// that takes the task over takes its lease away by itself.
func (r *Runtime) endStandby(s *standby) {
	delete(r.standbys, s.task.Partition)
	s.cancel()
	if r.slots[s.task.Partition] == nil {
		r.opts.Leases.Take(s.task, store.Warm)
	}
}

// standBy follows until the standby ends, through every fault.
func (r *Runtime) standBy(s *standby) {
	if _, err := r.copyTables(s.ctx, r.standing, s.task.Partition, store.Standby); err != nil {
		r.log.Warn().Err(err).Int32("partition", s.task.Partition).Msg("tables are not followed as standby; their next owner reads them")
	}
	for try := 1; ; try++ {
		err := r.followTask(s)
		if s.ctx.Err() != nil || errors.Is(err, store.ErrLeaseLost) {
			return
		}
		r.log.Warn().Err(err).Int32("partition", s.task.Partition).Msg("following a task as standby failed, trying again")
		if sleep(s.ctx, backoff(try+1)) != nil {
			return
		}
	}
}

// followTask brings the local rows to the changelog's end and keeps them there.
func (r *Runtime) followTask(s *standby) error {
	p, topic := s.task.Partition, r.opts.Topology.ChangelogTopic()
	rows, err := r.opts.Store.Open(s.task.App, p)
	if err != nil {
		return fmt.Errorf("opening rows: %w", err)
	}
	lease, err := r.standbyLease(s)
	if err != nil {
		return err
	}
	ranges, err := logRanges(s.ctx, r.standing.client, p, topic)
	if err != nil {
		return err
	}
	plan, err := r.prepareRows(p, rows, lease, ranges[topic])
	if err != nil {
		return err
	}
	s.lag.Store(max(0, ranges[topic].end-plan.from))
	failed := make(chan error, 1)
	f := &follower{
		topic: topic, partition: p, from: plan.from, end: ranges[topic].end, forever: true,
		apply:   applyRows(rows, lease, r.identity(), func(int, int64) {}),
		reached: func(error) {},
		behind:  s.lag.Store,
		broken:  func(err error) { failed <- err },
	}
	defer r.standing.follow(f)()
	return r.watchStandby(s, failed)
}

// standbyLease takes the lease, unless the standby has ended meanwhile: then the
// space belongs to a slot, or to nobody.
func (r *Runtime) standbyLease(s *standby) (store.Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.standbys[s.task.Partition] != s {
		return store.Lease{}, store.ErrLeaseLost
	}
	return r.opts.Leases.Take(s.task, store.Standby), nil
}

// watchStandby asks the group for a new plan when a copy that is to become this
// process's own is near enough.
func (r *Runtime) watchStandby(s *standby, failed <-chan error) error {
	tick := time.NewTicker(standbyLook)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		case err := <-failed:
			return err
		case now := <-tick.C:
			if r.warm(s) && now.Sub(s.asked) > askAgain {
				s.asked = now
				r.log.Info().Int32("partition", s.task.Partition).Int64("lag", s.lag.Load()).Msg("copy is warm, asking for its task")
				r.member.rejoin()
			}
		}
	}
}

// warm says whether a standby is to get its task and near enough for it.
func (r *Runtime) warm(s *standby) bool {
	r.mu.Lock()
	warming := s.warming
	r.mu.Unlock()
	lag := s.lag.Load()
	return warming && lag >= 0 && lag <= r.opts.AcceptableLag
}

// endOf returns the end of the changelog of a task that is followed, as of when
// its copy was at next; 0 when it is not followed.
func (r *Runtime) endOf(p int32, next int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.standbys[p]; s != nil && s.lag.Load() >= 0 {
		return next + s.lag.Load()
	}
	return 0
}

// patient slows standbys down while a task of this process is being restored:
// whatever waits for that task comes first.
func (r *Runtime) patient() {
	r.mu.Lock()
	busy := false
	for _, s := range r.slots {
		busy = busy || s.phase == restoring
	}
	r.mu.Unlock()
	if busy {
		_ = sleep(r.ctx, standbyPause)
	}
}

// standbyPause is between two polls of standbys while tasks are restored, and
// standbyPoll the most records that one of them takes.
const (
	standbyPause = 50 * time.Millisecond
	standbyPoll  = 2000
)
