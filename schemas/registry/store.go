package registry

import (
	"context"
	"sync"
)

// Record is one row of the server's state. A later record of a key replaces an
// earlier one.
type Record struct {
	Key   string
	Value []byte // JSON
}

// Store keeps the server's records. One server writes to a store.
type Store interface {
	// Load returns every record in the order of writing; replaced ones may be
	// missing.
	Load(ctx context.Context) ([]Record, error)
	// Append returns when the record is kept for good, or was not.
	Append(ctx context.Context, record Record) error
}

// Memory is a Store that lives as long as the process.
type Memory struct {
	mu      sync.Mutex
	records []Record
}

// Load implements Store.
func (m *Memory) Load(context.Context) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Record(nil), m.records...), nil
}

// Append implements Store.
func (m *Memory) Append(_ context.Context, record Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append(m.records, record)
	return nil
}
