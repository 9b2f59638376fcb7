package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/millrace/millrace/streams"
)

// Command asks a system for a step of an order: reserve or release, charge or
// void.
type Command struct {
	Step  string `json:"step"`
	Order string `json:"order"`
	Cents int64  `json:"cents"`
}

// Receipt is a system's answer.
type Receipt struct {
	Number int `json:"number"`
}

// caller makes a Destination's Call: the effect's id is the idempotency key, a
// refusal is permanent, everything else may pass.
func caller(url string) func(context.Context, Command) (Receipt, error) {
	client := &http.Client{Timeout: 10 * time.Second} // ctx has the destination's, which is shorter
	return func(ctx context.Context, c Command) (receipt Receipt, err error) {
		body, err := json.Marshal(c)
		if err != nil {
			return receipt, streams.Permanent(err)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return receipt, streams.Permanent(err)
		}
		req.Header.Set("Idempotency-Key", streams.EffectID(ctx))
		resp, err := client.Do(req)
		if err != nil {
			return receipt, err
		}
		defer resp.Body.Close()
		switch {
		case resp.StatusCode == http.StatusPaymentRequired:
			return receipt, streams.Permanent(errors.New("it was refused"))
		case resp.StatusCode != http.StatusOK:
			return receipt, fmt.Errorf("answered %s", resp.Status)
		}
		err = json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<10)).Decode(&receipt)
		return receipt, err
	}
}

// mood is how a system takes one attempt.
type mood string

const (
	fails   mood = "503"
	hangs   mood = "does nothing and does not answer"
	forgets mood = "does it and does not answer" // the caller sees a timeout
	refuses mood = "refuses for good"
)

// moods of the systems: by step and order, one an attempt, the last one for good.
// Without a mood they do as they are told.
var moods = map[string][]mood{
	"reserve apple": {fails, ""},
	"charge apple":  {forgets, ""},
	"release yacht": {forgets, ""},
	"charge plum":   {hangs},
}

// systems are the warehouse and the bank behind one address.
type systems struct {
	mu    sync.Mutex
	moods map[string][]mood
	keys  map[string]Receipt // by idempotency key: what was answered, or would have been
	done  map[string]int     // how often each step of each order was really done
	tell  func(format string, args ...any)
}

func newSystems(moods map[string][]mood) *systems {
	return &systems{moods: moods, keys: make(map[string]Receipt), done: make(map[string]int)}
}

// take does a command, unless its key was taken before: then it repeats the
// answer. answers is false when the caller gets none.
func (s *systems) take(key string, c Command) (receipt Receipt, status int, answers bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m := s.mood(c.Step + " " + c.Order); {
	case m == fails:
		return receipt, http.StatusServiceUnavailable, true
	case m == hangs:
		return receipt, 0, false
	case m == refuses, c.Step == "charge" && (c.Cents > 10_000 || s.done["void "+c.Order] > 0): // a void before its charge holds
		return receipt, http.StatusPaymentRequired, true
	default:
		if _, again := s.keys[key]; !again {
			s.keys[key] = Receipt{Number: len(s.keys) + 1}
			s.done[c.Step+" "+c.Order]++
		}
		return s.keys[key], http.StatusOK, m != forgets
	}
}

// mood takes the next one from the list.
func (s *systems) mood(of string) mood {
	list := s.moods[of]
	if len(list) == 0 {
		return ""
	}
	if len(list) > 1 {
		s.moods[of] = list[1:]
	}
	return list[0]
}

// ServeHTTP implements http.Handler.
func (s *systems) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var c Command
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&c); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	receipt, status, answers := s.take(r.Header.Get("Idempotency-Key"), c)
	if !answers {
		s.tell("  %s %s: no answer\n", c.Step, c.Order)
		<-r.Context().Done()
		return
	}
	s.tell("  %s %s: %s\n", c.Step, c.Order, http.StatusText(status))
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(receipt); err != nil {
		return // the caller is gone
	}
}

// serve listens on a free port of this machine, and tells about each call.
func (s *systems) serve(tell func(format string, args ...any)) (url string, server io.Closer, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("starting the systems: %w", err)
	}
	s.tell = tell
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Second}
	go srv.Serve(listener) //nolint:errcheck // it ends by Close alone
	return "http://" + listener.Addr().String(), srv, nil
}
