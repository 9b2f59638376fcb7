package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/millrace/millrace/streams/changelog"
)

// untilHandled is how repartition topics are kept: their records may have old
// timestamps, so time says nothing about whether they are needed; purge bounds
// them instead.
var untilHandled = map[string]*string{
	"cleanup.policy": kadm.StringPtr("delete"),
	"retention.ms":   kadm.StringPtr("-1"),
}

// purge deletes what was handled from the repartition topics of active tasks,
// from time to time, until the runtime ends.
func (r *Runtime) purge() {
	if len(r.opts.Topology.Repartitions) == 0 {
		return
	}
	for sleep(r.ctx, r.opts.PurgeInterval) == nil {
		if err := r.purgeOnce(); err != nil && r.ctx.Err() == nil {
			r.log.Warn().Err(err).Msg("deleting handled records of repartition topics failed, trying again")
		}
	}
}

// purgeOnce deletes up to the positions in the stored marks: they are committed,
// and never beyond what the group would start from.
func (r *Runtime) purgeOnce() error {
	offsets := make(kadm.Offsets)
	for _, s := range r.activeSlots() {
		b, err := s.rows.Get(changelog.MarkKey)
		if err != nil {
			return fmt.Errorf("reading mark: %w", err)
		}
		if b == nil {
			continue // it never committed
		}
		mark, err := changelog.ReadMark(b)
		if err != nil {
			return err
		}
		for _, p := range mark.Positions {
			if r.opts.Topology.Repartitions[p.Topic] {
				offsets.AddOffset(p.Topic, s.task.Partition, p.Next, -1)
			}
		}
	}
	if len(offsets) == 0 {
		return nil
	}
	deleted, err := kadm.NewClient(r.tail.client).DeleteRecords(r.ctx, offsets)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		return fmt.Errorf("deleting records: %w", err)
	}
	return nil
}
