package httpd

import (
	"errors"
	"net"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Express answers the plainest form of a read that clients ask all the time,
// before net/http sees it, which costs a third. A plain request is a GET without a
// body, in HTTP/1.1 and in one piece, with no header that asks for more than an
// answer (see readPlain). Everything else is the handler's: the first request of a
// connection that is not plain, or that Answer leaves, goes to net/http with all
// that follows on that connection. So the handler must serve Path too, and answer
// plain requests in the same way.
//
// The middlewares of the handler do not run: request ids, metrics and log lines are
// made here in the same way, and whatever else is to hold for every request has to
// be seen to here as well.
type Express struct {
	Path string
	// Answer appends the JSON of a 200 answer to body, and returns it with its
	// Cache-Control. ok is false when the answer is another, and whenever that is in
	// doubt. It runs once for a request at a time, and must not keep body.
	Answer func(body []byte, query string) (answer []byte, cacheControl string, ok bool)
}

const (
	// plainBytes bounds a plain request.
	plainBytes = 4 << 10
	// keptBytes is the largest buffer for answers that a connection keeps.
	keptBytes = 32 << 10
	// renewEvery is how often the deadlines of a busy connection are moved.
	renewEvery = 5 * time.Second
)

// expressway is the listener of a server with Express routes: it serves its
// connections itself, and Accept returns those that are for net/http.
type expressway struct {
	net.Listener
	config  Config
	routes  map[string]*expressRoute
	log     zerolog.Logger
	others  chan accepted
	running sync.WaitGroup
	ending  atomic.Bool
	ended   chan struct{}

	mu    sync.Mutex
	conns map[net.Conn]struct{} // guarded by mu
}

type expressRoute struct {
	Express
	answered, unchanged prometheus.Observer
}

type accepted struct {
	conn net.Conn
	err  error
}

func newExpressway(l net.Listener, config Config, log zerolog.Logger) *expressway {
	e := &expressway{
		Listener: l, config: config, routes: make(map[string]*expressRoute), log: log,
		others: make(chan accepted), ended: make(chan struct{}), conns: make(map[net.Conn]struct{}),
	}
	seconds := requestSeconds(config.Metrics)
	for _, x := range config.Express {
		pattern := "GET " + x.Path
		e.routes[x.Path] = &expressRoute{
			Express: x, answered: seconds.WithLabelValues(pattern, "GET", "200"), unchanged: seconds.WithLabelValues(pattern, "GET", "304"),
		}
	}
	return e
}

// start takes connections until Close.
func (e *expressway) start() {
	e.running.Go(func() {
		for {
			c, err := e.Listener.Accept()
			if err != nil {
				if !e.pass(accepted{err: err}) || errors.Is(err, net.ErrClosed) {
					return
				}
				continue
			}
			e.running.Go(func() { e.serve(c) })
		}
	})
}

// Accept implements net.Listener.
func (e *expressway) Accept() (net.Conn, error) {
	select {
	case a := <-e.others:
		return a.conn, a.err
	case <-e.ended:
		return nil, net.ErrClosed
	}
}

// pass has Accept return something, unless the listener is closed.
func (e *expressway) pass(a accepted) bool {
	select {
	case e.others <- a:
		return true
	case <-e.ended:
		return false
	}
}

// Close implements net.Listener: requests that were read are answered still.
func (e *expressway) Close() error {
	if e.ending.Swap(true) {
		return nil
	}
	close(e.ended)
	err := e.Listener.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	for c := range e.conns {
		_ = c.SetReadDeadline(time.Now()) // a connection that fails ends anyway
		_ = c.SetWriteDeadline(time.Now().Add(e.config.DrainTimeout))
	}
	return err
}

// serve answers plain requests until one is not, or the connection ends.
func (e *expressway) serve(c net.Conn) {
	e.mu.Lock()
	e.conns[c] = struct{}{}
	e.mu.Unlock()
	s := &expressed{e: e, conn: c, in: make([]byte, plainBytes)}
	rest, open := s.run()
	e.mu.Lock()
	delete(e.conns, c)
	e.mu.Unlock()
	if open && c.SetDeadline(time.Time{}) == nil && e.pass(accepted{conn: &resumed{Conn: c, before: rest}}) {
		return
	}
	_ = c.Close()
}

// resumed is a connection from which something was read already.
type resumed struct {
	net.Conn
	before []byte
}

// Read implements net.Conn.
func (r *resumed) Read(p []byte) (int, error) {
	if len(r.before) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.before)
	r.before = r.before[n:]
	return n, nil
}

