package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/store"
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
	ctx, cancel := context.WithTimeout(l.rt.ctx, l.rt.opts.TransactionTimeout)
	defer cancel()
	if err := l.producer.Flush(ctx); err != nil {
		return l.trouble(txn.Failed, err, "flushing transaction failed")
	}
	if err := l.out.failed(); err != nil {
		return l.trouble(orExpelled(txn.Failed, err), err, "producing failed")
	}
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
		if s.core.Pending() == 0 && !s.release {
			continue
		}
		c, err := s.core.Prepare(s.release)
		if err != nil {
			l.fail(s, fmt.Errorf("preparing transaction: %w", err))
			continue
		}
		if err := oversized(c, l.rt.opts.MaxRecordBytes); err != nil {
			l.remove(s)
			l.rt.halt(s, err)
			continue
		}
		p := &prepared{slot: s, commit: c}
		p.last.Store(-1)
		l.parts = append(l.parts, p)
	}
}

// sendPositions puts the handled offsets into the transaction, under the member
// id that the tasks were assigned under. A task without new inputs sends its
// position again, so that whoever takes it over waits for this transaction.
func (l *lane) sendPositions() txn.Event {
	id, generation := l.rt.member.identity()
	for _, p := range l.parts {
		if p.slot.memberID != id {
			return l.trouble(txn.Expelled, errors.New("member id has changed"), "the group has thrown this member out")
		}
	}
	req, err := l.positionsRequest(id, generation)
	if err != nil {
		return l.trouble(txn.Refused, err, "sending offsets failed")
	}
	resp, err := req.RequestWith(l.rt.ctx, l.producer)
	if err == nil {
		err = firstError(resp)
	}
	on := classify(err)
	switch {
	case on == txn.Taken:
		return on
	case on == txn.Again && time.Now().Before(l.deadline) && sleep(l.rt.ctx, 5*time.Millisecond) == nil:
		return on
	case errors.Is(err, kerr.IllegalGeneration):
		on = txn.Expelled
	case on == txn.Again:
		on = txn.Refused
	}
	return l.trouble(on, err, "sending offsets failed")
}

func (l *lane) positionsRequest(memberID string, generation int32) (*kmsg.TxnOffsetCommitRequest, error) {
	producer, epoch, err := l.producer.ProducerID(l.rt.ctx)
	if err != nil {
		return nil, err
	}
	o := &l.rt.opts
	instance := o.Topology.App + "-" + o.Instance
	metadata := writer{instance: o.Instance, lanes: o.Lanes}.String()
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group = l.id, o.Topology.App
	req.ProducerID, req.ProducerEpoch = producer, epoch
	req.MemberID, req.Generation, req.InstanceID = memberID, generation, &instance
	for _, topic := range o.inputs {
		t := kmsg.NewTxnOffsetCommitRequestTopic()
		t.Topic, t.TopicID = topic, l.rt.cluster.topicIDs[topic]
		for _, part := range l.parts {
			next := part.slot.positions[topic]
			for _, p := range part.commit.Positions {
				if p.Topic == topic {
					next = p.Next
				}
			}
			p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			p.Partition, p.Offset, p.Metadata = part.slot.task.Partition, next, &metadata
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
	}
	return req, nil
}

func firstError(resp *kmsg.TxnOffsetCommitResponse) error {
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}

// classify says what the group's answer means. An old generation alone proves
// nothing: the group may be in a rebalance in which the tasks stay here.
func classify(err error) txn.Event {
	switch {
	case err == nil:
		return txn.Taken
	case errors.Is(err, kerr.UnknownMemberID), errors.Is(err, kerr.FencedInstanceID):
		return txn.Expelled
	case errors.Is(err, kerr.RebalanceInProgress), errors.Is(err, kerr.IllegalGeneration),
		errors.Is(err, kerr.ConcurrentTransactions), kerr.IsRetriable(err):
		return txn.Again
	}
	return orExpelled(txn.Refused, err)
}

// orExpelled tells a fault from a producer that was barred: then the group
// thinks this process dead, and has to be asked before any task goes on.
func orExpelled(on txn.Event, err error) txn.Event {
	if errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) {
		return txn.Expelled
	}
	return on
}

// end asks for the commit. Its context is never cancelled: any error leaves the
// outcome unknown.
func (l *lane) end() txn.Event {
	if err := l.producer.EndTransaction(context.Background(), kgo.TryCommit); err != nil {
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
			l.settle(p)
		}
	}
	return on
}

// settle ends a task's part of a transaction that is committed and applied.
func (l *lane) settle(p *prepared) {
	s := p.slot
	s.core.Committed()
	s.position(p.commit.Positions)
	s.fired, s.retries = false, 0
	s.publish()
	if s.release {
		l.remove(s)
		l.rt.forget(s)
		return
	}
	l.rt.startEffects(s, p.commit.Asked, time.Time{})
	l.rt.cancelEffects(s, p.commit.Cancelled)
}

// recover gives the transaction up: it drops what is in memory and makes the
// producer anew, which ends the old transaction one way or the other. Tasks are
// kept for reopen, unless they are forfeit.
func (l *lane) recover(forfeit bool) (on txn.Event, more bool) {
	l.out = new(outgoing)
	l.parts = nil
	for len(l.slots) > 0 {
		l.setAside(l.slots[0], forfeit)
	}
	l.rt.opts.Metrics.recovered(l.rt.opts.Topology.App)
	if l.failures++; l.failures > 1 {
		_ = sleep(l.rt.ctx, backoff(l.failures))
	}
	l.held = l.rt.wanted(l.held)
	if l.rt.ctx.Err() != nil {
		return 0, false
	}
	if err := l.renew(); err != nil {
		return l.trouble(txn.Unreachable, err, "making a new producer failed"), true
	}
	return txn.Recreated, true
}

func (l *lane) setAside(s *slot, forfeit bool) {
	l.remove(s)
	if forfeit {
		l.rt.expel(s)
		return
	}
	l.held = append(l.held, s)
}

// renew replaces the producer; when it returns nil, every transaction of the
// lane's id has ended and its markers are written.
func (l *lane) renew() error {
	if l.producer != nil {
		l.producer.Close()
	}
	cl, err := l.rt.opts.newProducer(l.id)
	if err != nil {
		return err
	}
	l.rt.setProducer(l, cl)
	ctx, cancel := context.WithTimeout(l.rt.ctx, 2*l.rt.opts.TransactionTimeout)
	defer cancel()
	_, _, err = cl.ProducerID(ctx)
	return err
}

// reopen hands the tasks back to be restored.
func (l *lane) reopen() {
	held := l.held
	l.held = nil
	l.rt.reactivate(held)
}

// trouble logs what ended a transaction and passes the event on.
func (l *lane) trouble(on txn.Event, err error, what string) txn.Event {
	if l.rt.ctx.Err() == nil {
		l.rt.log.Warn().Err(err).Str("transactional_id", l.id).Stringer("state", l.state).Stringer("event", on).Msg(what)
	}
	return on
}

// backoff is how long to wait before try n, from the second one on.
func backoff(n int) time.Duration {
	return min(100*time.Millisecond<<min(n-2, 10), 10*time.Second)
}
