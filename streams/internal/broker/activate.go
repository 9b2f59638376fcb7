package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// activate brings tasks from their assignment to their lanes, in this order:
// end what dead owners have open, read the positions that are final then, fill
// the local rows to the changelog's end, and only then read inputs.
func (r *Runtime) activate(slots []*slot) {
	for try := 1; ; try++ {
		if slots = r.wanted(slots); len(slots) == 0 {
			return
		}
		offsets, err := r.finalOffsets(slots)
		if err == nil {
			for _, s := range slots {
				r.goes(func() { r.open(s, offsets[s.task.Partition]) })
			}
			return
		}
		r.note(slots, err)
		if sleep(r.ctx, backoff(try+1)) != nil {
			return
		}
	}
}

// finalOffsets returns the committed offsets of the tasks, by partition and
// topic, that no open transaction can change any more.
func (r *Runtime) finalOffsets(slots []*slot) (map[int32]map[string]committed, error) {
	partitions := make([]int32, len(slots))
	for i, s := range slots {
		partitions[i] = s.task.Partition
	}
	select {
	case <-r.tablesReady:
	case <-r.ctx.Done():
		return nil, context.Cause(r.ctx)
	}
	before, err := fetchOffsets(r.ctx, r.tail.client, &r.opts, r.cluster, partitions, false)
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		r.pass(failpoint.BeforeFence, s)
	}
	if err := r.fenceDead(before); err != nil {
		return nil, err
	}
	final, err := fetchOffsets(r.ctx, r.tail.client, &r.opts, r.cluster, partitions, true)
	if err != nil {
		return nil, err
	}
	turned := make(map[int32]map[string]committed, len(partitions))
	for _, p := range partitions {
		turned[p] = make(map[string]committed)
		for topic, offsets := range final {
			c, ok := offsets[p]
			if !ok {
				return nil, fmt.Errorf("fetching committed offset of %s/%d: the broker did not answer for it", topic, p)
			}
			turned[p][topic] = c
		}
	}
	return turned, nil
}

