package task

import (
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/streams/changelog"
)

// Pending counts what the transaction holds so far; zero means there is nothing
// to commit.
func (t *Task) Pending() int {
	return t.counts.Consumed + len(t.outs) + len(t.touched) + len(t.sweep.rows)
}

// Bytes is the size of what the transaction holds so far, states excepted.
func (t *Task) Bytes() int { return t.bytes }

// Dropped counts answers that came for effects that were no longer asked.
func (t *Task) Dropped() int { return t.dropped }

// Prepare ends the transaction's handling and returns all that has to become
// durable, or an error, which wraps ErrTooLarge when a record is too large. clean
// says that the task is given back and no effect of it runs.
func (t *Task) Prepare(clean bool) (*Commit, error) {
	c := &Commit{Outputs: t.outs, Asked: t.stillAsked(), Cancelled: t.cancelled, Counts: t.counts}
	c.Rows = make([]changelog.Row, 0, len(t.touched)+1)
	for _, inst := range t.touched {
		var err error
		if c.Rows, err = t.changes(inst, c.Rows); err != nil {
			return nil, err
		}
	}
	c.Rows = t.layoutRow(append(t.parking.rows(c.Rows), t.sweep.rows...))
	t.mark.Instance, t.mark.Clean = t.opts.Instance, clean
	t.mark.Transaction++
	c.Transaction = t.mark.Transaction
	c.Positions = append([]changelog.Position(nil), t.mark.Positions...)
	c.Rows = append(c.Rows, changelog.Row{Key: changelog.MarkKey, Value: t.mark.Append(nil)})
	return c, t.commitFits(c)
}

// stillAsked leaves out what was asked and cancelled in the same transaction.
func (t *Task) stillAsked() []Effect {
	if len(t.cancelled) == 0 {
		return t.asked
	}
	return slices.DeleteFunc(t.asked, func(e Effect) bool { return slices.Contains(t.cancelled, e.Row.ID) })
}

// changes encodes an instance while the cache's account of it stays right.
func (t *Task) changes(inst *instance, dst []changelog.Row) ([]changelog.Row, error) {
	before := inst.cost()
	dst, err := inst.changes(dst)
	t.cache.size += inst.cost() - before
	return dst, err
}

// Committed ends the transaction after it committed and its rows are in the
// store.
func (t *Task) Committed() {
	for _, inst := range t.touched {
		before := inst.cost()
		inst.settle()
		t.cache.size += inst.cost() - before
	}
	t.parking.settle()
	t.committed = t.mark
	t.committed.Positions = append([]changelog.Position(nil), t.mark.Positions...)
	t.hasMark = true
	t.settleLayout(true)
	t.begin()
	t.cache.trim()
}

// BoundCache changes the bound of the decoded states that are kept, in bytes, from
// the next commit on.
func (t *Task) BoundCache(bytes int) { t.cache.bound = bytes }

// Aborted drops the transaction and every state in memory; the next input reads
// the committed rows again.
func (t *Task) Aborted() {
	t.cache = newCache(t.cache.bound)
	t.mark = t.committed
	t.mark.Positions = append([]changelog.Position(nil), t.committed.Positions...)
	t.broken = nil
	t.timers.reset()
	t.parking.revert()
	t.settleLayout(false)
	t.begin()
}

func (t *Task) begin() {
	clear(t.latest)
	t.touched = t.touched[:0]
	t.expected = len(t.outs)
	t.outs, t.asked, t.cancelled = nil, nil, nil
	t.counts, t.bytes = Counts{}, 0
}

// Effects calls fn with each committed effect that has no answer yet, in key
// order, until fn returns false.
func (t *Task) Effects(fn func(Effect) bool) error {
	var failed error
	err := t.rows.Effects(func(key, value []byte) bool {
		if t.sweeps(key) {
			return true
		}
		e, err := t.effect(key, value)
		if err == nil && e.Row.Waiting {
			return true
		}
		if err != nil {
			failed = err
			return false
		}
		e.Restored = true
		return fn(e)
	})
	return errors.Join(failed, err)
}

func (t *Task) effect(key, value []byte) (Effect, error) {
	k, err := changelog.Parse(key)
	if err != nil {
		return Effect{}, err
	}
	spec := t.topology.Entity(k.Entity)
	if spec == nil || spec.Destinations[k.Collection] == nil {
		return Effect{}, fmt.Errorf("resuming effect of entity %s to %s: %w: keep the destination until its effects are answered", k.Entity, k.Collection, ErrUndeclared)
	}
	row, err := changelog.ReadEffect(append([]byte(nil), value...))
	if err != nil {
		return Effect{}, err
	}
	return Effect{Key: append([]byte(nil), key...), Entity: k.Entity, EntityKey: k.Key, Destination: spec.Destinations[k.Collection], Row: row}, nil
}
