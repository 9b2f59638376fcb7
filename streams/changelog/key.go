package changelog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Kind says what a row holds.
type Kind byte

// The kinds of rows; see the package comment for their keys.
const (
	State  Kind = 'S'
	Child  Kind = 'C'
	Timer  Kind = 'T'
	Effect Kind = 'E'
	Parked Kind = 'P'
)

// MarkKey is the key of the mark: one row a task, written in every transaction.
// No entity can have it, since an entity's name is never empty.
var MarkKey = []byte{0, 'M'}

// AppendEntityName appends the prefix that all rows of one kind of entity share.
func AppendEntityName(dst []byte, entity string) []byte { return appendText(dst, entity) }

// AppendEntity appends the prefix that all rows of one entity share.
func AppendEntity(dst []byte, entity, key string) []byte {
	return appendText(appendText(dst, entity), key)
}

// AppendChild appends the sub-key of a child, to stand behind an entity's prefix.
func AppendChild(dst []byte, collection, id string) []byte {
	return append(appendText(append(dst, byte(Child)), collection), id...)
}

// AppendTimer appends the sub-key of a timer.
func AppendTimer(dst []byte, name string) []byte {
	return append(append(dst, byte(Timer)), name...)
}

// AppendEffect appends the sub-key of an effect; seq orders the effects of one
// entity to one destination.
func AppendEffect(dst []byte, destination string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendText(append(dst, byte(Effect)), destination), seq)
}

// AppendParked appends the sub-key of a parked input; seq orders those of one
// entity.
func AppendParked(dst []byte, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, byte(Parked)), seq)
}

// QueuePrefix leads the keys of the queues of all entities: they stand apart
// from the entities' other rows, so that a start finds them in one short scan.
var QueuePrefix = []byte{0, byte(Parked)}

// ParseQueue takes the key of a queue apart.
func ParseQueue(b []byte) (entity, key string, err error) {
	rest, ok := bytes.CutPrefix(b, QueuePrefix)
	if ok {
		if entity, rest, ok = cutText(rest); ok && entity != "" {
			if key, rest, ok = cutText(rest); ok && len(rest) == 0 {
				return entity, key, nil
			}
		}
	}
	return "", "", fmt.Errorf("reading queue %x: %w", b, errKey)
}

// Key is a changelog key taken apart.
type Key struct {
	Entity, Key string
	Kind        Kind
	// Collection is a child's collection or an effect's destination, else empty.
	Collection string
	// Sub is a child's id or a timer's name, else empty.
	Sub string
	// Seq orders effects and parked inputs, else 0.
	Seq uint64
}

var errKey = errors.New("malformed changelog key")

// Parse takes a changelog key apart. The mark's key is not an entity's row and
// is an error here; compare with MarkKey first.
func Parse(b []byte) (Key, error) {
	var k Key
	var ok bool
	rest := b
	if k.Entity, rest, ok = cutText(rest); !ok || k.Entity == "" {
		return k, fmt.Errorf("reading entity of %x: %w", b, errKey)
	}
	if k.Key, rest, ok = cutText(rest); !ok || len(rest) == 0 {
		return k, fmt.Errorf("reading entity key of %x: %w", b, errKey)
	}
	k.Kind, rest = Kind(rest[0]), rest[1:]
	switch k.Kind {
	case State:
		ok = len(rest) == 0
	case Timer:
		k.Sub, ok = string(rest), len(rest) > 0
	case Child:
		k.Collection, rest, ok = cutText(rest)
		k.Sub = string(rest)
	case Effect:
		if k.Collection, rest, ok = cutText(rest); ok {
			k.Seq, ok = cutSeq(rest)
		}
	case Parked:
		k.Seq, ok = cutSeq(rest)
	default:
		ok = false
	}
	if !ok {
		return k, fmt.Errorf("reading %c row %x: %w", k.Kind, b, errKey)
	}
	return k, nil
}

// Prefix returns how many leading bytes of a changelog key name its entity, or
// 0 for the mark and for what is not a key.
func Prefix(b []byte) int {
	entity, rest, ok := cut(b)
	if !ok || len(entity) == 0 {
		return 0
	}
	if _, rest, ok = cut(rest); !ok {
		return 0
	}
	return len(b) - len(rest)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func cut(b []byte) (text, rest []byte, ok bool) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return nil, nil, false
	}
	return b[w : w+int(n)], b[w+int(n):], true
}

func cutText(b []byte) (text string, rest []byte, ok bool) {
	t, rest, ok := cut(b)
	return string(t), rest, ok
}

func cutSeq(b []byte) (uint64, bool) {
	if len(b) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(b), true
}
