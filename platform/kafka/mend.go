package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// sessionFile is written by the broker when it closes in good order and removed
// when it opens the folder again.
const sessionFile = "session_state.json"

// killed says whether the folder was left without closing the broker.
func killed(dataDir string) bool {
	_, opened := os.Stat(filepath.Join(dataDir, "meta.json"))
	_, closed := os.Stat(filepath.Join(dataDir, sessionFile))
	return opened == nil && errors.Is(closed, os.ErrNotExist)
}

// mend writes the markers that a kill left out. A broker that opens such a
// folder counts open transactions as aborted but writes no marker for them, so a
// reader of committed records would never see the end of a partition that ends
// with such a transaction, and would drop all that the same producer commits
// later: clients drop a producer's records until its next abort marker.
func (e *Embedded) mend(ctx context.Context) error {
	topics, err := e.admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("listing topics: %w", err)
	}
	ends, err := e.admin.ListEndOffsets(ctx)
	if err != nil {
		return fmt.Errorf("listing ends of partitions: %w", err)
	}
	starts, err := e.admin.ListStartOffsets(ctx)
	if err != nil {
		return fmt.Errorf("listing starts of partitions: %w", err)
	}
	for _, topic := range topics.TopicsList() {
		for _, partition := range topic.Partitions {
			start, _ := starts.Lookup(topic.Topic, partition)
			end, _ := ends.Lookup(topic.Topic, partition)
			p := scan{topic: topic.Topic, id: topics[topic.Topic].ID, partition: partition, next: start.Offset, end: end.Offset}
			if err := e.mendPartition(ctx, &p); err != nil {
				return fmt.Errorf("ending open transactions of %s/%d: %w", topic.Topic, partition, err)
			}
		}
	}
	return nil
}

// scan is a walk through the batches of a partition.
type scan struct {
	topic     string
	id        [16]byte
	partition int32
	next, end int64
	open      map[int64]int16 // epochs of the producers whose transaction has no marker yet
}

func (e *Embedded) mendPartition(ctx context.Context, s *scan) error {
	s.open = make(map[int64]int16)
	for s.next < s.end {
		batches, err := e.batches(ctx, s)
		if err != nil {
			return err
		}
		before := s.next
		s.take(batches)
		if s.next == before {
			break // nothing readable is left before the end
		}
	}
	for producer, epoch := range s.open {
		if err := e.abort(ctx, s, producer, epoch); err != nil {
			return err
		}
	}
	return nil
}

// batches reads the next few MiB of a partition, uncommitted records too.
func (e *Embedded) batches(ctx context.Context, s *scan) ([]byte, error) {
	request := kmsg.NewPtrFetchRequest()
	request.MaxBytes, request.SessionEpoch = 8<<20, -1
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = s.topic, s.id
	partition := kmsg.NewFetchRequestTopicPartition()
	partition.Partition, partition.FetchOffset, partition.PartitionMaxBytes = s.partition, s.next, 8<<20
	topic.Partitions = append(topic.Partitions, partition)
	request.Topics = append(request.Topics, topic)
	answer, err := e.client.SeedBrokers()[0].Request(ctx, request)
	if err != nil {
		return nil, err
	}
	response := answer.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(response.ErrorCode); err != nil {
		return nil, err
	}
	if len(response.Topics) == 0 || len(response.Topics[0].Partitions) == 0 {
		return nil, nil
	}
	read := &response.Topics[0].Partitions[0]
	return read.RecordBatches, kerr.ErrorForCode(read.ErrorCode)
}

// Attributes of a batch.
const (
	transactional = 1 << 4
	control       = 1 << 5
)

// take follows what batches say of transactions; the last may be cut.
func (s *scan) take(raw []byte) {
	const head = 12 // offset and length, which do not count in the length
	for len(raw) > head {
		size := head + int(binary.BigEndian.Uint32(raw[8:]))
		var b kmsg.RecordBatch
		if size > len(raw) || b.ReadFrom(raw[:size]) != nil {
			return
		}
		raw = raw[size:]
		s.next = b.FirstOffset + int64(b.LastOffsetDelta) + 1
		switch {
		case b.Attributes&control != 0:
			delete(s.open, b.ProducerID)
		case b.Attributes&transactional != 0:
			s.open[b.ProducerID] = b.ProducerEpoch
		}
	}
}

// abort writes an abort marker.
func (e *Embedded) abort(ctx context.Context, s *scan, producer int64, epoch int16) error {
	request := kmsg.NewPtrWriteTxnMarkersRequest()
	marker := kmsg.NewWriteTxnMarkersRequestMarker()
	marker.ProducerID, marker.ProducerEpoch = producer, epoch
	topic := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
	topic.Topic, topic.Partitions = s.topic, []int32{s.partition}
	marker.Topics = append(marker.Topics, topic)
	request.Markers = append(request.Markers, marker)
	answer, err := e.client.SeedBrokers()[0].Request(ctx, request)
	if err != nil {
		return err
	}
	for _, m := range answer.(*kmsg.WriteTxnMarkersResponse).Markers {
		for _, t := range m.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