// expressed is a connection with plain requests.
type expressed struct {
	e     *expressway
	conn  net.Conn
	in    []byte
	body  []byte // of one answer
	out   []byte // answers to what was read together
	renew time.Time
}

// run returns what was read and is not plain; open is false when the connection
// has ended, or is to.
func (s *expressed) run() (rest []byte, open bool) {
	if s.conn.SetReadDeadline(time.Now().Add(s.e.config.HeaderTimeout)) != nil {
		return nil, false
	}
	for !s.e.ending.Load() {
		n, err := s.conn.Read(s.in)
		if err != nil {
			return nil, false
		}
		rest = s.in[:n]
		s.out = s.out[:0]
		for len(rest) > 0 {
			size := s.answer(rest)
			if size == 0 {
				break
			}
			rest = rest[size:]
		}
		if len(s.out) > 0 {
			if s.extend() != nil {
				return nil, false
			}
			if _, err := s.conn.Write(s.out); err != nil {
				return nil, false
			}
		}
		if len(rest) > 0 {
			return rest, true
		}
		if cap(s.out) > keptBytes {
			s.out, s.body = nil, nil
		}
	}
	return nil, false
}

// extend keeps the connection for another while, as net/http would. Moving a
// deadline costs, so it is done now and then, and by that much more.
func (s *expressed) extend() error {
	now := time.Now()
	if now.Before(s.renew) {
		return nil
	}
	every := min(renewEvery, s.e.config.IdleTimeout/2)
	s.renew = now.Add(every)
	return errors.Join(
		s.conn.SetReadDeadline(now.Add(s.e.config.IdleTimeout+every)),
		s.conn.SetWriteDeadline(now.Add(s.e.config.WriteTimeout+every)),
	)
}

// answer appends the answer to the first request of b to out, and returns how long
// the request is; 0 is one for net/http.
func (s *expressed) answer(b []byte) (size int) {
	r, size := readPlain(b)
	route := s.e.routes[string(r.path)]
	if size == 0 || route == nil {
		return 0
	}
	began := time.Now()
	body, cacheControl, ok := s.e.ask(route, s.body[:0], string(r.query))
	if !ok {
		return 0
	}
	s.body = body
	id := string(r.id)
	if !usableID(id) {
		id = uuid.Must(uuid.NewV7()).String()
	}
	tag := ETagOf(body)
	known := r.held != nil && matches([]string{string(r.held)}, tag)
	s.write(body, tag, cacheControl, id, known)
	status, length, seconds := 200, len(body)+1, route.answered
	if known {
		status, length, seconds = 304, 0, route.unchanged
	}
	took := time.Since(began)
	seconds.Observe(took.Seconds())
	logRequest(s.e.log, id, "GET", route.Path, status, int64(length), took)
	return size
}

// ask leaves a question to net/http on which Answer panics: it will there too, and
// the middleware knows what to do then.
func (e *expressway) ask(route *expressRoute, body []byte, query string) (answer []byte, cacheControl string, ok bool) {
	defer func() {
		if cause := recover(); cause != nil {
			e.log.Error().Interface("panic", cause).Bytes("stack", debug.Stack()).Msg("express answer panicked")
			ok = false
		}
	}()
	return route.Answer(body, query)
}

// write appends an answer as net/http writes it.
func (s *expressed) write(body []byte, tag, cacheControl, id string, known bool) {
	b := s.out
	if known {
		b = append(b, "HTTP/1.1 304 Not Modified\r\n"...)
	} else {
		b = append(b, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(body)+1), 10), "\r\n"...)
	}
	b = append(append(b, "Cache-Control: "...), cacheControl...)
	b = append(append(b, "\r\nEtag: "...), tag...)
	b = append(append(b, "\r\n"+RequestIDHeader+": "...), id...)
	b = append(b, "\r\nDate: "...)
	b = time.Now().UTC().AppendFormat(b, "Mon, 02 Jan 2006 15:04:05 GMT")
	b = append(b, "\r\n\r\n"...)
	if !known {
		b = append(append(b, body...), '\n')
	}
	s.out = b
}
