package business

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
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
	site
	rng *rand.Rand
	now func() time.Time

	onHand, picked map[string]int64
	perCase        map[string]int64
	jobs           map[string]*job
	refused        map[string]bool
	last           *job             // that was shipped
	gone           map[string]int64 // units shipped by order and line
	papers         int
	agenda         agenda
	chores         int
	news           []any // rendered, by sequence
	seq            int
	read           int // how far the reader says it has read

	places     map[string]int   // sequence by document, of what moved stock
	deliveries map[string]int64 // units of the last delivery, by item
	moves      []move           // of stock, the oldest first, as far as they are not read
}

// move is a change of what is on hand, told under a sequence.
type move struct {
	seq   int
	item  string
	units int64
}

// habits is how a depot works.
type habits struct {
	refuses float64       // share of releases that it does not take
	short   float64       // share of picks that find less than there is
	pace    time.Duration // a step takes up to so long
	idle    time.Duration // one reads its news again after up to so long when there are none
	// opens is when it works next, from a moment on; nil works always.
	opens func(time.Time) time.Time
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

// chore is something that a depot does later.
type chore struct {
	due   time.Time
	order int // among those due at once
	do    func()
}

// agenda is a heap of chores by time.
type agenda []chore

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return cmp.Or(a[i].due.Compare(a[j].due), cmp.Compare(a[i].order, a[j].order)) < 0
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(chore)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func newDepot(s site, rng *rand.Rand, now func() time.Time) *depot {
	return &depot{
		cabinet: newCabinet(), site: s, rng: rng, now: now,
		onHand: make(map[string]int64), picked: make(map[string]int64), perCase: make(map[string]int64),
		places: make(map[string]int), deliveries: make(map[string]int64), jobs: make(map[string]*job), refused: make(map[string]bool), gone: make(map[string]int64),
	}
}

func (d *depot) call(method, path, key string, query url.Values, body []byte) (int, any) {
	d.work()
	part := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case method == http.MethodGet && path == "/events":
		return d.page(query)
	case method == http.MethodGet && path == "/stock" && d.supplies:
		return http.StatusOK, d.stock()
	case method == http.MethodPost && len(part) == 1 && (part[0] == "orders" || part[0] == "shipments" || part[0] == "purchase-orders"):
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
	due := d.now().Add(time.Duration(d.rng.Int64N(int64(d.pace))))
	if d.opens != nil {
		due = d.opens(due)
	}
	d.chores++
	heap.Push(&d.agenda, chore{due, d.chores, do})
}

// work does what is due, in order of time.
func (d *depot) work() {
	for len(d.agenda) > 0 && !d.agenda[0].due.After(d.now()) {
		heap.Pop(&d.agenda).(chore).do()
	}
}

func (d *depot) release(j *job) (int, any) {
	if d.rng.Float64() < d.refuses {
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
		if d.rng.Float64() < d.short {
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
	d.last = j
	document := d.tell(happening{step: "shipped", job: j, left: left})
	if d.issues {
		d.issue(document, left)
	}
}

// needs is what was shipped last, by item.
func (d *depot) needs() map[string]int64 {
	need := make(map[string]int64)
	for n, u := range d.last.lines {
		need[u.item] += d.last.found[n]
	}
	return need
}

// repeatable says whether there is enough to ship once more what was shipped last,
// and that was all it was asked for: a second part of an order looks like the rest.
func (d *depot) repeatable() bool {
	if d.last == nil {
		return false
	}
	for n, u := range d.last.lines {
		if d.last.found[n] < u.qty {
			return false
		}
	}
	for item, units := range d.needs() {
		if d.onHand[item]-d.picked[item] < units {
			return false
		}
	}
	return true
}

// shipAgain is a mistake: what was shipped last leaves once more, under another
// document.
func (d *depot) shipAgain() {
	for item, units := range d.needs() {
		d.picked[item] += units
	}
	d.ship(d.last)
}

// issue tells what left, an item at a time, under the document of its shipment.
func (d *depot) issue(document string, left []unit) {
	sums := make(map[string]int64)
	for _, u := range left {
		sums[u.item] += u.qty
	}
	for _, item := range slices.Sorted(maps.Keys(sums)) {
		d.tell(happening{step: "issued", document: document, notice: notice{item: item, units: sums[item]}})
	}
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
	for ; d.read < after; d.read++ {
		if old := d.read - 10; old >= 0 {
			d.news[old] = nil // never said again
		}
	}
	if after == d.seq {
		if d.rng.IntN(10) == 0 {
			return http.StatusOK, map[string]any{"events": []any{}}
		}
		return http.StatusServiceUnavailable, retryIn(1 + d.rng.IntN(int(d.idle.Seconds())))
	}
	from := max(0, after-d.rng.IntN(4))
	return http.StatusOK, map[string]any{"events": d.news[from:min(d.seq, after+1+d.rng.IntN(20))]}
}

// mark notes where in its news the depot tells of a change of what is on hand.
func (d *depot) mark(document string, h happening) {
	for _, u := range h.left {
		if !d.issues && !d.supplies { // else it has moved nothing yet, or it was free no more
			d.moves = append(d.moves, move{d.seq, u.item, -u.qty})
		}
	}
	switch h.step {
	case "issued":
		d.moves = append(d.moves, move{d.seq, h.notice.item, -h.notice.units})
		return
	case "arrived", "adjusted":
		d.moves = append(d.moves, move{d.seq, h.notice.item, h.notice.units})
		d.deliveries[h.notice.item] = h.notice.units
	case "shipped":
	default:
		return
	}
	d.places[document] = d.seq
}

// free is what a node has that it did not pick for an order.
func (d *depot) free(item string) int64 { return d.onHand[item] - d.picked[item] }

// stock is what a supplier has free of all it makes, up to its last news.
func (d *depot) stock() any {
	articles := []map[string]any{}
	for _, item := range slices.Sorted(maps.Keys(d.onHand)) {
		articles = append(articles, map[string]any{"article": item, "free": d.free(item)})
	}
	return map[string]any{"seq": d.seq, "time": d.now().Format(time.RFC3339Nano), "articles": articles}
}

// change is a supplier that made goods, or sold some to others: as many as are free.
func (d *depot) change(item string, units int64) {
	d.work()
	if units = max(units, -d.free(item)); units == 0 {
		return
	}
	d.onHand[item] += units
	d.tell(happening{step: "adjusted", notice: notice{item: item, units: units}})
}

// changed is by how much a supplier's own doing changed what is free since a sequence.
func (d *depot) changed(item string, after int) (units int64) {
	for _, m := range d.moves {
		if m.item == item && m.seq > after {
			units += m.units
		}
	}
	return units
}

// untold is by how much what is on hand changed after a sequence, by item.
func (d *depot) untold(after int) map[string]int64 {
	units := make(map[string]int64)
	kept := d.moves[:0]
	for _, m := range d.moves {
		if m.seq > after {
			units[m.item] += m.units
			kept = append(kept, m)
		}
	}
	d.moves = kept
	return units
}

// document numbers the depot's papers.
func (d *depot) document() string {
	d.papers++
	return fmt.Sprintf("%s-%05d", d.name, d.papers)
}
