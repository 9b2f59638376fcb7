package broker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// offsetsTopic is where groups commit their offsets, as part of a transaction.
const offsetsTopic = "__consumer_offsets"

// fence ends whatever a transactional id has open and bars its producer: take gets
// a new producer id for it. When it returns nil, no transaction of the id is open
// anywhere.
//
// That takes more than the new producer id. A broker that dies while it ends a
// transaction ends it when it is back; but if a partition has no leader at that
// moment, as all partitions of a broker that was alone, it takes the partition for
// deleted, leaves it out and calls the transaction complete (Kafka 4.3,
// TransactionMarkerChannelManager: "likely deleted already and hence can be
// skipped"). Nobody would end it there any more: readers of committed records
// would stop before it for ever, among them the next owner of the task. So fence
// looks whether anything is left and ends it the way that the coordinator had
// decided. The coordinator tells that only until it gives the new producer id, so
// what it has completed is mended before: a fence that fails there can be repeated.
func fence(ctx context.Context, cl *kgo.Client, o *Options, log zerolog.Logger, id string, take func() error) error {
	last, err := decidedTransaction(ctx, cl, id)
	if err != nil {
		return fmt.Errorf("asking for the transaction of %s: %w", id, err)
	}
	ongoing := last.State == ongoingState
	if last.State != "" && !ongoing {
		if err := mend(ctx, cl, o, log, last); err != nil {
			return err
		}
	}
	if err := take(); err != nil {
		return fmt.Errorf("ending transactions of %s: %w", id, err)
	}
	if ongoing { // take had it aborted
		return insist(ctx, func() error { return mend(ctx, cl, o, log, last) })
	}
	return nil
}

// insist repeats what must not be given up half-way, until ctx ends.
func insist(ctx context.Context, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil || sleep(ctx, backoff(n+1)) != nil {
			return err
		}
	}
}

// mend ends what a transaction that its coordinator has done with left open.
func mend(ctx context.Context, cl *kgo.Client, o *Options, log zerolog.Logger, last kadm.DescribedTransaction) error {
	left, err := unfinished(ctx, cl, o, last.ProducerID)
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		log.Info().Err(err).Str("transactional_id", last.TxnID).Msg("cannot see whether a transaction was left open: allow Read on the topics that are written")
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for what transactions of %s left open: %w", last.TxnID, err)
	}
	for _, d := range left {
		log.Error().Str("transactional_id", last.TxnID).Str("topic", d.Topic).Int32("partition", d.Partition).
			Int64("offset", d.CurrentTxnStartOffset).Msg("a restarted broker left a transaction open, it is ended now")
	}
	if err := finish(ctx, cl, last, left); err != nil {
		return fmt.Errorf("ending what transactions of %s left open: %w", last.TxnID, err)
	}
	return nil
}

// States of a transaction in which its coordinator is still at work on it.
const (
	ongoingState = "Ongoing"
	preparing    = "Prepare" // leads the names of all states of one that is being ended
)

// decidedTransaction waits until the coordinator has done with the transaction that
// it is ending, if it is ending one.
func decidedTransaction(ctx context.Context, cl *kgo.Client, id string) (kadm.DescribedTransaction, error) {
	for {
		last, err := lastTransaction(ctx, cl, id)
		if err != nil || !strings.HasPrefix(last.State, preparing) {
			return last, err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return last, fmt.Errorf("it is still %s: %w", last.State, err)
		}
	}
}

// lastTransaction is what the coordinator knows of an id; State is empty when it
// never heard of it.
func lastTransaction(ctx context.Context, cl *kgo.Client, id string) (kadm.DescribedTransaction, error) {
	described, err := kadm.NewClient(cl).DescribeTransactions(ctx, id)
	if err != nil {
		return kadm.DescribedTransaction{}, err
	}
	last := described[id]
	if errors.Is(last.Err, kerr.TransactionalIDNotFound) {
		return kadm.DescribedTransaction{}, nil
	}
	return last, last.Err
}

// fenceOther is fence for an id that is not used here any more.
func fenceOther(ctx context.Context, cl *kgo.Client, o *Options, log zerolog.Logger, id string) error {
	return fence(ctx, cl, o, log, id, func() error { return initProducer(ctx, cl, o, id) })
}

