package streams

import (
	"encoding/json"
	"fmt"

	"github.com/millrace/millrace/streams/task"
)

// Codec turns values of T into bytes and back. Append appends the encoding of v
// to dst; Decode fills v, which is zero, from the whole of b, and refuses what
// is cut short or has bytes left over. A state or child that is encoded to no
// bytes at all is deleted. A codec must be safe for concurrent use.
type Codec[T any] interface {
	Append(dst []byte, v *T) ([]byte, error)
	Decode(b []byte, v *T) error
}

// SchemaCodec is what a Codec may also be: one that can tell which bytes it
// writes. The runtime keeps that beside the rows, and asks the codec of a later
// program at its start whether it can read them, so that it is refused before it
// handles anything.
type SchemaCodec interface {
	// Schema is the schema of what Append writes, in any form of the codec's own,
	// at most 64 KiB, and not empty.
	Schema() string
	// CanRead returns why Decode could not read values that were written under a
	// schema, or nil.
	CanRead(written string) error
}

// schemaOf asks a codec for its schema; most codecs have none to tell.
func schemaOf(codec any) task.Schema {
	c, ok := codec.(SchemaCodec)
	if !ok {
		return task.Schema{}
	}
	return task.Schema{Text: c.Schema(), CanRead: c.CanRead}
}

// JSON is a codec of encoding/json: for examples, tests and requests of effects.
func JSON[T any]() Codec[T] { return jsonCodec[T]{} }

type jsonCodec[T any] struct{}

func (jsonCodec[T]) Append(dst []byte, v *T) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return dst, fmt.Errorf("encoding %T as JSON: %w", *v, err)
	}
	return append(dst, b...), nil
}

func (jsonCodec[T]) Decode(b []byte, v *T) error {
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decoding %T from JSON: %w", *v, err)
	}
	return nil
}

// Text is a codec of strings as plain bytes.
var Text Codec[string] = textCodec{}

type textCodec struct{}

func (textCodec) Append(dst []byte, v *string) ([]byte, error) { return append(dst, *v...), nil }
func (textCodec) Decode(b []byte, v *string) error             { *v = string(b); return nil }
