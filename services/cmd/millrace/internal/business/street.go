package business

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// street is where all partners are reached: /erp, /north, ... It makes calls
// fail, before the work or after it, and has nobody answer at a house that is
// away.
type street struct {
	url    string
	server *http.Server
	mu     sync.Mutex // calls come by other goroutines, one at a time
	houses map[string]house
	faults float64 // share of calls that fail
	away   map[string]bool
	rng    *rand.Rand
}

// house is a partner: a call in, a status and an answer out.
type house interface {
	call(method, path, key string, query url.Values, body []byte) (status int, answer any)
}

// retryIn answers a call with 503 and the seconds to wait.
type retryIn int

// awayFor is how many seconds one waits for a house that is away before calling
// again.
const awayFor = 300

func newStreet(houses map[string]house, faults float64, rng *rand.Rand) (*street, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the street of partners: %w", err)
	}
	s := &street{url: "http://" + listener.Addr().String(), houses: houses, faults: faults, away: make(map[string]bool), rng: rng}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }() // ends with ErrServerClosed
	return s, nil
}

// close ends the street; whoever is answered still gets the answer.
func (s *street) close() error { return s.server.Shutdown(context.Background()) }

func (s *street) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if s.away[name] {
		reply(w, http.StatusServiceUnavailable, retryIn(awayFor))
		return
	}
	work := func() (int, any) {
		return s.houses[name].call(r.Method, "/"+path, r.Header.Get("Idempotency-Key"), r.URL.Query(), body)
	}
	if s.rng.Float64() >= s.faults {
		status, answer := work()
		reply(w, status, answer)
		return
	}
	switch s.rng.IntN(5) {
	case 0:
		w.Header().Set("Retry-After", strconv.Itoa(s.rng.IntN(4)))
		reply(w, http.StatusTooManyRequests, "too many calls")
	case 1:
		reply(w, http.StatusInternalServerError, "broken before the work")
	case 2, 3:
		work()
		reply(w, http.StatusBadGateway, "broken after the work")
	case 4:
		work()
		w.Header().Set("Content-Length", "1000") // and the answer breaks off
		_, _ = w.Write([]byte("{"))
	}
}

func reply(w http.ResponseWriter, status int, answer any) {
	if seconds, later := answer.(retryIn); later {
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}
