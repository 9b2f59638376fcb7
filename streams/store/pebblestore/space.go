package pebblestore

import (
	"bytes"
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/internal/derive"
)

// space is the store.Partition of one task.
type space struct {
	store *Store
	task  store.Task
	heads heads

	// sinking is held while a layer is written; before mu.
	sinking sync.Mutex
	// mu guards the layers, and orders changes of the timer index: DropTimers must
	// not delete an entry that is written between its look at the row and its batch.
	mu      sync.Mutex
	layer   *layer // what was applied lately; nil when that is nothing
	writing *layer // what is on its way to Pebble; not changed any more
	timers  timerIndex
}

func newSpace(s *Store, task store.Task, h heads) *space {
	p := &space{store: s, task: task, heads: h}
	p.timers.forget()
	return p
}

// begin must succeed before Pebble is called; end ends what it began.
func (p *space) begin() error {
	if err := p.store.gate.enter(); err != nil {
		return err
	}
	if err := p.store.faults.check(); err != nil {
		p.store.gate.leave()
		return err
	}
	return nil
}

func (p *space) end() { p.store.gate.leave() }

// Get implements store.Reader.
func (p *space) Get(key []byte) ([]byte, error) {
	if err := p.begin(); err != nil {
		return nil, err
	}
	defer p.end()
	value, err := p.get(key)
	return value, p.store.faults.wrap("getting row", err)
}

// getPebble returns a copy of the value at a local key, nil when there is none.
func (p *space) getPebble(h *head, key []byte) ([]byte, error) {
	value, closer, err := p.store.db.Get(h.key(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return bytes.Clone(value), closer.Close()
}

// Scan implements store.Reader. Scans over more than one entity are rare: they
// look at Pebble alone, after the layer was written there.
func (p *space) Scan(prefix, from []byte, fn func(key, value []byte) bool) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
	if n := changelog.Prefix(prefix); n > 0 {
		return p.scanEntity(prefix, from, n, fn)
	}
	if err := p.sink(); err != nil {
		return err
	}
	return p.scanPebble(prefix, from, fn)
}

func (p *space) scanPebble(prefix, from []byte, fn func(key, value []byte) bool) error {
	low, high := p.heads.row.key(prefix), derive.After(p.heads.row.key(prefix))
	if bytes.Compare(from, prefix) > 0 {
		low = p.heads.row.key(from)
	}
	if bytes.Compare(low, high) >= 0 {
		return nil
	}
	err := scan(p.store.db, low, high, func(it *pebble.Iterator) (bool, error) {
		value, err := it.ValueAndErr()
		return err == nil && fn(it.Key()[headSize:], value), err
	})
	return p.store.faults.wrap("scanning rows", err)
}

// Cursor implements store.Partition.
func (p *space) Cursor() (store.Cursor, bool, error) {
	if err := p.begin(); err != nil {
		return store.Cursor{}, false, err
	}
	defer p.end()
	if c, ok := p.pendingCursor(); ok {
		return c, true, nil
	}
	value, err := p.getPebble(&p.heads.cursor, nil)
	if err != nil || value == nil {
		return store.Cursor{}, false, p.store.faults.wrap("getting cursor", err)
	}
	c, err := readCursor(value)
	return c, err == nil, p.store.faults.wrap("reading cursor", err)
}

// pendingCursor is the cursor of the newest layer, if there is one.
func (p *space) pendingCursor() (store.Cursor, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range [...]*layer{p.layer, p.writing} {
		if l != nil {
			return l.cursor, true
		}
	}
	return store.Cursor{}, false
}

// Effects implements store.Partition. The index has keys only: a request may be
// large, and effects are listed once in the life of a lease.
func (p *space) Effects(fn func(key, value []byte) bool) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
	if err := p.sink(); err != nil {
		return err
	}
	err := scan(p.store.db, p.heads.effect[:], p.heads.effect.end(), func(it *pebble.Iterator) (bool, error) {
		key := it.Key()[headSize:]
		value, err := p.get(key)
		if err != nil {
			return false, err
		}
		// A row that was answered since the iterator was made is passed over.
		return value == nil || fn(key, value), nil
	})
	return p.store.faults.wrap("listing effects", err)
}
