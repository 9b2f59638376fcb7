package broker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/task"
)

// prepared is one task's part of a transaction.
type prepared struct {
	slot   *slot
	commit *task.Commit
	last   atomic.Int64 // highest changelog offset that was acknowledged
}

// outgoing sends the records of one transaction and keeps the first failure.
// Its record memory is used again for the next transaction, unless this one is
// given up: then promises may still come, and a new outgoing is made.
type outgoing struct {
	records arena[kgo.Record]
	headers arena[kgo.RecordHeader]

	mu    sync.Mutex
	first error
}

// begin forgets the transaction before.
func (o *outgoing) begin() {
	o.records.reset()
	o.headers.reset()
	o.first = nil
}

// send produces the outputs and the rows of one task.
func (o *outgoing) send(cl *kgo.Client, changelog string, p *prepared) {
	for i := range p.commit.Outputs {
		out := &p.commit.Outputs[i]
		r := o.records.next()
		*r = kgo.Record{Topic: out.Topic, Key: out.Key, Value: out.Value, Headers: o.convert(out.Headers), Timestamp: out.Timestamp}
		cl.Produce(context.Background(), r, o.acknowledged)
	}
	acknowledged := p.acknowledged(o)
	for _, row := range p.commit.Rows {
		r := o.records.next()
		*r = kgo.Record{Topic: changelog, Partition: p.slot.task.Partition, Key: row.Key, Value: row.Value}
		cl.Produce(context.Background(), r, acknowledged)
	}
}

// convert copies headers into the client's type.
func (o *outgoing) convert(headers []task.Header) []kgo.RecordHeader {
	if len(headers) == 0 {
		return nil
	}
	list := o.headers.take(len(headers))
	for i, h := range headers {
		list[i] = kgo.RecordHeader(h)
	}
	return list
}

func (o *outgoing) acknowledged(r *kgo.Record, err error) {
	if err == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.first == nil {
		o.first = fmt.Errorf("producing to %s/%d: %w", r.Topic, r.Partition, err)
	}
}

// acknowledged is a promise for rows: it also keeps how far the changelog is.
func (p *prepared) acknowledged(o *outgoing) func(*kgo.Record, error) {
	return func(r *kgo.Record, err error) {
		if err != nil {
			o.acknowledged(r, err)
			return
		}
		for last := p.last.Load(); r.Offset > last && !p.last.CompareAndSwap(last, r.Offset); {
			last = p.last.Load()
		}
	}
}

// failed returns the first failure; all promises must have been kept.
func (o *outgoing) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.first
}

// arena hands out elements of chunks that never move, and reuses them.
type arena[T any] struct {
	chunks [][]T
	chunk  int // in use
	used   int // of it
}

const chunkSize = 1024

func (a *arena[T]) reset() { a.chunk, a.used = 0, 0 }

func (a *arena[T]) next() *T { return &a.take(1)[0] }

// take returns n neighbouring elements with the contents of an earlier use.
func (a *arena[T]) take(n int) []T {
	for {
		if a.chunk == len(a.chunks) {
			a.chunks = append(a.chunks, make([]T, max(n, chunkSize)))
		}
		if c := a.chunks[a.chunk]; a.used+n <= len(c) {
			a.used += n
			return c[a.used-n : a.used : a.used]
		}
		a.chunk, a.used = a.chunk+1, 0
	}
}
