package broker

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/task"
	"github.com/millrace/millrace/streams/txn"
)

const (
	// timersPerTransaction bounds the timers of one task in one transaction.
	timersPerTransaction = 1000
	// roundRecords is how many records of one task are handled before the lane
	// looks at the clock, at its commands and at its other tasks.
	roundRecords = 512
	// clockRecords is for how many records one reading of the clock serves.
	clockRecords = 32
)

// lane runs tasks on one goroutine, with one producer: all its tasks share the
// lane's transaction.
type lane struct {
	rt *Runtime
	id string // transactional id

	mu       sync.Mutex // guards commands and the inboxes of its slots
	commands []func()
	wake     chan struct{}

	// Owned by run.
	producer *kgo.Client
	giveUp   context.CancelFunc // of what the producer's hooks wait for
	slots    []*slot            // in the order of partitions
	state    txn.State
	pace     pace
	began    time.Time // of the commit under way
	out      *outgoing
	parts    []*prepared // of the commit under way
	failures int         // transactions given up in a row
	held     []*slot     // tasks that wait for the new producer
	deadline time.Time   // for the group to take the offsets
	record   task.Record // reused for each input
}

func newLane(rt *Runtime, n int) *lane {
	return &lane{
		rt: rt, id: transactionalID(rt.opts.Topology.App, rt.opts.Instance, n),
		wake: make(chan struct{}, 1), out: new(outgoing), pace: pace{target: rt.opts.CommitInterval},
	}
}

// signal wakes the lane.
func (l *lane) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// post queues a command for between two steps of the lane.
func (l *lane) post(command func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commands = append(l.commands, command)
	l.signal()
}

func (l *lane) obey() {
	l.mu.Lock()
	commands := l.commands
	l.commands = nil
	l.mu.Unlock()
	for _, command := range commands {
		command()
	}
}

// run works until the runtime ends.
func (l *lane) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for l.rt.ctx.Err() == nil {
		l.obey()
		worked := l.gather()
		now := time.Now()
		switch {
		case l.due(now, worked):
			l.began = now
			l.cycle(txn.Due)
		case !worked:
			l.wait(timer, now)
		}
	}
}

// wait sleeps until a command, a record or an answer comes, the pending inputs
// may be committed, or a timer is due.
func (l *lane) wait(timer *time.Timer, now time.Time) {
	until := now.Add(time.Hour)
	if l.pending(now) {
		until = l.pace.idle
	} else {
		for _, s := range l.slots {
			if at := s.core.NextTimer(); !at.IsZero() && at.Before(until) {
				until = at
			}
			if s.beat.Before(until) {
				until = s.beat
			}
			if !s.marks.IsZero() && s.marks.Add(idleCommit).Before(until) {
				until = s.marks.Add(idleCommit)
			}
		}
	}
	timer.Reset(max(until.Sub(now), time.Millisecond))
	select {
	case <-l.wake:
	case <-timer.C:
	case <-l.rt.ctx.Done():
	}
}

// gather handles a bounded number of inputs of each task: answers, then due
// timers, then records.
func (l *lane) gather() (worked bool) {
	for _, s := range slices.Clone(l.slots) {
		did, err := l.gatherSlot(s)
		if err != nil {
			l.fail(s, err)
			continue
		}
		worked = worked || did
		l.watch(s)
		if did && s.core.Pending() == 0 {
			s.publish() // only markers were passed
			if s.marks.IsZero() {
				s.marks = time.Now()
			}
		}
	}
	return worked
}

func (l *lane) gatherSlot(s *slot) (worked bool, err error) {
	if l.full(s) {
		return false, nil
	}
	now := time.Now()
	if s.seed && !s.halting {
		if more, err := s.core.Sweep(roundRecords); err != nil || more {
			return true, err
		}
		s.seed = false
		if err := s.core.Seed(now); err != nil {
			return true, err
		}
	}
	dropped := s.core.Dropped()
	for _, a := range s.inbox.takeAnswers() {
		worked = true
		if err := s.core.Answer(a, now); err != nil {
			return true, err
		}
	}
	l.rt.opts.Metrics.unasked.WithLabelValues(s.task.App).Add(float64(s.core.Dropped() - dropped))
	if !s.fired && !s.halting {
		n, err := s.core.FireTimers(now, timersPerTransaction)
		if err != nil {
			return true, err
		}
		s.fired = n > 0
		worked = worked || n > 0
	}
	records, err := l.gatherRecords(s, now)
	return worked || records, err
}

