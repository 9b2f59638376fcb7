package task

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// ReadDeadLetter takes a record of the dead-letter topic of app, or of its
// redrive topic, apart. The error wraps ErrRedrive and says which header is
// missing or damaged; what could be read is returned with it.
func ReadDeadLetter(app string, key, value []byte, headers []Header) (DeadLetter, error) {
	l := DeadLetter{App: app, Key: key, Value: value, Headers: withoutErrors(headers)}
	h := headerReader{values: make(map[string]string)}
	for _, header := range headers {
		if strings.HasPrefix(header.Key, errorHeaders) {
			h.values[header.Key] = string(header.Value)
		}
	}
	l.Error, l.FirstError = h.values[HeaderError], h.values[HeaderFirstError]
	l.Entity, l.Name = h.values[HeaderEntity], h.values[HeaderName]
	l.Attempts, l.Redrives, l.Omitted = h.count(HeaderAttempts), h.count(HeaderRedrives), h.count(HeaderOmitted)
	l.Kind = h.kind()
	l.Partition = int32(h.number(HeaderPartition, 1<<31-1))
	l.FirstFailed = h.time(HeaderFirstFailed)
	switch l.Kind {
	case changelog.RecordInput:
		l.Topic, l.TopicID = h.text(HeaderTopic), h.id(HeaderTopicID)
		l.Offset, l.Timestamp = h.number(HeaderOffset, 1<<63-1), h.time(HeaderTimestamp)
	case changelog.TimerInput:
		l.Name, l.Cause, l.Timestamp = h.text(HeaderName), h.id(HeaderCause), h.time(HeaderTimestamp)
	case changelog.AnswerInput:
		l.Name, l.Cause, l.Destination = h.values[HeaderName], h.id(HeaderCause), h.text(HeaderDestination)
		l.Calls = h.count(HeaderCalls)
		l.Failure, l.Failed = h.values[HeaderFailure], h.has(HeaderFailure)
	}
	return l, h.fault
}

// headerReader reads headers that anybody may have written; the first fault
// sticks.
type headerReader struct {
	values map[string]string
	fault  error
}

func (h *headerReader) refuse(key, what string) {
	if h.fault == nil {
		h.fault = fmt.Errorf("%w: header %s %s", ErrRedrive, key, what)
	}
}

func (h *headerReader) has(key string) bool {
	_, ok := h.values[key]
	return ok
}

func (h *headerReader) text(key string) string {
	if h.values[key] == "" {
		h.refuse(key, "is missing")
	}
	return h.values[key]
}

func (h *headerReader) kind() changelog.InputKind {
	text := h.text(HeaderKind)
	for _, k := range []changelog.InputKind{changelog.RecordInput, changelog.TimerInput, changelog.AnswerInput} {
		if text == k.String() {
			return k
		}
	}
	h.refuse(HeaderKind, "is none of record, timer, answer")
	return 0
}

// count reads a number that is left out when it is zero.
func (h *headerReader) count(key string) int {
	if !h.has(key) {
		return 0
	}
	return int(h.number(key, 1<<31-1))
}

func (h *headerReader) number(key string, limit int64) int64 {
	n, err := strconv.ParseInt(h.values[key], 10, 64)
	if err != nil || n < 0 || n > limit {
		h.refuse(key, "is no number in its range")
		return 0
	}
	return n
}

func (h *headerReader) time(key string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, h.values[key])
	if err != nil {
		h.refuse(key, "is no time")
	}
	return at
}

func (h *headerReader) id(key string) (id changelog.ID) {
	b, err := hex.DecodeString(h.values[key])
	if err != nil || len(b) != len(id) {
		h.refuse(key, "is no id")
		return id
	}
	copy(id[:], b)
	return id
}
