package target

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/envelope"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/task"
)

// Stamp puts the CloudEvents headers on every output of a topology. Everything
// but the time follows from the cause, so that an event made again after a crash
// has the same ce_id.
func Stamp(now func() time.Time) func([]streams.Header, *streams.Cause, *task.Out, int) []streams.Header {
	defs := make(map[string]*topic.Def)
	for _, def := range topic.All() {
		defs[def.Name] = &def
	}
	return func(dst []streams.Header, cause *streams.Cause, out *task.Out, ordinal int) []streams.Header {
		def, ok := defs[out.Topic]
		if !ok {
			return dst
		}
		deriver, ok := cause.Memo.(*envelope.Deriver)
		if !ok {
			deriver = envelope.NewDeriver(envelopeOf(cause), "millrace/"+cause.App, now())
			cause.Memo = deriver
		}
		var room [16]envelope.Header
		headers := deriver.Append(room[:0], def, ordinal, out.Key)
		dst = slices.Grow(dst, len(headers))
		for _, h := range headers {
			dst = append(dst, streams.Header(h))
		}
		return dst
	}
}

// envelopeOf returns the attributes of what made a handler run. A record that a
// stranger wrote without an envelope, a timer and an answer have the id that the
// runtime derives for them.
func envelopeOf(cause *streams.Cause) envelope.Envelope {
	if cause.Record == nil {
		return envelope.Envelope{ID: uuid.UUID(cause.ID).String()}
	}
	headers := make([]envelope.Header, len(cause.Record.Headers))
	for i, h := range cause.Record.Headers {
		headers[i] = envelope.Header(h)
	}
	if e, err := envelope.Read(headers); err == nil {
		e.TraceParent = "" // the runtime passes traces on, with its own spans in between
		return e
	}
	return envelope.Envelope{ID: uuid.UUID(cause.Derive("envelope", 0)).String()}
}
