package pebblestore

import (
	"encoding/binary"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/internal/derive"
)

// The spaces of local keys; see the package comment.
const (
	appSpace    byte = 'a'
	cursorSpace byte = 'c'
	effectSpace byte = 'e'
	rowSpace    byte = 'r'
	timerSpace  byte = 't'
)

// headSize is the length of a head: space byte, app number, partition.
const headSize = 1 + 4 + 4

// head leads every local key of one space of one task.
type head [headSize]byte

func makeHead(space byte, app uint32, partition int32) (h head) {
	h[0] = space
	binary.BigEndian.PutUint32(h[1:], app)
	binary.BigEndian.PutUint32(h[5:], uint32(partition))
	return h
}

// key returns the local key of a changelog key or of an index entry.
func (h *head) key(rest []byte) []byte {
	return append(append(make([]byte, 0, headSize+len(rest)), h[:]...), rest...)
}

// end returns the first key after all that begin with h.
func (h *head) end() []byte { return derive.After(h[:]) }

// cutHead takes the app number and the partition out of a local key.
func cutHead(key []byte) (app uint32, partition int32, ok bool) {
	if len(key) < headSize {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(key[1:]), int32(binary.BigEndian.Uint32(key[5:])), true
}

// appKey is the key under which the number of a topology is kept.
func appKey(app string) []byte { return append([]byte{appSpace}, app...) }

// heads are the keys of one task.
type heads struct {
	row, timer, effect, cursor head
}

func makeHeads(app uint32, task store.Task) heads {
	of := func(space byte) head { return makeHead(space, app, task.Partition) }
	return heads{row: of(rowSpace), timer: of(timerSpace), effect: of(effectSpace), cursor: of(cursorSpace)}
}
