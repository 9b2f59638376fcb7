package memstore

import (
	"bytes"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/btree"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/internal/derive"
)

// space is the store.Partition of one task.
type space struct {
	task store.Task

	mu      sync.Mutex
	rows    btree.Map[string, []byte] // values are never changed in place
	timers  btree.Set[string]         // derive.AppendDue + changelog key
	effects btree.Set[string]         // changelog key
	cursor  *store.Cursor
}

// Get implements store.Reader.
func (p *space) Get(key []byte) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	value, _ := p.rows.Get(string(key))
	return bytes.Clone(value), nil
}

// Scan implements store.Reader, over the rows as they were when it was called.
func (p *space) Scan(prefix, from []byte, fn func(key, value []byte) bool) error {
	start, head := string(prefix), string(prefix)
	if bytes.Compare(from, prefix) > 0 {
		start = string(from)
	}
	p.snapshot().Ascend(start, func(key string, value []byte) bool {
		return strings.HasPrefix(key, head) && fn([]byte(key), value)
	})
	return nil
}

// snapshot returns the rows as they are now; the copy shares its nodes with the
// original until one of them changes.
func (p *space) snapshot() *btree.Map[string, []byte] {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rows.Copy()
}

// Cursor implements store.Partition.
func (p *space) Cursor() (store.Cursor, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cursor == nil {
		return store.Cursor{}, false, nil
	}
	return *p.cursor, true, nil
}

// Apply implements store.Partition.
func (p *space) Apply(lease store.Lease, b store.Batch) error {
	indexes := make([]derive.Index, len(b.Rows))
	for i, row := range b.Rows {
		var err error
		if indexes[i], err = derive.Of(row); err != nil {
			return err
		}
	}
	return lease.HoldFor(p.task, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i, row := range b.Rows {
			p.set(row, indexes[i])
		}
		cursor := b.Cursor
		p.cursor = &cursor
		return nil
	})
}

func (p *space) set(row changelog.Row, index derive.Index) {
	key := string(row.Key)
	if len(row.Value) == 0 {
		p.rows.Delete(key)
		if index.Effect {
			p.effects.Delete(key)
		}
		return
	}
	p.rows.Set(key, bytes.Clone(row.Value))
	if index.Effect {
		p.effects.Insert(key)
	}
	if index.Timer {
		p.timers.Insert(timerEntry(index.Clock, index.Due, row.Key))
	}
}

// DueTimers implements store.Partition.
func (p *space) DueTimers(clock changelog.Clock, until time.Time, fn func(due time.Time, key []byte) bool) (next time.Time, err error) {
	p.mu.Lock()
	timers := p.timers.Copy()
	p.mu.Unlock()
	head := string([]byte{byte(clock)})
	going := true
	timers.Ascend(head, func(entry string) bool {
		if !strings.HasPrefix(entry, head) {
			return false
		}
		due, key, _ := derive.CutDue([]byte(entry))
		if !going || due.After(until) {
			next = due
			return false
		}
		going = fn(due, key)
		return true
	})
	return next, nil
}

// DropTimers implements store.Partition.
func (p *space) DropTimers(clock changelog.Clock, void []store.DueTimer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range void {
		value, _ := p.rows.Get(string(t.Key))
		if !derive.Holds(value, clock, t.Due) {
			p.timers.Delete(timerEntry(clock, t.Due, t.Key))
		}
	}
	return nil
}

// Effects implements store.Partition.
func (p *space) Effects(fn func(key, value []byte) bool) error {
	p.mu.Lock()
	effects, rows := p.effects.Copy(), p.rows.Copy()
	p.mu.Unlock()
	effects.Scan(func(key string) bool {
		value, _ := rows.Get(key)
		return fn([]byte(key), value)
	})
	return nil
}

// Wipe implements store.Partition.
func (p *space) Wipe(lease store.Lease) error {
	return lease.HoldFor(p.task, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rows.Clear()
		p.timers.Clear()
		p.effects.Clear()
		p.cursor = nil
		return nil
	})
}

func (p *space) size() int64 {
	var n int64
	p.snapshot().Scan(func(key string, value []byte) bool {
		n += int64(len(key) + len(value))
		return true
	})
	return n
}

func timerEntry(clock changelog.Clock, due time.Time, key []byte) string {
	return string(append(derive.AppendDue(make([]byte, 0, derive.DueSize+len(key)), clock, due), key...))
}
