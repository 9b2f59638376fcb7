package wire

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// conn is one connection of a link. One goroutine writes and one reads.
type conn struct {
	net.Conn
	link *Link

	once sync.Once
	done chan struct{} // closed with the connection

	mu      sync.Mutex
	waiting map[int32]asked // requests with a rule for their answer, by correlation id

	in  []byte // of the answer that is being read
	out []byte // of answers that were read, not yet given
}

// asked is what must be known of a request to read its answer.
type asked struct {
	rule    *Rule        // nil for none
	request kmsg.Request // nil unless it is watched
	key     kmsg.Key
	version int16
	calm    time.Duration // how long the answer waits, beside what a rule says
}

func newConn(raw net.Conn, l *Link) *conn {
	return &conn{Conn: raw, link: l, done: make(chan struct{}), waiting: make(map[int32]asked)}
}

// requestHead is size, key, version and correlation id.
const requestHead = 12

// Write implements net.Conn. The client writes each request in one call.
func (c *conn) Write(b []byte) (int, error) {
	if err := c.link.await(c.done); err != nil {
		return 0, err
	}
	if len(b) >= requestHead {
		if err := c.apply(b); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(b)
}

// apply does what a rule says before a request is sent.
func (c *conn) apply(b []byte) error {
	key, version := kmsg.Key(binary.BigEndian.Uint16(b[4:])), int16(binary.BigEndian.Uint16(b[6:]))
	a := asked{rule: c.link.take(key), key: key, version: version}
	if key == kmsg.Fetch {
		a.calm = c.link.Calm
	}
	if slices.Contains(c.link.Watched, key) {
		if a.request = read(b, key, version); a.request != nil {
			c.link.Sent(a.request)
		}
	}
	r := a.rule
	if r == nil {
		c.expect(b, a)
		return nil
	}
	if r.Refuse {
		c.link.hit(r.Name)
		_ = c.Close()
		return ErrCut
	}
	if r.Hold > 0 {
		c.link.hit(r.Name)
		pause(r.Hold, c.done)
	}
	c.expect(b, a)
	return nil
}

// expect remembers what is to be done with the answer to a request.
func (c *conn) expect(b []byte, a asked) {
	if r := a.rule; a.calm == 0 && a.request == nil && (r == nil || !r.Lose && r.Late == 0 && r.Answer == nil) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting[int32(binary.BigEndian.Uint32(b[8:]))] = a
}

// read returns the request in b, or nil when it cannot be read.
func read(b []byte, key kmsg.Key, version int16) kmsg.Request {
	request := key.Request()
	request.SetVersion(version)
	body := b[requestHead:]
	if len(body) < 2 {
		return nil
	}
	client := max(0, int(int16(binary.BigEndian.Uint16(body)))) // -1 is no name
	head := 2 + client
	if request.IsFlexible() {
		head++ // an empty list of tags
	}
	if len(body) < head || request.ReadFrom(body[head:]) != nil {
		return nil
	}
	return request
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		err := c.fill()
		if err := c.link.await(c.done); err != nil {
			return 0, err
		}
		if err != nil {
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// fill reads more of the next answer; a deadline in its middle loses nothing.
func (c *conn) fill() error {
	want := 4
	if len(c.in) >= 4 {
		want += int(binary.BigEndian.Uint32(c.in))
	}
	if len(c.in) < want {
		buf := make([]byte, want-len(c.in))
		n, err := c.Conn.Read(buf)
		c.in = append(c.in, buf[:n]...)
		if n == 0 {
			return err
		}
	}
	if len(c.in) < 4 || len(c.in) < 4+int(binary.BigEndian.Uint32(c.in)) {
		return nil
	}
	answer, err := c.deliver(c.in)
	c.in, c.out = nil, answer
	return err
}

// deliver does what a rule says to an answer: size, correlation id, and so on.
func (c *conn) deliver(answer []byte) ([]byte, error) {
	if len(answer) < 8 {
		return answer, nil
	}
	id := int32(binary.BigEndian.Uint32(answer[4:]))
	c.mu.Lock()
	a, ok := c.waiting[id]
	delete(c.waiting, id)
	c.mu.Unlock()
	if !ok {
		return answer, nil
	}
	pause(a.calm, c.done)
	if r := a.rule; r != nil {
		c.link.hit(r.Name)
		pause(r.Late, c.done)
		if r.Lose {
			_ = c.Close()
			return nil, io.EOF
		}
	}
	if a.request == nil && (a.rule == nil || a.rule.Answer == nil) {
		return answer, nil
	}
	return c.change(answer, a)
}

// change reads an answer, lets the rule change it and writes it again.
func (c *conn) change(answer []byte, a asked) ([]byte, error) {
	response := a.key.Response()
	response.SetVersion(a.version)
	head := 8
	if response.IsFlexible() {
		head++ // an empty list of tags
	}
	if err := response.ReadFrom(answer[head:]); err != nil {
		return nil, fmt.Errorf("reading answer to %s: %w", a.key.Name(), err)
	}
	if a.rule != nil && a.rule.Answer != nil {
		a.rule.Answer(response)
	}
	if a.request != nil {
		c.link.Got(a.request, response)
	}
	changed := response.AppendTo(append([]byte(nil), answer[:head]...))
	binary.BigEndian.PutUint32(changed, uint32(len(changed)-4))
	return changed, nil
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.done) })
	c.link.forget(c)
	return c.Conn.Close()
}
