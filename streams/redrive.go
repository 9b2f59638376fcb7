package streams

import "github.com/millrace/millrace/streams/task"

// DeadLetter is an input that its entity could not handle, as NAME.dlq has it:
// a record, a timer that fired, or the answer of an effect. Redrive makes the
// record that brings it back.
//
// What comes back is handled by the entity and the input it was meant for, with
// the topic, offset, timestamp and headers that it had at first, by this
// topology only, and exactly once for each record of the redrive topic. A timer
// or an answer comes back as the same input, whatever was set or asked since. An
// input comes back at most task.MaxRedrives times; what cannot be routed becomes
// a dead letter again, with the reason.
type DeadLetter = task.DeadLetter

// Redriven is the record that brings a dead letter back. Produce it to its
// Partition, whatever the key: that is the task which has the entity.
type Redriven = task.Redriven

// ErrRedrive is wrapped by each error about a dead letter that cannot be
// redriven.
var ErrRedrive = task.ErrRedrive

// ReadDeadLetter takes a record of the dead-letter topic of topology app apart.
// The error wraps ErrRedrive and names the header that is missing or damaged;
// what could be read is returned with it.
func ReadDeadLetter(app string, key, value []byte, headers []Header) (DeadLetter, error) {
	return task.ReadDeadLetter(app, key, value, headers)
}
