package pebblestore

import (
	"sync"
	"sync/atomic"
)

// gate lets Close wait for the calls under way, since Pebble must not be closed
// beneath them. It is no RWMutex because calls nest: a scan's fn may call Get.
type gate struct {
	inside  atomic.Int64
	closing atomic.Bool
	once    sync.Once
	empty   chan struct{}
}

func newGate() *gate { return &gate{empty: make(chan struct{})} }

// enter returns ErrClosed once shut was called; else a leave must follow.
func (g *gate) enter() error {
	g.inside.Add(1)
	if g.closing.Load() {
		g.leave()
		return ErrClosed
	}
	return nil
}

func (g *gate) leave() {
	if g.inside.Add(-1) == 0 && g.closing.Load() {
		g.once.Do(func() { close(g.empty) })
	}
}

// shut lets nobody enter any more and waits until everybody left. It returns
// false when the gate was shut before.
func (g *gate) shut() bool {
	if g.closing.Swap(true) {
		return false
	}
	if g.inside.Load() == 0 {
		g.once.Do(func() { close(g.empty) })
	}
	<-g.empty
	return true
}
