package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Bounds of transactions of edges.
const (
	// transactors is how many transactions run side by side.
	transactors = 4
	// transactionTimeout ends what a process that died has left open.
	transactionTimeout = 10 * time.Second
)

// Transactor writes several records in one transaction: readers of committed
// records see all of them or none.
type Transactor struct {
	config Config
	idle   chan *kgo.Client // a nil client is made when it is needed
}

// NewTransactor makes one; nothing is asked of Kafka before the first Write.
func NewTransactor(config Config) (*Transactor, error) {
	if _, err := ClientOptions(config); err != nil {
		return nil, err
	}
	t := &Transactor{config: config, idle: make(chan *kgo.Client, transactors)}
	for range transactors {
		t.idle <- nil
	}
	return t, nil
}

// Write writes records and fills in where each stands. On an error nothing was
// written, or, when Kafka did not say how the transaction ended, all or nothing.
func (t *Transactor) Write(ctx context.Context, records []Record) ([]Record, error) {
	var client *kgo.Client
	select {
	case client = <-t.idle:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a transaction: %w", ctx.Err())
	}
	written, err := t.write(ctx, &client, records)
	if err != nil && client != nil {
		client.Close() // its transaction is over by its successor or its timeout
		client = nil
	}
	t.idle <- client
	if err != nil {
		return nil, fmt.Errorf("writing %d records in a transaction: %w", len(records), err)
	}
	return written, nil
}

func (t *Transactor) write(ctx context.Context, client **kgo.Client, records []Record) ([]Record, error) {
	if *client == nil {
		opts, err := ClientOptions(t.config)
		if err != nil {
			return nil, err
		}
		*client, err = kgo.NewClient(append(opts,
			kgo.TransactionalID("millrace-edge-"+uuid.NewString()), kgo.TransactionTimeout(transactionTimeout),
			kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		)...)
		if err != nil {
			return nil, fmt.Errorf("making producer: %w", err)
		}
	}
	if err := (*client).BeginTransaction(); err != nil {
		return nil, fmt.Errorf("beginning: %w", err)
	}
	all := make([]*kgo.Record, len(records))
	for n, r := range records {
		all[n] = &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			all[n].Headers = append(all[n].Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
	}
	produced := (*client).ProduceSync(ctx, all...).FirstErr()
	// The end is waited for even when nobody waits for the answer any more, so that
	// nothing stays open that holds up readers.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), transactionTimeout)
	defer cancel()
	if produced != nil {
		return nil, errors.Join(produced, (*client).EndTransaction(end, kgo.TryAbort))
	}
	if err := (*client).EndTransaction(end, kgo.TryCommit); err != nil {
		return nil, fmt.Errorf("committing: %w", err)
	}
	written := make([]Record, len(records))
	for n, r := range records {
		r.Partition, r.Offset = all[n].Partition, all[n].Offset
		written[n] = r
	}
	return written, nil
}

// Close releases its connections, once no Write is under way.
func (t *Transactor) Close() {
	for range transactors {
		if client := <-t.idle; client != nil {
			client.Close()
		}
	}
}
