package task

import (
	"fmt"

	"github.com/millrace/millrace/streams/changelog"
)

// TableRow looks a key up in a partitioned table; ok is false when it has no
// row. A key of another partition fails the call: the task has not got its row.
func (c *Ctx) TableRow(topic, key string) (row changelog.TableRow, ok bool) {
	rows := c.task.opts.Tables[topic]
	if rows == nil {
		c.Fail(fmt.Errorf("looking up in table %s: %w", topic, ErrUndeclared))
		return row, false
	}
	if at := c.task.opts; !c.own(key) && at.PartitionOf != nil && at.PartitionOf([]byte(key), at.Partitions) != at.Partition {
		c.Fail(fmt.Errorf("looking up %q in table %s: the key is of another partition, whose rows are elsewhere: rekey the input with streams.Repartition, or use a whole copy (streams.NewTable)", key, topic))
		return row, false
	}
	b, err := rows.Get(changelog.TableKey([]byte(key)))
	if err != nil {
		c.task.broke(err)
		c.Fail(err)
		return row, false
	}
	if b == nil {
		return row, false
	}
	if row, err = changelog.ReadTable(b); err != nil {
		c.Fail(err)
		return row, false
	}
	return row, true
}

// own says that the key is the entity's or the record's, so that it is of this
// partition however its producer chose it.
func (c *Ctx) own(key string) bool {
	return key == c.inst.key || c.cause.Record != nil && key == string(c.cause.Record.Key)
}

// TableNext is the offset up to which the task's copy of a partitioned table is
// filled: every row is from below it.
func (c *Ctx) TableNext(topic string) (partition int32, next int64) {
	partition = c.task.opts.Partition
	rows := c.task.opts.Tables[topic]
	if rows == nil {
		c.Fail(fmt.Errorf("asking for the position of table %s: %w", topic, ErrUndeclared))
		return partition, 0
	}
	cursor, _, err := rows.Cursor()
	if err != nil {
		c.task.broke(err)
		c.Fail(err)
	}
	return partition, cursor.Next
}
