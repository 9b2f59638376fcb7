// Package derive says what the local indexes of a store hold. They are computed
// from changelog rows alone, so that a replay of the changelog makes them again.
//
//	timers   clock, due8, changelog key   may be stale: writing a row does not
//	                                      read the one it replaces
//	effects  changelog key                exact: a row and its entry share the key
//
// due8 is the due time in microseconds, big-endian, with its sign bit flipped,
// so that byte order is time order.
package derive

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// Index is what one row asks of the indexes.
type Index struct {
	// Effect says that the entry at the row's key follows the row: put with it,
	// deleted with it.
	Effect bool
	// Timer says that an entry for Due on Clock is to be written.
	Timer bool
	Clock changelog.Clock
	Due   time.Time
}

// Of returns what row asks of the indexes. Rows under reserved keys, such as the
// mark, ask nothing. The error wraps changelog.ErrFormat when the key is of no
// known kind or a timer's value cannot be read.
func Of(row changelog.Row) (Index, error) {
	if len(row.Key) > 0 && row.Key[0] == 0 {
		return Index{}, nil
	}
	n := changelog.Prefix(row.Key)
	if n == 0 || n >= len(row.Key) {
		return Index{}, fmt.Errorf("indexing row %x: %w", row.Key, changelog.ErrFormat)
	}
	switch changelog.Kind(row.Key[n]) {
	case changelog.State, changelog.Child, changelog.Parked:
		return Index{}, nil
	case changelog.Effect:
		return Index{Effect: true}, nil
	case changelog.Timer:
		if len(row.Value) == 0 {
			return Index{}, nil
		}
		timer, err := changelog.ReadTimer(row.Value)
		if err != nil {
			return Index{}, fmt.Errorf("indexing row %x: %w", row.Key, err)
		}
		if timer.Clock > changelog.EventTime {
			return Index{}, fmt.Errorf("indexing row %x: clock %d: %w", row.Key, timer.Clock, changelog.ErrFormat)
		}
		if timer.Waiting {
			return Index{}, nil
		}
		return Index{Timer: true, Clock: timer.Clock, Due: timer.Due}, nil
	}
	return Index{}, fmt.Errorf("indexing row %x: %w", row.Key, changelog.ErrFormat)
}

// Holds says whether value, the row found at an entry's key (nil when there is
// none), still asks for the entry of due on clock. If not, the entry is void.
func Holds(value []byte, clock changelog.Clock, due time.Time) bool {
	if len(value) == 0 {
		return false
	}
	timer, err := changelog.ReadTimer(value)
	return err == nil && !timer.Waiting && timer.Clock == clock && timer.Due.UnixMicro() == due.UnixMicro()
}

// DueSize is how many bytes AppendDue writes.
const DueSize = 1 + 8

// AppendDue appends the head of a timer entry, to stand before the changelog key.
func AppendDue(dst []byte, clock changelog.Clock, due time.Time) []byte {
	return binary.BigEndian.AppendUint64(append(dst, byte(clock)), uint64(due.UnixMicro())^(1<<63))
}

// CutDue takes a timer entry apart; key aliases entry. ok is false when it is
// too short to be one.
func CutDue(entry []byte) (due time.Time, key []byte, ok bool) {
	if len(entry) < DueSize {
		return time.Time{}, nil, false
	}
	micro := int64(binary.BigEndian.Uint64(entry[1:]) ^ (1 << 63))
	return time.UnixMicro(micro).UTC(), entry[DueSize:], true
}

// After returns the lowest key above every key that begins with prefix, or nil
// when there is none.
func After(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}
