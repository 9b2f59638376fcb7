package connector

import (
	"bytes"

	"github.com/millrace/millrace/streams"
)

// Containing reads only values whose encoding contains a text, and leaves the
// others zero: for readers who want one in a hundred of a busy topic. A text
// stands in an Avro record as it is, so none that is wanted is missed.
func Containing[T any](codec streams.Codec[T], text string) streams.Codec[T] {
	return containing[T]{codec, []byte(text)}
}

type containing[T any] struct {
	streams.Codec[T]
	text []byte
}

func (c containing[T]) Decode(b []byte, v *T) error {
	if !bytes.Contains(b, c.text) {
		return nil
	}
	return c.Codec.Decode(b, v)
}
