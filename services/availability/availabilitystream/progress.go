package availabilitystream

import (
	"context"
	"maps"
	"sync"
)

// progress is how far each partition is visible, for those who wait for it.
type progress struct {
	mu      sync.Mutex
	last    map[int32]int64
	changed chan struct{} // closed and replaced at each change, made by the first who waits
}

func newProgress() *progress { return &progress{last: make(map[int32]int64)} }

// reach notes that everything up to an offset is visible.
func (p *progress) reach(partition int32, offset int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last, ok := p.last[partition]; ok && last >= offset {
		return
	}
	p.last[partition] = offset
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// snapshot is how far each partition is visible now.
func (p *progress) snapshot() map[int32]int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.last)
}

// wait reports whether an offset became visible before ctx ended.
func (p *progress) wait(ctx context.Context, partition int32, offset int64) bool {
	for {
		p.mu.Lock()
		last, ok := p.last[partition]
		if ok && last >= offset {
			p.mu.Unlock()
			return true
		}
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}
