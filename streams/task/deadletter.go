package task

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// Headers of a dead letter, beside those of the record itself.
const (
	HeaderError       = errorHeaders + "message"
	HeaderKind        = errorHeaders + "kind" // record, timer or answer
	HeaderEntity      = errorHeaders + "entity"
	HeaderTopic       = errorHeaders + "topic"
	HeaderTopicID     = errorHeaders + "topic-id"
	HeaderPartition   = errorHeaders + "partition" // the task's, also of timers and answers
	HeaderOffset      = errorHeaders + "offset"
	HeaderTimestamp   = errorHeaders + "timestamp" // of the record, or when the timer was due
	HeaderCause       = errorHeaders + "cause"     // id of the timer's setting or of the effect
	HeaderName        = errorHeaders + "name"      // of the timer, or that the effect was asked under
	HeaderDestination = errorHeaders + "destination"
	HeaderCalls       = errorHeaders + "calls"   // of the effect
	HeaderFailure     = errorHeaders + "failure" // the answer's own error
	HeaderAttempts    = errorHeaders + "attempts"
	HeaderFirstFailed = errorHeaders + "first-failed"
	HeaderFirstError  = errorHeaders + "first-message"
	HeaderRedrives    = errorHeaders + "redrives"
	HeaderOmitted     = errorHeaders + "omitted" // bytes of a value that no broker would take again
)

const errorHeaders = "__streams.errors."

// maxErrorText bounds an error's text in a dead letter's header, in bytes.
const maxErrorText = 8 << 10

// MaxRedrives bounds how often one input comes back through the redrive topic.
const MaxRedrives = 16

// ErrRedrive is wrapped by each error about a dead letter that cannot be
// redriven; its text says why.
var ErrRedrive = errors.New("cannot be redriven")

// DeadLetter is an input that its entity could not handle: a record with its
// bytes and headers, a timer, or the answer of an effect.
type DeadLetter struct {
	App    string
	Kind   changelog.InputKind
	Entity string
	Key    []byte // of the record, or of the entity
	// Partition is where the input came in, so the number of the task.
	Partition int32

	// A record's origin; Timestamp is also when a timer was due.
	Topic     string
	TopicID   changelog.ID
	Offset    int64
	Timestamp time.Time
	Headers   []Header // its own

	// Name is of the timer, or what the effect was asked under; Cause is the id
	// of the setting or of the effect.
	Name  string
	Cause changelog.ID

	// An answer's: who gave it, after how many calls, and a final failure's text.
	Destination string
	Calls       int
	Failed      bool
	Failure     string

	// Value is the record's, or the encoded answer. Omitted is its size when it
	// was too large to be written once more: then the source has it alone.
	Value   []byte
	Omitted int

	// Error is why it is a dead letter; Attempts counts the tries of its handler,
	// the first of which failed at FirstFailed with FirstError.
	Error       string
	Attempts    int
	FirstFailed time.Time
	FirstError  string
	// Redrives counts how often it came back through the redrive topic.
	Redrives int
}

// history is what is known about the failures of an input.
type history struct {
	attempts int
	at       time.Time
	first    string
}

func firstFailure(err error, now time.Time) history {
	return history{attempts: 1, at: now, first: err.Error()}
}

// deadLetter adds a failed input to the dead letters, in this transaction.
func (t *Task) deadLetter(a *arrival, h history, err error) {
	t.counts.DeadLettered++
	l := DeadLetter{
		App: t.topology.App, Kind: a.kind, Entity: a.cause.Entity, Key: []byte(a.cause.Key), Partition: t.opts.Partition,
		Name: a.name, Cause: a.cause.ID, Timestamp: a.due, Destination: a.destination, Calls: a.calls,
		Error: err.Error(), Attempts: h.attempts, FirstFailed: h.at, FirstError: h.first, Redrives: a.redrives,
		Headers: traceHeaders(a.cause.Trace),
	}
	if r := a.cause.Record; r != nil {
		l.Topic, l.TopicID, l.Offset, l.Timestamp = r.Topic, r.TopicID, r.Offset, r.Timestamp
		l.Key, l.Value, l.Headers = r.Key, r.Value, r.Headers
	}
	if a.kind == changelog.AnswerInput {
		if err := t.encode(a); err != nil {
			l.Error += "; " + err.Error()
		}
		l.Value = a.encoded
		if a.failure != nil {
			l.Failed, l.Failure = true, a.failure.Error()
		}
	}
	t.sendLetter(l.out(t.opts.MaxRecordBytes))
}

func (t *Task) sendLetter(out Out) {
	out.Topic = t.topology.DeadLetterTopic()
	t.bytes += len(out.Key) + len(out.Value)
	t.outs = append(t.outs, out)
}

// out makes the record of a dead letter, of at most limit bytes: without the
// input's own value and headers when it would be larger.
func (l *DeadLetter) out(limit int) Out {
	out := Out{Key: l.Key, Value: l.Value, Headers: l.appendHeaders(withoutErrors(l.Headers))}
	if size := out.size(); size > limit {
		small := *l
		small.Value, small.Omitted, small.Headers = nil, max(len(l.Value), 1), nil
		return Out{Key: l.Key, Headers: small.appendHeaders(nil)}
	}
	return out
}

// size is what a record counts against the broker's limit, in bytes.
func (o *Out) size() int {
	n := len(o.Key) + len(o.Value)
	for _, h := range o.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

// withoutErrors copies headers without those of dead letters: an input must not
// pretend to have another origin.
func withoutErrors(headers []Header) []Header {
	var own []Header
	for _, h := range headers {
		if !strings.HasPrefix(h.Key, errorHeaders) {
			own = append(own, h)
		}
	}
	return own
}

func (l *DeadLetter) appendHeaders(dst []Header) []Header {
	add := func(key, value string) { dst = append(dst, Header{Key: key, Value: []byte(value)}) }
	count := func(key string, n int) {
		if n > 0 {
			add(key, strconv.Itoa(n))
		}
	}
	add(HeaderKind, l.Kind.String())
	add(HeaderEntity, l.Entity)
	add(HeaderPartition, strconv.Itoa(int(l.Partition)))
	switch l.Kind {
	case changelog.RecordInput:
		add(HeaderTopic, l.Topic)
		add(HeaderTopicID, hex.EncodeToString(l.TopicID[:]))
		add(HeaderOffset, strconv.FormatInt(l.Offset, 10))
	case changelog.TimerInput, changelog.AnswerInput:
		add(HeaderName, l.Name)
		add(HeaderCause, hex.EncodeToString(l.Cause[:]))
	}
	if l.Kind != changelog.AnswerInput {
		add(HeaderTimestamp, l.Timestamp.UTC().Format(time.RFC3339Nano))
	} else {
		add(HeaderDestination, l.Destination)
		count(HeaderCalls, l.Calls)
		if l.Failed {
			add(HeaderFailure, bounded(l.Failure))
		}
	}
	count(HeaderAttempts, l.Attempts)
	add(HeaderFirstFailed, l.FirstFailed.UTC().Format(time.RFC3339Nano))
	add(HeaderFirstError, bounded(l.FirstError))
	count(HeaderRedrives, l.Redrives)
	count(HeaderOmitted, l.Omitted)
	add(HeaderError, bounded(l.Error))
	return dst
}

func bounded(text string) string { return text[:min(len(text), maxErrorText)] }
