package broker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// This file keeps the tasks' partitions of partitioned tables.

// defaultTombstones is for how long topics keep deletions that do not say it.
const defaultTombstones = 24 * time.Hour

// checkPartitioned refuses tables that a task cannot have its part of, and
// returns for how long each keeps deletions.
func checkPartitioned(ctx context.Context, adm *kadm.Client, o *Options, partitions int32) (map[string]time.Duration, error) {
	names := o.Topology.Partitioned
	if len(names) == 0 {
		return nil, nil
	}
	details, err := adm.ListTopics(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("describing tables: %w", err)
	}
	tombstones := make(map[string]time.Duration)
	for _, name := range names {
		switch d := details[name]; {
		case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
			return nil, fmt.Errorf("table %s does not exist: create it compacted, with %d partitions as the inputs of %s have", name, partitions, o.Topology.App)
		case d.Err != nil:
			return nil, fmt.Errorf("describing table %s: %w", name, d.Err)
		case len(d.Partitions) != int(partitions):
			return nil, fmt.Errorf("table %s has %d partitions but the inputs of %s have %d, so keys and rows would not meet: recreate the table, or use a whole copy of it (streams.NewTable)",
				name, len(d.Partitions), o.Topology.App, partitions)
		}
		if tombstones[name], err = compacted(ctx, adm, name); err != nil {
			return nil, err
		}
	}
	return tombstones, nil
}

// compacted refuses a topic that forgets rows, and returns how long it keeps
// deletions.
func compacted(ctx context.Context, adm *kadm.Client, topic string) (time.Duration, error) {
	configs, err := adm.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return 0, fmt.Errorf("describing table %s: %w", topic, err)
	}
	rc, err := configs.On(topic, nil)
	if err == nil {
		err = rc.Err
	}
	if err != nil {
		return 0, fmt.Errorf("describing table %s: %w", topic, err)
	}
	life := defaultTombstones
	for _, c := range rc.Configs {
		switch c.Key {
		case "cleanup.policy":
			if !strings.Contains(c.MaybeValue(), "compact") {
				return 0, fmt.Errorf("table %s has cleanup.policy=%s, so it loses rows: set it to compact, or read it with a handler", topic, c.MaybeValue())
			}
		case "delete.retention.ms":
			if ms, err := strconv.ParseInt(c.MaybeValue(), 10, 64); err == nil {
				life = time.Duration(ms) * time.Millisecond
			}
		}
	}
	return life, nil
}

// tableCopy is a task's partition of a table in its local space.
type tableCopy struct {
	topic    string
	task     store.Task // names the space
	rows     store.Partition
	caughtUp chan struct{} // closed when it has reached the end once
	once     sync.Once
}

// openTables has the slot's tables followed as long as it is not leaving, and
// waits until they have the rows that were there when that began.
func (r *Runtime) openTables(s *slot) (map[string]store.Partition, error) {
	if s.tables == nil {
		copies, err := r.copyTables(s.ctx, r.tail, s.task.Partition, store.Active)
		if err != nil {
			return nil, err
		}
		s.tables = copies
	}
	spaces := make(map[string]store.Partition, len(s.tables))
	for topic, c := range s.tables {
		spaces[topic] = c.rows
		select {
		case <-c.caughtUp:
		case <-s.ctx.Done():
			return nil, context.Cause(s.ctx)
		}
	}
	return spaces, nil
}

// copyTables follows a partition of every partitioned table until ctx ends,
// under leases of the given role.
func (r *Runtime) copyTables(ctx context.Context, t *tail, partition int32, role store.Role) (map[string]*tableCopy, error) {
	copies := make(map[string]*tableCopy)
	for _, topic := range r.opts.Topology.Partitioned {
		space := store.Task{App: changelog.TableSpace(r.opts.Topology.App, topic), Partition: partition}
		rows, err := r.opts.Store.Open(space.App, partition)
		if err != nil {
			return nil, fmt.Errorf("opening copy of table %s: %w", topic, err)
		}
		copies[topic] = &tableCopy{topic: topic, task: space, rows: rows, caughtUp: make(chan struct{})}
	}
	for _, c := range copies {
		r.goes(func() { r.keepTable(ctx, t, c, role) })
	}
	return copies, nil
}

// keepTable follows through every fault.
func (r *Runtime) keepTable(ctx context.Context, t *tail, c *tableCopy, role store.Role) {
	for try := 1; ctx.Err() == nil; try++ {
		lease := r.opts.Leases.Take(c.task, role)
		err := r.followTable(ctx, t, c, lease)
		if ctx.Err() != nil {
			if lease.Valid() {
				r.opts.Leases.Take(c.task, store.Warm)
			}
			return
		}
		r.log.Warn().Err(err).Str("table", c.topic).Int32("partition", c.task.Partition).Msg("following table failed, trying again")
		if sleep(ctx, backoff(try+1)) != nil {
			return
		}
	}
}

// followTable brings the copy to the table's end and keeps it there until ctx
// ends or something fails.
func (r *Runtime) followTable(ctx context.Context, t *tail, c *tableCopy, lease store.Lease) error {
	table, err := describeTable(ctx, t.client, c.topic)
	if err != nil {
		return err
	}
	log, identity := table.logs[c.task.Partition], store.Identity{Cluster: r.cluster.id, TopicID: table.id, Format: localFormat}
	cursor, known, err := c.rows.Cursor()
	if err != nil {
		return fmt.Errorf("reading cursor: %w", err)
	}
	plan := planCopy(cursor, known, identity, log, r.cluster.tombstones[c.topic], time.Now())
	if plan.wipe != "" {
		r.log.WithLevel(severity(plan.alarm)).Str("table", c.topic).Int32("partition", c.task.Partition).Str("why", plan.wipe).Msg("local copy of a table is dropped and read again")
		if err := c.rows.Wipe(lease); err != nil {
			return fmt.Errorf("wiping rows: %w", err)
		}
	}
	failed := make(chan error, 1)
	f := &follower{
		topic: c.topic, partition: c.task.Partition, from: plan.from, end: log.end, forever: true,
		apply:   applyCopy(c.rows, lease, identity),
		reached: func(err error) { c.reached(err) },
		broken:  func(err error) { failed <- err },
	}
	if plan.from >= log.end {
		f.finish(nil)
	}
	defer t.follow(f)()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *tableCopy) reached(err error) {
	if err == nil {
		c.once.Do(func() { close(c.caughtUp) })
	}
}

// applyCopy returns a follower's apply that fills a table's space.
func applyCopy(rows store.Partition, lease store.Lease, identity store.Identity) func([]*kgo.Record, int64) error {
	var batch []changelog.Row
	return func(records []*kgo.Record, next int64) error {
		batch = batch[:0]
		for _, r := range records {
			batch = append(batch, changelog.TableChange(r.Key, changelog.TableRow{Offset: r.Offset, Timestamp: r.Timestamp, Value: r.Value}))
		}
		cursor := store.Cursor{Identity: identity, Next: next, AppliedAt: time.Now()}
		if err := rows.Apply(lease, store.Batch{Rows: batch, Cursor: cursor}); err != nil {
			return fmt.Errorf("applying table rows: %w", err)
		}
		return nil
	}
}
