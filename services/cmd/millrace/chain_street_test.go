package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// street is where all partners are reached: /erp, /north, ... It makes calls
// fail, before the work or after it.
type street struct {
	url    string
	mu     sync.Mutex
	houses map[string]house
	faults float64
	rng    *rand.Rand
}

// house is a partner: a call in, a status and an answer out.
type house interface {
	call(method, path, key string, query url.Values, body []byte) (status int, answer any)
}

// retryIn answers a call with 503 and the seconds to wait.
type retryIn int

func newStreet(tb testing.TB, depots map[string]*depot, l *ledger, faults float64, rng *rand.Rand) *street {
	s := &street{houses: map[string]house{"erp": l}, faults: faults, rng: rng}
	for name, d := range depots {
		s.houses[name] = d
	}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *street) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
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

// cabinet keeps a partner's documents by their idempotency key alone, so that a
// second key for a document would do its work twice. It notes what a partner
// would complain about.
type cabinet struct {
	byKey      map[string]filed
	works      map[string]int // by document
	repeats    int
	complaints []string
}

type filed struct {
	document, body string
	status         int
	answer         any
}

func newCabinet() *cabinet {
	return &cabinet{byKey: make(map[string]filed), works: make(map[string]int)}
}

func (c *cabinet) complain(format string, args ...any) {
	c.complaints = append(c.complaints, fmt.Sprintf(format, args...))
}

// take does the work of a document once a key.
func (c *cabinet) take(key, document string, body []byte, work func() (int, any)) (int, any) {
	if key == "" {
		c.complain("%s came without a key", document)
	}
	if was, again := c.byKey[key]; again {
		c.repeats++
		if was.document != document || was.body != string(body) {
			c.complain("key %s came with %s %s and with %s %s", key, was.document, was.body, document, body)
		}
		return was.status, was.answer
	}
	c.works[document]++
	if c.works[document] > 1 {
		c.complain("%s came under another key again: %s", document, body)
	}
	status, answer := work()
	c.byKey[key] = filed{document, string(body), status, answer}
	return status, answer
}

// decode reads a body; what cannot be read is a complaint.
func decode[V any](c *cabinet, body []byte) V {
	var v V
	if err := json.Unmarshal(body, &v); err != nil {
		c.complain("body %q: %v", body, err)
	}
	return v
}
