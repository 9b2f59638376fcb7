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

// link is one connection through a proxy.
type link struct {
	proxy          *Proxy
	client, server net.Conn
	closing        sync.Once
	done           chan struct{} // closed with the connections
}

// piece is what one read gave.
type piece struct {
	bytes []byte
	due   time.Time
}

// pieces in flight of one direction; more are left to TCP's own windows.
const inFlight = 64

func (l *link) close() {
	l.closing.Do(func() {
		l.client.Close()
		l.server.Close()
		close(l.done)
	})
}

// pass carries bytes from one side to the other until either ends. Reading and
// writing run side by side, so that a delay slows every byte and not the rate.
func (l *link) pass(to, from net.Conn) {
	pieces := make(chan piece, inFlight)
	go l.read(from, pieces)
	for p := range pieces {
		if !l.hold(p.due) {
			break
		}
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	l.close()
}

// read sends what arrives to pieces and closes it at the end.
func (l *link) read(from net.Conn, pieces chan<- piece) {
	defer close(pieces)
	for {
		buffer := make([]byte, 32<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			select {
			case pieces <- piece{bytes: buffer[:n], due: l.proxy.due()}:
			case <-l.done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// hold waits until a piece is due and the proxy lets bytes pass; it returns
// false when the connection ends first.
func (l *link) hold(due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.done:
		return false
	}
	select {
	case <-l.proxy.gate():
		return true
	case <-l.done:
		return false
	}
}
