package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	hamba "github.com/hamba/avro/v2"
	twmb "github.com/twmb/avro"

	"github.com/millrace/millrace/schemas/topic"
)

// writerSize is the first size of a write buffer; buffers grow and are reused.
const writerSize = 1 << 10

// Codec writes and reads values of T in the wire format. It is safe for
// concurrent use; one value must not be appended twice at the same time before
// its enums are set, see Append.
type Codec[T any] struct {
	name    string // topic or state, for messages
	text    string // of the schema, without needless space
	schemas *Schemas
	id      *atomic.Int64

	write    hamba.Schema
	complete complete
	writers  sync.Pool // of *hamba.Writer

	read     *twmb.Schema
	mu       sync.Mutex                           // held while resolved is replaced
	resolved atomic.Pointer[map[int]*twmb.Schema] // by writer id; never changed once stored
}

// Of returns the codec of a topic's values. It panics when T is not the type
// generated from the topic's schema, which is a mistake in the program.
func Of[T any](s *Schemas, def topic.Def) *Codec[T] {
	c, err := ofTopic(def)
	if err != nil {
		panic(err)
	}
	return build[T](s, c)
}

// State returns the codec of the rows that an entity keeps under name, one of
// States. It panics when T is not the type generated from the state's schema.
func State[T any](s *Schemas, name string) *Codec[T] {
	c, err := ofState(name)
	if err != nil {
		panic(err)
	}
	return build[T](s, c)
}

// build is newCodec for wiring code.
func build[T any](s *Schemas, c contract) *Codec[T] {
	codec, err := newCodec[T](s, c)
	if err != nil {
		panic(fmt.Sprintf("codec of %s: %v", c.name, err))
	}
	return codec
}

// newCodec parses the contract for both libraries and tries them on an empty T.
func newCodec[T any](s *Schemas, c contract) (*Codec[T], error) {
	write, err := hamba.ParseBytesWithCache(c.text, "", &hamba.SchemaCache{})
	if err != nil {
		return nil, fmt.Errorf("parsing schema for writing: %w", err)
	}
	read, err := twmb.Parse(string(c.text))
	if err != nil {
		return nil, fmt.Errorf("parsing schema for reading: %w", err)
	}
	// A configuration of its own, because hamba caches encoders without regard
	// to defaults. Blocks carry no byte size: the plainest form, for old readers.
	api := hamba.Config{DisableBlockSizeHeader: true}.Freeze()
	codec := &Codec[T]{
		name: c.name, text: compact(c.text), schemas: s, id: s.id(c.subject), write: write, read: read,
		complete: completion(write, reflect.TypeFor[T]()),
	}
	codec.writers.New = func() any { return hamba.NewWriter(nil, writerSize, hamba.WithWriterConfig(api)) }
	codec.resolved.Store(&map[int]*twmb.Schema{})
	return codec, codec.try()
}

// Schema is the text of the schema that Append writes: a store keeps it beside
// its rows, so that a later program can tell whether it reads them.
func (c *Codec[T]) Schema() string { return c.text }

// CanRead returns why values written under a schema, as Schema told it, cannot
// be read by Decode. The error names the field.
func (c *Codec[T]) CanRead(written string) error { return CanRead([]byte(c.text), []byte(written)) }

// compact is a schema without space between its tokens.
func compact(schema []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, schema); err != nil {
		return string(schema) // it is not JSON, which parsing it says
	}
	return b.String()
}

// try reports whether T has the fields of the schema, for writing and reading.
func (c *Codec[T]) try() error {
	var v T
	body, err := c.appendBody(nil, &v)
	if err != nil {
		return fmt.Errorf("%T does not fit: %w", v, err)
	}
	if err := decode(c.read, body, &v); err != nil {
		return fmt.Errorf("%T does not fit: %w", v, err)
	}
	return nil
}

// Append appends the frame of v to dst. It first sets each empty enum of v to
// its schema's default, so that a new value is complete without naming all of
// them. The error names the topic and the field; dst is then returned as it was.
func (c *Codec[T]) Append(dst []byte, v *T) ([]byte, error) {
	id := c.id.Load()
	if id == 0 {
		return dst, fmt.Errorf("encoding %s: its schema has no id yet, call RegisterAll at start", c.name)
	}
	out, err := c.appendBody(appendFrame(dst, id), v)
	if err != nil {
		return dst, fmt.Errorf("encoding %s with schema %d: %w", c.name, id, err)
	}
	return out, nil
}

// appendBody appends the Avro encoding of v to dst.
func (c *Codec[T]) appendBody(dst []byte, v *T) ([]byte, error) {
	if c.complete != nil {
		if err := c.complete(reflect.ValueOf(v).Elem()); err != nil {
			return nil, err
		}
	}
	w := c.writers.Get().(*hamba.Writer)
	defer c.writers.Put(w)
	w.Reset(nil)
	w.Error = nil
	w.WriteVal(c.write, v)
	if w.Error != nil {
		return nil, w.Error
	}
	return append(dst, w.Buffer()...), nil
}
