package codec

import (
	"fmt"
	"maps"

	twmb "github.com/twmb/avro"
)

// maxResolved bounds the writer schemas one codec keeps ready.
const maxResolved = 64

// Decode reads the frame b into v, also when another version of the schema
// wrote it: fields new to the writer are skipped, fields it did not know get
// their defaults. Nothing of b is kept. The error names the topic, the schema id
// and the field, and matches ErrUnavailable when only the registry is at fault;
// bytes after the record are an error.
func (c *Codec[T]) Decode(b []byte, v *T) error {
	id, body, err := SchemaID(b)
	if err != nil {
		return fmt.Errorf("decoding %s: %w", c.name, err)
	}
	schema, err := c.schema(id)
	if err == nil {
		err = decode(schema, body, v)
	}
	if err != nil {
		return fmt.Errorf("decoding %s with schema %d: %w", c.name, id, err)
	}
	return nil
}

// schema returns what decodes bodies written with schema id into T.
func (c *Codec[T]) schema(id int) (*twmb.Schema, error) {
	if int64(id) == c.id.Load() {
		return c.read, nil
	}
	if schema, ok := (*c.resolved.Load())[id]; ok {
		return schema, nil
	}
	text, err := c.schemas.text(id)
	if err != nil {
		return nil, err
	}
	writer, err := twmb.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("parsing writer schema: %w", err)
	}
	if err := canRead(c.read, writer); err != nil {
		return nil, err
	}
	schema, err := twmb.Resolve(writer, c.read)
	if err != nil {
		return nil, fmt.Errorf("resolving writer schema: %w", err)
	}
	c.remember(id, schema)
	return schema, nil
}

// remember keeps schema for the next record written with id.
func (c *Codec[T]) remember(id int, schema *twmb.Schema) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := maps.Clone(*c.resolved.Load())
	if len(next) >= maxResolved {
		clear(next)
	}
	next[id] = schema
	c.resolved.Store(&next)
}

// decode reads body into v and refuses bytes after it.
func decode(schema *twmb.Schema, body []byte, v any) error {
	rest, err := schema.Decode(body, v)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes follow the record", len(rest))
	}
	return nil
}
