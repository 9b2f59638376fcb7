package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// depot is a node with books of its own, on the clock of the simulation. An
// order goes received > picked > packed > shipped, a step at a time.
type depot struct {
	*cabinet
	name  string
	cases bool // speaks the language of the logistics firm
	m     manners
	rng   *rand.Rand
	now   func() time.Time

	onHand, picked map[string]int64
	perCase        map[string]int64
	jobs           map[string]*job
	refused        map[string]bool
	gone           map[string]int64 // units shipped by order and line
	papers         int
	agenda         []chore
	news           []any // rendered, by sequence
	seq            int
	read           int // how far the reader says it has read
}

// job is what a depot was asked to ship.
type job struct {
	ref, order string
	lines      []unit
	found      []int64
	step       string
}

// unit is units of an item, for a line of an order.
type unit struct {
	line, item string
	qty        int64
}

type chore struct {
	due time.Time
	do  func()
}

func newDepot(name string, cases bool, m manners, rng *rand.Rand, now func() time.Time) *depot {
	return &depot{
		cabinet: newCabinet(), name: name, cases: cases, m: m, rng: rng, now: now,
		onHand: make(map[string]int64), picked: make(map[string]int64), perCase: make(map[string]int64),
		jobs: make(map[string]*job), refused: make(map[string]bool), gone: make(map[string]int64),
	}
}

func (d *depot) call(method, path, key string, query url.Values, body []byte) (int, any) {
	d.work()
	part := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case method == http.MethodGet && path == "/events":
		return d.page(query)
	case method == http.MethodPost && len(part) == 1 && (part[0] == "orders" || part[0] == "shipments"):
		j := d.readJob(body)
		return d.take(key, "release "+j.ref, body, func() (int, any) { return d.release(j) })
	case method == http.MethodPost && len(part) == 1 && (part[0] == "advices" || part[0] == "inbound"):
		a := d.readAdvice(body)
		return d.take(key, "advice "+a.number, body, func() (int, any) { return d.advise(a) })
	case method == http.MethodPost && len(part) == 3 && part[2] == "cancel":
		return d.take(key, "cancel "+part[1], body, func() (int, any) { return d.cancel(part[1]) })
	}
	d.complain("%s %s is not served", method, path)
	return http.StatusNotFound, nil
}

// later puts a chore on the agenda.
func (d *depot) later(do func()) {
	d.agenda = append(d.agenda, chore{d.now().Add(time.Duration(d.rng.IntN(2000)) * time.Millisecond), do})
}

// work does what is due, in order of time.
func (d *depot) work() {
	for {
		slices.SortStableFunc(d.agenda, func(a, b chore) int { return a.due.Compare(b.due) })
		if len(d.agenda) == 0 || d.agenda[0].due.After(d.now()) {
			return
		}
		next := d.agenda[0]
		d.agenda = d.agenda[1:]
		next.do()
	}
}

func (d *depot) release(j *job) (int, any) {
	if d.rng.Float64() < d.m.refuses {
		d.refused[j.ref] = true
		return http.StatusUnprocessableEntity, "we cannot ship this"
	}
	if d.jobs[j.ref] != nil || len(j.lines) == 0 || slices.ContainsFunc(j.lines, func(u unit) bool { return u.qty <= 0 }) {
		d.complain("release %s makes no sense: %+v", j.ref, j)
	}
	d.jobs[j.ref] = j
	j.step, j.found = "received", make([]int64, len(j.lines))
	d.tell(happening{step: "received", job: j})
	d.later(func() { d.advance(j) })
	return http.StatusCreated, "taken"
}

// advance takes the next step of a job that was not stopped.
func (d *depot) advance(j *job) {
	switch j.step {
	case "received":
		d.pick(j)
	case "picked":
		j.step = "packed"
		d.tell(happening{step: "packed", job: j})
	case "packed":
		d.ship(j)
	}
	if j.step == "picked" || j.step == "packed" {
		d.later(func() { d.advance(j) })
	}
}

func (d *depot) pick(j *job) {
	var asked, found int64
	for n, u := range j.lines {
		there := max(0, min(u.qty, d.onHand[u.item]-d.picked[u.item]))
		if d.rng.Float64() < d.m.short {
			there = d.rng.Int64N(there + 1)
		}
		j.found[n] = there
		d.picked[u.item] += there
		asked, found = asked+u.qty, found+there
	}
	j.step = "picked"
	if found < asked {
		d.tell(happening{step: "short", job: j})
	} else {
		d.tell(happening{step: "picked", job: j})
	}
	if found == 0 {
		j.step = "cancelled"
		d.tell(happening{step: "cancelled", job: j})
	}
}

func (d *depot) ship(j *job) {
	j.step = "shipped"
	var left []unit
	for n, u := range j.lines {
		if units := j.found[n]; units > 0 {
			d.onHand[u.item] -= units
			d.picked[u.item] -= units
			d.gone[j.order+" "+u.line] += units
			left = append(left, unit{u.line, u.item, units})
		}
	}
	d.tell(happening{step: "shipped", job: j, left: left})
}

func (d *depot) cancel(ref string) (int, any) {
	j := d.jobs[ref]
	switch {
	case j == nil:
		return http.StatusNotFound, "no such order"
	case j.step == "cancelled":
		return http.StatusOK, "stopped before"
	case j.step != "received" && j.step != "picked":
		d.tell(happening{step: "refused", job: j})
		return http.StatusConflict, "too late"
	}
	for n, u := range j.lines {
		d.picked[u.item] -= j.found[n]
	}
	j.step = "cancelled"
	d.tell(happening{step: "cancelled", job: j})
	return http.StatusOK, "stopped"
}

// notice announces goods, or corrects the book.
type notice struct {
	number, item   string
	units, perCase int64
	correct        bool
}

func (d *depot) advise(a notice) (int, any) {
	if a.perCase > 0 {
		d.perCase[a.item] = a.perCase
	}
	book := func(step string) {
		d.onHand[a.item] += a.units
		d.tell(happening{step: step, notice: a})
	}
	if a.correct {
		book("adjusted")
	} else {
		d.later(func() { book("arrived") })
	}
	return http.StatusCreated, "noted"
}

// page answers with some news after a sequence, a few of them said again, and
// asks to come back later when there are none.
func (d *depot) page(query url.Values) (int, any) {
	after, err := strconv.Atoi(query.Get("after"))
	if err != nil || after > d.seq {
		d.complain("reading news after %v of %d: %v", query["after"], d.seq, err)
		return http.StatusBadRequest, nil
	}
	d.read = max(d.read, after)
	if after == d.seq {
		if d.rng.IntN(10) == 0 {
			return http.StatusOK, map[string]any{"events": []any{}}
		}
		return http.StatusServiceUnavailable, retryIn(1 + d.rng.IntN(3))
	}
	from := max(0, after-d.rng.IntN(4))
	return http.StatusOK, map[string]any{"events": d.news[from:min(d.seq, after+1+d.rng.IntN(20))]}
}

// document numbers the depot's papers.
func (d *depot) document() string {
	d.papers++
	return fmt.Sprintf("%s-%05d", d.name, d.papers)
}
