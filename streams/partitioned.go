package streams

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// PartitionedTable is a compacted topic of which every task has its own
// partition's rows, on disk. It needs as many partitions as the topology's
// inputs; then the row of a key is where the records of that key are handled. It
// is read to its end before the task handles its first record, and followed from
// then on: a lookup sees what has come by then, so a decision that must be
// explained later records the row's Position. For lookups by other keys than the
// record's, use Table, of which every process has all rows.
type PartitionedTable[V any] struct {
	app   string
	topic Topic[V]
}

// Row is a row of a table, with the place of the record that it is from.
type Row[V any] struct {
	Value     V
	Position  Position
	Timestamp time.Time // of the record
}

// NewPartitionedTable declares a partitioned table of a topology. A join is a
// lookup in a handler:
//
//	price := prices.Get(ctx, order.Key)
//	if price == nil {
//		return fmt.Errorf("no price for %s", order.Key)
//	}
func NewPartitionedTable[V any](t *Topology, topic Topic[V]) *PartitionedTable[V] {
	t.table(topic.Name)
	t.compiled.Partitioned = append(t.compiled.Partitioned, topic.Name)
	return &PartitionedTable[V]{app: t.Name(), topic: topic}
}

// table refuses a second copy of a topic.
func (t *Topology) table(topic string) {
	taken := slices.Contains(t.compiled.Partitioned, topic)
	for _, other := range t.compiled.Tables {
		taken = taken || other.Topic == topic
	}
	if taken {
		t.fault("table %s is declared twice: pass the first one on", topic)
	}
}

// Get looks a key up, nil when it has no row. The key must be of the task's
// partition, as the key of the record is. A row that cannot be decoded fails the
// handler.
func (t *PartitionedTable[V]) Get(ctx Ctx, key string) *Row[V] {
	stored, ok := ctx.TableRow(t.topic.Name, key)
	if !ok {
		return nil
	}
	partition, _ := ctx.TableNext(t.topic.Name)
	row, err := t.row(key, partition, stored)
	if err != nil {
		ctx.Fail(err)
		return nil
	}
	return row
}

// Position is where the task's copy is: it has every record below. It tells what
// a decision knew that found no row.
func (t *PartitionedTable[V]) Position(ctx Ctx) Position {
	partition, next := ctx.TableNext(t.topic.Name)
	return Position{Topic: t.topic.Name, Partition: partition, Offset: next}
}

// Read looks a key up from outside of a handler, nil when it has no row.
func (t *PartitionedTable[V]) Read(from Committed, key string) (*Row[V], error) {
	rows, partition, err := from.TableRows(t.app, t.topic.Name, key)
	if err != nil {
		return nil, err
	}
	b, err := rows.Get(changelog.TableKey([]byte(key)))
	if err != nil || b == nil {
		return nil, err
	}
	stored, err := changelog.ReadTable(b)
	if err != nil {
		return nil, err
	}
	return t.row(key, partition, stored)
}

func (t *PartitionedTable[V]) row(key string, partition int32, stored changelog.TableRow) (*Row[V], error) {
	row := &Row[V]{Position: Position{Topic: t.topic.Name, Partition: partition, Offset: stored.Offset}, Timestamp: stored.Timestamp}
	if err := t.topic.Value.Decode(stored.Value, &row.Value); err != nil {
		return nil, fmt.Errorf("reading %q of table %s/%d@%d: %w", key, t.topic.Name, partition, stored.Offset, err)
	}
	return row, nil
}
