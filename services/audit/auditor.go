package audit

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/avro"
)

// Limits say how long rules wait. Zero values take the defaults.
type Limits struct {
	// Skew is longer than a transaction stays open and the clocks of writers
	// differ. Default 2 minutes.
	Skew time.Duration
	// Answer is how long a room may take to answer a request. Default 15 minutes.
	Answer time.Duration
	// Book is how long an order may take to book a fact. Default 2 hours.
	Book time.Duration
	// Leave is how long something may be kept for an order that has ended.
	// Default 1 hour.
	Leave time.Duration
	// Settle is how long money may be out of balance after the last word about
	// it. Default 72 hours.
	Settle time.Duration
	// Hold is how long units may be held tentatively. Default 1 hour.
	Hold time.Duration
	// End is how long an order may stand without any word about it, unless it
	// waits for supply or a person. Default 60 days.
	End time.Duration
	// Take is how long an endpoint may take no message before an alert says so.
	// Default 25 hours.
	Take time.Duration
	// Keep is how long an order is remembered after its end. Default 35 days.
	Keep time.Duration
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		limit    *time.Duration
		standard time.Duration
	}{
		{&l.Skew, 2 * time.Minute},
		{&l.Answer, 15 * time.Minute},
		{&l.Book, 2 * time.Hour},
		{&l.Leave, time.Hour},
		{&l.Settle, 72 * time.Hour},
		{&l.Hold, time.Hour},
		{&l.End, 60 * 24 * time.Hour},
		{&l.Take, 25 * time.Hour},
		{&l.Keep, 35 * 24 * time.Hour},
	} {
		*d.limit = cmp.Or(*d.limit, d.standard)
	}
	return l
}

// Config is what an auditor is made of.
type Config struct {
	// Schema returns the text of the writer's schema by the id that a frame names.
	Schema func(id int) ([]byte, error)
	Limits Limits
	// Partial says that the log does not begin with the installation: orders and
	// items whose beginning was not read are not judged.
	Partial bool
	// IssueByMovement names the nodes whose own goods issues move stock and
	// consume reservations; at all others confirmed shipments do.
	IssueByMovement map[string]bool
	// Endpoints are told what can be sold; of others no message is owed.
	Endpoints []Endpoint
}

// Auditor holds books and finds violations. It is not safe for concurrent use.
type Auditor struct {
	config    Config
	limits    Limits
	decoder   decoder
	watermark time.Time

	orders  map[string]*order
	items   map[string]*item
	returns map[string]*giveback
	asks    map[string]*ask
	dead    map[string]bool // by the place of the record
	seen    identities
	// tellings are by endpoint and item; deaf is when an alert last said of an endpoint
	// that it takes nothing.
	tellings map[string]*telling
	deaf     map[string]time.Time

	notes   map[string][]note
	judges  map[string]func(*Auditor, *appointment)
	agenda  agenda
	due     map[string]*appointment // of the agenda, by their rows
	touched map[string]bool         // rows that changed
	tallies map[Invariant]*tally
	told    map[string]bool
	found   []Violation
}

// New makes an auditor that knows nothing yet.
func New(config Config) *Auditor {
	return &Auditor{
		config: config, limits: config.Limits.withDefaults(),
		decoder: decoder{text: config.Schema, parsed: make(map[int]*avro.Schema)},
		orders:  make(map[string]*order), items: make(map[string]*item), returns: make(map[string]*giveback), asks: make(map[string]*ask), dead: make(map[string]bool),
		tellings: make(map[string]*telling), deaf: make(map[string]time.Time),
		notes: noteTable(), judges: judgeTable(), due: make(map[string]*appointment), touched: make(map[string]bool),
		seen: newIdentities(), tallies: make(map[Invariant]*tally), told: make(map[string]bool),
	}
}

// note takes a decoded record into the books.
type note func(*Auditor, *fact)

