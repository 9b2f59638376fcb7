package task

import (
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// Reasons of dead letters that no handler gave.
var (
	errFull       = errors.New("the entity has no room for another parked input")
	errTooLarge   = errors.New("the input is too large to be parked")
	errQuarantine = errors.New("the entity is in quarantine: redrive its dead letters in order to end that")
)

// take brings an input to its entity: to the handler, or behind those that wait.
func (t *Task) take(inst *instance, a *arrival, now time.Time) error {
	t.counts.Consumed++
	a.cause.App, a.cause.Entity, a.cause.Key = t.topology.App, inst.spec.Name, inst.key
	if inst.queue != nil && inst.queue.holds() {
		return t.queueUp(inst, a, now)
	}
	return t.handle(inst, a, now)
}

// handle calls the handler of an entity in which nothing waits.
func (t *Task) handle(inst *instance, a *arrival, now time.Time) error {
	failure, err := t.call(inst, a, now)
	if err != nil {
		return err
	}
	if failure == nil {
		t.counts.Handled++
		return nil
	}
	return t.fail(inst, a, failure, now)
}

// fail parks an input whose handler asked for that, as the first of its entity,
// and makes a dead letter of any other.
func (t *Task) fail(inst *instance, a *arrival, failure error, now time.Time) error {
	policy := inst.spec.Retries.withDefaults()
	if !IsRetry(failure) || policy.Attempts <= 1 {
		t.deadLetter(a, firstFailure(failure, now), failure)
		return nil
	}
	row, err := t.parked(a)
	if err == nil && len(row) > t.roomFor(policy) {
		err = errTooLarge
	}
	if err != nil {
		t.deadLetter(a, firstFailure(failure, now), fmt.Errorf("%w; it was not tried again: %w", failure, err))
		return nil
	}
	q := t.queueOf(inst)
	t.push(inst, q, a, row)
	t.failed(q, a, policy, failure, now)
	return nil
}

// queueUp parks an input behind others of its entity, in as far as there is room.
func (t *Task) queueUp(inst *instance, a *arrival, now time.Time) error {
	t.touch(inst)
	q, policy := t.queueOf(inst), inst.spec.Retries.withDefaults()
	if q.row.Quarantined {
		if a.cause.Redriven == nil {
			t.refuse(inst, a, errQuarantine, now)
			return nil
		}
		q.row.Quarantined = false
		return t.handle(inst, a, now)
	}
	row, err := t.parked(a)
	if err == nil && len(row) > t.roomFor(policy) {
		err = errTooLarge
	}
	if err != nil {
		t.refuse(inst, a, err, now)
		return nil
	}
	for q.len() >= policy.MaxInputs || q.row.Bytes+len(row) > policy.MaxBytes {
		switch waits := q.row.Due.After(now); {
		case !waits: // it may be handled yet
			err = t.retryHead(q, now)
		case policy.WhenFull == Quarantine:
			return t.quarantine(inst, q, a, now)
		default:
			err = t.giveUp(inst, q, errFull, now)
		}
		if err != nil {
			return err
		}
		if !q.holds() {
			return t.handle(inst, a, now)
		}
	}
	t.push(inst, q, a, row)
	return nil
}

// roomFor is the largest row that a parked input may have, in bytes.
func (t *Task) roomFor(policy Retries) int {
	return min(policy.MaxBytes, t.opts.MaxRecordBytes-rowOverhead)
}

// rowOverhead is left for the key of a row, in bytes.
const rowOverhead = 4 << 10

// push adds an input to the end of a queue.
func (t *Task) push(inst *instance, q *queue, a *arrival, row []byte) {
	inst.write(string(changelog.AppendParked(nil, q.row.Next)), row)
	inst.wait(a)
	q.row.Next++
	q.row.Bytes += len(row)
	t.bytes += len(row)
	t.counts.Parked++
	t.parking.changed(1, len(row))
	t.parking.order(q)
}

// pop removes the head of a queue, and the next one is due at once.
func (t *Task) pop(inst *instance, q *queue, size int, now time.Time) {
	inst.write(string(changelog.AppendParked(nil, q.row.Head)), nil)
	row := &q.row
	row.Head++
	row.Bytes -= size
	row.Attempts, row.FirstFailed, row.FirstError, row.LastError = 0, time.Time{}, "", ""
	t.counts.Parked--
	t.parking.changed(-1, -size)
	t.parking.schedule(q, now)
}

// giveUp makes a dead letter of the head, unless nobody wants it any more.
func (t *Task) giveUp(inst *instance, q *queue, reason error, now time.Time) error {
	a, wanted, err := t.head(inst, q)
	if err != nil {
		return err
	}
	if !wanted {
		t.counts.Filtered++
		t.pop(inst, q, a.size, now)
		return nil
	}
	failure := reason
	if q.row.LastError != "" {
		failure = fmt.Errorf("%w; it failed with: %s", reason, q.row.LastError)
	}
	inst.consume(&a)
	t.deadLetter(&a, q.history(failure, now), failure)
	t.pop(inst, q, a.size, now)
	return nil
}

// quarantine makes dead letters of all parked inputs and of a.
func (t *Task) quarantine(inst *instance, q *queue, a *arrival, now time.Time) error {
	for q.len() > 0 {
		if err := t.giveUp(inst, q, errFull, now); err != nil {
			return err
		}
	}
	q.row.Quarantined = true
	t.refuse(inst, a, errQuarantine, now)
	return nil
}

// refuse makes a dead letter of an input that no handler got.
func (t *Task) refuse(inst *instance, a *arrival, reason error, now time.Time) {
	inst.consume(a)
	t.deadLetter(a, history{at: now, first: reason.Error()}, reason)
}

// queueOf returns the queue of an entity, for use by this transaction.
func (t *Task) queueOf(inst *instance) *queue {
	q := inst.queue
	if q == nil {
		q = &queue{spec: inst.spec, key: inst.key, prefix: inst.prefix, place: -1}
		inst.queue = q
		t.parking.queues[q.prefix] = q
	}
	t.use(inst, q)
	return q
}

// use notes that the transaction may change a queue.
func (t *Task) use(inst *instance, q *queue) {
	t.touch(inst)
	if !q.used {
		q.used, q.inst = true, inst
		t.parking.used = append(t.parking.used, q)
	}
}

// touch notes that the transaction changes an entity.
func (t *Task) touch(inst *instance) {
	if !inst.touched {
		inst.touched = true
		t.touched = append(t.touched, inst)
	}
}

// consume deletes the row that a timer or an answer uses up.
func (i *instance) consume(a *arrival) {
	if a.sub != "" {
		i.write(a.sub, nil)
	}
}

// wait keeps the row that a timer or an answer will use up when its turn comes.
func (i *instance) wait(a *arrival) {
	if a.sub != "" {
		i.write(a.sub, changelog.Wait(a.row))
	}
}

// Parked counts the inputs that are parked in the task's entities, with what the
// transaction did, and their bytes.
func (t *Task) Parked() (inputs, bytes int) { return t.parking.count, t.parking.bytes }

// Crowded says that so many inputs are parked that no more records should be
// handed in, until a tenth of them has left.
func (t *Task) Crowded() bool { return t.parking.full }
