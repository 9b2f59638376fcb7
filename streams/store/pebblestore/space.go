package pebblestore

import (
	"bytes"
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/internal/derive"
)

// space is the store.Partition of one task.
type space struct {
	store *Store
	task  store.Task
	heads heads

	// mu orders changes of the timer index: DropTimers must not delete an entry
	// that Apply writes between its look at the row and its batch.
	mu     sync.Mutex
	timers timerIndex
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
	value, err := p.get(&p.heads.row, key)
	return value, p.store.faults.wrap("getting row", err)
}

// get returns a copy of the value at a local key, nil when there is none.
func (p *space) get(h *head, key []byte) ([]byte, error) {
	value, closer, err := p.store.db.Get(h.key(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return bytes.Clone(value), closer.Close()
}

// Scan implements store.Reader.
func (p *space) Scan(prefix, from []byte, fn func(key, value []byte) bool) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
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
	value, err := p.get(&p.heads.cursor, nil)
	if err != nil || value == nil {
		return store.Cursor{}, false, p.store.faults.wrap("getting cursor", err)
	}
	c, err := readCursor(value)
	return c, err == nil, p.store.faults.wrap("reading cursor", err)
}

// Effects implements store.Partition. The index has keys only: a request may be
// large, and effects are listed once in the life of a lease.
func (p *space) Effects(fn func(key, value []byte) bool) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
	err := scan(p.store.db, p.heads.effect[:], p.heads.effect.end(), func(it *pebble.Iterator) (bool, error) {
		key := it.Key()[headSize:]
		value, err := p.get(&p.heads.row, key)
		if err != nil {
			return false, err
		}
		// A row that was answered since the iterator was made is passed over.
		return value == nil || fn(key, value), nil
	})
	return p.store.faults.wrap("listing effects", err)
}