// initProducer waits until the coordinator has ended what the id has open.
func initProducer(ctx context.Context, cl *kgo.Client, o *Options, id string) error {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.TransactionalID = &id
	req.TransactionTimeoutMillis = int32(o.TransactionTimeout.Milliseconds())
	req.ProducerID, req.ProducerEpoch = -1, -1
	for {
		resp, err := req.RequestWith(ctx, cl)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if !errors.Is(err, kerr.ConcurrentTransactions) {
			return err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// unfinished lists where a transaction of a producer is open, which the
// coordinator says has none.
func unfinished(ctx context.Context, cl *kgo.Client, o *Options, producer int64) ([]kadm.DescribedProducer, error) {
	adm := kadm.NewClient(cl)
	names := []string{o.Topology.ChangelogTopic(), o.Topology.DeadLetterTopic(), offsetsTopic}
	for _, out := range o.Topology.Outputs {
		names = append(names, out.Topic)
	}
	topics, err := adm.ListTopicsWithInternal(ctx, names...)
	if err != nil {
		return nil, err
	}
	var written kadm.TopicsSet
	for _, t := range topics {
		for p := range t.Partitions {
			if t.Topic != offsetsTopic || p == offsetsPartition(o.Topology.App, len(t.Partitions)) {
				written.Add(t.Topic, p)
			}
		}
	}
	described, err := adm.DescribeProducers(ctx, written)
	var open []kadm.DescribedProducer
	described.EachPartition(func(d kadm.DescribedProducersPartition) { err = errors.Join(err, d.Err) })
	described.EachProducer(func(d kadm.DescribedProducer) {
		if d.ProducerID == producer && d.CurrentTxnStartOffset >= 0 {
			open = append(open, d)
		}
	})
	return open, err
}

// finish writes the markers that a transaction lacks.
func finish(ctx context.Context, cl *kgo.Client, last kadm.DescribedTransaction, left []kadm.DescribedProducer) error {
	if len(left) == 0 {
		return nil
	}
	markers := kadm.TxnMarkers{ProducerID: last.ProducerID}
	for _, d := range left {
		commit, epoch, ok := decision(last, d)
		if !ok {
			return fmt.Errorf("%s/%d has a transaction of producer %d, epoch %d, open since offset %d, and its coordinator, which is at epoch %d, %s, does not tell how it was to end: look at its records and end it with kafka-transactions.sh",
				d.Topic, d.Partition, d.ProducerID, d.ProducerEpoch, d.CurrentTxnStartOffset, last.ProducerEpoch, last.State)
		}
		markers.Commit, markers.ProducerEpoch = commit, epoch
		markers.CoordinatorEpoch = max(markers.CoordinatorEpoch, d.CoordinatorEpoch, 0)
		markers.Topics.Add(d.Topic, d.Partition)
	}
	written, err := kadm.NewClient(cl).WriteTxnMarkers(ctx, markers)
	written.EachPartition(func(p kadm.TxnMarkersPartitionResponse) {
		if p.Err != nil {
			err = errors.Join(err, fmt.Errorf("%s/%d: %w", p.Topic, p.Partition, p.Err))
		}
	})
	if errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return fmt.Errorf("writing markers, for which ClusterAction on the cluster has to be allowed: %w", err)
	}
	return err
}

// decision says how the coordinator was about to end a transaction that is still
// open in a partition, and the epoch of its markers: one more than the records
// have, as with transaction version 2. What was Ongoing is aborted for the new
// producer id.
func decision(last kadm.DescribedTransaction, left kadm.DescribedProducer) (commit bool, epoch int16, ok bool) {
	if left.ProducerEpoch == math.MaxInt16 {
		return false, 0, false
	}
	next := left.ProducerEpoch + 1
	switch last.State {
	case "CompleteCommit":
		return true, next, last.ProducerEpoch == next
	case "CompleteAbort":
		return false, next, last.ProducerEpoch == next
	case ongoingState:
		return false, next, last.ProducerEpoch == left.ProducerEpoch
	default:
		return false, 0, false
	}
}

// offsetsPartition is the partition of the offsets topic that a group's offsets
// are in: that of Java's hash of its name.
func offsetsPartition(group string, partitions int) int32 {
	var hash int32
	for _, unit := range utf16.Encode([]rune(group)) {
		hash = 31*hash + int32(unit)
	}
	return (hash & math.MaxInt32) % int32(partitions)
}
