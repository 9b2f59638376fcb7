package connector

import (
	"bytes"
	"slices"

	"github.com/millrace/millrace/streams"
)

// Containing reads only values whose encoding contains one of some texts, and leaves
// the others zero: for readers who want one in a hundred of a busy topic. A text
// stands in an Avro record as it is, so none that is wanted is missed.
func Containing[T any](codec streams.Codec[T], texts ...string) streams.Codec[T] {
	return containing[T]{codec, texts}
}

type containing[T any] struct {
	streams.Codec[T]
	texts []string
}

func (c containing[T]) Decode(b []byte, v *T) error {
	if !slices.ContainsFunc(c.texts, func(text string) bool { return bytes.Contains(b, []byte(text)) }) {
		return nil
	}
	return c.Codec.Decode(b, v)
}
