package task

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/millrace/millrace/streams/changelog"
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
		i.known = nil
		i.size = 0
	}
	for sub, value := range i.rows {
		if sub[0] != byte(changelog.Parked) { // read once, when its turn comes
			i.keep(sub, value)
		}
	}
	i.rows = nil
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
