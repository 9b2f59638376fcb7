//go:build linux

package availabilitybench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the grid of the times at which paced requests are due. A timer wakes the
// driver for each: a wait for answers ends in whole milliseconds otherwise, and what
// it oversleeps would look like the server's.
const tick = 250 * time.Microsecond

// load is what a server is asked.
type load struct {
	addr     string   // host:port
	requests [][]byte // whole requests of HTTP/1.1, in turn
	conns    int
	perSec   float64 // requests due in a second; 0 asks as fast as answers come
	span     time.Duration
}

// outcome is what came of a load.
type outcome struct {
	perSec float64 // answers in a second
	late   []time.Duration
}

// percentile needs late in order.
func (o outcome) percentile(p float64) time.Duration {
	if len(o.late) == 0 {
		return 0
	}
	return o.late[min(len(o.late)-1, int(p*float64(len(o.late))))]
}

// conn is one connection: idle, or waiting for an answer.
type conn struct {
	fd     int
	due    time.Time
	answer []byte
	want   int // bytes of the whole answer, 0 while its header is incomplete
}

// driver asks over its connections from one thread.
type driver struct {
	load
	epoll   int
	timer   int // 0 unless paced
	conns   map[int32]*conn
	idle    []*conn
	waiting []time.Time // due, and no connection is idle
	asked   int
	late    []time.Duration
	scratch []byte
}

// run asks for the span and waits for no answer after it.
func (l load) run(ctx context.Context) (outcome, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	d := &driver{load: l, conns: make(map[int32]*conn), scratch: make([]byte, 64<<10)}
	defer d.close()
	if err := d.open(ctx); err != nil {
		return outcome{}, err
	}
	began := time.Now()
	for next := began; ; {
		now := time.Now()
		if now.Sub(began) >= l.span || ctx.Err() != nil {
			break
		}
		for l.perSec > 0 && !next.After(now) {
			for range d.duePerTick(next.Sub(began)) {
				d.waiting = append(d.waiting, next)
			}
			next = next.Add(tick)
		}
		if err := d.ask(now); err != nil {
			return outcome{}, err
		}
		if err := d.receive(); err != nil {
			return outcome{}, err
		}
	}
	took := time.Since(began).Seconds()
	slices.Sort(d.late)
	return outcome{perSec: float64(len(d.late)) / took, late: d.late}, ctx.Err()
}

// duePerTick spreads requests evenly over ticks.
func (d *driver) duePerTick(at time.Duration) int {
	before, after := at.Seconds()*d.perSec, (at+tick).Seconds()*d.perSec
	return int(after) - int(before)
}

func (d *driver) open(ctx context.Context) (err error) {
	if d.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("making epoll: %w", err)
	}
	for range d.load.conns {
		fd, err := dial(ctx, d.addr)
		if err != nil {
			return err
		}
		c := &conn{fd: fd}
		d.conns[int32(fd)] = c
		d.idle = append(d.idle, c)
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
		if err := syscall.EpollCtl(d.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
			return fmt.Errorf("watching connection: %w", err)
		}
	}
	if d.perSec > 0 {
		return d.startTimer()
	}
	return nil
}

// startTimer has the timer wake the driver at each tick.
func (d *driver) startTimer() (err error) {
	if d.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC); err != nil {
		return fmt.Errorf("making timer: %w", err)
	}
	every := unix.NsecToTimespec(tick.Nanoseconds())
	if err := unix.TimerfdSettime(d.timer, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil); err != nil {
		return fmt.Errorf("starting timer: %w", err)
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(d.timer)}
	if err := syscall.EpollCtl(d.epoll, syscall.EPOLL_CTL_ADD, d.timer, &event); err != nil {
		return fmt.Errorf("watching timer: %w", err)
	}
	return nil
}

// dial returns a connected socket that never blocks.
func dial(ctx context.Context, addr string) (int, error) {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, fmt.Errorf("connecting to %s: %w", addr, err)
	}
	defer c.Close()
	file, err := c.(*net.TCPConn).File()
	if err != nil {
		return 0, fmt.Errorf("connecting to %s: %w", addr, err)
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return 0, fmt.Errorf("connecting to %s: %w", addr, err)
	}
	return fd, syscall.SetNonblock(fd, true)
}

func (d *driver) close() {
	for fd := range d.conns {
		_ = syscall.Close(int(fd))
	}
	if d.timer > 0 {
		_ = syscall.Close(d.timer)
	}
	_ = syscall.Close(d.epoll)
}

// ask sends what is due over idle connections.
func (d *driver) ask(now time.Time) error {
	for len(d.idle) > 0 && (d.perSec == 0 || len(d.waiting) > 0) {
		c := d.idle[len(d.idle)-1]
		d.idle = d.idle[:len(d.idle)-1]
		c.due, c.answer, c.want = now, c.answer[:0], 0
		if d.perSec > 0 {
			c.due, d.waiting = d.waiting[0], d.waiting[1:]
		}
		request := d.requests[d.asked%len(d.requests)]
		d.asked++
		n, err := syscall.Write(c.fd, request)
		if err != nil || n < len(request) {
			return fmt.Errorf("asking: wrote %d of %d bytes: %w", n, len(request), errors.Join(err, errShort))
		}
	}
	return nil
}

var errShort = errors.New("a request must fit into the socket")

// receive takes what has come, waiting for it no longer than until the next tick.
func (d *driver) receive() error {
	var events [256]syscall.EpollEvent
	n, err := syscall.EpollWait(d.epoll, events[:], 1)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return fmt.Errorf("waiting for answers: %w", err)
	}
	for _, event := range events[:max(0, n)] {
		if d.timer > 0 && event.Fd == int32(d.timer) {
			if _, err := syscall.Read(d.timer, d.scratch); err != nil && !errors.Is(err, syscall.EAGAIN) {
				return fmt.Errorf("reading timer: %w", err)
			}
			continue
		}
		if err := d.read(d.conns[event.Fd]); err != nil {
			return err
		}
	}
	return nil
}

func (d *driver) read(c *conn) error {
	n, err := syscall.Read(c.fd, d.scratch)
	if errors.Is(err, syscall.EAGAIN) {
		return nil
	}
	if err != nil || n == 0 {
		return fmt.Errorf("reading answer: %w", errors.Join(err, errClosed))
	}
	c.answer = append(c.answer, d.scratch[:n]...)
	if c.want == 0 {
		if c.want, err = wanted(c.answer); err != nil {
			return err
		}
	}
	if c.want > 0 && len(c.answer) >= c.want {
		d.late = append(d.late, time.Since(c.due))
		d.idle = append(d.idle, c)
	}
	return nil
}

var errClosed = errors.New("the server closed the connection")

// wanted is how long an answer is, 0 while its header is not complete.
func wanted(answer []byte) (int, error) {
	end := bytes.Index(answer, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 ")) {
		return 0, fmt.Errorf("the server answers %.200q", answer)
	}
	const name = "Content-Length: "
	at := bytes.Index(answer[:end], []byte(name))
	if at < 0 {
		return 0, errors.New("the server does not say how long its answer is")
	}
	digits := answer[at+len(name):]
	length, err := strconv.Atoi(string(digits[:bytes.IndexByte(digits, '\r')]))
	if err != nil {
		return 0, fmt.Errorf("reading answer: %w", err)
	}
	return end + 4 + length, nil
}
