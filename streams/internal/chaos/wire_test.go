//go:build unix

package chaos

import (
	"context"
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// wire is a child's network to the brokers. It knows enough of Kafka's protocol
// to hold up, or die after, a request of a kind: a request is written whole, and
// begins with its length and its key.
type wire struct {
	via map[string]string // proxies, by the address they stand for

	mu      sync.Mutex
	held    map[int16]time.Duration // how long to hold the next request of a key up
	stalled int
	deadly  int16
	passes  int // requests of the key deadly until the process dies; 0 never
}

func (w *wire) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if proxy := w.via[addr]; proxy != "" {
		addr = proxy
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &wireConn{Conn: conn, wire: w}, nil
}

func (w *wire) stall(key int16, delay time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held == nil {
		w.held = make(map[int16]time.Duration)
	}
	w.held[key] = delay
}

func (w *wire) stalls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stalled
}

func (w *wire) dieAfter(key int16, passes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadly, w.passes = key, passes
}

// delay returns how long to hold a request up, once.
func (w *wire) delay(key int16) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	delay, ok := w.held[key]
	if ok {
		delete(w.held, key)
		w.stalled++
	}
	return delay
}

// written is told of every request that is on its way.
func (w *wire) written(key int16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if key != w.deadly || w.passes == 0 {
		return
	}
	if w.passes--; w.passes == 0 {
		die()
	}
}

type wireConn struct {
	net.Conn
	wire *wire
}

func (c *wireConn) Write(b []byte) (int, error) {
	if len(b) < 6 {
		return c.Conn.Write(b)
	}
	key := int16(binary.BigEndian.Uint16(b[4:]))
	if delay := c.wire.delay(key); delay > 0 {
		time.Sleep(delay)
	}
	n, err := c.Conn.Write(b)
	c.wire.written(key)
	return n, err
}
