// Package trace is W3C trace context (https://www.w3.org/TR/trace-context/):
// which trace a record, a timer or a call belongs to, and what led to it. It
// reads and writes the two headers and stores them in rows; it knows no tracer.
package trace

import (
	"encoding/hex"
	"errors"
)

// Names of the headers of records and calls.
const (
	ParentHeader = "traceparent"
	StateHeader  = "tracestate"
)

const (
	// version is the one that is written. Later ones are read as if they were this.
	version   = "00"
	parentLen = 55 // 00-<32 hex>-<16 hex>-<2 hex>
	// maxState bounds a tracestate in bytes; a longer one is left out, as the
	// specification allows.
	maxState = 512

	flagSampled = 1
)

// Context is the place of something in a trace. The zero value is in none.
type Context struct {
	Trace [16]byte
	Span  [8]byte // what led to it
	Flags byte
	State string // what vendors added, at most 512 bytes
}

// Valid says whether there is a trace.
func (c Context) Valid() bool { return c.Trace != [16]byte{} && c.Span != [8]byte{} }

// Sampled says whether the trace is being recorded.
func (c Context) Sampled() bool { return c.Flags&flagSampled != 0 }

// Parse reads the values of the two headers; state may be empty. What is not a
// traceparent is no trace: the zero Context.
func Parse(parent, state []byte) Context {
	var c Context
	if len(parent) < parentLen || parent[2] != '-' || parent[35] != '-' || parent[52] != '-' {
		return Context{}
	}
	var v, flags [1]byte
	ok := decode(v[:], parent[:2]) && decode(c.Trace[:], parent[3:35]) && decode(c.Span[:], parent[36:52]) && decode(flags[:], parent[53:55])
	longer := len(parent) > parentLen && (v[0] == 0 || parent[parentLen] != '-')
	if !ok || v[0] == 0xff || longer || !c.Valid() {
		return Context{}
	}
	c.Flags = flags[0]
	if len(state) <= maxState {
		c.State = string(state)
	}
	return c
}

// decode reads lower-case hexadecimal digits only, as the specification wants.
func decode(dst, src []byte) bool {
	for _, b := range src {
		if b >= 'A' && b <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(dst, src)
	return err == nil
}

// AppendParent appends the traceparent of c.
func (c Context) AppendParent(dst []byte) []byte {
	dst = append(append(dst, version...), '-')
	dst = append(hex.AppendEncode(dst, c.Trace[:]), '-')
	dst = append(hex.AppendEncode(dst, c.Span[:]), '-')
	return hex.AppendEncode(dst, []byte{c.Flags})
}

// binaryLen is how many bytes of a row c takes beside its state.
const binaryLen = 16 + 8 + 1

// errBinary is returned for bytes that Append did not write.
var errBinary = errors.New("trace context is cut short")

// Append appends c in the form of a row.
func (c Context) Append(dst []byte) []byte {
	dst = append(append(append(dst, c.Trace[:]...), c.Span[:]...), c.Flags)
	return append(dst, c.State...)
}

// Read reads what Append wrote.
func Read(b []byte) (Context, error) {
	var c Context
	if len(b) < binaryLen {
		return c, errBinary
	}
	copy(c.Trace[:], b)
	copy(c.Span[:], b[16:])
	c.Flags, c.State = b[24], string(b[binaryLen:])
	return c, nil
}
