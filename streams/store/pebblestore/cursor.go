package pebblestore

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/millrace/millrace/streams/store"
)

// cursorVersion leads every stored cursor.
const cursorVersion = 1

// errRecord is wrapped by errors about what this package itself wrote: damaged,
// or of a newer version.
var errRecord = errors.New("unknown local record")

// appendCursor appends: version, topic id, then as varints format, next,
// applied-at in microseconds, then the cluster id.
func appendCursor(dst []byte, c store.Cursor) []byte {
	dst = append(dst, cursorVersion)
	dst = append(dst, c.Identity.TopicID[:]...)
	dst = binary.AppendVarint(dst, int64(c.Identity.Format))
	dst = binary.AppendVarint(dst, c.Next)
	dst = binary.AppendVarint(dst, c.AppliedAt.UnixMicro())
	return append(dst, c.Identity.Cluster...)
}

func readCursor(b []byte) (c store.Cursor, err error) {
	const fixed = 1 + len(c.Identity.TopicID)
	if len(b) < fixed || b[0] != cursorVersion {
		return c, errRecord
	}
	copy(c.Identity.TopicID[:], b[1:])
	b = b[fixed:]
	var n [3]int64
	for i := range n {
		v, w := binary.Varint(b)
		if w <= 0 {
			return c, errRecord
		}
		n[i], b = v, b[w:]
	}
	c.Identity.Format, c.Next = int(n[0]), n[1]
	c.AppliedAt = time.UnixMicro(n[2]).UTC()
	c.Identity.Cluster = string(b)
	return c, nil
}
