//go:build unix

package chaos

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// effectHeader carries the idempotency key of a call.
const effectHeader = "Idempotency-Key"

// document is what a call makes at the twin.
type document struct {
	number int64
	ask    string
}

// twin is the outside: a system that keeps one document for each idempotency
// key. It sometimes refuses for now, and sometimes does what it is asked for and
// does not answer in time.
type twin struct {
	url string

	mu        sync.Mutex
	random    *rand.Rand
	documents map[string]document // by idempotency key
	calls     int
	hung      int
}

func newTwin(t testing.TB, seed uint64) *twin {
	tw := &twin{random: rand.New(rand.NewPCG(seed, 2)), documents: make(map[string]document)}
	server := httptest.NewServer(tw)
	t.Cleanup(server.Close)
	tw.url = server.URL
	return tw
}

// ServeHTTP implements http.Handler.
func (tw *twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	id := r.Header.Get(effectHeader)
	if err != nil || id == "" {
		http.Error(w, "no body or no idempotency key", http.StatusBadRequest)
		return
	}
	number, mood := tw.take(id, string(body))
	switch {
	case number == 0:
		http.Error(w, "busy", http.StatusServiceUnavailable)
	case mood == deaf:
		select { // done, but the caller does not get to know
		case <-r.Context().Done():
		case <-time.After(2 * callTimeout):
		}
	default:
		fmt.Fprint(w, number)
	}
}

type mood int

const (
	willing mood = iota
	busy
	deaf
)

// take returns the number of the document under id, made now if it is new; 0 if
// nothing was done.
func (tw *twin) take(id, ask string) (int64, mood) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.calls++
	m := willing
	switch n := tw.random.IntN(100); {
	case n < 8:
		return 0, busy
	case n < 16:
		m = deaf
		tw.hung++
	}
	d, ok := tw.documents[id]
	if !ok {
		d = document{number: int64(len(tw.documents) + 1), ask: ask}
		tw.documents[id] = d
	}
	return d.number, m
}

// byAsk returns the numbers of the documents of each thing that was asked for:
// one, if ids are stable.
func (tw *twin) byAsk() map[string][]int64 {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	numbers := make(map[string][]int64)
	for _, d := range tw.documents {
		numbers[d.ask] = append(numbers[d.ask], d.number)
	}
	return numbers
}
