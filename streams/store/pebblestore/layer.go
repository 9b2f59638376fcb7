package pebblestore

import (
	"bytes"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/internal/derive"
)

// layer holds committed rows of one space that are not in Pebble yet. A key that
// is written ten times a second is so put into Pebble once. Losing a layer is
// losing the end of the space: the cursor goes with it.
type layer struct {
	rows   map[string]*layerRow
	list   []*layerRow            // all of rows
	groups map[string][]*layerRow // by entity's prefix, states left out
	timers setTimers
	cursor store.Cursor
	bytes  int
}

type layerRow struct {
	key   string // changelog key
	value []byte // empty deletes
	index derive.Index
}

// layerRowCost estimates what a row costs beside its key and value, in bytes.
const layerRowCost = 160

func newLayer() *layer {
	return &layer{rows: make(map[string]*layerRow), groups: make(map[string][]*layerRow)}
}

func (l *layer) put(row changelog.Row, index derive.Index) {
	if index.Timer {
		l.timers.add(index.Clock, index.Due)
	}
	if r := l.rows[string(row.Key)]; r != nil {
		l.bytes += len(row.Value) - len(r.value)
		r.value, r.index = row.Value, index
		return
	}
	r := &layerRow{key: string(row.Key), value: row.Value, index: index}
	l.rows[r.key] = r
	l.list = append(l.list, r)
	l.bytes += layerRowCost + len(r.key) + len(r.value)
	if n := changelog.Prefix(row.Key); n > 0 && changelog.Kind(row.Key[n]) != changelog.State {
		l.groups[r.key[:n]] = append(l.groups[r.key[:n]], r)
	}
}

// within lists in key order the rows of one entity, whose prefix is the first n
// bytes of prefix, that begin with prefix and are not below from.
func (l *layer) within(prefix, from []byte, n int) []*layerRow {
	var list []*layerRow
	add := func(r *layerRow) {
		if strings.HasPrefix(r.key, string(prefix)) && r.key >= string(from) {
			list = append(list, r)
		}
	}
	if r := l.rows[string(prefix[:n])+string(changelog.State)]; r != nil {
		add(r)
	}
	for _, r := range l.groups[string(prefix[:n])] {
		add(r)
	}
	slices.SortFunc(list, func(a, b *layerRow) int { return strings.Compare(a.key, b.key) })
	return list
}

// merge puts the rows of the newer list in place of those of the older.
func merge(newer, older []*layerRow) []*layerRow {
	if len(newer) == 0 {
		return older
	}
	merged := make([]*layerRow, 0, len(newer)+len(older))
	for len(newer) > 0 && len(older) > 0 {
		switch c := strings.Compare(newer[0].key, older[0].key); {
		case c > 0:
			merged, older = append(merged, older[0]), older[1:]
		case c == 0:
			older = older[1:]
			fallthrough
		default:
			merged, newer = append(merged, newer[0]), newer[1:]
		}
	}
	return append(append(merged, newer...), older...)
}

// pending finds the row at key in the layers; ok is false when they have none.
func (p *space) pending(key []byte) (value []byte, ok bool) {
	for _, l := range [...]*layer{p.layer, p.writing} {
		if l == nil {
			continue
		}
		if r := l.rows[string(key)]; r != nil {
			return r.value, true
		}
	}
	return nil, false
}

// pendingWithin is layer.within over both layers, deletions included. The rows
// are copies: the layer may change them.
func (p *space) pendingWithin(prefix, from []byte, n int) []layerRow {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*layerRow
	if p.writing != nil {
		list = p.writing.within(prefix, from, n)
	}
	if p.layer != nil {
		list = merge(p.layer.within(prefix, from, n), list)
	}
	rows := make([]layerRow, len(list))
	for i, r := range list {
		rows[i] = *r
	}
	return rows
}

// pendingTimer is when the earliest timer that the layers set is due on clock, in
// microseconds, or noEntry.
func (p *space) pendingTimer(clock changelog.Clock) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := int64(noEntry)
	for _, l := range [...]*layer{p.layer, p.writing} {
		if l != nil && l.timers[clock].any {
			at = min(at, l.timers[clock].due)
		}
	}
	return at
}

// sink writes the layer to Pebble in one batch and returns when everything that
// was applied before is there.
func (p *space) sink() error {
	p.sinking.Lock()
	defer p.sinking.Unlock()
	p.mu.Lock()
	l := p.layer
	p.layer, p.writing = nil, l
	p.mu.Unlock()
	if l == nil {
		return nil
	}
	err := p.write(l)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		// What Pebble did not take stays where it was, below what came since.
		p.layer, p.writing = l.under(p.layer), nil
		return err
	}
	p.timers.noteSet(l.timers)
	p.writing = nil
	p.store.layered.Add(-int64(l.bytes))
	return nil
}

func (p *space) write(l *layer) error {
	batch := p.store.db.NewBatchWithSize(l.bytes + 512)
	defer batch.Close()
	// In key order each insertion into the memtable begins where the last one ended.
	rows := slices.Clone(l.list)
	slices.SortFunc(rows, func(a, b *layerRow) int { return strings.Compare(a.key, b.key) })
	var key []byte
	for _, r := range rows {
		key = append(key[:0], r.key...)
		p.put(batch, changelog.Row{Key: key, Value: r.value}, r.index)
	}
	var buf [256]byte
	if err := batch.Set(p.heads.cursor[:], appendCursor(buf[:0], l.cursor), nil); err != nil {
		return p.store.faults.wrap("writing cursor", err)
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return p.store.faults.wrap("writing batch", err)
	}
	p.store.dirty.Store(true)
	return nil
}

// under returns l with the rows of a newer layer over its own.
func (l *layer) under(newer *layer) *layer {
	if newer == nil {
		return l
	}
	for _, r := range newer.list {
		l.put(changelog.Row{Key: []byte(r.key), Value: r.value}, r.index)
	}
	l.cursor = newer.cursor
	return l
}

// scanEntity is Scan within one entity: the layers' rows over those of Pebble.
func (p *space) scanEntity(prefix, from []byte, n int, fn func(key, value []byte) bool) error {
	// The layers first: a row that moves to Pebble meanwhile is seen twice, not never.
	over := p.pendingWithin(prefix, from, n)
	more := true
	emit := func(r layerRow) {
		if len(r.value) > 0 {
			more = fn([]byte(r.key), r.value)
		}
	}
	err := p.scanPebble(prefix, from, func(key, value []byte) bool {
		for more && len(over) > 0 && over[0].key < string(key) {
			emit(over[0])
			over = over[1:]
		}
		switch {
		case !more:
		case len(over) > 0 && over[0].key == string(key):
			emit(over[0])
			over = over[1:]
		default:
			more = fn(key, value)
		}
		return more
	})
	for ; err == nil && more && len(over) > 0; over = over[1:] {
		emit(over[0])
	}
	return err
}

// get returns a copy of the row at a changelog key, nil when there is none.
func (p *space) get(key []byte) ([]byte, error) {
	p.mu.Lock()
	value, ok := p.pending(key)
	p.mu.Unlock()
	if ok {
		return clone(value), nil
	}
	return p.getPebble(&p.heads.row, key)
}

// clone copies a row's value; a deletion is nil.
func clone(value []byte) []byte {
	if len(value) == 0 {
		return nil
	}
	return bytes.Clone(value)
}
