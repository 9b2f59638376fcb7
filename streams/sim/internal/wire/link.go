package wire

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Dial connects to an address; kfake.VirtualNetwork.DialContext is one.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// ErrCut is returned while the link is cut or dead.
var ErrCut = errors.New("the simulated network is cut")

// Link is the network of one life of a process. Make it with New.
type Link struct {
	dial Dial
	// Hit, if set, is called whenever a rule is applied; it must not wait.
	Hit func(name string)
	// Sent, if set, is told each request of the Watched keys before it is sent, and
	// Got its answer before it is given. They must not wait. Set them before the
	// first connection.
	Sent    func(kmsg.Request)
	Got     func(kmsg.Request, kmsg.Response)
	Watched []kmsg.Key
	// Calm is how long the answer to each fetch waits, so that long idle times
	// cost little. Set it before the first connection.
	Calm time.Duration

	mu     sync.Mutex
	dead   bool
	cut    int           // how many cuts are under way
	frozen chan struct{} // closed at the thaw; nil when not frozen
	rules  []*Rule
	conns  map[*conn]bool
}

// New returns a link over dial without rules.
func New(dial Dial) *Link { return &Link{dial: dial, conns: make(map[*conn]bool)} }

// DialContext makes a connection; it is what kgo.Dialer takes.
func (l *Link) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.await(ctx.Done()); err != nil {
		return nil, err
	}
	if l.isCut() {
		return nil, ErrCut
	}
	raw, err := l.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := newConn(raw, l)
	l.mu.Lock()
	refused := l.dead || l.cut > 0
	if !refused {
		l.conns[c] = true
	}
	l.mu.Unlock()
	if refused {
		_ = c.Close()
		return nil, ErrCut
	}
	return c, nil
}

// Kill ends the link for good: nothing of this life reaches a broker any more.
func (l *Link) Kill() {
	l.mu.Lock()
	l.dead = true
	l.mu.Unlock()
	l.Thaw()
	l.Drop()
}

// Drop closes all connections; new ones can be made.
func (l *Link) Drop() {
	l.mu.Lock()
	conns := make([]*conn, 0, len(l.conns))
	for c := range l.conns {
		conns = append(conns, c)
	}
	l.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// Cut closes all connections and refuses new ones until Mend.
func (l *Link) Cut() {
	l.mu.Lock()
	l.cut++
	l.mu.Unlock()
	l.Drop()
}

// Mend ends one cut.
func (l *Link) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = max(0, l.cut-1)
}

// Freeze holds everything up until Thaw, as if the process had been stopped:
// what arrives meanwhile is seen afterwards.
func (l *Link) Freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.frozen == nil && !l.dead {
		l.frozen = make(chan struct{})
	}
}

// Thaw ends a freeze.
func (l *Link) Thaw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.frozen != nil {
		close(l.frozen)
		l.frozen = nil
	}
}

// Await returns when the link is not frozen.
func (l *Link) Await() { _ = l.await(nil) }

// Add puts rules in force, behind those that are.
func (l *Link) Add(rules ...*Rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range rules {
		if r.Count == 0 {
			r.Count = 1
		}
		l.rules = append(l.rules, r)
	}
}

// Clear drops all rules and returns those that are left.
func (l *Link) Clear() []*Rule {
	l.mu.Lock()
	defer l.mu.Unlock()
	rules := l.rules
	l.rules = nil
	return rules
}

func (l *Link) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead || l.cut > 0
}

func (l *Link) await(done <-chan struct{}) error {
	for {
		l.mu.Lock()
		frozen := l.frozen
		l.mu.Unlock()
		if frozen == nil {
			return nil
		}
		select {
		case <-frozen:
		case <-done:
			return ErrCut
		}
	}
}

func (l *Link) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// pause waits for d, or until done.
func pause(d time.Duration, done <-chan struct{}) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}
