package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/envelope"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/streams"
)

// write is how edges write commands: a new event of its own cause.
func (p *process) write(ctx context.Context, name, key string, value []byte) (partition int32, offset int64, err error) {
	record, err := addressed(name, key, value)
	if err != nil {
		return 0, 0, err
	}
	return p.producer.Produce(ctx, record)
}

// writeTogether is write for several records in one transaction.
func (p *process) writeTogether(ctx context.Context, commands ...gateway.Command) ([]streams.Position, error) {
	records := make([]kafka.Record, len(commands))
	for n, c := range commands {
		var err error
		if records[n], err = addressed(c.Topic, c.Key, c.Value); err != nil {
			return nil, err
		}
	}
	written, err := p.together.Write(ctx, records)
	at := make([]streams.Position, len(written))
	for n, r := range written {
		at[n] = streams.Position{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}
	}
	return at, err
}

// addressed is a record of a known topic with the envelope of a new event.
func addressed(name, key string, value []byte) (kafka.Record, error) {
	def, ok := topic.Find(name)
	if !ok {
		return kafka.Record{}, fmt.Errorf("writing to %s: there is no such topic", name)
	}
	e := envelope.Envelope{
		ID: uuid.NewString(), Source: "millrace/edge", Type: def.Record, Time: time.Now(), Subject: key, PartitionKey: key,
	}
	if def.Partitioning == topic.ByOrder {
		e.CorrelationID = key
	}
	return enveloped(e, name, key, value), nil
}

// enveloped is a record with its envelope as headers.
func enveloped(e envelope.Envelope, topicName, key string, value []byte) kafka.Record {
	r := kafka.Record{Topic: topicName, Key: []byte(key), Value: value}
	for _, h := range e.Append(nil) {
		r.Headers = append(r.Headers, kafka.Header(h))
	}
	return r
}
