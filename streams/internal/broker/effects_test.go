package broker_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/internal/broker"
	"github.com/millrace/millrace/streams/store"
)

// partner is the other side of effects. It lets nobody through until it is open,
// so that every owner tries again all the time, and keeps what never may be: two
// calls of one effect under way.
type partner struct {
	mu       sync.Mutex
	inside   map[string]string // effect id to the owner that calls
	calls    map[string]int    // by owner
	overlaps []string
	open     bool
}

func newPartner() *partner {
	return &partner{inside: make(map[string]string), calls: make(map[string]int)}
}

var errShut = errors.New("shut")

// serve takes a call of an effect by an owner.
func (p *partner) serve(ctx context.Context, id, owner string) error {
	p.mu.Lock()
	if other, again := p.inside[id]; again {
		p.overlaps = append(p.overlaps, fmt.Sprintf("%s was called by %s while %s did", id, owner, other))
	}
	p.inside[id] = owner
	p.calls[owner]++
	open := p.open
	p.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-time.After(300 * time.Millisecond):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.inside, id)
	if !open {
		return streams.RetryAfter(errShut, 50*time.Millisecond)
	}
	return nil
}

func (p *partner) unlock() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = true
}

// callsOf counts the calls by an owner so far.
func (p *partner) callsOf(owner string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[owner]
}

// check requires that nothing overlapped.
func (p *partner) check(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.overlaps); n > 0 {
		t.Errorf("%d calls overlapped, the first: %s", n, p.overlaps[0])
	}
}

// calling is a topology whose every input is a call to the partner and whose
// every answer is an output.
func calling(app string, call func(context.Context, int64) (string, error)) *streams.Topology {
	in := streams.Topic[int64]{Name: app + "-in", Value: streams.JSON[int64]()}
	out := streams.Topic[string]{Name: app + "-out", Value: streams.Text}
	dest := streams.Destination[int64, string]{Name: "partner", Timeout: 2 * time.Second, Concurrent: 100, Call: call}
	t := streams.NewTopology(app)
	e := streams.NewEntity(t, "caller", streams.JSON[int64](), func(ctx streams.Ctx, n *int64, input streams.Input) error {
		switch input := input.(type) {
		case streams.Record[int64]:
			*n++
			dest.Ask(ctx, strconv.FormatInt(*n, 10), input.Value)
		case streams.Answer[string]:
			out.Send(ctx, ctx.Key(), &input.Value)
		}
		return nil
	})
	streams.Receive(e, in)
	streams.Send(e, out)
	streams.Calls(e, dest)
	return t
}

// caller returns the options of an instance that calls the partner.
func (w *world) caller(name string, rows store.Store, call func(context.Context, int64) (string, error)) broker.Options {
	spec, err := calling(w.app, call).Spec()
	if err != nil {
		w.Fatal(err)
	}
	x := effect.New(effect.Options{})
	w.Cleanup(func() {
		if err := x.Close(); err != nil {
			w.Error(err)
		}
	})
	opts := w.options(name, rows)
	opts.Topology, opts.Effects = spec, x
	return opts
}

// via calls the partner in the name of an instance.
func (p *partner) via(owner string) func(context.Context, int64) (string, error) {
	return func(ctx context.Context, _ int64) (string, error) {
		return owner, p.serve(ctx, streams.EffectID(ctx), owner)
	}
}

// calls waits until an owner has made n more calls.
func (w *world) calls(p *partner, owner string, n int) {
	w.Helper()
	before := p.callsOf(owner)
	eventually(w, 60*time.Second, func() error {
		if now := p.callsOf(owner); now < before+n {
			return fmt.Errorf("%d calls by %s", now-before, owner)
		}
		return nil
	})
}

// answered waits until every input's call was answered.
func (w *world) answered() {
	w.Helper()
	eventually(w, 60*time.Second, func() error {
		if n := w.outputs(); n != w.sent {
			return fmt.Errorf("%d answers to %d calls", n, w.sent)
		}
		return nil
	})
}

func TestStalledMemberCallsNothingThatAnotherOwnerCalls(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, 2), newPartner()
	stalled := new(wire)
	opts := w.caller("a", newStore(), p.via("a"))
	opts.Client = []kgo.Opt{kgo.Dialer(stalled.dial)}
	a := w.run(opts)
	a.ready()
	w.send(20, 20)
	w.calls(p, "a", 40)
	stalled.freeze()
	b := w.run(w.caller("b", newStore(), p.via("b")))
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 2) })
	w.calls(p, "b", 40)
	stalled.thaw()
	w.calls(p, "b", 40)
	p.unlock()
	w.answered()
	p.check(t)
	b.drain()
	a.drain()
}

func TestTasksMoveWithNoCallOfAnEffectInTwoProcesses(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, 4), newPartner()
	rowsA, rowsB := newStore(), newStore()
	a := w.run(w.caller("a", rowsA, p.via("a")))
	a.ready()
	w.send(40, 40)
	w.calls(p, "a", 40)
	b := w.run(w.caller("b", rowsB, p.via("b")))
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	w.calls(p, "b", 40)
	b.kill()
	w.calls(p, "a", 40)
	b = w.run(w.caller("b", rowsB, p.via("b")))
	w.calls(p, "b", 40)
	p.unlock()
	w.answered()
	p.check(t)
	a.drain()
	b.drain()
}

// A task comes with the clean flag of its former owner; the new one dies while
// it calls. The flag must not be taken for the new owner's.
func TestCleanFlagOfAFormerOwnerIsNotTheNewOnes(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, 1), newPartner()
	rows := newStore()
	a := w.run(w.caller("a", rows, p.via("a")))
	a.ready()
	w.send(5, 5)
	w.calls(p, "a", 10)
	a.drain() // clean, five effects wait
	var hung atomic.Int32
	a = w.run(w.caller("a", rows, func(ctx context.Context, _ int64) (string, error) {
		hung.Add(1)
		<-ctx.Done()
		return "", ctx.Err()
	}))
	eventually(t, 60*time.Second, func() error {
		if n := hung.Load(); n < 5 {
			return fmt.Errorf("%d calls", n)
		}
		return nil
	})
	a.kill()
	died := time.Now()
	p.unlock()
	a = w.run(w.caller("a", rows, p.via("b")))
	w.calls(p, "b", 1)
	if waited := time.Since(died); waited < 3*time.Second {
		t.Errorf("called %s after an owner that may have been calling", waited)
	}
	w.answered()
	a.drain()
}

func TestOrderlyEndLetsTheNextOwnerCallAtOnce(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t, 1), newPartner()
	rows := newStore()
	a := w.run(w.caller("a", rows, p.via("a")))
	a.ready()
	w.send(5, 5)
	w.calls(p, "a", 10)
	a.drain()
	const timeout = 30 * time.Second // the next owner would wait for longer if a call might be under way
	opts := w.caller("a", rows, p.via("b"))
	opts.Topology.Entities[0].Destinations["partner"].Timeout = timeout
	started := time.Now()
	a = w.run(opts)
	w.calls(p, "b", 1)
	if waited := time.Since(started); waited > timeout {
		t.Errorf("the first call came after %s, although none was under way", waited)
	}
	p.unlock()
	w.answered()
	p.check(t)
	a.drain()
}
