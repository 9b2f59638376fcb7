package task

import (
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// arrival is an input on its way to its entity: fresh, parked or redriven.
type arrival struct {
	kind  changelog.InputKind
	cause Cause
	input any // for the handler; nil until decoded

	// sub and row are the row that a timer or an answer uses up; sub is empty for
	// a record and for what was redriven.
	sub string
	row []byte

	name string    // of a timer, or that an effect was asked under
	due  time.Time // of a timer

	// Of an answer. value or encoded may be missing when the other is there.
	destination string
	calls       int
	value       any
	encoded     []byte
	failure     error

	redrives int
	size     int // of its parked row
}

// head reads the first input of a queue. wanted is false when the timer was set
// again or cleared, or the effect cancelled, after it came.
func (t *Task) head(inst *instance, q *queue) (a arrival, wanted bool, err error) {
	value, err := t.committedOr(inst, string(changelog.AppendParked(nil, q.row.Head)))
	if err != nil {
		return a, false, err
	}
	row, err := changelog.ReadParked(value)
	if err != nil {
		return a, false, fmt.Errorf("reading parked input %d of %s %q: %w", q.row.Head, inst.spec.Name, inst.key, err)
	}
	a = arrived(&row)
	a.size = len(value)
	a.cause.App, a.cause.Entity, a.cause.Key = t.topology.App, inst.spec.Name, inst.key
	if a.sub == "" {
		return a, true, nil
	}
	a.row, err = t.committedOr(inst, a.sub)
	a.cause.Trace = traceOf(a.row, row.Kind)
	return a, err == nil && current(a.row, row.Kind, row.ID), err
}

// arrived turns a parked row back into the input that it was.
func arrived(row *changelog.ParkedRow) arrival {
	a := arrival{
		kind: row.Kind, sub: row.Sub, name: row.Name, due: row.Time, redrives: row.Redrives,
		destination: row.Destination, calls: row.Calls, encoded: row.Value,
	}
	if row.Failed {
		a.failure = errors.New(row.Error)
	}
	if row.Redrives > 0 {
		a.cause.Redriven = &row.Redriven
	}
	a.cause.ID = row.ID
	if row.Kind == changelog.RecordInput {
		a.cause.Record = &Record{
			Topic: row.Topic, TopicID: row.At.TopicID, Partition: row.At.Partition, Offset: row.At.Offset,
			Timestamp: row.Time, Key: row.Key, Value: row.Value, Headers: row.Headers,
		}
	}
	return a
}

// current says whether a row still is the setting or the effect that came.
func current(row []byte, kind changelog.InputKind, id changelog.ID) bool {
	if row == nil {
		return false
	}
	if kind == changelog.TimerInput {
		timer, err := changelog.ReadTimer(row)
		return err == nil && timer.Setting == id
	}
	effect, err := changelog.ReadEffect(row)
	return err == nil && effect.ID == id
}

// parked encodes an input so that arrived makes it again.
func (t *Task) parked(a *arrival) ([]byte, error) {
	row := changelog.ParkedRow{
		Kind: a.kind, Sub: a.sub, ID: a.cause.ID, Name: a.name, Time: a.due,
		Destination: a.destination, Calls: a.calls, Redrives: a.redrives,
	}
	if a.cause.Redriven != nil {
		row.Redriven = *a.cause.Redriven
	}
	if r := a.cause.Record; r != nil {
		row.Topic, row.Time, row.Key, row.Value, row.Headers = r.Topic, r.Timestamp, r.Key, r.Value, r.Headers
		row.At = changelog.Place{TopicID: r.TopicID, Partition: r.Partition, Offset: r.Offset}
	}
	if a.kind == changelog.AnswerInput {
		if err := t.encode(a); err != nil {
			return nil, err
		}
		row.Value = a.encoded
		if a.failure != nil {
			row.Failed, row.Error = true, a.failure.Error()
		}
	}
	return row.Append(nil), nil
}

// encode makes the bytes of an answer that has none yet.
func (t *Task) encode(a *arrival) error {
	if a.encoded != nil || a.value == nil || a.failure != nil {
		return nil
	}
	dest := t.destination(a)
	if dest == nil || dest.Append == nil {
		return fmt.Errorf("encoding answer of %s: %w", a.destination, ErrUndeclared)
	}
	var err error
	if a.encoded, err = dest.Append(nil, a.value); err != nil {
		return fmt.Errorf("encoding answer of %s: %w", a.destination, err)
	}
	return nil
}

func (t *Task) destination(a *arrival) *Destination {
	spec := t.topology.Entity(a.cause.Entity)
	if spec == nil {
		return nil
	}
	return spec.Destinations[a.destination]
}

// decode makes the handler's input of a parked or redriven one. A failure is the
// input's own; an error means that the task cannot go on.
func (t *Task) decode(a *arrival) (failure, err error) {
	switch a.kind {
	case changelog.RecordInput:
		in := t.topology.Input(a.cause.Record.Topic)
		if in == nil {
			return fmt.Errorf("handling record of topic %s: %w", a.cause.Record.Topic, ErrUndeclared), nil
		}
		return a.read(in)
	case changelog.TimerInput:
		a.input = t.topology.Entity(a.cause.Entity).Timer(a.name, a.due)
	case changelog.AnswerInput:
		failure = t.decodeAnswer(a)
	}
	if failure != nil {
		return fmt.Errorf("decoding: %w", failure), nil
	}
	return nil, nil
}

// read decodes a record.
func (a *arrival) read(in *Input) (failure, err error) {
	r := a.cause.Record
	a.input, failure = in.Decode(r)
	if temporary(failure) {
		return nil, fmt.Errorf("reading %s/%d@%d: %w", r.Topic, r.Partition, r.Offset, failure)
	}
	if failure != nil {
		return fmt.Errorf("decoding: %w", failure), nil
	}
	return nil, nil
}

func (t *Task) decodeAnswer(a *arrival) (err error) {
	dest := t.destination(a)
	if dest == nil {
		return fmt.Errorf("answer of %s: %w", a.destination, ErrUndeclared)
	}
	if a.encoded != nil {
		if a.value, err = dest.Decode(a.encoded); err != nil {
			return fmt.Errorf("answer of %s: %w", a.destination, err)
		}
	}
	a.input = dest.Answer(a.name, a.value, a.failure, a.calls)
	return nil
}
