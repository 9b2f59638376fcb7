package task

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/streams/changelog"
)

// ErrTooLarge is wrapped by the failure of a call, or of a whole transaction, that
// made a record which no broker would take.
var ErrTooLarge = errors.New("too large for a record")

// MeasureCalls makes the task look at what each call makes, and fail the one that
// makes too large a record, so that it becomes a dead letter alone. It costs an
// encoding of the state for each call; without it, only Prepare looks. Prepare
// fails with ErrTooLarge, the transaction is dropped, and its inputs come again
// to a task that measures, until a commit ends it.
func (t *Task) MeasureCalls(on bool) { t.measures = on }

// fits fails when a record of what a call did is too large. The outputs have all
// their headers.
func (t *Task) fits(c *Ctx) error {
	if !t.measures {
		return nil
	}
	for _, out := range c.outs {
		if err := t.outFits(out); err != nil {
			return err
		}
	}
	for sub, value := range c.rows {
		if err := t.rowFits(changelog.Row{Key: c.inst.rowKey(sub), Value: value}); err != nil {
			return err
		}
	}
	_, deleted := c.rows[string(changelog.State)]
	if deleted || c.inst.spec.Stateless || c.inst == &t.closed {
		return nil
	}
	state, err := c.inst.spec.Append(nil, c.inst.state)
	if err != nil {
		return fmt.Errorf("encoding state of %s %q: %w", c.inst.spec.Name, c.inst.key, err)
	}
	return t.rowFits(changelog.Row{Key: c.inst.stateKey, Value: state})
}

// commitFits fails when a record of a transaction is too large.
func (t *Task) commitFits(c *Commit) error {
	for i := range c.Outputs {
		if err := t.outFits(c.Outputs[i]); err != nil {
			return err
		}
	}
	for _, row := range c.Rows {
		if err := t.rowFits(row); err != nil {
			return err
		}
	}
	return nil
}

func (t *Task) outFits(out Out) error {
	size := out.size()
	if size <= t.opts.MaxRecordBytes {
		return nil
	}
	return fmt.Errorf("output to %s with key %q has %d bytes, the limit is %d: %w: make it smaller, or raise MaxRecordBytes and the topic's max.message.bytes",
		out.Topic, truncated(out.Key), size, t.opts.MaxRecordBytes, ErrTooLarge)
}

func (t *Task) rowFits(row changelog.Row) error {
	size := len(row.Key) + len(row.Value)
	if size <= t.opts.MaxRecordBytes {
		return nil
	}
	return fmt.Errorf("state row %q has %d bytes, the limit is %d: %w: keep what grows in children",
		truncated(row.Key), size, t.opts.MaxRecordBytes, ErrTooLarge)
}

func truncated(b []byte) []byte { return b[:min(len(b), 100)] }
