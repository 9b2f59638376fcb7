// Package guard keeps the local disk of a process in order. It drops the rows of
// tasks that nobody here has used for long, and stops the intake of all topologies
// while the disk is nearly full.
//
// The rows on disk are a cache of changelogs: dropping them costs time, never
// data. A full disk does cost: the store cannot write its log then and has to end
// the process.
package guard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/pebblestore"
)

// ErrHeld is wrapped by Err while there is too little room on the disk.
var ErrHeld = errors.New("intake is stopped: the disk of the state directory is nearly full; make space, and it goes on by itself")

const (
	// warmLife is how long rows are kept that no task here uses.
	warmLife = 12 * time.Hour
	// lookEvery is how often the disk is measured, and tidyEvery how often old
	// rows are looked for.
	lookEvery, tidyEvery = time.Second, time.Minute
)

// disk is what a store on a disk also does.
type disk interface {
	Disk() pebblestore.Disk
	Err() error
}

// Options says what to guard.
type Options struct {
	Store  store.Store
	Leases *store.Leases
	// Hold stops the intake of every topology, and lets it go on when why is nil.
	Hold func(why error)
	// Settled says whether every topology knows its tasks: before, all rows look
	// as if nobody used them.
	Settled func() bool
	Logger  zerolog.Logger
	Metrics *Metrics
}

// Guard looks after one store. Make it with New.
type Guard struct {
	opts Options
	disk disk // nil for a store in memory

	used   map[store.Task]time.Time // when a task was last seen in use; owned by Run
	tidied time.Time

	mu   sync.Mutex
	held error
}

// New makes a guard that does nothing until Run.
func New(o Options) *Guard {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	g := &Guard{opts: o, used: make(map[store.Task]time.Time)}
	g.disk, _ = o.Store.(disk)
	return g
}

// Run looks until ctx ends.
func (g *Guard) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			g.Look(now)
		}
	}
}

// Err says what is wrong with the disk, or nil.
func (g *Guard) Err() error {
	g.mu.Lock()
	held := g.held
	g.mu.Unlock()
	if g.disk == nil {
		return held
	}
	return errors.Join(held, g.disk.Err())
}

// Look does what is to be done at a time; Run calls it.
func (g *Guard) Look(now time.Time) {
	if g.disk != nil {
		g.measure(now)
	}
	if now.Sub(g.tidied) >= tidyEvery {
		g.tidied = now
		g.tidy(now, warmLife)
		g.opts.Metrics.size.Set(float64(g.opts.Store.Size()))
	}
}

// measure holds the intake below the mark, and lets it go on a quarter above it.
func (g *Guard) measure(now time.Time) {
	d := g.disk.Disk()
	g.opts.Metrics.free.Set(float64(d.Free))
	g.mu.Lock()
	held := g.held != nil
	g.mu.Unlock()
	switch {
	case d.Low && !held:
		g.hold(fmt.Errorf("%w (%d MiB are free, %d MiB are needed)", ErrHeld, d.Free>>20, d.Mark>>20))
		g.tidy(now, 0)
	case held && d.Free >= d.Mark+d.Mark/4:
		g.hold(nil)
	}
}

func (g *Guard) hold(why error) {
	g.mu.Lock()
	g.held = why
	g.mu.Unlock()
	g.opts.Hold(why)
	if why != nil {
		g.opts.Metrics.held.Set(1)
		g.opts.Logger.Error().Err(why).Msg("disk is nearly full")
		return
	}
	g.opts.Metrics.held.Set(0)
	g.opts.Logger.Info().Msg("the disk has room again, intake goes on")
}
