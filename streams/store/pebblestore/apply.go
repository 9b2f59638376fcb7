package pebblestore

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/internal/derive"
)

// Apply implements store.Partition. What an active task commits goes into the
// layer; what is restored, in large batches with few repetitions, straight into
// Pebble.
func (p *space) Apply(lease store.Lease, b store.Batch) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
	if lease.Role == store.Active {
		return p.applyLayer(lease, b)
	}
	if err := p.sink(); err != nil {
		return err
	}
	return p.applyPebble(lease, b)
}

func (p *space) applyLayer(lease store.Lease, b store.Batch) error {
	indexes := make([]derive.Index, len(b.Rows))
	for i, row := range b.Rows {
		var err error
		if indexes[i], err = derive.Of(row); err != nil {
			return err
		}
	}
	err := lease.HoldFor(p.task, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.layer == nil {
			p.layer = newLayer()
		}
		before := p.layer.bytes
		for i, row := range b.Rows {
			p.layer.put(row, indexes[i])
		}
		p.layer.cursor = b.Cursor
		p.store.layered.Add(int64(p.layer.bytes - before))
		return nil
	})
	if err == nil && p.store.layered.Load() > p.store.opts.LayerBytes {
		return p.sink()
	}
	return err
}

// applyPebble builds the batch before the lease is held, so that the
// process-wide table is locked for its commit only.
func (p *space) applyPebble(lease store.Lease, b store.Batch) error {
	batch := p.store.db.NewBatchWithSize(batchSize(b))
	defer batch.Close()
	var set setTimers
	for _, row := range b.Rows {
		index, err := derive.Of(row)
		if err != nil {
			return err
		}
		p.put(batch, row, index)
		if index.Timer {
			set.add(index.Clock, index.Due)
		}
	}
	var buf [256]byte
	if err := batch.Set(p.heads.cursor[:], appendCursor(buf[:0], b.Cursor), nil); err != nil {
		return p.store.faults.wrap("writing cursor", err)
	}
	return p.commit(lease, batch, func() { p.timers.noteSet(set) })
}

// Wipe implements store.Partition.
func (p *space) Wipe(lease store.Lease) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
	p.sinking.Lock() // a layer on its way must not come after
	defer p.sinking.Unlock()
	batch := p.store.db.NewBatch()
	defer batch.Close()
	for _, h := range []*head{&p.heads.row, &p.heads.timer, &p.heads.effect, &p.heads.cursor} {
		if err := batch.DeleteRange(h[:], h.end(), nil); err != nil {
			return p.store.faults.wrap("wiping space", err)
		}
	}
	return p.commit(lease, batch, func() {
		if p.layer != nil {
			p.store.layered.Add(-int64(p.layer.bytes))
			p.layer = nil
		}
		p.timers.forget()
	})
}

// commit writes batch under the lease; note brings p.timers up to date.
func (p *space) commit(lease store.Lease, batch *pebble.Batch, note func()) error {
	return lease.HoldFor(p.task, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if err := batch.Commit(pebble.NoSync); err != nil {
			return p.store.faults.wrap("writing batch", err)
		}
		p.store.dirty.Store(true)
		note()
		return nil
	})
}

// put adds a row and its index entries to batch. Keys and values are copied
// once, straight into the batch.
func (p *space) put(batch *pebble.Batch, row changelog.Row, index derive.Index) {
	if len(row.Value) == 0 {
		remove(batch, &p.heads.row, row.Key)
		if index.Effect {
			remove(batch, &p.heads.effect, row.Key)
		}
		return
	}
	op := batch.SetDeferred(headSize+len(row.Key), len(row.Value))
	copy(op.Key[copy(op.Key, p.heads.row[:]):], row.Key)
	copy(op.Value, row.Value)
	_ = op.Finish() // fails only for indexed batches, which this is not
	if index.Effect {
		op := batch.SetDeferred(headSize+len(row.Key), 0)
		copy(op.Key[copy(op.Key, p.heads.effect[:]):], row.Key)
		_ = op.Finish()
	}
	if index.Timer {
		op := batch.SetDeferred(headSize+derive.DueSize+len(row.Key), 0)
		n := copy(op.Key, p.heads.timer[:])
		n += len(derive.AppendDue(op.Key[n:n], index.Clock, index.Due))
		copy(op.Key[n:], row.Key)
		_ = op.Finish()
	}
}

func remove(batch *pebble.Batch, h *head, key []byte) {
	op := batch.DeleteDeferred(headSize + len(key))
	copy(op.Key[copy(op.Key, h[:]):], key)
	_ = op.Finish()
}

// batchSize guesses the encoded size of b, in bytes, on the large side.
func batchSize(b store.Batch) int {
	const overhead = headSize + 8 // lengths and kind
	n := 512
	for _, row := range b.Rows {
		n += overhead + len(row.Key) + len(row.Value)
	}
	return n
}
