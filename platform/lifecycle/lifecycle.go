// Package lifecycle runs everything that runs in a process the same way: parts
// start in order, each only when the one before is ready; they stop in reverse
// order, each with a bound; and the first that fails stops all.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// DefaultStopWithin is how long a part may take to stop unless it says
// otherwise.
const DefaultStopWithin = 15 * time.Second

// Part is something that runs until it is told to stop.
type Part struct {
	// Name stands in errors and in readiness answers.
	Name string
	// Run blocks until ctx ends or the part fails. It calls ready once it can
	// serve those that start after it; a second call does nothing. Returning
	// nil before ctx ends means its work is done and stops the whole group.
	Run func(ctx context.Context, ready func()) error
	// Check, if set, says after ready why the part cannot serve just now.
	Check func(context.Context) error
	// StopWithin bounds the stop; 0 means DefaultStopWithin. A part that needs
	// longer is reported and left behind.
	StopWithin time.Duration
}

// Group is a list of parts with their order.
type Group struct {
	parts []*running
}

// running is a part with its state. The fields without atomics belong to the
// goroutine in Run.
type running struct {
	Part
	isReady atomic.Bool
	ready   chan struct{} // closed with isReady set
	ended   chan error    // gets the part's result
	cancel  context.CancelFunc
}

// New returns a group that starts parts in the order given.
func New(parts ...Part) *Group {
	g := &Group{}
	for _, part := range parts {
		if part.StopWithin == 0 {
			part.StopWithin = DefaultStopWithin
		}
		g.parts = append(g.parts, &running{Part: part, ready: make(chan struct{}), ended: make(chan error, 1)})
	}
	return g
}

// Run starts all parts and blocks until ctx ends or one part returns; then it
// stops all, in reverse order. It returns every part's error together, nil if
// all stopped as asked. A group runs once.
func (g *Group) Run(ctx context.Context) error {
	base := context.WithoutCancel(ctx) // each part ends by its own turn
	first := make(chan struct{}, len(g.parts))
	started := 0
	for _, part := range g.parts {
		part.start(base, first)
		started++
		if !part.awaitReady(ctx, first) {
			break
		}
	}
	if started == len(g.parts) {
		select {
		case <-ctx.Done():
		case <-first:
		}
	}
	var failures []error
	for i := started - 1; i >= 0; i-- {
		failures = append(failures, g.parts[i].stop())
	}
	return errors.Join(failures...)
}

func (p *running) start(base context.Context, first chan<- struct{}) {
	ctx, cancel := context.WithCancel(base)
	p.cancel = cancel
	go func() {
		err := p.Run(ctx, func() {
			if p.isReady.CompareAndSwap(false, true) {
				close(p.ready)
			}
		})
		p.isReady.Store(false)
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // it was told to stop, and says so
		}
		p.ended <- err
		first <- struct{}{}
	}()
}

// awaitReady reports whether the next part may start. A part that ended, this
// or an earlier one, leaves its token in first for Run.
func (p *running) awaitReady(ctx context.Context, first chan struct{}) bool {
	select {
	case <-p.ready:
		return true
	case <-ctx.Done():
		return false
	case <-first:
		first <- struct{}{}
		return false
	}
}

func (p *running) stop() error {
	p.cancel()
	late := time.NewTimer(p.StopWithin)
	defer late.Stop()
	select {
	case err := <-p.ended:
		if err != nil {
			return fmt.Errorf("running %s: %w", p.Name, err)
		}
		return nil
	case <-late.C:
		return fmt.Errorf("stopping %s: it did not end within %s", p.Name, p.StopWithin)
	}
}

// Ready returns nil when every part is ready and its check passes, and
// otherwise an error that names those that are not, for /readyz.
func (g *Group) Ready(ctx context.Context) error {
	var reasons []string
	for _, part := range g.parts {
		if !part.isReady.Load() {
			reasons = append(reasons, part.Name+": not ready")
			continue
		}
		if part.Check == nil {
			continue
		}
		if err := part.Check(ctx); err != nil {
			reasons = append(reasons, part.Name+": "+err.Error())
		}
	}
	if len(reasons) > 0 {
		return errors.New(strings.Join(reasons, "; "))
	}
	return nil
}

// UntilSignal returns a context that ends at the first SIGINT or SIGTERM. A
// second signal ends the process at once, for who cannot wait.
func UntilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
