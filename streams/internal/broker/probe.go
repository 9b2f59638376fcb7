package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// probeAfter is how long a follower hears nothing below its end before it asks
// the log itself. Aborted records are not shown to a reader; behind the last of
// them usually stands a marker, which is. After a crash of an embedded broker
// none does, and whoever waits for one waits for ever.
const probeAfter = 250 * time.Millisecond

// probeTimeout bounds the first question, since all other followers wait for it.
// It doubles with each that is not answered, maxMisses times at most: a broker may
// be slow.
const (
	probeTimeout = 2500 * time.Millisecond
	maxMisses    = 4
)

// probe asks for the log from next on by a request of its own, and returns how
// far it holds nothing that is committed. It returns next when there is
// something to read, or a transaction is still open.
func probe(ctx context.Context, cl *kgo.Client, topic string, partition int32, next int64) (int64, error) {
	meta, err := kadm.NewClient(cl).Metadata(ctx, topic)
	if err != nil {
		return next, fmt.Errorf("finding the leader of %s/%d: %w", topic, partition, err)
	}
	details := meta.Topics[topic]
	leader, ok := details.Partitions[partition]
	if err := errors.Join(details.Err, leader.Err); err != nil || !ok {
		return next, fmt.Errorf("finding the leader of %s/%d: %w", topic, partition, errors.Join(err, errMissing(ok)))
	}
	resp, err := fetchRequest(topic, details.ID, partition, next).RequestWith(ctx, cl.Broker(int(leader.Leader)))
	if err != nil {
		return next, fmt.Errorf("fetching %s/%d: %w", topic, partition, err)
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return next, fmt.Errorf("fetching %s/%d: %w", topic, partition, err)
	}
	if len(resp.Topics) == 0 || len(resp.Topics[0].Partitions) == 0 {
		return next, nil
	}
	fetched, after := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		KeepControlRecords: true, Offset: next, IsolationLevel: kgo.ReadCommitted(), Topic: topic, Partition: partition,
	}, &resp.Topics[0].Partitions[0], kgo.DefaultDecompressor(), nil)
	if fetched.Err == nil && len(fetched.Records) == 0 {
		return after, nil
	}
	return next, fetched.Err
}

func fetchRequest(topic string, id kadm.TopicID, partition int32, next int64) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 0, 0, maxResponse/4
	req.IsolationLevel = 1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = topic, id
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.FetchOffset, p.PartitionMaxBytes = partition, next, maxResponse/4
	t.Partitions = append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}