func (l *lane) gatherRecords(s *slot, now time.Time) (worked bool, err error) {
	for n := 0; n < roundRecords && !s.core.Crowded(); {
		records, resume := s.inbox.next(s.rest)
		if resume {
			l.rt.reader.resume(s.inbox)
		}
		s.rest = records
		if len(records) == 0 {
			return worked, nil
		}
		worked = true
		for len(s.rest) > 0 && n < roundRecords && l.takes(s) {
			if n++; n%clockRecords == 0 {
				now = time.Now()
			}
			if err := l.handle(s, s.rest[0], now); err != nil {
				return true, err
			}
			s.rest = s.rest[1:]
		}
		if !l.takes(s) {
			return true, nil
		}
	}
	return worked, nil
}

func (l *lane) handle(s *slot, r *kgo.Record, now time.Time) error {
	if r.Offset < s.passed[r.Topic] {
		return nil
	}
	s.passed[r.Topic] = r.Offset + 1
	if r.Attrs.IsControl() {
		return nil
	}
	s.intake.note(r)
	fill(&l.record, r, l.rt.cluster.topicIDs[r.Topic])
	return s.core.Record(&l.record, now)
}

// full says whether a task has enough for this transaction.
func (l *lane) full(s *slot) bool {
	return s.core.Pending() >= l.rt.opts.MaxTransactionRecords/len(l.slots) ||
		s.core.Bytes() >= l.rt.opts.MaxTransactionBytes/len(l.slots)
}

// pending says whether there is anything to commit.
func (l *lane) pending(now time.Time) bool {
	return slices.ContainsFunc(l.slots, func(s *slot) bool { return s.wants(now) })
}

// due says whether to commit now: the pace allows it, a task has enough, or a
// task is to be given back. behind says that inputs may be waiting.
func (l *lane) due(now time.Time, behind bool) bool {
	if !l.pending(now) {
		return false
	}
	if l.pace.allows(now, behind) {
		return true
	}
	for _, s := range l.slots {
		if s.release || l.full(s) {
			return true
		}
	}
	return false
}

// pass tells tests that the lane is at a point of its cycle.
func (l *lane) pass(at failpoint.Point) {
	l.rt.opts.Failpoint.Pass(at, failpoint.Place{App: l.rt.opts.Topology.App, Lane: l.id})
}

// add, give and drop are commands.

// fail takes a task off the lane that cannot go on: nothing of it was produced
// yet. It starts again from its last commit, later each time. The others go on.
func (l *lane) fail(s *slot, err error) {
	l.remove(s)
	s.retries++
	l.rt.note([]*slot{s}, err)
	l.rt.reactivate([]*slot{s})
}

// add takes a restored task.
func (l *lane) add(s *slot) {
	l.rt.opts.Metrics.parked(s)
	l.slots = append(l.slots, s)
	slices.SortFunc(l.slots, func(a, b *slot) int { return cmp.Compare(a.task.Partition, b.task.Partition) })
}

// give commits what a task has done and gives it back, marked clean if no effect
// is under way.
func (l *lane) give(s *slot, quiet bool) {
	if l.has(s) {
		s.release, s.quiet, s.legacy = true, quiet, legacy{}
	}
}

// drop gives a task back without a commit: it is another's by now.
func (l *lane) drop(s *slot) {
	if l.has(s) {
		l.remove(s)
		l.rt.forget(s)
	}
}

func (l *lane) has(s *slot) bool { return slices.Contains(l.slots, s) }

// remove takes a task off the lane and drops what it holds in memory.
func (l *lane) remove(s *slot) {
	l.slots = slices.DeleteFunc(l.slots, func(mine *slot) bool { return mine == s })
	l.rt.reader.stop(s.inbox)
	s.inbox.close()
	s.crowded.Store(false)
	l.rt.opts.Metrics.left(s)
	s.core, s.rest, s.release, s.fired, s.seed, s.legacy = nil, nil, false, false, false, legacy{}
}
