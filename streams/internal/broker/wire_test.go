package broker_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// wire is the network between clients and brokers: it can lose the answer of a
// request that the broker has worked on.
type wire struct {
	lose atomic.Int32                  // key of the request + 1; 0 loses nothing
	lost atomic.Int32                  // answers lost so far
	held sync.Map                      // key of a request to hold up -> for how long
	gate atomic.Pointer[chan struct{}] // nil when the wire is not frozen
}

func (w *wire) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	w.pass()
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &wireConn{Conn: conn, wire: w}, nil
}

// loseAnswer loses the next answer to a request with this key.
func (w *wire) loseAnswer(key int16) { w.lose.Store(int32(key) + 1) }

// stall holds the next request with this key up for a while.
func (w *wire) stall(key int16, delay time.Duration) {
	w.held.Store(key, delay)
}

type wireConn struct {
	net.Conn
	wire *wire
	cut  atomic.Bool // the next answer is lost with the connection
}

func (c *wireConn) Write(b []byte) (int, error) {
	if len(b) >= 6 {
		key := int16(binary.BigEndian.Uint16(b[4:]))
		if c.wire.lose.CompareAndSwap(int32(key)+1, 0) {
			c.cut.Store(true)
		}
		if delay, ok := c.wire.held.LoadAndDelete(key); ok {
			time.Sleep(delay.(time.Duration))
		}
	}
	c.wire.pass()
	return c.Conn.Write(b)
}

func (c *wireConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.wire.pass()
	if c.cut.Load() {
		c.wire.lost.Add(1)
		_ = c.Conn.Close()
		return 0, io.EOF
	}
	return n, err
}

// freeze holds up everything until thaw.
func (w *wire) freeze() {
	w.gate.Store(new(make(chan struct{})))
}

func (w *wire) thaw() {
	close(*w.gate.Swap(nil))
}

// pass waits while the wire is frozen.
func (w *wire) pass() {
	if gate := w.gate.Load(); gate != nil {
		<-*gate
	}
}
