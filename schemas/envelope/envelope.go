// Package envelope says what stands on the outside of a record: CloudEvents in
// Kafka's binary mode, one header an attribute, plus W3C trace context. The
// headers tell who caused what without reading the body, and ce_id is how a
// record that comes twice is counted once.
package envelope

import (
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// Names of the headers.
const (
	SpecVersion   = "ce_specversion"   // always 1.0
	ID            = "ce_id"            // unique among all events, the key of deduplication
	Source        = "ce_source"        // who wrote it
	Type          = "ce_type"          // full name of the Avro record
	Time          = "ce_time"          // when it was written, RFC 3339
	Subject       = "ce_subject"       // the record's key
	CorrelationID = "ce_correlationid" // the order the event belongs to
	CausationID   = "ce_causationid"   // ce_id of the event that led to this one
	PartitionKey  = "ce_partitionkey"  // what spreads the record over partitions
	ReplayOf      = "ce_replayof"      // ce_id of the event that this one repeats
	CorrectionOf  = "ce_correctionof"  // ce_id of the event that this one corrects
	ContentType   = "content-type"     // always application/avro
	TraceParent   = "traceparent"      // W3C trace context
)

const (
	specVersion = "1.0"
	contentType = "application/avro"
	// maxValue bounds a header's value in bytes.
	maxValue = 1024
)

// Header is one Kafka record header.
type Header struct {
	Key   string
	Value []byte
}

// Envelope holds the attributes of one event. ID, Source and Type are required,
// every other one may be empty.
type Envelope struct {
	ID            string
	Source        string
	Type          string
	Time          time.Time // UTC; zero when the writer did not say
	Subject       string
	CorrelationID string
	CausationID   string
	PartitionKey  string
	ReplayOf      string
	CorrectionOf  string
	TraceParent   string
}

// Derive returns the envelope of the ordinal-th event (from 0) that source
// writes to def with the given key because of cause, at the time now. Order and
// trace pass on; the id depends on cause, topic and ordinal alone.
func Derive(cause Envelope, source string, def topic.Def, ordinal int, key string, now time.Time) Envelope {
	return Envelope{
		ID:            event.Derived(cause.ID, def.Name, ordinal),
		Source:        source,
		Type:          def.Record,
		Time:          now,
		Subject:       key,
		CorrelationID: cause.CorrelationID,
		CausationID:   cause.ID,
		PartitionKey:  key,
		TraceParent:   cause.TraceParent,
	}
}

// attribute is a header and where its value stands in an envelope.
type attribute struct {
	key   string
	value *string
}

// attributes returns the text attributes of e, the required ones first.
func (e *Envelope) attributes() []attribute {
	return []attribute{
		{ID, &e.ID},
		{Source, &e.Source},
		{Type, &e.Type},
		{Subject, &e.Subject},
		{CorrelationID, &e.CorrelationID},
		{CausationID, &e.CausationID},
		{PartitionKey, &e.PartitionKey},
		{ReplayOf, &e.ReplayOf},
		{CorrectionOf, &e.CorrectionOf},
		{TraceParent, &e.TraceParent},
	}
}

// required is how many of the attributes an envelope must have.
const required = 3

// Append appends the headers of e to dst; empty attributes have none.
func (e Envelope) Append(dst []Header) []Header {
	dst = append(dst, Header{SpecVersion, []byte(specVersion)}, Header{ContentType, []byte(contentType)})
	for _, a := range e.attributes() {
		if *a.value != "" {
			dst = append(dst, Header{a.key, []byte(*a.value)})
		}
	}
	if !e.Time.IsZero() {
		dst = append(dst, Header{Time, e.Time.UTC().AppendFormat(nil, time.RFC3339Nano)})
	}
	return dst
}

// Read returns the envelope in headers; headers of other names are ignored. The
// error names a required attribute that is missing, one that stands twice, is
// too long or malformed: such a record cannot be counted once.
func Read(headers []Header) (Envelope, error) {
	var e Envelope
	var version, at string
	attributes := append(e.attributes(), attribute{SpecVersion, &version}, attribute{Time, &at})
	for _, a := range attributes {
		value, err := only(headers, a.key)
		if err != nil {
			return Envelope{}, fmt.Errorf("reading header %s: %w", a.key, err)
		}
		*a.value = value
	}
	if version != specVersion {
		return Envelope{}, fmt.Errorf("reading header %s: version %q is not %s", SpecVersion, version, specVersion)
	}
	for _, a := range attributes[:required] {
		if *a.value == "" {
			return Envelope{}, fmt.Errorf("reading header %s: it is missing", a.key)
		}
	}
	if at == "" {
		return e, nil
	}
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return Envelope{}, fmt.Errorf("reading header %s: %w", Time, err)
	}
	e.Time = t.UTC()
	return e, nil
}

// only returns the value of the one header named key, empty when there is none.
func only(headers []Header, key string) (string, error) {
	value, found := "", false
	for _, h := range headers {
		if h.Key != key {
			continue
		}
		if found {
			return "", errors.New("it stands twice")
		}
		if len(h.Value) > maxValue {
			return "", fmt.Errorf("%d bytes are more than the allowed %d", len(h.Value), maxValue)
		}
		value, found = string(h.Value), true
	}
	return value, nil
}
