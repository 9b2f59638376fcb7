package availability

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Memory is a Cache in this process. The zero value is empty and not whole.
type Memory struct {
	mu    sync.RWMutex
	rows  map[string]Row
	whole bool
}

// Put implements Cache.
func (m *Memory) Put(_ context.Context, rows ...Row) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows == nil {
		m.rows = make(map[string]Row)
	}
	for _, row := range rows {
		if row.Version > m.rows[row.SKU].Version {
			m.rows[row.SKU] = row
		}
	}
	return m.whole, nil
}

// Get implements Cache.
func (m *Memory) Get(_ context.Context, skus ...string) ([]Row, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	rows := make([]Row, len(skus))
	for i, sku := range skus {
		rows[i] = m.rows[sku]
		rows[i].SKU = sku
	}
	return rows, m.whole, nil
}

// Fill implements Cache.
func (m *Memory) Fill(ctx context.Context, rows iter.Seq[Row]) error {
	if _, err := m.Put(ctx, slices.Collect(rows)...); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.whole = true
	return nil
}

// All returns the rows there are now, in no order.
func (m *Memory) All() iter.Seq[Row] {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return maps.Values(maps.Clone(m.rows))
}
