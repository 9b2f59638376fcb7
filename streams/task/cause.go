package task

import (
	"crypto/sha1"
	"encoding/binary"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/trace"
)

// Cause is what made a handler run. Everything a handler makes derives its
// identity from the cause and a counter, so that a repetition after a crash
// makes the same ids again.
type Cause struct {
	App    string
	Entity string
	Key    string
	// Record is the input record, or nil when a timer or an answer came in.
	Record *Record
	// ID is the timer's setting id or the effect's id; zero for a record.
	ID changelog.ID
	// Trace is the trace in which the timer was set or the effect asked for; a
	// record has its own in its headers.
	Trace trace.Context
	// Attempt counts the tries of this input, from 1.
	Attempt int
	// Redriven is where a dead letter came back, or nil. What its handler makes
	// derives its identity from there, and Record says where it was first.
	Redriven *changelog.Place
	// Memo is Options.Stamp's own: what it worked out for an earlier output of
	// the same cause.
	Memo any
}

// namespace is the UUID under which the runtime derives its ids.
var namespace = changelog.ID{0x6d, 0x1c, 0x0b, 0x52, 0x0f, 0x6b, 0x4c, 0x0e, 0x9d, 0x5a, 0x2b, 0x61, 0x7e, 0x4f, 0x83, 0x0a}

// Derive returns the UUIDv5 of (app, entity, key, purpose, cause, ordinal).
func (c *Cause) Derive(purpose string, ordinal int) changelog.ID {
	var room [256]byte
	b := append(room[:0], namespace[:]...)
	b = appendPart(b, c.App)
	b = appendPart(b, c.Entity)
	b = appendPart(b, c.Key)
	b = appendPart(b, purpose)
	switch r := c.Record; {
	case c.Redriven != nil:
		b = appendPlace(b, *c.Redriven)
	case r != nil:
		b = appendPlace(b, changelog.Place{TopicID: r.TopicID, Partition: r.Partition, Offset: r.Offset})
	default:
		b = append(b, c.ID[:]...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(ordinal))
	sum := sha1.Sum(b)
	var id changelog.ID
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}

func appendPlace(b []byte, p changelog.Place) []byte {
	b = append(b, p.TopicID[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(p.Partition))
	return binary.BigEndian.AppendUint64(b, uint64(p.Offset))
}

func appendPart(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
