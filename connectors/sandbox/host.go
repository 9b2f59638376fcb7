package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Options of a twin.
type Options struct {
	Name    string           // of the twin: its journal, its documents
	Addr    string           // to listen on; default a free port of the loopback
	Dir     string           // of its journal; empty forgets everything at the end
	Profile Profile          // how it behaves; the zero value is Quick
	Seed    uint64           // of all its decisions
	Now     func() time.Time // dates what it books; default time.Now
	Issues  bool             // a place that ships tells each goods issue, too, beside the shipment
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Profile.Name == "" {
		o.Profile = Quick
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

const maxBody = 4 << 20 // bytes of a request

// host is the HTTP side that all twins share.
type host struct {
	opts     Options
	dice     dice
	listener net.Listener
	server   *http.Server
	limiter  *rate.Limiter
	done     chan struct{}

	mu       sync.Mutex
	attempts map[string]int // by idempotency key, of calls that failed so far
	calls    map[string]int // by route and outcome
}

// listen serves mux until Close.
func listen(opts Options, mux *http.ServeMux) (*host, error) {
	listener, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("listening as twin %s on %s: %w", opts.Name, opts.Addr, err)
	}
	limit := rate.Inf
	if opts.Profile.PerSecond > 0 {
		limit = rate.Limit(opts.Profile.PerSecond)
	}
	h := &host{
		opts: opts, dice: dice{opts.Seed}, listener: listener, limiter: rate.NewLimiter(limit, max(1, int(opts.Profile.PerSecond))),
		done: make(chan struct{}), attempts: make(map[string]int), calls: make(map[string]int),
	}
	mux.HandleFunc("GET /calls", h.serveCalls)
	h.server = &http.Server{Handler: h.behave(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	go func() {
		defer close(h.done)
		_ = h.server.Serve(listener) // ends with ErrServerClosed
	}()
	return h, nil
}

// URL is where the twin is called.
func (h *host) URL() string { return "http://" + h.listener.Addr().String() }

// Calls counts what was asked, by "METHOD /route: outcome".
func (h *host) Calls() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := make(map[string]int, len(h.calls))
	for k, n := range h.calls {
		calls[k] = n
	}
	return calls
}

func (h *host) serveCalls(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, h.Calls())
}

func (h *host) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := h.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = h.server.Close()
	}
	<-h.done
	return err
}

// behave puts the profile between the caller and the twin's routes.
func (h *host) behave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		p := h.opts.Profile
		key, turn := h.attempt(r)
		if wait := h.dice.between(p.MinLatency, p.MaxLatency, "latency "+key, turn); wait > 0 {
			select {
			case <-time.After(wait):
			case <-r.Context().Done():
				return
			}
		}
		outcome := p.fault(h.dice, key, turn)
		if !h.limiter.Allow() {
			outcome = throttled
		}
		switch outcome {
		case throttled:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "too many calls, come back in a second")
		case broken:
			refuse(w, http.StatusInternalServerError, "something broke")
		case ghost:
			next.ServeHTTP(&discard{header: make(http.Header)}, r)
			refuse(w, http.StatusInternalServerError, "something broke on the way back")
		case lost:
			next.ServeHTTP(&discard{header: make(http.Header)}, r)
			h.count(r, outcome)
			panic(http.ErrAbortHandler) // the way of net/http to break the connection
		default:
			next.ServeHTTP(w, r)
			h.settled(key)
		}
		h.count(r, outcome)
	})
}

// attempt names a call and says how often it was tried before.
func (h *host) attempt(r *http.Request) (key string, turn int) {
	key = r.Header.Get("Idempotency-Key")
	if key == "" {
		key = r.Method + " " + r.URL.RequestURI()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	turn = h.attempts[key]
	if h.opts.Profile.faulty() {
		h.attempts[key] = turn + 1
	}
	return key, turn
}

func (h *host) settled(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.attempts, key)
}

func (h *host) count(r *http.Request, outcome fault) {
	said := map[fault]string{none: "answered", throttled: "throttled", broken: "broken", ghost: "done but broken", lost: "done but cut off"}[outcome]
	route := r.Pattern // empty when the call did not come as far as the mux
	if route == "" {
		route = "any"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls[route+": "+said]++
}

// discard is the answer that gets lost after the work.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// read decodes a request's body, strictly; false means it was answered.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		_, err = decoder.Token()
		if errors.Is(err, io.EOF) {
			return true
		}
		err = errors.New("something follows the document")
	}
	refuse(w, http.StatusBadRequest, "reading document: "+err.Error())
	return false
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller is gone when this fails
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"error": why})
}
