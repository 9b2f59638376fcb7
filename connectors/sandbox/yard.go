package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// yard is the shell of a depot: it locks the book, writes the journal, keeps
// the time and serves what both kinds of warehouse have in common.
type yard struct {
	*host
	book    *depot
	feed    *feed
	journal *journal
	agenda  agenda
	wake    chan struct{} // the agenda has something earlier
	stop    chan struct{}
	stopped sync.WaitGroup
	render  func(happening, map[string]*Item) any
	haulier haulier // brings what is shipped
	fault   error   // of the journal: nothing more is accepted
	mu      sync.Mutex
}

// openYard replays the journal and starts the clock; render puts an event into
// the twin's own words.
func openYard(opts Options, mux *http.ServeMux, by haulier, render func(happening, map[string]*Item) any) (*yard, error) {
	opts = opts.withDefaults()
	y := &yard{book: newDepot(), feed: newFeed(), wake: make(chan struct{}, 1), stop: make(chan struct{}), render: render, haulier: by}
	y.book.issues = opts.Issues
	var err error
	y.journal, err = openJournal(opts.Dir, opts.Name, func(e entry) error {
		y.feed.add(y.book.apply(e))
		return nil
	})
	if err != nil {
		return nil, err
	}
	mux.HandleFunc("GET /events", y.serveEvents)
	mux.HandleFunc("GET /books", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, y.Books()) })
	y.host, err = listen(opts, mux)
	if err != nil {
		_ = y.journal.Close() // the port is what failed
		return nil, err
	}
	y.resume()
	y.stopped.Add(1)
	go y.work()
	return y, nil
}

// resume puts what is unfinished after a restart on the agenda.
func (y *yard) resume() {
	now := time.Now()
	for _, ref := range slices.Sorted(maps.Keys(y.book.orders)) {
		y.plan(y.book.orders[ref], now)
	}
	for _, n := range slices.Sorted(maps.Keys(y.book.advices)) {
		if in := y.book.advices[n]; !in.done {
			y.agenda.add(task{due: later(in.Due, now), advice: n})
		}
	}
}

// plan puts an order's next step on the agenda.
func (y *yard) plan(o *order, now time.Time) {
	if nextStep[o.step] != "" {
		y.agenda.add(task{due: now.Add(y.dice.between(0, y.opts.Profile.MaxStep, o.Ref+o.step, 0)), order: o.Ref})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Close stops the twin; what it has written stays.
func (y *yard) Close() error {
	select {
	case <-y.stop:
		return nil
	default:
	}
	close(y.stop)
	y.stopped.Wait()
	err := y.close()
	y.mu.Lock()
	defer y.mu.Unlock()
	if e := y.journal.Close(); err == nil {
		err = e
	}
	return err
}

// record writes entries and applies them. The caller holds the lock.
func (y *yard) record(now time.Time, entries ...entry) ([]happening, error) {
	if y.fault != nil {
		return nil, y.fault
	}
	for i := range entries {
		entries[i].At = now
	}
	if y.fault = write(y.journal, entries...); y.fault != nil {
		return nil, y.fault
	}
	var all []happening
	for _, e := range entries {
		all = append(all, y.book.apply(e)...)
		y.follow(e, now)
	}
	y.feed.add(all)
	return all, nil
}

// follow plans what comes after an entry.
func (y *yard) follow(e entry, now time.Time) {
	switch {
	case e.Order != nil:
		y.plan(y.book.orders[e.Order.Ref], now)
	case e.Step != "":
		y.plan(y.book.orders[e.Step], now)
	case e.Advice != nil && !e.Advice.Adjust:
		y.agenda.add(task{due: later(e.Advice.Due, now.Add(y.dice.between(0, y.opts.Profile.MaxStep, e.Advice.Number, 0))), advice: e.Advice.Number})
	default:
		return
	}
	select {
	case y.wake <- struct{}{}:
	default:
	}
}

const workAtOnce = 500 // tasks under one hold of the lock

// work does what is on the agenda when its time has come.
func (y *yard) work() {
	defer y.stopped.Done()
	for {
		wait, more := y.turn(time.Now())
		if wait <= 0 && more {
			continue
		}
		var alarm <-chan time.Time
		if more {
			alarm = time.After(wait)
		}
		select {
		case <-alarm:
		case <-y.wake:
		case <-y.stop:
			return
		}
	}
}

// turn does one batch and says how long until the next.
func (y *yard) turn(now time.Time) (wait time.Duration, more bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	var entries []entry
	for _, t := range y.agenda.take(now, workAtOnce) {
		entries = append(entries, entry{Step: t.order, Arrive: t.advice})
	}
	if len(entries) > 0 {
		if _, err := y.record(now, entries...); err != nil {
			return 0, false // the journal cannot be written: stand still
		}
	}
	next, more := y.agenda.next()
	return next.Sub(now), more
}

// serveEvents answers with a page of what happened, waiting for the first event
// when there is none yet.
func (y *yard) serveEvents(w http.ResponseWriter, r *http.Request) {
	c, ok := readCursor(r)
	if !ok {
		refuse(w, http.StatusBadRequest, "after must be a sequence, limit a number above 0, wait a span like 1s")
		return
	}
	alarm := time.After(c.wait)
	for {
		y.mu.Lock()
		gone := c.after < y.feed.dropped
		page := y.page(c)
		changed := y.feed.changed
		y.mu.Unlock()
		if gone {
			refuse(w, http.StatusGone, "events after this sequence are no longer kept")
			return
		}
		if len(page) > 0 || c.wait == 0 {
			answer(w, http.StatusOK, map[string]any{"events": page})
			return
		}
		select {
		case <-changed:
		case <-alarm:
			c.wait = 0
		case <-y.stop:
			c.wait = 0
		case <-r.Context().Done():
			return
		}
	}
}

// page renders events after the cursor; a chaotic twin says a few again.
func (y *yard) page(c cursor) []json.RawMessage {
	events := y.feed.after(c.after, c.limit)
	if len(events) > 0 {
		events = y.feed.after(max(y.feed.dropped, c.after-int64(y.opts.Profile.Repeats)), c.limit)
	}
	page := make([]json.RawMessage, 0, len(events))
	for _, e := range events {
		raw, err := json.Marshal(y.render(e, y.book.items))
		if err == nil {
			page = append(page, raw)
		}
	}
	return page
}

// accept does the common part of a call that may be repeated: known says whether
// the document is there already and whether it is the same.
func (y *yard) accept(w http.ResponseWriter, key string, known, same bool, e entry, view func() any) {
	switch {
	case known && !same:
		refuse(w, http.StatusConflict, "this number was used for another document")
	case known:
		y.book.repeats++
		w.Header().Set("Idempotent-Replayed", "true")
		answer(w, http.StatusOK, view())
	default:
		e.Key = key
		if _, err := y.record(time.Now(), e); err != nil {
			refuse(w, http.StatusInternalServerError, err.Error())
			return
		}
		answer(w, http.StatusCreated, view())
	}
}
