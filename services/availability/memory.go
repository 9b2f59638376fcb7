package availability

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Memory is a Cache in this process, and the feed of its changes. The zero value
// is empty and not whole.
type Memory struct {
	mu    sync.RWMutex
	rows  map[string]*entry
	kept  map[string]Row // of an earlier process, shown until the cache is whole
	whole bool

	changes  []change // in the order of their number; one whose entry changed again is spent
	last     int64    // number of the latest change
	reached  Cursor
	awaiting chan struct{} // closed at the next change, made by the first who waits
}

// entry is a row and the number of the change that made it.
type entry struct {
	row    Row
	number int64
}

type change struct {
	number int64
	entry  *entry
}

// slack is how many spent changes are kept, at least, before they are dropped.
const slack = 1024

// Put implements Cache.
func (m *Memory) Put(_ context.Context, rows ...Row) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range rows {
		m.put(row)
	}
	return m.whole, nil
}

func (m *Memory) put(row Row) {
	if m.rows == nil {
		m.rows, m.reached = make(map[string]*entry), make(Cursor)
	}
	e := m.rows[row.SKU]
	switch {
	case e == nil && row.Version > 0:
		e = new(entry)
		m.rows[row.SKU] = e
	case e == nil || row.Version <= e.row.Version:
		return
	}
	m.last++
	*e = entry{row, m.last}
	m.reached.Pass(row)
	m.changes = append(m.changes, change{m.last, e})
	if len(m.changes) > 2*len(m.rows)+slack {
		m.changes = slices.DeleteFunc(m.changes, change.spent)
	}
	if m.awaiting != nil {
		close(m.awaiting)
		m.awaiting = nil
	}
}

func (c change) spent() bool { return c.entry.number != c.number }

// Keep shows rows of an earlier process until the cache is whole, since an old
// answer is better than none.
func (m *Memory) Keep(rows iter.Seq[Row]) {
	kept := make(map[string]Row)
	for row := range rows {
		kept[row.SKU] = row
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.whole {
		m.kept = kept
	}
}

// Get implements Cache.
func (m *Memory) Get(_ context.Context, skus ...string) ([]Row, bool, error) {
	rows := make([]Row, len(skus))
	m.mu.RLock()
	defer m.mu.RUnlock()
	for i, sku := range skus {
		if e := m.rows[sku]; e != nil {
			rows[i] = e.row
		} else {
			rows[i] = m.kept[sku]
		}
		rows[i].SKU = sku
	}
	return rows, m.whole, nil
}

// Fill implements Cache.
func (m *Memory) Fill(_ context.Context, rows iter.Seq[Row]) error {
	all := slices.Collect(rows) // before the lock: it may read this cache
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range all {
		m.put(row)
	}
	m.whole, m.kept = true, nil
	return nil
}

// All returns the rows there are now, in no order.
func (m *Memory) All() iter.Seq[Row] {
	m.mu.RLock()
	defer m.mu.RUnlock()
	rows := make([]Row, 0, len(m.rows))
	for _, e := range m.rows {
		rows = append(rows, e.row)
	}
	return slices.Values(rows)
}

// Now is the place in the feed behind everything there is, and the cursor that
// says the same in another process.
func (m *Memory) Now() (number int64, at Cursor) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	at = maps.Clone(m.reached)
	if at == nil {
		at = make(Cursor)
	}
	return m.last, at
}

// Since calls fn with the rows that changed after a number, the longest
// unchanged first, each row once and as it is now, until fn returns false. It
// returns the number to go on from. fn must not use the cache.
func (m *Memory) Since(number int64, fn func(Row) bool) int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	from, _ := slices.BinarySearchFunc(m.changes, number+1, func(c change, n int64) int { return int(c.number - n) })
	for _, c := range m.changes[from:] {
		if !c.spent() && !fn(c.entry.row) {
			return c.number
		}
	}
	return max(number, m.last)
}

// Changed is closed when there is a change after a number.
func (m *Memory) Changed(number int64) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last > number {
		done := make(chan struct{})
		close(done)
		return done
	}
	if m.awaiting == nil {
		m.awaiting = make(chan struct{})
	}
	return m.awaiting
}
