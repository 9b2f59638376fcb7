package envelope

import (
	"crypto/sha1"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// Deriver appends the headers of the events that one cause leads to. They are
// those of Derive and Append; what all events of the cause share is worked out
// once, since a handler may write hundreds of events.
type Deriver struct {
	namespace   uuid.UUID
	source      []byte
	time        []byte
	correlation []byte
	causation   []byte
	trace       []byte
}

// NewDeriver prepares for the events that source writes because of cause, at the
// time now.
func NewDeriver(cause Envelope, source string, now time.Time) *Deriver {
	return &Deriver{
		namespace: event.Namespace(cause.ID), source: []byte(source),
		time:        now.UTC().AppendFormat(nil, time.RFC3339Nano),
		correlation: []byte(cause.CorrelationID), causation: []byte(cause.ID), trace: []byte(cause.TraceParent),
	}
}

var specVersionValue, contentTypeValue = []byte(specVersion), []byte(contentType)

// Append appends the headers of the ordinal-th event (from 0), with the given
// key in def; key is kept. An event of a cause without an order belongs to the
// order that its key names, where def is keyed so.
func (d *Deriver) Append(dst []Header, def *topic.Def, ordinal int, key []byte) []Header {
	correlation := d.correlation
	if len(correlation) == 0 && def.Partitioning == topic.ByOrder {
		correlation = key
	}
	dst = append(dst, Header{SpecVersion, specVersionValue}, Header{ContentType, contentTypeValue},
		Header{ID, d.id(def.Name, ordinal)}, Header{Source, d.source}, Header{Type, []byte(def.Record)})
	for _, h := range [...]Header{{Subject, key}, {CorrelationID, correlation}, {CausationID, d.causation}, {PartitionKey, key}, {TraceParent, d.trace}, {Time, d.time}} {
		if len(h.Value) > 0 {
			dst = append(dst, h)
		}
	}
	return dst
}

// id is event.Derived as bytes.
func (d *Deriver) id(topicName string, ordinal int) []byte {
	var room [96]byte
	name := append(append(room[:0], d.namespace[:]...), topicName...)
	name = strconv.AppendInt(append(name, event.Separator...), int64(ordinal), 10)
	sum := sha1.Sum(name)
	var id uuid.UUID
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	text, _ := id.MarshalText() // never fails
	return text
}
