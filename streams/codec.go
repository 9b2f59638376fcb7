package streams

import (
	"encoding/json"
	"fmt"
)

// Codec turns values of T into bytes and back. Append appends the encoding of v
// to dst; Decode fills v, which is zero, from the whole of b, and refuses what
// is cut short or has bytes left over. A codec must be safe for concurrent use.
type Codec[T any] interface {
	Append(dst []byte, v *T) ([]byte, error)
	Decode(b []byte, v *T) error
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
