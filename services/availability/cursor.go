package availability

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Cursor is how far somebody has read the positions: the last offset by
// partition. It means the same in every process.
type Cursor map[int32]int64

// maxPartitions bounds a cursor that comes from outside.
const maxPartitions = 1000

// ParseCursor reads partition:offset, several with commas between; the empty
// text is the cursor of somebody who has read nothing.
func ParseCursor(text string) (Cursor, error) {
	c := make(Cursor)
	if text == "" {
		return c, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		partition, offset, ok := strings.Cut(part, ":")
		p, err1 := strconv.ParseUint(partition, 10, 31)
		o, err2 := strconv.ParseUint(offset, 10, 63)
		if !ok || err1 != nil || err2 != nil || len(c) == maxPartitions {
			return nil, fmt.Errorf("a cursor is partition:offset, at most %d of them with commas between, for example 0:1042,1:987", maxPartitions)
		}
		c[int32(p)] = int64(o)
	}
	return c, nil
}

// String writes a cursor as ParseCursor reads it, the lowest partition first.
func (c Cursor) String() string {
	var b strings.Builder
	for i, p := range slices.Sorted(maps.Keys(c)) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%d:%d", p, c[p])
	}
	return b.String()
}

// Passed says whether a row was read before the cursor.
func (c Cursor) Passed(row Row) bool {
	offset, ok := c[row.Source.Partition]
	return ok && offset >= row.Source.Offset
}

// Pass moves the cursor behind a row.
func (c Cursor) Pass(row Row) {
	if !c.Passed(row) {
		c[row.Source.Partition] = row.Source.Offset
	}
}
