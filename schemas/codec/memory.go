package codec

import (
	"context"
	"fmt"
	"sync"

	"github.com/millrace/millrace/schemas/topic"
)

// NewMemory returns schemas with ids given in this process, all topics and
// states registered: for tests and for drivers that need no registry. The ids
// are equal in every process of one build, and mean nothing to any other.
func NewMemory() *Schemas {
	s := New(&memory{ids: map[string]int{}})
	if err := s.RegisterAll(context.Background(), topic.All()); err != nil {
		panic(fmt.Sprintf("registering embedded schemas: %v", err)) // a schema file cannot be read back: a broken build
	}
	return s
}

// memory is a Source that counts ids from 1 and judges no compatibility.
type memory struct {
	mu    sync.Mutex
	ids   map[string]int // by schema text; equal texts share an id as in a registry
	texts [][]byte       // texts[id-1]
}

// Register implements Source.
func (m *memory) Register(_ context.Context, _ string, schema []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.ids[string(schema)]
	if !ok {
		m.texts = append(m.texts, schema)
		id = len(m.texts)
		m.ids[string(schema)] = id
	}
	return id, nil
}

// SchemaByID implements Source.
func (m *memory) SchemaByID(_ context.Context, id int) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id < 1 || id > len(m.texts) {
		return nil, fmt.Errorf("asking for schema %d: %w", id, ErrUnknownID)
	}
	return m.texts[id-1], nil
}
