package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ErrNoTopic says that the cluster has no topic of that name.
var ErrNoTopic = errors.New("no such topic")

// Ends is what a topic's partitions hold: the offsets of the first and of the
// next record, by partition.
type Ends struct{ First, Next map[int32]int64 }

// Records is an upper bound of the records kept: markers of transactions count,
// and compaction leaves gaps.
func (e Ends) Records() int64 {
	var n int64
	for p, next := range e.Next {
		n += next - e.First[p]
	}
	return n
}

// Reader reads committed records of topics without being in a group.
type Reader struct {
	config Config
	admin  *kadm.Client
}

// NewReader makes a reader.
func NewReader(config Config) (*Reader, error) {
	opts, err := ClientOptions(config)
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("making reader: %w", err)
	}
	return &Reader{config: config, admin: kadm.NewClient(client)}, nil
}

// Close releases the reader; its tails end with their own contexts.
func (r *Reader) Close() { r.admin.Close() }

// Ends returns what each of topics holds; unknown topics are left out.
func (r *Reader) Ends(ctx context.Context, topics ...string) (map[string]Ends, error) {
	first, err := r.admin.ListStartOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("listing first offsets: %w", err)
	}
	next, err := r.admin.ListCommittedOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("listing last offsets: %w", err)
	}
	all := make(map[string]Ends)
	next.Each(func(o kadm.ListedOffset) {
		if o.Err != nil {
			return
		}
		e, ok := all[o.Topic]
		if !ok {
			e = Ends{First: make(map[int32]int64), Next: make(map[int32]int64)}
			all[o.Topic] = e
		}
		e.Next[o.Partition] = o.Offset
		if start, ok := first.Lookup(o.Topic, o.Partition); ok && start.Err == nil {
			e.First[o.Partition] = start.Offset
		}
	})
	return all, nil
}

// Start says where a tail begins.
type Start struct {
	// Earliest begins with the first record kept; else Since counts, and a zero
	// Since begins with what comes after the call.
	Earliest bool
	Since    time.Duration // records of the last so long
}

// Tail calls fn with the records of a topic, in order per partition, until ctx
// ends or fn returns an error, which it returns. With follow false it ends at
// what the topic held when it was called.
func (r *Reader) Tail(ctx context.Context, topic string, start Start, follow bool, fn func(Record) error) error {
	ends, err := r.Ends(ctx, topic)
	if err != nil {
		return err
	}
	until, ok := ends[topic]
	if !ok {
		return fmt.Errorf("reading %s: %w", topic, ErrNoTopic)
	}
	from, err := r.from(ctx, topic, start, until)
	if err != nil {
		return err
	}
	opts, err := ClientOptions(r.config)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(append(opts,
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}),
	)...)
	if err != nil {
		return fmt.Errorf("making reader of %s: %w", topic, err)
	}
	defer client.Close()
	return follower{client: client, until: until, follow: follow, left: open(until, from)}.run(ctx, fn)
}

func (r *Reader) from(ctx context.Context, topic string, start Start, ends Ends) (map[int32]kgo.Offset, error) {
	from := make(map[int32]kgo.Offset)
	for p, next := range ends.Next {
		from[p] = kgo.NewOffset().At(next)
		if start.Earliest {
			from[p] = kgo.NewOffset().At(ends.First[p])
		}
	}
	if start.Earliest || start.Since == 0 {
		return from, nil
	}
	offsets, err := r.admin.ListOffsetsAfterMilli(ctx, time.Now().Add(-start.Since).UnixMilli(), topic)
	if err != nil {
		return nil, fmt.Errorf("looking up offsets of %s by time: %w", topic, err)
	}
	offsets.Each(func(o kadm.ListedOffset) {
		if o.Err == nil && o.Offset >= 0 {
			from[o.Partition] = kgo.NewOffset().At(o.Offset)
		}
	})
	return from, nil
}

// open counts the partitions that have something before their end.
func open(ends Ends, from map[int32]kgo.Offset) map[int32]bool {
	left := make(map[int32]bool)
	for p, next := range ends.Next {
		if from[p].EpochOffset().Offset < next {
			left[p] = true
		}
	}
	return left
}

// follower is one tail under way.
type follower struct {
	client *kgo.Client
	until  Ends
	follow bool
	left   map[int32]bool // partitions that have not reached their end
}

func (f follower) run(ctx context.Context, fn func(Record) error) error {
	for f.follow || len(f.left) > 0 {
		fetches := f.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			if err := f.record(it.Next(), fn); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f follower) record(k *kgo.Record, fn func(Record) error) error {
	last := f.until.Next[k.Partition] - 1
	if k.Offset >= last {
		delete(f.left, k.Partition)
	}
	if k.Attrs.IsControl() || (!f.follow && k.Offset > last) {
		return nil
	}
	r := Record{Topic: k.Topic, Partition: k.Partition, Offset: k.Offset, Timestamp: k.Timestamp.UnixMilli(), Key: k.Key, Value: k.Value}
	for _, h := range k.Headers {
		r.Headers = append(r.Headers, Header{Key: h.Key, Value: h.Value})
	}
	return fn(r)
}
