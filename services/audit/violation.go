package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Invariant is the short name of a rule.
type Invariant string

// The invariants; the files of the rules say what each one means.
const (
	Conservation Invariant = "I1"
	Oversell     Invariant = "I2"
	Reservations Invariant = "I3"
	Terminal     Invariant = "O1"
	Lines        Invariant = "O2"
	Leftovers    Invariant = "O3"
	Money        Invariant = "M1"
	Returns      Invariant = "M2"
	Effects      Invariant = "E1"
	Webhooks     Invariant = "E2"
	Provenance   Invariant = "K1"
	Accounting   Invariant = "K2"
	States       Invariant = "K3"
	Cache        Invariant = "K4"
	Acceptance   Invariant = "A1"
)

// Invariants lists all of them in the order of reports.
var Invariants = []Invariant{Conservation, Oversell, Reservations, Terminal, Lines, Leftovers, Money, Returns, Effects, Webhooks, Provenance, Accounting, States, Cache, Acceptance}

// Subject says what the Key of a violation is: an item, an order, or neither.
func (i Invariant) Subject() Subject {
	switch i {
	case Conservation, Oversell, Reservations:
		return SubjectSKU
	case Terminal, Lines, Leftovers, Money, States, Acceptance:
		return SubjectOrder
	}
	return SubjectOther
}

// Subject is a kind of thing that a violation is about.
type Subject string

// The kinds.
const (
	SubjectSKU   Subject = "sku"   // an item, which can be frozen
	SubjectOrder Subject = "order" // an order, which can be frozen
	SubjectOther Subject = ""      // an event, a document, a request
)

// Meaning says in a few words what must hold.
func (i Invariant) Meaning() string { return meanings[i] }

var meanings = map[Invariant]string{
	Conservation: "on hand follows from entries and baselines",
	Oversell:     "nothing is granted that is not available",
	Reservations: "reserved units are open reservations, and these end",
	Terminal:     "an accepted order ends once",
	Lines:        "each ordered unit is in one place",
	Leftovers:    "nothing is kept for an order that has ended",
	Money:        "bills add up, units are credited once, books balance",
	Returns:      "goods without an order are credited on a person's word, no unit twice",
	Effects:      "the outside has each document once",
	Webhooks:     "endpoints are told what can be sold, in order, until they know",
	Provenance:   "no event is written twice",
	Accounting:   "every request is answered or a dead letter",
	States:       "the state of an order says how it ended",
	Cache:        "the shared cache shows what stock said, and not too old",
	Acceptance:   "what was accepted is what was asked",
}

// Violation is an invariant that does not hold.
type Violation struct {
	// ID is the same when the same violation is found again.
	ID        string    `json:"id"`
	Invariant Invariant `json:"invariant"`
	// Key is the order id, the sku, or what else it is about.
	Key string `json:"key"`
	// Expected is what should be, Seen what is, in words.
	Expected string `json:"expected"`
	Seen     string `json:"seen"`
	// Records are the fewest records that show it.
	Records []Place `json:"records"`
	// At is the watermark at which it was found.
	At time.Time `json:"at"`
}

// Tally is the account of one invariant.
type Tally struct {
	Invariant Invariant `json:"invariant"`
	// Checked counts what was judged, Violated what did not hold.
	Checked  int64 `json:"checked"`
	Violated int64 `json:"violated"`
	// Waiting counts what cannot be judged yet, Oldest is since when the first of
	// it waits; zero for none.
	Waiting int64     `json:"waiting"`
	Oldest  time.Time `json:"oldest"`
}

// tally counts what was judged of one invariant.
type tally struct{ Checked, Violated int64 }

// maxTold bounds the violations by which a repeated one is known.
const maxTold = 100_000

func (a *Auditor) checked(i Invariant) { a.tally(i).Checked++ }

func (a *Auditor) tally(i Invariant) *tally {
	t := a.tallies[i]
	if t == nil {
		t = new(tally)
		a.tallies[i] = t
	}
	return t
}

// violated notes a violation, once by its invariant, key and name. name tells
// violations of one key apart and does not change when it is found again.
func (a *Auditor) violated(i Invariant, key, name, expected, seen string, records ...Place) {
	sum := sha256.Sum256([]byte(string(i) + "\x1f" + key + "\x1f" + name))
	id := hex.EncodeToString(sum[:16])
	if a.told[id] {
		return
	}
	if len(a.told) >= maxTold {
		clear(a.told)
	}
	a.told[id] = true
	a.touch(rowTold + id)
	a.tally(i).Violated++
	known := make([]Place, 0, len(records))
	for _, p := range records {
		if p.known() {
			known = append(known, p)
		}
	}
	a.found = append(a.found, Violation{ID: id, Invariant: i, Key: key, Expected: expected, Seen: seen, Records: known, At: a.watermark})
}
