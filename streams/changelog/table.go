package changelog

import (
	"encoding/binary"
	"time"
)

// TableRow is the local copy of a record of a partitioned table: where it stands
// in the table's topic, and its value. Rows of tables are in no changelog, since
// the topic itself has them.
type TableRow struct {
	Offset    int64
	Timestamp time.Time // microsecond resolution
	Value     []byte    // nil deletes
}

// TableChange is what a record of a table does to its space.
func TableChange(key []byte, r TableRow) Row {
	change := Row{Key: TableKey(key)}
	if r.Value != nil {
		change.Value = r.Append(nil)
	}
	return change
}

// TableKey is the key of a table's row in its space; it has the form of an
// entity's state, so that stores need not know about tables.
func TableKey(key []byte) []byte {
	dst := append(make([]byte, 0, len(key)+8), 1, 't')
	return append(append(binary.AppendUvarint(dst, uint64(len(key))), key...), byte(State))
}

// TableSpace names the space of a topology's copy of a table.
func TableSpace(app, topic string) string { return app + "/table/" + topic }

// Append appends the encoded row to dst.
func (r TableRow) Append(dst []byte) []byte {
	dst = binary.AppendVarint(append(dst, rowVersion), r.Offset)
	return append(binary.AppendVarint(dst, r.Timestamp.UnixMicro()), r.Value...)
}

// ReadTable decodes a row; Value aliases b.
func ReadTable(b []byte) (TableRow, error) {
	var r TableRow
	d := reader{b: b}
	d.version()
	r.Offset = d.varint()
	r.Timestamp = time.UnixMicro(d.varint()).UTC()
	r.Value, d.b = d.b, nil
	return r, d.end("table")
}
