package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
	"github.com/millrace/millrace/streams/txn"
)

// cycle follows the table of package txn from an event until the lane gathers
// again, or the runtime ends.
func (l *lane) cycle(on txn.Event) {
	for more := true; more; {
		step := txn.Next(l.state, on)
		l.state = step.To
		on, more = l.act(step.Do)
	}
}

// act does one action and returns what came of it; more is false when the lane
// goes back to its inputs.
func (l *lane) act(do txn.Action) (on txn.Event, more bool) {
	switch do {
	case txn.Produce:
		return l.produce(), true
	case txn.Position:
		return l.sendPositions(), true
	case txn.End:
		return l.end(), true
	case txn.Apply:
		return l.apply(), true
	case txn.Drop:
		return l.recover(false)
	case txn.Forfeit:
		return l.recover(true)
	case txn.Reopen:
		l.reopen()
	}
	return 0, false
}

// produce sends what all tasks of the lane have pending and waits until every
// record is acknowledged.
func (l *lane) produce() txn.Event {
	l.deadline = l.began.Add(l.rt.opts.TransactionTimeout / 2)
	if l.prepare(); len(l.parts) == 0 {
		return txn.Empty
	}
	if err := l.producer.BeginTransaction(); err != nil {
		return l.trouble(txn.Failed, err, "beginning transaction failed")
	}
	l.out.begin()
	for _, p := range l.parts {
		l.out.send(l.producer, l.rt.opts.Topology.ChangelogTopic(), p)
	}
	l.pass(failpoint.BeforeFlush)
	ctx, cancel := context.WithTimeout(l.rt.ctx, l.rt.opts.TransactionTimeout)
	defer cancel()
	if err := l.producer.Flush(ctx); err != nil {
		return l.trouble(txn.Failed, err, "flushing transaction failed")
	}
	if err := l.out.failed(); err != nil {
		return l.trouble(orExpelled(txn.Failed, err), err, "producing failed")
	}
	l.pass(failpoint.AfterFlush)
	return txn.Flushed
}

// prepare collects the parts of the transaction. A task whose lease is lost has
// no part in it: whatever it handled is another's to do. Nor has one that cannot
// say what it did.
func (l *lane) prepare() {
	l.parts = l.parts[:0]
	for _, s := range slices.Clone(l.slots) {
		if !s.lease.Valid() {
			l.remove(s)
			l.rt.expel(s)
			continue
		}
		if !s.wants(l.began) {
			continue
		}
		c, err := s.core.Prepare(s.release && s.quiet)
		if errors.Is(err, task.ErrTooLarge) && s.measures {
			l.remove(s)
			l.rt.halt(s, err)
			continue
		}
		if err != nil {
			s.measures = errors.Is(err, task.ErrTooLarge)
			l.fail(s, fmt.Errorf("preparing transaction: %w", err))
			continue
		}
		p := &prepared{slot: s, commit: c}
		p.last.Store(-1)
		l.parts = append(l.parts, p)
	}
}

// end asks for the commit. Its context is never cancelled: any error leaves the
// outcome unknown.
func (l *lane) end() txn.Event {
	l.pass(failpoint.BeforeEnd)
	err := l.producer.EndTransaction(context.Background(), kgo.TryCommit)
	l.pass(failpoint.AfterEnd)
	if err != nil {
		return l.trouble(orExpelled(txn.Unknown, err), err, "outcome of a transaction is unknown")
	}
	now := time.Now()
	l.pace.committed(l.began, now)
	l.failures = 0
	l.rt.opts.Metrics.committed(l.rt.opts.Topology.App, now.Sub(l.began), l.parts)
	return txn.Committed
}

// apply writes the committed rows, tells waiters and starts effects.
func (l *lane) apply() txn.Event {
	on := txn.Applied
	l.pass(failpoint.BeforeBatch)
	for _, p := range l.parts {
		s := p.slot
		cursor := store.Cursor{Identity: l.rt.identity(), Next: p.last.Load() + 1, AppliedAt: time.Now()}
		err := s.rows.Apply(s.lease, store.Batch{Rows: p.commit.Rows, Cursor: cursor})
		switch {
		case errors.Is(err, store.ErrLeaseLost):
			l.remove(s)
			l.rt.expel(s)
		case err != nil:
			on = l.trouble(txn.Broken, err, "applying committed rows failed")
		default:
			l.pass(failpoint.AfterBatch)
			l.settle(p)
		}
	}
	return on
}

// settle ends a task's part of a transaction that is committed and applied.
func (l *lane) settle(p *prepared) {
	s := p.slot
	s.core.BoundCache(int(l.rt.cacheShare.Load()))
	s.core.Committed()
	s.measures = false
	s.core.MeasureCalls(false)
	l.rt.opts.Metrics.taken(s, time.Now())
	s.fired, s.retries, s.marks, s.beat = false, 0, time.Time{}, time.Now().Add(l.rt.opts.Beat)
	s.publish()
	l.rt.opts.Metrics.parked(s)
	if s.release {
		l.remove(s)
		l.rt.forget(s)
		return
	}
	l.rt.startInherited(s)
	l.rt.startEffects(s, p.commit.Asked, false)
	l.rt.cancelEffects(s, p.commit.Cancelled)
}
