package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
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

// mend ends the transactions that a kill left open, before anybody reads: a broker
// that opens such a folder counts them as aborted and writes no marker, so that a
// reader of committed records would never see the end of a partition that ends with
// one, and would drop all that the same producer commits later, until its next abort
// marker.
//
// A transaction that has a commit marker in any partition was committed: the kill
// came while its markers were written. It is committed in the others too; else one
// topic would tell of what another has lost. All others are aborted.
func (e *Embedded) mend(ctx context.Context) error {
	if err := e.open(0); err != nil { // nobody knows the port
		return err
	}
	torn, err := e.endTransactions(ctx)
	e.shut()
	if err != nil {
		return err
	}
	for _, s := range torn {
		// The broker has just noted there that it took the transaction for aborted;
		// without it it goes by the markers.
		name := fmt.Sprintf("%s-%d", url.PathEscape(s.topic), s.partition)
		if err := os.Remove(filepath.Join(e.config.DataDir, "partitions", name, "snapshot.json")); err != nil {
			return fmt.Errorf("having %s read anew: %w", name, err)
		}
	}
	return nil
}

// endTransactions writes the markers that are missing, and returns the partitions in
// which one says that a transaction is committed.
func (e *Embedded) endTransactions(ctx context.Context) (torn []*scan, err error) {
	scans, err := e.scans(ctx)
	if err != nil {
		return nil, err
	}
	committed := make(map[int64]int16)
	for _, s := range scans {
		s.committed = committed
		if err := e.follow(ctx, s); err != nil {
			return nil, fmt.Errorf("reading transactions of %s/%d: %w", s.topic, s.partition, err)
		}
	}
	for _, s := range scans {
		commits := false
		for producer, epoch := range s.open {
			newest, known := committed[producer]
			commit := known && newest == epoch
			commits = commits || commit
			if err := e.end(ctx, s, producer, epoch, commit); err != nil {
				return nil, fmt.Errorf("ending open transactions of %s/%d: %w", s.topic, s.partition, err)
			}
		}
		if commits {
			torn = append(torn, s)
		}
	}
	return torn, nil
}

// scan is a walk through the batches of a partition. The epoch of a producer grows
// with each of its transactions.
type scan struct {
	topic     string
	id        [16]byte
	partition int32
	next, end int64
	open      map[int64]int16 // epoch of the transaction that has no marker yet, by producer
	// committed is what all scans find: the epoch of the newest transaction of each
	// producer that any partition saw committed.
	committed map[int64]int16
}

// scans lists the partitions.
func (e *Embedded) scans(ctx context.Context) (all []*scan, err error) {
	topics, err := e.admin.ListTopics(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing topics: %w", err)
	}
	ends, err := e.admin.ListEndOffsets(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing ends of partitions: %w", err)
	}
	starts, err := e.admin.ListStartOffsets(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing starts of partitions: %w", err)
	}
	for _, topic := range topics.TopicsList() {
		for _, partition := range topic.Partitions {
			start, _ := starts.Lookup(topic.Topic, partition)
			end, _ := ends.Lookup(topic.Topic, partition)
			all = append(all, &scan{
				topic: topic.Topic, id: topics[topic.Topic].ID, partition: partition, next: start.Offset, end: end.Offset,
				open: make(map[int64]int16),
			})
		}
	}
	return all, nil
}

// follow walks to the end of a partition.
func (e *Embedded) follow(ctx context.Context, s *scan) error {
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
			if newest, known := s.committed[b.ProducerID]; isCommit(b.Records) && (!known || b.ProducerEpoch > newest) {
				s.committed[b.ProducerID] = b.ProducerEpoch
			}
		case b.Attributes&transactional != 0:
			s.open[b.ProducerID] = b.ProducerEpoch
		}
	}
}

// isCommit says whether the record of a marker is that of a commit: its key is a
// version and a type, two bytes each.
func isCommit(record []byte) bool {
	var r kmsg.Record
	return r.ReadFrom(record) == nil && len(r.Key) >= 4 && binary.BigEndian.Uint16(r.Key[2:]) == 1
}

// end writes a marker.
func (e *Embedded) end(ctx context.Context, s *scan, producer int64, epoch int16, commit bool) error {
	request := kmsg.NewPtrWriteTxnMarkersRequest()
	marker := kmsg.NewWriteTxnMarkersRequestMarker()
	marker.ProducerID, marker.ProducerEpoch, marker.Committed = producer, epoch, commit
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
