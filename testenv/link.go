//go:build unix

package testenv

import (
	"net"
	"sync"
	"time"
)

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
