package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Offsets are the offsets of the next record to read, by topic and partition.
type Offsets map[string]map[int32]int64

// Set notes that the next record of a partition to read is at an offset.
func (o Offsets) Set(topic string, partition int32, next int64) {
	if o[topic] == nil {
		o[topic] = make(map[int32]int64)
	}
	o[topic][partition] = next
}

// Batch is what a follower reads at once.
type Batch struct {
	Records []Record
	// Next are the offsets to go on from when the batch is dealt with.
	Next Offsets
	// Read is up to when everything is read: every record committed before is in
	// this batch or one before. While a log is caught up with, it is the time of
	// the partition that is furthest behind; zero when nothing is known yet.
	Read time.Time
	// Done and All are how many offsets are read of those that stood in the log
	// when it was last asked.
	Done, All int64
	// Whole says that the batch reaches the end that the log had.
	Whole bool
}

// Following says what a follower reads.
type Following struct {
	// Wants says whether a topic is read; topics that are made later are found.
	Wants func(topic string) bool
	// From are the offsets to begin with; a partition without one is read from its
	// first record.
	From Offsets
	// Each is how often the ends of the log are asked for. Default a second.
	Each time.Duration
}

// Follow reads all wanted topics, committed records only, each partition in
// order, and calls fn with a batch whenever something was read or the log was
// found read to its end. It returns the first error of fn, and nil when ctx ends.
// A partition whose next record is gone is an error: something was never read.
func (r *Reader) Follow(ctx context.Context, what Following, fn func(*Batch) error) error {
	opts, err := ClientOptions(r.config)
	if err != nil {
		return err
	}
	if what.Each == 0 {
		what.Each = time.Second
	}
	client, err := kgo.NewClient(append(opts,
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.KeepControlRecords(), kgo.MetadataMinAge(time.Second),
	)...)
	if err != nil {
		return fmt.Errorf("making follower: %w", err)
	}
	defer client.Close()
	f := &all{reader: r, client: client, what: what, next: make(Offsets), times: make(map[string]map[int32]time.Time)}
	for ctx.Err() == nil {
		if err := f.step(ctx, fn); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// all is a follower of many topics.
type all struct {
	reader *Reader
	client *kgo.Client
	what   Following
	next   Offsets
	times  map[string]map[int32]time.Time // of the newest record by partition
	ends   map[string]Ends                // as of asked
	asked  time.Time
}

// step asks for the ends if they are old, reads what is there, and tells of it.
func (f *all) step(ctx context.Context, fn func(*Batch) error) error {
	if f.ends == nil || time.Since(f.asked) >= f.what.Each && f.whole() {
		if err := f.ask(ctx); err != nil {
			return err
		}
	}
	wait, cancel := context.WithTimeout(ctx, f.what.Each)
	defer cancel()
	b := &Batch{Next: f.next}
	if !f.whole() || time.Since(f.asked) < f.what.Each {
		fetches := f.client.PollRecords(wait, 10_000)
		if err := fetches.Err0(); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("reading: %w", err)
		}
		var broken error
		fetches.EachError(func(topic string, partition int32, err error) {
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
				broken = errors.Join(broken, fmt.Errorf("reading %s/%d: %w", topic, partition, err))
			}
		})
		if broken != nil {
			return broken
		}
		fetches.EachRecord(func(k *kgo.Record) { f.take(b, k) })
	}
	b.Done, b.All = f.progress()
	b.Whole = f.whole()
	b.Read = f.read(b.Whole)
	return fn(b)
}

// ask lists the wanted topics, notes their ends, and begins to read new partitions.
func (f *all) ask(ctx context.Context) error {
	at := time.Now()
	topics, err := f.reader.admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("listing topics: %w", err)
	}
	var names []string
	for _, name := range topics.Names() {
		if f.what.Wants(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		f.ends, f.asked = make(map[string]Ends), at
		return nil
	}
	ends, err := f.reader.Ends(ctx, names...)
	if err != nil {
		return err
	}
	fresh := make(map[string]map[int32]kgo.Offset)
	for topic, e := range ends {
		for partition := range e.Next {
			if _, known := f.next[topic][partition]; known {
				continue
			}
			from, given := f.what.From[topic][partition]
			if !given {
				from = e.First[partition]
			}
			f.next.Set(topic, partition, from)
			if fresh[topic] == nil {
				fresh[topic] = make(map[int32]kgo.Offset)
			}
			fresh[topic][partition] = kgo.NewOffset().At(from)
		}
	}
	if len(fresh) > 0 {
		f.client.AddConsumePartitions(fresh)
	}
	f.ends, f.asked = ends, at
	return nil
}

func (f *all) take(b *Batch, k *kgo.Record) {
	f.next.Set(k.Topic, k.Partition, k.Offset+1)
	if f.times[k.Topic] == nil {
		f.times[k.Topic] = make(map[int32]time.Time)
	}
	if k.Timestamp.After(f.times[k.Topic][k.Partition]) {
		f.times[k.Topic][k.Partition] = k.Timestamp
	}
	if k.Attrs.IsControl() {
		return
	}
	r := Record{Topic: k.Topic, Partition: k.Partition, Offset: k.Offset, Timestamp: k.Timestamp.UnixMilli(), Key: k.Key, Value: k.Value}
	for _, h := range k.Headers {
		r.Headers = append(r.Headers, Header{Key: h.Key, Value: h.Value})
	}
	b.Records = append(b.Records, r)
}

// behind calls fn with every partition that is not read to its end.
func (f *all) behind(fn func(topic string, partition int32)) {
	for topic, e := range f.ends {
		for partition, end := range e.Next {
			if f.next[topic][partition] < end {
				fn(topic, partition)
			}
		}
	}
}

func (f *all) whole() bool {
	whole := true
	f.behind(func(string, int32) { whole = false })
	return whole
}

// read is up to when everything is read.
func (f *all) read(whole bool) time.Time {
	if whole {
		return f.asked
	}
	least := f.asked
	f.behind(func(topic string, partition int32) {
		if at := f.times[topic][partition]; at.Before(least) {
			least = at
		}
	})
	return least
}

func (f *all) progress() (done, total int64) {
	for topic, e := range f.ends {
		for partition, end := range e.Next {
			first := e.First[partition]
			total += end - first
			done += max(0, min(f.next[topic][partition], end)-first)
		}
	}
	return done, total
}

// Report tells a group's offsets to the brokers, so that their tools show how far
// whoever keeps its offsets elsewhere has come.
func (r *Reader) Report(ctx context.Context, group string, next Offsets) error {
	offsets := make(kadm.Offsets)
	for topic, partitions := range next {
		for partition, at := range partitions {
			offsets.AddOffset(topic, partition, at, -1)
		}
	}
	if err := r.admin.CommitAllOffsets(ctx, group, offsets); err != nil {
		return fmt.Errorf("reporting offsets of group %s: %w", group, err)
	}
	return nil
}
