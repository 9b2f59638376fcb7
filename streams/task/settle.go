package task

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// tellSettled adds the record about an effect that has its answer to this
// transaction, once: where the transaction is dropped, so is the answer. What went
// at once is not told.
func (t *Task) tellSettled(inst *instance, row *changelog.EffectRow, destination string, a *Answer, now time.Time) error {
	if inst.spec.Settled == nil || !a.Troubled && a.Err == nil {
		return nil
	}
	out, err := inst.spec.Settled(&Settled{
		App: t.topology.App, Entity: inst.spec.Name, Key: inst.key, Destination: destination, Name: row.Name, ID: row.ID,
		Attempts: a.Attempts, Err: a.Err, At: now.UTC().Truncate(time.Microsecond),
	})
	if err != nil {
		return fmt.Errorf("telling the end of effect %q of %s %q: %w", row.Name, inst.spec.Name, inst.key, err)
	}
	if t.opts.Stamp != nil {
		cause := Cause{App: t.topology.App, Entity: inst.spec.Name, Key: inst.key, ID: row.ID, Trace: row.Trace, Attempt: 1}
		out.Headers = t.opts.Stamp(out.Headers, &cause, &out, 0)
	}
	t.bytes += len(out.Key) + len(out.Value)
	t.outs = append(t.outs, out)
	return nil
}
