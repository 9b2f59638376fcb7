package task

import (
	"fmt"
	"time"
)

// process runs a processor on a record. It touches neither rows nor cache: the
// instance only lends the call its name and key.
func (t *Task) process(spec *Entity, input any, r *Record, now time.Time) error {
	inst := &t.processor
	inst.spec, inst.key = spec, string(r.Key)
	c := &t.ctx
	c.begin(inst, Cause{App: t.topology.App, Entity: spec.Name, Key: inst.key, Record: r}, now, t.mark.EffectSeq)
	err := invoke(c, inst, input)
	if t.broken != nil {
		return t.broken
	}
	if err == nil && len(c.rows) > 0 {
		err = fmt.Errorf("setting a timer or a row in %s: %w", spec.Name, ErrStateless)
	}
	if err != nil {
		t.deadLetter(&c.cause, err)
		return nil
	}
	t.send(c)
	return nil
}

// send makes the outputs of a call part of the transaction.
func (t *Task) send(c *Ctx) {
	for n := range c.outs {
		t.emit(&c.cause, c.outs[n], c.latest[n], n)
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