// fenceDead ends the transactions of former owners that are no longer in the
// group. A live one is left alone: it gave the task up, or will find out.
func (r *Runtime) fenceDead(offsets map[string]map[int32]committed) error {
	owners := r.member.owners()
	done := make(map[string]bool)
	for _, partitions := range offsets {
		for _, c := range partitions {
			if c.by.instance == "" || c.by.instance == r.opts.Instance || owners.Live(c.by.instance) || done[c.by.instance] {
				continue
			}
			done[c.by.instance] = true
			r.log.Info().Str("instance", c.by.instance).Msg("ending transactions of an instance that left")
			for n := range c.by.lanes {
				if err := fence(r.ctx, r.tail.client, &r.opts, r.log, transactionalID(r.opts.Topology.App, c.by.instance, n)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// open restores one task and hands it to a lane, or leaves it stopped, or tries
// all of it again later.
func (r *Runtime) open(s *slot, offsets map[string]committed) {
	r.pass(failpoint.BeforeRestore, s)
	r.mu.Lock()
	s.asked = make(map[string]int64, len(offsets))
	for topic, c := range offsets {
		s.asked[topic] = c.next
	}
	r.mu.Unlock()
	err := r.restore(s, offsets)
	if err == nil {
		r.pass(failpoint.AfterRestore, s)
		r.handOver(s)
		return
	}
	if isStop(err) {
		if s.doubts++; s.doubts >= maxDoubts {
			s.doubts = 0 // an operator may have it looked at again
			r.halt(s, err)
			return
		}
	}
	r.note([]*slot{s}, err)
	s.retries++
	select {
	case <-s.ctx.Done():
	case <-time.After(backoff(s.retries + 1)):
	}
	r.activate([]*slot{s})
}

// maxDoubts is how many looks in a row have to end with a reason to stop before
// a task is stopped for it: one answer of a broker that is behind must not.
const maxDoubts = 3

// restore fills the slot's rows and makes its core. It reads no input.
func (r *Runtime) restore(s *slot, offsets map[string]committed) error {
	if err := r.revokeEffects(s.ctx, s); err != nil {
		return err
	}
	rows, err := r.opts.Store.Open(s.task.App, s.task.Partition)
	if err != nil {
		return fmt.Errorf("opening rows: %w", err)
	}
	lease := r.opts.Leases.Take(s.task, store.Restoring)
	if err := r.catchUp(s.ctx, s.task.Partition, rows, lease); err != nil {
		return err
	}
	tables, err := r.openTables(s)
	if err != nil {
		return err
	}
	core, err := task.New(r.opts.Topology, rows, task.Options{
		Tables: tables, Partition: s.task.Partition, Partitions: r.cluster.partitions, Instance: r.opts.Instance,
		Stamp: r.opts.Stamp, Span: r.opts.Span, CacheBytes: r.opts.CacheBytes, PartitionOf: PartitionOf,
		MaxRecordBytes: r.opts.MaxRecordBytes, MaxParked: r.opts.MaxParked, MaxParkedBytes: r.opts.MaxParkedBytes,
	})
	if errors.Is(err, task.ErrIncompatible) {
		return stop(err)
	}
	if err != nil {
		return err
	}
	core.MeasureCalls(s.measures)
	positions, err := r.startPositions(s.ctx, s.task.Partition, core, offsets)
	if err != nil {
		return err
	}
	s.rows, s.core, s.passed = rows, core, positions
	return nil
}

// catchUp applies the changelog up to the end that it has now, open
// transactions included: they end first.
func (r *Runtime) catchUp(ctx context.Context, p int32, rows store.Partition, lease store.Lease) error {
	topic := r.opts.Topology.ChangelogTopic()
	ranges, err := logRanges(ctx, r.tail.client, p, topic)
	if err != nil {
		return err
	}
	plan, err := r.prepareRows(p, rows, lease, ranges[topic])
	if err != nil || plan.from >= ranges[topic].end {
		return err
	}
	progress := newRestore(plan.from, ranges[topic].end, time.Now())
	r.restores(p, progress)
	defer r.restores(p, nil)
	reached := make(chan error, 1)
	defer r.tail.follow(&follower{
		topic: topic, partition: p, from: plan.from, end: ranges[topic].end,
		apply: applyRows(rows, lease, r.identity(), func(n int, next int64) {
			r.opts.Metrics.restored(r.opts.Topology.App, n)
			progress.applied(n, next)
		}),
		reached: func(err error) { reached <- err },
	})()
	return progress.await(ctx, 2*r.opts.TransactionTimeout, reached, r.log.With().Int32("partition", p).Logger())
}

// restores shows how far the restore of a task is, nil when it has ended.
func (r *Runtime) restores(p int32, progress *restore) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.slots[p]; s != nil {
		s.restore = progress
	}
}

// prepareRows decides from where the changelog has to be applied, and drops rows
// that are useless.
func (r *Runtime) prepareRows(p int32, rows store.Partition, lease store.Lease, log logRange) (restorePlan, error) {
	cursor, known, err := rows.Cursor()
	if err != nil {
		return restorePlan{}, fmt.Errorf("reading cursor: %w", err)
	}
	plan := planRestore(cursor, known, r.identity(), log, time.Now())
	if plan.wipe != "" {
		r.log.WithLevel(severity(plan.alarm)).Int32("partition", p).Str("why", plan.wipe).Msg("local rows are dropped and restored from the changelog")
		if err := rows.Wipe(lease); err != nil {
			return plan, fmt.Errorf("wiping rows: %w", err)
		}
	}
	return plan, nil
}

func (r *Runtime) startPositions(ctx context.Context, p int32, core *task.Task, offsets map[string]committed) (map[string]int64, error) {
	if err := r.checkInputs(ctx); err != nil {
		return nil, err
	}
	topics := r.opts.inputs
	ranges, err := logRanges(ctx, r.tail.client, p, topics...)
	if err != nil {
		return nil, err
	}
	var mark *changelog.Mark
	if m, ok := core.Mark(); ok {
		mark = &m
	}
	positions := make(map[string]int64, len(topics))
	for _, topic := range topics {
		at := offsets[topic]
		if r.opts.OffsetsMayLag {
			at = unlag(topic, at, mark)
		}
		if positions[topic], err = planStart(r.opts.Topology.App, topic, r.cluster.topicIDs[topic], at, mark, ranges[topic]); err != nil {
			return nil, err
		}
	}
	return positions, nil
}

// handOver gives a restored task to the lane with the fewest.
func (r *Runtime) handOver(s *slot) {
	inherited, err := r.inherited(s)
	if err != nil {
		r.halt(s, fmt.Errorf("reading effects: %w", err))
		return
	}
	mark, _ := s.core.Mark()
	lane := r.leastLane()
	s.lease = r.opts.Leases.Take(s.task, store.Active)
	s.inbox = &inbox{lane: lane, slot: s, limit: r.opts.BufferBytes}
	s.marks, s.beat, s.intake, s.doubts = time.Time{}, time.Now().Add(r.opts.Beat), intake{}, 0
	from := maps.Clone(s.passed)
	s.seed, s.fired, s.release, s.halting, s.rest = true, false, false, false, nil
	s.publish()

	r.mu.Lock()
	if s.leaving || r.closing {
		r.mu.Unlock()
		r.forget(s)
		return
	}
	s.phase, s.lane, s.err = active, lane, nil
	s.legacy = legacy{effects: inherited, clean: mark.Clean}
	lane.post(func() {
		lane.add(s)
		if !s.legacy.clean {
			r.startInherited(s)
		}
	})
	r.reader.start(s.inbox, from)
	r.share()
	r.mu.Unlock()
	r.log.Info().Int32("partition", s.task.Partition).Str("lane", lane.id).Msg("task is active")
}
