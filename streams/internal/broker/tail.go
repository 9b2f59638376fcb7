package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// follower gets the committed records of one partition, in order.
type follower struct {
	topic     string
	partition int32
	from, end int64 // end is the log's end when it began
	// apply takes records, control records left out, and the offset after them.
	apply func(records []*kgo.Record, next int64) error
	// forever goes on behind end; others finish there.
	forever bool
	// reached is called once, when next has passed end or with what went wrong.
	reached func(error)
	// behind, if set, is told after each fetch how many offsets next is below the
	// end of what is committed.
	behind func(offsets int64)
	// broken, if set, is called with what ended a follower that goes on forever.
	broken func(error)

	next    int64
	heard   time.Time // when records came last, or were asked for
	misses  int       // questions in a row that were not answered
	done    bool
	failure error // of one that has broken
}

// tail follows partitions that are read outside of the group: changelogs while
// a task is restored, and tables. As in reader, only run changes what is read.
type tail struct {
	client *kgo.Client
	log    zerolog.Logger
	// before, if set, is called before each poll; it may take its time.
	before func()
	// most bounds the records of one poll; 0 takes all that were fetched.
	most int

	mu       sync.Mutex
	commands []func()
	cancel   context.CancelFunc

	followers map[string]map[int32]*follower // owned by run
}

func newTail(cl *kgo.Client, log zerolog.Logger) *tail {
	return &tail{client: cl, log: log, followers: make(map[string]map[int32]*follower)}
}

// follow begins with f; cancel ends it without a call of reached.
func (t *tail) follow(f *follower) (cancel func()) {
	f.next = f.from
	t.post(func() {
		if t.followers[f.topic] == nil {
			t.followers[f.topic] = make(map[int32]*follower)
		}
		if old := t.followers[f.topic][f.partition]; old != nil {
			t.forget(old) // or the client would go on where that one is
		}
		t.followers[f.topic][f.partition] = f
		f.heard = time.Now()
		t.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{f.topic: {f.partition: kgo.NewOffset().At(f.from)}})
	})
	return func() { t.post(func() { t.forget(f) }) }
}

func (t *tail) forget(f *follower) {
	if t.followers[f.topic][f.partition] != f {
		return
	}
	delete(t.followers[f.topic], f.partition)
	t.client.RemoveConsumePartitions(map[string][]int32{f.topic: {f.partition}})
}

func (t *tail) post(command func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.commands = append(t.commands, command)
	if t.cancel != nil {
		t.cancel()
	}
}

// run polls until the client is closed. Partitions of one poll are applied in
// parallel, each in order.
func (t *tail) run() {
	for {
		ctx, commands := t.nextCommands()
		for _, command := range commands {
			command()
		}
		if t.before != nil {
			t.before()
		}
		ctx, cancel := context.WithTimeout(ctx, t.patience())
		fetches := t.client.PollRecords(ctx, t.most)
		cancel()
		if fetches.IsClientClosed() {
			return
		}
		t.apply(fetches)
		t.probe(time.Now())
	}
}

// probe asks the log for followers that have heard nothing for long: what lies
// between them and their end may be aborted records alone.
func (t *tail) probe(now time.Time) {
	for _, partitions := range t.followers {
		for _, f := range partitions {
			if f.done || now.Sub(f.heard) < probeAfter {
				continue
			}
			ctx, cancel := context.WithTimeout(context.Background(), probeTimeout<<f.misses)
			next, err := probe(ctx, t.client, f.topic, f.partition, f.next)
			cancel()
			if err == nil {
				f.misses = 0
			} else {
				f.misses = min(f.misses+1, maxMisses)
				t.log.Warn().Err(err).Msg("looking for the end of a log failed, trying again")
			}
			f.heard, f.next = now, max(f.next, next)
			if f.next >= f.end {
				f.finish(nil)
			}
			if f.done && !f.forever {
				t.forget(f)
			}
		}
	}
}

// patience bounds a poll while any follower is below its end.
func (t *tail) patience() time.Duration {
	for _, partitions := range t.followers {
		for _, f := range partitions {
			if !f.done {
				return probeAfter
			}
		}
	}
	return time.Hour
}

