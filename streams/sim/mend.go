package sim

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// mend writes the abort markers that the Kafka in memory leaves out when it
// opens the directory of a killed one: it counts open transactions as aborted,
// but clients drop all that the same producer writes until they see its marker.
func (f *fleet) mend() error {
	ctx := context.Background()
	adm := kadm.NewClient(f.client)
	topics, err := adm.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("listing topics after the crash: %w", err)
	}
	for _, t := range topics.TopicsList() {
		for _, p := range t.Partitions {
			if err := f.mendPartition(ctx, t.Topic, topics[t.Topic].ID, p); err != nil {
				return fmt.Errorf("ending open transactions of %s/%d: %w", t.Topic, p, err)
			}
		}
	}
	return nil
}

func (f *fleet) mendPartition(ctx context.Context, topic string, id [16]byte, partition int32) error {
	leader := f.client.Broker(int(f.brokers.cluster.LeaderFor(topic, partition)))
	open := make(map[int64]int16)
	for next, more := int64(0), true; more; {
		req := kmsg.NewPtrFetchRequest()
		req.MaxBytes, req.SessionEpoch = 8<<20, -1
		t := kmsg.NewFetchRequestTopic()
		t.Topic, t.TopicID = topic, id
		p := kmsg.NewFetchRequestTopicPartition()
		p.Partition, p.FetchOffset, p.PartitionMaxBytes = partition, next, 8<<20
		t.Partitions = append(t.Partitions, p)
		req.Topics = append(req.Topics, t)
		answer, err := leader.Request(ctx, req)
		if err != nil {
			return fmt.Errorf("fetching: %w", err)
		}
		resp := answer.(*kmsg.FetchResponse)
		if more = len(resp.Topics) > 0 && len(resp.Topics[0].Partitions) > 0; more {
			after := follow(resp.Topics[0].Partitions[0].RecordBatches, open, next)
			more, next = after > next, after
		}
	}
	for producer, epoch := range open {
		f.trace.add("", "ends the transaction that producer %d has open in %s/%d", producer, topic, partition)
		req := kmsg.NewPtrWriteTxnMarkersRequest()
		m := kmsg.NewWriteTxnMarkersRequestMarker()
		m.ProducerID, m.ProducerEpoch = producer, epoch
		t := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
		t.Topic, t.Partitions = topic, []int32{partition}
		m.Topics = append(m.Topics, t)
		req.Markers = append(req.Markers, m)
		answer, err := leader.Request(ctx, req)
		if err != nil {
			return fmt.Errorf("writing marker: %w", err)
		}
		for _, m := range answer.(*kmsg.WriteTxnMarkersResponse).Markers {
			if err := kerr.ErrorForCode(m.Topics[0].Partitions[0].ErrorCode); err != nil {
				return fmt.Errorf("writing marker: %w", err)
			}
		}
	}
	return nil
}

// follow notes which producers have a transaction without a marker, and returns
// the offset after the last whole batch.
func follow(raw []byte, open map[int64]int16, next int64) int64 {
	const head, transactional, control = 12, 1 << 4, 1 << 5
	for len(raw) > head {
		size := head + int(binary.BigEndian.Uint32(raw[8:]))
		var b kmsg.RecordBatch
		if size > len(raw) || b.ReadFrom(raw[:size]) != nil {
			break
		}
		raw, next = raw[size:], b.FirstOffset+int64(b.LastOffsetDelta)+1
		switch {
		case b.Attributes&control != 0:
			delete(open, b.ProducerID)
		case b.Attributes&transactional != 0:
			open[b.ProducerID] = b.ProducerEpoch
		}
	}
	return next
}
