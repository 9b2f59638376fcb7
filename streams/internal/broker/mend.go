package broker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// offsetsTopic is where groups commit their offsets, as part of a transaction.
const offsetsTopic = "__consumer_offsets"

// everywhere has mend look at the partitions of all brokers.
const everywhere int32 = -1

// mend ends what transactions of an id have left open that their coordinator takes
// for ended. last is what the coordinator said before; leader, unless it is
// everywhere, is the broker whose partitions are looked at.
//
// A broker that dies while it ends a transaction ends it when it is back; but if a
// partition has no leader at that moment, as all partitions of a broker that was
// alone, it takes the partition for deleted, leaves it out and calls the
// transaction complete (Kafka 4.3, TransactionMarkerChannelManager: "likely deleted
// already and hence can be skipped"). Nobody would end it there any more: readers
// of committed records would stop before it for ever, among them the next owner of
// the task, and an abort of the producer's next transaction there would take the
// records of this one with it.
//
// Markers are written only while the producer can write nothing to the partitions
// that get them, or one could end the transaction after.
func mend(ctx context.Context, cl *kgo.Client, o *Options, log zerolog.Logger, last kadm.DescribedTransaction, leader int32) error {
	left, err := unfinished(ctx, cl, o, last.ProducerID, leader)
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		log.Info().Err(err).Str("transactional_id", last.TxnID).Msg("cannot see whether a transaction was left open: allow Read on the topics that are written")
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for what transactions of %s left open: %w", last.TxnID, err)
	}
	for _, d := range left {
		if err := finish(ctx, cl, log, last, d); err != nil {
			return fmt.Errorf("ending what transactions of %s left open in %s/%d: %w", last.TxnID, d.Topic, d.Partition, err)
		}
	}
	return nil
}

// unfinished lists where a producer has a transaction open.
func unfinished(ctx context.Context, cl *kgo.Client, o *Options, producer int64, leader int32) ([]kadm.DescribedProducer, error) {
	adm := kadm.NewClient(cl)
	names := []string{o.Topology.ChangelogTopic(), o.Topology.DeadLetterTopic(), offsetsTopic}
	for _, out := range o.Topology.Outputs {
		names = append(names, out.Topic)
	}
	topics, err := adm.ListTopicsWithInternal(kadm.WithAuthorizedOps(ctx), names...) // or leaders may be those of 5 s ago
	if err != nil {
		return nil, err
	}
	var written kadm.TopicsSet
	for _, t := range topics {
		for p, d := range t.Partitions {
			if leader == everywhere || d.Leader == leader || d.Leader < 0 { // without one, asking fails: it comes
				written.Add(t.Topic, p)
			}
		}
	}
	if len(written) == 0 {
		return nil, nil
	}
	described, err := adm.DescribeProducers(ctx, written)
	described.EachPartition(func(d kadm.DescribedProducersPartition) { err = errors.Join(err, d.Err) })
	var open []kadm.DescribedProducer
	described.EachProducer(func(d kadm.DescribedProducer) {
		if d.ProducerID == producer && d.CurrentTxnStartOffset >= 0 {
			open = append(open, d)
		}
	})
	return open, err
}

// finish writes the marker that a transaction lacks in a partition.
func finish(ctx context.Context, cl *kgo.Client, log zerolog.Logger, last kadm.DescribedTransaction, left kadm.DescribedProducer) error {
	end := decide(last, left)
	switch end {
	case underWay:
		return nil
	case notKnown:
		return fmt.Errorf("a transaction of producer %d, epoch %d, is open since offset %d, and its coordinator, which is at epoch %d, %s, does not tell how it was to end: look at its records and end it with kafka-transactions.sh",
			left.ProducerID, left.ProducerEpoch, left.CurrentTxnStartOffset, last.ProducerEpoch, last.State)
	}
	log.Error().Str("transactional_id", last.TxnID).Str("topic", left.Topic).Int32("partition", left.Partition).
		Int64("offset", left.CurrentTxnStartOffset).Bool("commit", end == toCommit).Msg("a restarted broker left a transaction open, it is ended now")
	marker := kadm.TxnMarkers{
		ProducerID: left.ProducerID, ProducerEpoch: left.ProducerEpoch + 1, // as transaction version 2 does
		Commit: end == toCommit, CoordinatorEpoch: max(left.CoordinatorEpoch, 0),
	}
	marker.Topics.Add(left.Topic, left.Partition)
	written, err := kadm.NewClient(cl).WriteTxnMarkers(ctx, marker)
	written.EachPartition(func(p kadm.TxnMarkersPartitionResponse) { err = errors.Join(err, p.Err) })
	if errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return fmt.Errorf("writing a marker, for which ClusterAction on the cluster has to be allowed: %w", err)
	}
	return err
}

// ending is how a transaction that is open in a partition was to end.
type ending int

const (
	notKnown ending = iota
	underWay        // its coordinator has not done with it
	toCommit
	toAbort
)

// decide says how a transaction that is open in a partition was to end, from what
// its coordinator said before the partition was asked. The epoch grows by one with
// each transaction. A transaction before the last one was committed: one that is
// aborted is the last until a fence has mended it, see fence.
func decide(last kadm.DescribedTransaction, left kadm.DescribedProducer) ending {
	complete := strings.HasPrefix(last.State, "Complete")
	switch {
	case left.ProducerEpoch == math.MaxInt16: // the marker has no epoch
		return notKnown
	case left.ProducerEpoch >= last.ProducerEpoch, strings.HasPrefix(last.State, preparing):
		return underWay
	case left.ProducerEpoch+1 == last.ProducerEpoch && last.State == "CompleteAbort":
		return toAbort
	case complete, last.State == ongoingState:
		return toCommit
	default:
		return notKnown
	}
}
