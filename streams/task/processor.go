package task

import (
	"fmt"
	"time"
)

// process runs a processor on a record. It touches neither rows nor cache, unless
// inputs of its key are parked: the instance only lends the call its name and key.
func (t *Task) process(spec *Entity, a *arrival, now time.Time) error {
	if len(t.parking.queues) > 0 {
		return t.processInOrder(spec, a, now)
	}
	t.counts.Consumed++
	inst := &t.processor
	inst.spec, inst.key = spec, string(a.cause.Record.Key)
	a.cause.App, a.cause.Entity, a.cause.Key = t.topology.App, spec.Name, inst.key
	failure, err := t.callProcessor(inst, a, now)
	if err != nil {
		return err
	}
	if failure == nil {
		t.counts.Handled++
		return nil
	}
	if inst, err = t.load(spec, inst.key); err != nil {
		return err
	}
	return t.fail(inst, a, failure, now)
}

// processInOrder takes the way of an entity, past its queue.
func (t *Task) processInOrder(spec *Entity, a *arrival, now time.Time) error {
	inst, err := t.load(spec, string(a.cause.Record.Key))
	if err != nil {
		return err
	}
	return t.take(inst, a, now)
}

// callProcessor is call for a processor: there is no state to roll back.
func (t *Task) callProcessor(inst *instance, a *arrival, now time.Time) (failure, err error) {
	c := &t.ctx
	c.begin(inst, a.cause, now, t.mark.EffectSeq)
	failure = traced(c, inst, a.input)
	switch {
	case t.broken != nil:
		return nil, t.broken
	case failure != nil:
		return failure, nil
	case len(c.rows) > 0:
		return fmt.Errorf("setting a timer or a row in %s: %w", inst.spec.Name, ErrStateless), nil
	}
	if failure := t.finish(c); failure != nil {
		return failure, nil
	}
	t.send(c)
	return nil, nil
}

// send makes the outputs of a call part of the transaction.
func (t *Task) send(c *Ctx) {
	for n := range c.outs {
		t.emit(c.outs[n], c.latest[n])
	}
}

// timeOf is the timestamp of a record that this call sends to out.
func (c *Ctx) timeOf(out *Output) time.Time {
	switch {
	case !out.KeepsTime:
		return time.Time{}
	case c.cause.Record != nil:
		return c.cause.Record.Timestamp
	}
	return c.StreamTime()
}
