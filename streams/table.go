package streams

import (
	"fmt"
	"sync"
	"time"

	"github.com/millrace/millrace/streams/task"
)

// Table is a compacted topic of which every process holds a whole copy in
// memory. It is read to its end before the topology handles its first record.
// Lookups are safe from any goroutine; what a decision used belongs into the
// event it makes, since a table may have moved when the decision is looked at.
type Table[V any] struct {
	mu      sync.RWMutex
	topic   string
	rows    map[string]tableRow[V]
	version int64
	follow  func(key string, value *V, at Position)
	ready   chan struct{}
}

// tableRow is a row with where it stands.
type tableRow[V any] struct {
	value     V
	partition int32
	offset    int64
	millis    int64
}

// Position is the place of one record in a topic.
type Position struct {
	Topic     string
	Partition int32
	Offset    int64
}

// NewTable declares a table of a topology.
func NewTable[V any](t *Topology, topic Topic[V], opts ...TableOption[V]) *Table[V] {
	table := &Table[V]{topic: topic.Name, rows: make(map[string]tableRow[V]), ready: make(chan struct{})}
	for _, opt := range opts {
		opt(table)
	}
	t.table(topic.Name)
	t.compiled.Tables = append(t.compiled.Tables, &task.Table{
		Topic: topic.Name,
		Apply: func(r *task.Record) error { return table.apply(topic, r) },
		Ready: func() { close(table.ready) },
	})
	return table
}

// TableOption changes a table's declaration.
type TableOption[V any] func(*Table[V])

// Follow calls fn with each change, in order per key, value nil for a deletion;
// fn must not block for long, since the table waits for it.
func Follow[V any](fn func(key string, value *V, at Position)) TableOption[V] {
	return func(t *Table[V]) { t.follow = fn }
}

// Get looks a key up.
func (t *Table[V]) Get(key string) (V, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	row, ok := t.rows[key]
	return row.value, ok
}

// Row looks a key up together with the place of the record it is from, nil when
// it has none.
func (t *Table[V]) Row(key string) *Row[V] {
	t.mu.RLock()
	defer t.mu.RUnlock()
	row, ok := t.rows[key]
	if !ok {
		return nil
	}
	return &Row[V]{
		Value: row.value, Timestamp: time.UnixMilli(row.millis).UTC(),
		Position: Position{Topic: t.topic, Partition: row.partition, Offset: row.offset},
	}
}

// Len is the number of keys.
func (t *Table[V]) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.rows)
}

// Range calls fn with each row, in no order, until it returns false; fn must
// not use the table.
func (t *Table[V]) Range(fn func(key string, value V) bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for k, row := range t.rows {
		if !fn(k, row.value) {
			return
		}
	}
}

// Version counts the changes applied in this process.
func (t *Table[V]) Version() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.version
}

// Ready is closed when the copy has reached the topic's end once.
func (t *Table[V]) Ready() <-chan struct{} { return t.ready }

func (t *Table[V]) apply(topic Topic[V], r *task.Record) error {
	key := string(r.Key)
	var value *V
	if r.Value != nil {
		value = new(V)
		if err := topic.Value.Decode(r.Value, value); err != nil {
			return fmt.Errorf("reading table %s at %d@%d: %w", r.Topic, r.Partition, r.Offset, err)
		}
	}
	t.mu.Lock()
	t.version++
	if value == nil {
		delete(t.rows, key)
	} else {
		t.rows[key] = tableRow[V]{value: *value, partition: r.Partition, offset: r.Offset, millis: r.Timestamp.UnixMilli()}
	}
	t.mu.Unlock()
	if t.follow != nil {
		t.follow(key, value, Position{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset})
	}
	return nil
}
