package broker

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/txn"
)

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
		l.pass(failpoint.AfterOffsets)
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
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group = l.id, o.Topology.App
	req.ProducerID, req.ProducerEpoch = producer, epoch
	req.MemberID, req.Generation, req.InstanceID = memberID, generation, &instance
	for _, topic := range o.inputs {
		t := kmsg.NewTxnOffsetCommitRequestTopic()
		t.Topic, t.TopicID = topic, l.rt.cluster.topicIDs[topic]
		for _, part := range l.parts {
			metadata := writer{instance: o.Instance, lanes: o.Lanes, marked: marked(topic, part.commit.Positions), transaction: part.commit.Transaction}.String()
			p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			p.Partition, p.Offset, p.Metadata = part.slot.task.Partition, part.slot.passed[topic], &metadata
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
	}
	return req, nil
}

// marked is what a mark says about a topic, or -1.
func marked(topic string, positions []changelog.Position) int64 {
	for _, p := range positions {
		if p.Topic == topic {
			return p.Next
		}
	}
	return -1
}

// markedID is the topic's id in a mark, zero when it has none.
func markedID(topic string, positions []changelog.Position) [16]byte {
	for _, p := range positions {
		if p.Topic == topic {
			return p.TopicID
		}
	}
	return [16]byte{}
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
