package task

import (
	"fmt"
	"strconv"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// Redriven is the record that brings a dead letter back to its entity. It has to
// be produced to the given partition, whatever the key.
type Redriven struct {
	Topic      string
	Partition  int32
	Key, Value []byte
	Headers    []Header
}

// Redrive returns the record that brings the dead letter back, or an error that
// wraps ErrRedrive when it came back too often or has lost its value.
func (l *DeadLetter) Redrive() (Redriven, error) {
	switch {
	case l.Redrives >= MaxRedrives:
		return Redriven{}, fmt.Errorf("%w: it came back %d times and failed each time", ErrRedrive, l.Redrives)
	case l.Omitted > 0:
		return Redriven{}, fmt.Errorf("%w: its value of %d bytes was too large for a dead letter: read it at %s/%d@%d", ErrRedrive, l.Omitted, l.Topic, l.Partition, l.Offset)
	}
	t := Topology{App: l.App}
	return Redriven{
		Topic: t.RedriveTopic(), Partition: l.Partition, Key: l.Key, Value: l.Value,
		Headers: l.appendHeaders(withoutErrors(l.Headers)),
	}, nil
}

// redrive hands a dead letter that came back to the entity it was meant for.
// What cannot be routed becomes a dead letter once more, with the reason.
func (t *Task) redrive(r *Record, now time.Time) error {
	l, fault := ReadDeadLetter(t.topology.App, r.Key, r.Value, r.Headers)
	var spec *Entity
	if fault == nil {
		spec, fault = t.route(&l)
	}
	if fault != nil {
		t.counts.Consumed++
		t.counts.DeadLettered++
		t.sendLetter(returned(r, &l, fault))
		return nil
	}
	a := comeBack(&l)
	a.cause.App, a.cause.Entity, a.cause.Key = t.topology.App, spec.Name, string(l.Key)
	a.cause.Redriven = &changelog.Place{TopicID: r.TopicID, Partition: r.Partition, Offset: r.Offset}
	if l.Kind == changelog.RecordInput {
		return t.record(t.topology.Input(l.Topic), &a, now)
	}
	failure, err := t.decode(&a)
	if err != nil {
		return err
	}
	if failure != nil {
		t.counts.Consumed++
		t.deadLetter(&a, firstFailure(failure, now), failure)
		return nil
	}
	inst, err := t.load(spec, string(l.Key))
	if err != nil {
		return err
	}
	return t.take(inst, &a, now)
}

// route finds the entity of a dead letter that came back.
func (t *Task) route(l *DeadLetter) (*Entity, error) {
	spec := t.topology.Entity(l.Entity)
	if l.Kind == changelog.RecordInput {
		in := t.topology.Input(l.Topic)
		if in == nil {
			return nil, fmt.Errorf("%w: topology %s does not read topic %s", ErrRedrive, t.topology.App, l.Topic)
		}
		spec = in.Entity
	}
	switch {
	case l.Redrives >= MaxRedrives:
		return nil, fmt.Errorf("%w: it came back %d times and failed each time", ErrRedrive, l.Redrives)
	case l.Omitted > 0:
		return nil, fmt.Errorf("%w: its value of %d bytes was too large for a dead letter", ErrRedrive, l.Omitted)
	case l.Partition != t.opts.Partition:
		return nil, fmt.Errorf("%w: it belongs to partition %d of %s", ErrRedrive, l.Partition, t.topology.RedriveTopic())
	case spec == nil || spec.Stateless && l.Kind != changelog.RecordInput:
		return nil, fmt.Errorf("%w: topology %s has no entity %s", ErrRedrive, t.topology.App, l.Entity)
	case l.Kind == changelog.AnswerInput && spec.Destinations[l.Destination] == nil:
		return nil, fmt.Errorf("%w: entity %s does not call %s", ErrRedrive, l.Entity, l.Destination)
	}
	return spec, nil
}

// comeBack makes the input that a dead letter was. It uses up no row: the timer
// has fired and the effect was answered when it became a dead letter.
func comeBack(l *DeadLetter) arrival {
	row := changelog.ParkedRow{
		Kind: l.Kind, Topic: l.Topic, At: changelog.Place{TopicID: l.TopicID, Partition: l.Partition, Offset: l.Offset},
		Time: l.Timestamp, Key: l.Key, Headers: l.Headers, ID: l.Cause, Name: l.Name,
		Destination: l.Destination, Calls: l.Calls, Failed: l.Failed, Error: l.Failure,
		Value: l.Value, Redrives: l.Redrives + 1,
	}
	a := arrived(&row)
	a.cause.Attempt = 1
	if l.Kind != changelog.RecordInput {
		a.cause.Trace = traceIn(l.Headers)
	}
	return a
}

// returned is the dead letter of a record of the redrive topic that nobody can
// take. It keeps what headers it has, and counts its ways.
func returned(r *Record, l *DeadLetter, fault error) Out {
	redrives := strconv.Itoa(min(l.Redrives+1, MaxRedrives))
	out := Out{Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		if h.Key != HeaderError && h.Key != HeaderRedrives {
			out.Headers = append(out.Headers, h)
		}
	}
	out.Headers = append(out.Headers,
		Header{Key: HeaderRedrives, Value: []byte(redrives)}, Header{Key: HeaderError, Value: []byte(bounded(fault.Error()))})
	return out
}
