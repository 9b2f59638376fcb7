package task

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// instance is one entity in memory: its decoded state, what is committed of it,
// and what the current transaction changed.
type instance struct {
	spec     *Entity
	prefix   string // of all its changelog keys
	key      string // the end of prefix
	stateKey []byte // the changelog key of the state

	older, newer *instance // in the cache

	state     any
	committed []byte // encoded state as committed; nil when there is none
	exists    bool   // as the transaction sees it

	// touched says that the current transaction handled it, dirty that a handler
	// succeeded on it, so that state may differ from committed.
	touched, dirty bool
	// rows holds what the transaction wrote below the prefix (children, timers,
	// effects) by sub-key; nil until there is any. A nil value is a deletion.
	rows map[string][]byte
	// known holds rows that earlier transactions committed, so that they need not
	// be read again while the instance is in the cache.
	known map[string][]byte
	size  int // bytes in known
	// looked says that a first reading of rows was tried to learn them all, whole
	// that known has every committed row but the state and parked inputs, so that
	// nothing has to be read to know that a row is not there.
	looked, whole bool

	// queue is there when inputs are parked, or were in this transaction; most
	// entities have none.
	queue *queue
}

// newInstance makes an instance whose state is not read yet. prefix is not kept.
func newInstance(spec *Entity, prefix []byte, key int) *instance {
	text := string(append(prefix, byte(changelog.State)))
	n := len(text) - 1
	return &instance{spec: spec, prefix: text[:n], key: text[n-key : n], stateKey: []byte(text)}
}

// maxKnown bounds the committed rows one instance keeps, in bytes.
const maxKnown = 64 << 10

// maxLearned bounds what is read at once to learn all rows of an instance: an
// entity with more of them has its rows read as they are asked for.
const (
	maxLearned      = 128
	maxLearnedBytes = 32 << 10
)

// cost estimates the memory an idle instance holds, in bytes.
func (i *instance) cost() int { return 320 + 3*len(i.committed) + 2*len(i.prefix) + i.size }

// restore brings the state back to encoded, or to a new one when it is nil.
func (i *instance) restore(encoded []byte) error {
	i.state = i.spec.New()
	i.exists = encoded != nil
	if encoded == nil {
		return nil
	}
	if err := i.spec.Decode(encoded, i.state); err != nil {
		return fmt.Errorf("decoding state of %s %q: %w", i.spec.Name, i.key, err)
	}
	return nil
}

// encode returns the state's bytes, nil when the entity does not exist.
func (i *instance) encode() ([]byte, error) {
	if !i.exists {
		return nil, nil
	}
	b, err := i.spec.Append(make([]byte, 0, len(i.committed)+64), i.state)
	if err != nil {
		return nil, fmt.Errorf("encoding state of %s %q: %w", i.spec.Name, i.key, err)
	}
	return b, nil
}

// changes appends the changelog rows of the transaction: the state if its bytes
// differ from the committed ones, then the others in key order.
func (i *instance) changes(dst []changelog.Row) ([]changelog.Row, error) {
	state, err := i.encode()
	if err != nil {
		return dst, err
	}
	if !bytes.Equal(state, i.committed) || (state == nil) != (i.committed == nil) {
		dst = append(dst, changelog.Row{Key: i.stateKey, Value: state})
		i.committed = state
	}
	if len(i.rows) == 0 {
		return dst, nil
	}
	subs := make([]string, 0, len(i.rows))
	for sub := range i.rows {
		subs = append(subs, sub)
	}
	sort.Strings(subs)
	for _, sub := range subs {
		dst = append(dst, changelog.Row{Key: i.rowKey(sub), Value: i.rows[sub]})
	}
	return dst, nil
}

// write makes a row part of the transaction; nil deletes it.
func (i *instance) write(sub string, value []byte) {
	if i.rows == nil {
		i.rows = make(map[string][]byte)
	}
	i.rows[sub] = value
}

func (i *instance) rowKey(sub string) []byte {
	return append(append(make([]byte, 0, len(i.prefix)+len(sub)), i.prefix...), sub...)
}

// settle ends the transaction for this instance.
func (i *instance) settle() {
	i.touched, i.dirty = false, false
	if i.size > maxKnown {
		i.known, i.size, i.whole = nil, 0, false
	}
	for sub, value := range i.rows {
		if sub[0] != byte(changelog.Parked) { // read once, when its turn comes
			i.keep(sub, value)
		}
	}
	i.rows = nil
}

// learn reads every row once, if these are few.
func (i *instance) learn(rows store.Reader) error {
	i.looked, i.whole = true, true
	found := make(map[string][]byte)
	size, count := 0, 0
	err := rows.Scan([]byte(i.prefix), nil, func(key, value []byte) bool {
		sub := string(key[len(i.prefix):])
		count++
		size += rowCost(sub, value)
		i.whole = count <= maxLearned && size <= maxLearnedBytes
		if i.whole && sub[0] != byte(changelog.State) && sub[0] != byte(changelog.Parked) {
			found[sub] = bytes.Clone(value)
		}
		return i.whole
	})
	if err != nil {
		i.whole = false
		return fmt.Errorf("reading rows of %s %q: %w", i.spec.Name, i.key, err)
	}
	if !i.whole {
		return nil
	}
	i.known, i.size = nil, 0
	for sub, value := range found {
		i.keep(sub, value)
	}
	return nil
}

// keep remembers a row as it was committed.
func (i *instance) keep(sub string, value []byte) {
	if old, ok := i.known[sub]; ok {
		i.size -= rowCost(sub, old)
		delete(i.known, sub)
	}
	if value == nil {
		return
	}
	if i.known == nil {
		i.known = make(map[string][]byte)
	}
	i.known[sub] = value
	i.size += rowCost(sub, value)
}

// rowCost estimates the memory of a row in a map, in bytes.
func rowCost(sub string, value []byte) int { return 64 + len(sub) + len(value) }