// Observe takes a committed record. Those of one partition must come in the order
// of their offsets, once; partitions may be mixed in any way. The error says that
// the schema of the record cannot be had; then nothing was noted.
func (a *Auditor) Observe(r *Record) error {
	place := Place{r.Topic, r.Partition, r.Offset}
	takes := a.notes[r.Topic]
	var value row
	if len(takes) > 0 && r.Value != nil {
		var missing bool
		var err error
		if value, missing, err = a.decoder.decode(r.Value); missing {
			return fmt.Errorf("reading %s: %w", place, err)
		} else if err != nil {
			a.violated(Accounting, string(r.Key), "unreadable "+place.String(), "a record that can be read", err.Error(), place)
			takes = nil
		}
	}
	a.identify(r, place)
	if strings.HasSuffix(r.Topic, deadLetters) {
		a.deadLetter(r)
	}
	if value == nil {
		return nil
	}
	f := &fact{
		Place: place, at: r.Time, key: string(r.Key), id: r.header("ce_id"), cause: r.header("ce_causationid"), order: r.header("ce_correlationid"), row: value,
	}
	for _, take := range takes {
		take(a, f)
	}
	return nil
}

// Advance says that every record whose time is before the watermark has been
// given to Observe. Judgements that are due by then are made.
func (a *Auditor) Advance(watermark time.Time) {
	if watermark.Before(a.watermark) {
		return
	}
	a.watermark = watermark
	for w := a.next(); w != nil; w = a.next() {
		a.touch(rowOrder + w.Key)
		a.touch(rowItem + w.Key)
		a.touch(rowReturn + w.Key)
		a.judges[w.What](a, w)
	}
}

// Watermark is how far Advance came.
func (a *Auditor) Watermark() time.Time { return a.watermark }

// Violations returns what was found since the last call.
func (a *Auditor) Violations() []Violation {
	found := a.found
	a.found = nil
	return found
}

// Tallies returns the account of every invariant.
func (a *Auditor) Tallies() []Tally {
	all := make([]Tally, len(Invariants))
	at := make(map[Invariant]*Tally, len(Invariants))
	for n, i := range Invariants {
		all[n] = Tally{Invariant: i, Checked: a.tally(i).Checked, Violated: a.tally(i).Violated}
		at[i] = &all[n]
	}
	for _, w := range a.agenda {
		t := at[w.Invariant]
		if t == nil {
			continue
		}
		t.Waiting++
		if t.Oldest.IsZero() || w.Since.Before(t.Oldest) {
			t.Oldest = w.Since
		}
	}
	return all
}

// appointment is a judgement that waits for the watermark.
type appointment struct {
	Due       time.Time
	Since     time.Time // what it is about
	Invariant Invariant // empty for housekeeping
	What      string    // name in judges
	Key       string    // of the book
	Ref       string    // of what within the book
	Place     Place     // of the record that it is about
}

// later makes an appointment about a record, wait after its time.
func (a *Auditor) later(i Invariant, what, key, ref string, f *fact, wait time.Duration) {
	a.await(i, what, key, ref, f.Place, f.at, wait)
}

func (a *Auditor) await(i Invariant, what, key, ref string, place Place, since time.Time, wait time.Duration) {
	a.appoint(&appointment{Due: since.Add(wait), Since: since, Invariant: i, What: what, Key: key, Ref: ref, Place: place})
}

// again makes an appointment anew.
func (a *Auditor) again(w *appointment, due time.Time) {
	next := *w
	next.Due = due
	a.appoint(&next)
}

// agenda is a heap of appointments, the earliest first; equal times by what they
// are about, so that two runs judge in one order.
type agenda []*appointment

func (g agenda) Len() int { return len(g) }
func (g agenda) Less(i, j int) bool {
	x, y := g[i], g[j]
	return cmp.Or(x.Due.Compare(y.Due), cmp.Compare(x.What, y.What), cmp.Compare(x.Key, y.Key), cmp.Compare(x.Ref, y.Ref)) < 0
}
func (g agenda) Swap(i, j int) { g[i], g[j] = g[j], g[i] }
func (g *agenda) Push(x any)   { *g = append(*g, x.(*appointment)) }
func (g *agenda) Pop() any {
	old := *g
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*g = old[:len(old)-1]
	return last
}
