package codec

import (
	"fmt"
	"sync"

	twmb "github.com/twmb/avro"
)

// Documents reads records of any schema as plain values, for people and tools
// that look at topics. It is safe for concurrent use.
type Documents struct {
	schemas *Schemas

	mu     sync.Mutex
	parsed map[int]*twmb.Schema
}

// NewDocuments reads with the writers' schemas, which s fetches.
func NewDocuments(s *Schemas) *Documents {
	return &Documents{schemas: s, parsed: make(map[int]*twmb.Schema)}
}

// Read returns a record as its writer's schema has it, of maps, slices, strings,
// numbers and times, and the id of that schema.
func (d *Documents) Read(b []byte) (value any, id int, err error) {
	id, body, err := SchemaID(b)
	if err != nil {
		return nil, 0, err
	}
	schema, err := d.schema(id)
	if err == nil {
		err = decode(schema, body, &value)
	}
	if err != nil {
		return nil, id, fmt.Errorf("reading record of schema %d: %w", id, err)
	}
	return value, id, nil
}

func (d *Documents) schema(id int) (*twmb.Schema, error) {
	d.mu.Lock()
	schema, ok := d.parsed[id]
	d.mu.Unlock()
	if ok {
		return schema, nil
	}
	text, err := d.schemas.text(id)
	if err != nil {
		return nil, err
	}
	if schema, err = twmb.Parse(string(text)); err != nil {
		return nil, fmt.Errorf("parsing writer schema: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.parsed) >= maxFetched {
		clear(d.parsed)
	}
	d.parsed[id] = schema
	return schema, nil
}
