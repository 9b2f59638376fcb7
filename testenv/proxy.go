//go:build unix

package testenv

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy passes TCP connections on to one server and spoils them on command. Its
// methods may be called from several goroutines.
type Proxy struct {
	target   string
	listener net.Listener
	serving  sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	delay time.Duration
	open  chan struct{} // closed while bytes may pass
	links map[*link]struct{}
}

// NewProxy starts a proxy to the server at target (host:port) and ends it, with
// all its connections, with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("testenv: starting a proxy: %v", err)
	}
	p := &Proxy{target: target, listener: listener, open: make(chan struct{}), links: map[*link]struct{}{}}
	close(p.open)
	p.serving.Go(p.serve)
	t.Cleanup(func() {
		p.Cut() // before the listener: a connection just accepted is closed too
		p.listener.Close()
		p.serving.Wait()
	})
	return p
}

// Addr returns host:port to connect to instead of the server's.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// DialContext connects through the proxy when addr is its target, and straight
// otherwise. It fits kgo.Dialer: a Kafka client keeps the addresses that brokers
// tell it and still comes through here.
func (p *Proxy) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if addr == p.target {
		addr = p.Addr()
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, addr)
}

// Cut closes every connection and refuses new ones, as a server does that is
// down. Heal ends it.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for l := range p.links {
		l.close()
	}
}

// Stall lets connections live and passes nothing on, as a network does that
// loses every packet. Heal ends it, and what waited is then delivered.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
		p.open = make(chan struct{})
	default: // stalled already
	}
}

// Delay holds everything back for d in each direction; 0 ends it.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Heal ends Cut, Stall and Delay.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.delay = false, 0
	select {
	case <-p.open:
	default:
		close(p.open)
	}
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed by the end of the test
		}
		p.serving.Go(func() { p.connect(client) })
	}
}

// connect joins a client to the server until either side ends.
func (p *Proxy) connect(client net.Conn) {
	server, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		client.Close()
		return
	}
	l := &link{proxy: p, client: client, server: server, done: make(chan struct{})}
	if !p.admit(l) {
		l.close()
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { l.pass(server, client) })
	ways.Go(func() { l.pass(client, server) })
	ways.Wait()
	p.forget(l)
}

// admit adds a connection to those that Cut closes, unless the proxy is cut.
func (p *Proxy) admit(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut {
		p.links[l] = struct{}{}
	}
	return !p.cut
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// due returns when bytes read now may be passed on.
func (p *Proxy) due() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.delay)
}

func (p *Proxy) gate() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}
