package kafka

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Record is what a plain client writes or reads.
type Record struct {
	Topic     string
	Partition int32 // chosen by the key's murmur2 hash when written
	Offset    int64
	Timestamp int64 // milliseconds since 1970, as the topic keeps it
	Key       []byte
	Value     []byte // nil is a tombstone
	Headers   []Header
}

// Header is a header of a record.
type Header struct {
	Key   string
	Value []byte
}

// Producer writes records outside of any transaction, each at most once: for
// the edges, whose commands are made idempotent by their reader.
type Producer struct {
	client *kgo.Client
}

// NewProducer makes an idempotent producer with acks from all replicas.
func NewProducer(config Config) (*Producer, error) {
	opts, err := ClientOptions(config)
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(opts,
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerLinger(0),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
	)...)
	if err != nil {
		return nil, fmt.Errorf("making producer: %w", err)
	}
	return &Producer{client: client}, nil
}

// Produce writes a record and returns where it stands. When ctx ends first the
// outcome is unknown: the record may still be written.
func (p *Producer) Produce(ctx context.Context, r Record) (partition int32, offset int64, err error) {
	record := &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	done := make(chan error, 1)
	// Cancelling a produce can lose its place in the sequence, so the record
	// goes its way and only the wait for it ends.
	p.client.Produce(context.WithoutCancel(ctx), record, func(_ *kgo.Record, err error) { done <- err })
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("writing to %s: %w", r.Topic, err)
	}
	return record.Partition, record.Offset, nil
}

// Close waits for nothing: records that were not answered may be lost.
func (p *Producer) Close() { p.client.Close() }
