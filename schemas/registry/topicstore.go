package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Topic is the compacted topic that holds the state of the embedded registry.
const Topic = "_schemas"

// writeTimeout bounds one write to the topic.
const writeTimeout = 30 * time.Second

// TopicStore is a Store in a compacted topic of one partition.
type TopicStore struct {
	client *kgo.Client
	opts   []kgo.Opt
}

// OpenTopic connects with opts (brokers, credentials) and creates the topic when
// it is missing. Close the store when done.
func OpenTopic(ctx context.Context, opts ...kgo.Opt) (*TopicStore, error) {
	// A record may be written twice when its answer is lost, which the server
	// tolerates; in return a write ends in bounded time.
	producer := append(slices.Clone(opts), kgo.DefaultProduceTopic(Topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.DisableIdempotentWrite(), kgo.RecordDeliveryTimeout(writeTimeout))
	client, err := kgo.NewClient(producer...)
	if err != nil {
		return nil, fmt.Errorf("opening schema store: %w", err)
	}
	compact := "compact"
	created, err := kadm.NewClient(client).CreateTopic(ctx, 1, -1, map[string]*string{"cleanup.policy": &compact}, Topic)
	if err == nil {
		err = created.Err
	}
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		client.Close()
		return nil, fmt.Errorf("creating topic %s: %w", Topic, err)
	}
	return &TopicStore{client: client, opts: opts}, nil
}

// Close ends the connection. Closing twice is safe.
func (s *TopicStore) Close() { s.client.Close() }

// Append implements Store.
func (s *TopicStore) Append(ctx context.Context, record Record) error {
	r := &kgo.Record{Key: []byte(record.Key), Value: record.Value}
	// A caller that goes away must not cancel the write: its fate would be unknown.
	if err := s.client.ProduceSync(context.WithoutCancel(ctx), r).FirstErr(); err != nil {
		return fmt.Errorf("writing to topic %s: %w", Topic, err)
	}
	return nil
}

// Load implements Store: it reads the topic up to the end it has now.
func (s *TopicStore) Load(ctx context.Context) ([]Record, error) {
	ends, err := kadm.NewClient(s.client).ListEndOffsets(ctx, Topic)
	if err == nil {
		err = ends.Error()
	}
	end, ok := ends.Lookup(Topic, 0)
	if err != nil || !ok {
		return nil, fmt.Errorf("finding the end of topic %s: %w", Topic, err)
	}
	start := map[string]map[int32]kgo.Offset{Topic: {0: kgo.NewOffset().AtStart()}}
	reader, err := kgo.NewClient(append(slices.Clone(s.opts), kgo.ConsumePartitions(start), kgo.ConsumeResetOffset(kgo.NoResetOffset()))...)
	if err != nil {
		return nil, fmt.Errorf("reading topic %s: %w", Topic, err)
	}
	defer reader.Close()
	return readTo(ctx, reader, end.Offset)
}

// readTo returns the records below offset end. The last one is always there:
// compaction keeps the newest record of each key.
func readTo(ctx context.Context, reader *kgo.Client, end int64) ([]Record, error) {
	var records []Record
	for next := int64(0); next < end; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("reading topic %s: %w", Topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			records = append(records, Record{Key: string(r.Key), Value: r.Value})
		})
	}
	return records, nil
}
