package task

import (
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/trace"
)

// Span is told that a handler runs because of an input that belongs to parent,
// and returns the context that goes to what the handler makes. end is told how
// it ended, nil for well.
type Span func(cause *Cause, parent trace.Context) (own trace.Context, end func(error))

// Trace is the trace that the call belongs to; it goes on to its outputs, timers
// and effects. It is zero when there is none.
func (c *Ctx) Trace() trace.Context {
	if !c.traced {
		c.traced = true
		c.trace = c.cause.parent()
	}
	return c.trace
}

// parent returns the trace of the input. A record has it in its headers.
func (c *Cause) parent() trace.Context {
	if c.Record == nil {
		return c.Trace
	}
	return traceIn(c.Record.Headers)
}

// traceIn reads the trace from headers; zero when there is none.
func traceIn(headers []Header) trace.Context {
	var parent, state []byte
	for _, h := range headers {
		switch h.Key {
		case trace.ParentHeader:
			parent = h.Value
		case trace.StateHeader:
			state = h.Value
		}
	}
	if parent == nil {
		return trace.Context{}
	}
	return trace.Parse(parent, state)
}

// traceOf is the trace in the row of a timer or an effect; zero when it cannot be
// read.
func traceOf(row []byte, kind changelog.InputKind) trace.Context {
	if kind == changelog.TimerInput {
		timer, _ := changelog.ReadTimer(row)
		return timer.Trace
	}
	effect, _ := changelog.ReadEffect(row)
	return effect.Trace
}

// traced is invoke in a span of its own, if the trace is recorded.
func traced(c *Ctx, inst *instance, input any) error {
	start := c.task.opts.Span
	if start == nil || !c.Trace().Sampled() {
		return invoke(c, inst, input)
	}
	own, end := start(&c.cause, c.Trace())
	c.trace = own
	err := invoke(c, inst, input)
	end(err)
	return err
}

// passOn adds the headers of the call's trace to an output; they are encoded
// once for all outputs.
func (c *Ctx) passOn(headers []Header) []Header {
	t := c.Trace()
	if !t.Valid() {
		return headers
	}
	if c.traceHeaders == nil {
		c.traceHeaders = traceHeaders(t)
	}
	return append(headers, c.traceHeaders...)
}

// traceHeaders returns the headers of a trace, none for the zero Context.
func traceHeaders(t trace.Context) (headers []Header) {
	if !t.Valid() {
		return nil
	}
	headers = append(headers, Header{Key: trace.ParentHeader, Value: t.AppendParent(nil)})
	if t.State != "" {
		headers = append(headers, Header{Key: trace.StateHeader, Value: []byte(t.State)})
	}
	return headers
}
