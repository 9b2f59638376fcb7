package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// peer answers every EndTxn at the other end of a pipe, in order.
type peer struct{ worked int }

func (p *peer) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	go p.serve(far)
	return near, nil
}

func (p *peer) serve(far net.Conn) {
	defer far.Close()
	for {
		head := make([]byte, requestHead)
		if _, err := io.ReadFull(far, head); err != nil {
			return
		}
		rest := make([]byte, int(binary.BigEndian.Uint32(head))-8)
		if _, err := io.ReadFull(far, rest); err != nil {
			return
		}
		p.worked++
		response := kmsg.EndTxn.Response()
		response.SetVersion(3)
		body := response.AppendTo(append(append([]byte(nil), head[8:12]...), 0))
		if _, err := far.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
			return
		}
	}
}

func request(id int32) []byte {
	b := binary.BigEndian.AppendUint32(nil, 8)
	b = binary.BigEndian.AppendUint16(b, uint16(kmsg.EndTxn))
	b = binary.BigEndian.AppendUint16(b, 3)
	return binary.BigEndian.AppendUint32(b, uint32(id))
}

// ask sends a request and reads its answer's error code.
func ask(c net.Conn, id int32) (code int16, err error) {
	if _, err := c.Write(request(id)); err != nil {
		return 0, err
	}
	size := make([]byte, 4)
	if _, err := io.ReadFull(c, size); err != nil {
		return 0, err
	}
	body := make([]byte, binary.BigEndian.Uint32(size))
	if _, err := io.ReadFull(c, body); err != nil {
		return 0, err
	}
	if got := int32(binary.BigEndian.Uint32(body)); got != id {
		return 0, errors.New("answer to another request")
	}
	response := kmsg.EndTxn.Response().(*kmsg.EndTxnResponse)
	response.SetVersion(3)
	return response.ErrorCode, response.ReadFrom(body[5:])
}

// bubble runs a test with a connection of a link that has some rules.
func bubble(t *testing.T, test func(t *testing.T, l *Link, c net.Conn, p *peer), rules ...*Rule) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := new(peer)
		l := New(p.dial)
		l.Add(rules...)
		c, err := l.DialContext(t.Context(), "tcp", "broker")
		if err != nil {
			t.Fatal(err)
		}
		test(t, l, c, p)
		l.Kill()
		if _, err := l.DialContext(t.Context(), "tcp", "broker"); !errors.Is(err, ErrCut) {
			t.Errorf("a dead link dials: %v", err)
		}
	})
}

func TestARuleHitsItsRequestsOnly(t *testing.T) {
	change := func(r kmsg.Response) { r.(*kmsg.EndTxnResponse).ErrorCode = kerr.ProducerFenced.Code }
	bubble(t, func(t *testing.T, _ *Link, c net.Conn, p *peer) {
		for id, want := range []int16{kerr.ProducerFenced.Code, kerr.ProducerFenced.Code, 0} {
			response, err := ask(c, int32(id))
			if err != nil || response != want {
				t.Errorf("request %d: code %d, %v; want %d", id, response, err, want)
			}
		}
		if p.worked != 3 {
			t.Errorf("%d requests arrived, want 3", p.worked)
		}
	}, &Rule{Key: kmsg.Produce, Lose: true}, &Rule{Key: kmsg.EndTxn, Count: 2, Answer: change})
}

func TestALostAnswerWasWorkedOnAndARefusedRequestWasNot(t *testing.T) {
	for want, rule := range map[int]*Rule{1: {Key: kmsg.EndTxn, Lose: true}, 0: {Key: kmsg.EndTxn, Refuse: true}} {
		bubble(t, func(t *testing.T, l *Link, c net.Conn, p *peer) {
			if _, err := ask(c, 1); err == nil {
				t.Error("an answer came")
			}
			if p.worked != want {
				t.Errorf("%d requests arrived, want %d", p.worked, want)
			}
			again, err := l.DialContext(t.Context(), "tcp", "broker")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ask(again, 2); err != nil {
				t.Errorf("the next connection: %v", err)
			}
		}, rule)
	}
}

func TestAFrozenLinkLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, l *Link, c net.Conn, _ *peer) {
		l.Freeze()
		begun := time.Now()
		time.AfterFunc(time.Minute, l.Thaw)
		if code, err := ask(c, 1); code != 0 || err != nil || time.Since(begun) != time.Minute {
			t.Errorf("code %d, %v, after %s; want the answer after a minute", code, err, time.Since(begun))
		}
	})
}

func TestDelaysAreThoseOfTheRule(t *testing.T) {
	bubble(t, func(t *testing.T, _ *Link, c net.Conn, _ *peer) {
		begun := time.Now()
		if _, err := ask(c, 1); err != nil || time.Since(begun) != 3*time.Second {
			t.Errorf("%v after %s, want 3 s", err, time.Since(begun))
		}
	}, &Rule{Key: kmsg.EndTxn, Hold: time.Second, Late: 2 * time.Second})
}

// The client sets deadlines; what was read before one must not be lost.
func TestADeadlineInTheMiddleOfAnAnswerLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		c := newConn(near, New(nil))
		defer c.Close()
		go func() {
			_, _ = far.Write([]byte{0, 0, 0, 6, 0, 0})
			time.Sleep(time.Minute)
			_, _ = far.Write([]byte{0, 1, 7, 7})
		}()
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 10)
		if n, err := c.Read(buf); n != 0 || err == nil {
			t.Fatalf("read %d bytes of half an answer, %v", n, err)
		}
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil || buf[9] != 7 {
			t.Errorf("%v, %v", buf, err)
		}
	})
}