func (t *tail) nextCommands() (context.Context, []func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel != nil {
		t.cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	commands := t.commands
	t.commands, t.cancel = nil, cancel
	return ctx, commands
}

func (t *tail) apply(fetches kgo.Fetches) {
	var group errgroup.Group
	var touched []*follower
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		f := t.followers[p.Topic][p.Partition]
		if f == nil || f.done && !f.forever {
			return
		}
		touched = append(touched, f)
		group.Go(func() error { f.take(p, t.log); return nil })
	})
	_ = group.Wait() // followers report their own errors
	for _, f := range touched {
		if f.done && !f.forever || f.failure != nil {
			t.forget(f)
		}
	}
}

// take applies what was fetched and notices the end.
func (f *follower) take(p kgo.FetchTopicPartition, log zerolog.Logger) {
	err := p.Err
	f.heard = time.Now()
	if n := len(p.Records); n > 0 {
		next := p.Records[n-1].Offset + 1
		if applyErr := f.apply(withoutControl(p.Records), next); applyErr != nil {
			err = errors.Join(err, applyErr)
		} else {
			f.next = next
		}
	}
	if f.behind != nil && err == nil {
		f.behind(max(0, p.LastStableOffset-f.next))
	}
	switch {
	case err != nil:
		err = fmt.Errorf("following %s/%d: %w", f.topic, f.partition, err)
		if !errors.Is(err, store.ErrLeaseLost) {
			log.Warn().Err(err).Msg("following partition failed")
		}
		f.finish(err)
		f.breakOff(err)
	case f.next >= f.end:
		f.finish(nil)
	}
}

func (f *follower) finish(err error) {
	if !f.done {
		f.done = true
		f.reached(err)
	}
}

// breakOff ends a follower that goes on forever and can be told so.
func (f *follower) breakOff(err error) {
	if f.forever && f.broken != nil && f.failure == nil {
		f.failure = err
		f.broken(err)
	}
}

func withoutControl(records []*kgo.Record) []*kgo.Record {
	data := records[:0]
	for _, r := range records {
		if !r.Attrs.IsControl() {
			data = append(data, r)
		}
	}
	return data
}

// applyRows returns a follower's apply that fills a task's space, with the
// cursor in each batch.
func applyRows(rows store.Partition, lease store.Lease, identity store.Identity, applied func(rows int, next int64)) func([]*kgo.Record, int64) error {
	var batch []changelog.Row
	return func(records []*kgo.Record, next int64) error {
		batch = batch[:0]
		for _, r := range records {
			batch = append(batch, changelog.Row{Key: r.Key, Value: r.Value})
		}
		cursor := store.Cursor{Identity: identity, Next: next, AppliedAt: time.Now()}
		if err := rows.Apply(lease, store.Batch{Rows: batch, Cursor: cursor}); err != nil {
			return fmt.Errorf("applying changelog rows: %w", err)
		}
		applied(len(batch), next)
		return nil
	}
}

// applyTable returns a follower's apply that feeds a table. A record that the
// table refuses leaves its key as it was, and is logged: one bad row must not
// keep the whole table from everybody.
func applyTable(table *task.Table, topicID [16]byte, mu *sync.Mutex, log zerolog.Logger) func([]*kgo.Record, int64) error {
	return func(records []*kgo.Record, _ int64) error {
		mu.Lock()
		defer mu.Unlock()
		var in task.Record
		for _, r := range records {
			fill(&in, r, topicID)
			if err := table.Apply(&in); err != nil {
				log.Error().Err(err).Str("table", table.Topic).Int32("partition", r.Partition).Int64("offset", r.Offset).
					Msg("table refused a record; its key keeps the former value")
			}
		}
		return nil
	}
}

// fill makes the core's record of a fetched one. Headers are copied, because a
// handler may keep them.
func fill(dst *task.Record, r *kgo.Record, topicID [16]byte) {
	var headers []task.Header
	if len(r.Headers) > 0 {
		headers = make([]task.Header, len(r.Headers))
		for i, h := range r.Headers {
			headers[i] = task.Header(h)
		}
	}
	*dst = task.Record{
		Topic: r.Topic, TopicID: topicID, Partition: r.Partition, Offset: r.Offset,
		Timestamp: r.Timestamp, Key: r.Key, Value: r.Value, Headers: headers,
	}
}
