package audit

import (
	"cmp"
	"slices"
	"time"
)

// entry is what is remembered of an entry: who told it, which others did, and how
// many units of it moved.
type entry struct {
	At     time.Time
	Source string
	Acks   []string
	Stand  string
	Units  int64
}

// move is an entry and what it does: units of it that move, and the reservations
// that it consumes. An acknowledgement of an entry is a move of nothing, by which
// up to Back units come to be counted: it shows that a baseline contains what left,
// or lacks what came.
type move struct {
	Place
	Entry    string
	Stand    string // node and owner
	Source   string
	OnHand   int64
	Unsold   int64
	Back     int64
	Consumes []use
	At       time.Time
}

type use struct {
	Reservation string
	Units       int64
}

// issue is a goods issue that two may tell of: the confirmed shipment and the node.
type issue struct {
	Confirmed, Stated, Booked int64
	Overdue                   bool
	Waiting                   []use
}

// noteMovement enters a movement with what it does to stock. One that says nothing
// that could be booked becomes a dead letter and moves nothing.
func (a *Auditor) noteMovement(f *fact) {
	i := a.item(f.key)
	node, owner, qty := f.text("node"), cmp.Or(f.text("owner"), ownUnits), f.number("qty")
	from, to := f.text("from"), f.text("to")
	m := &move{Place: f.Place, Entry: f.text("entry_id"), Stand: standKey(node, owner), Source: f.text("source"), At: f.at}
	reservation := f.text("reservation_id")
	if m.Entry == "" || node == "" || qty < 1 || from == to || f.text("sku") != i.SKU {
		return
	}
	if known := i.Entries[m.Entry]; known != nil {
		i.acknowledged(known, m)
		return
	}
	units := qty
	switch document := f.text("document"); {
	case from == sellable && to == outside && document != "" && (reservation != "" || owner == ownUnits && f.text("reason") == goodsIssue):
		w := i.issue(node, document)
		if reservation == "" {
			w.Stated += qty
		} else {
			w.Confirmed += qty
			w.Waiting = append(w.Waiting, use{reservation, qty})
		}
		units, m.Consumes = w.advance(a.config.IssueByMovement[node])
	case reservation != "" && to == outside:
		m.Consumes = []use{{reservation, qty}}
	}
	m.shift(from, -units)
	m.shift(to, units)
	i.Entries[m.Entry] = &entry{At: f.at, Source: m.Source, Stand: m.Stand, Units: max(m.OnHand, -m.OnHand, m.Unsold-m.OnHand, m.OnHand-m.Unsold)}
	i.Moves = append(i.Moves, m)
}

// acknowledged takes the first word of another source about a known entry.
func (i *item) acknowledged(e *entry, m *move) {
	if m.Source == e.Source || slices.Contains(e.Acks, m.Source) {
		return
	}
	e.Acks = append(e.Acks, m.Source)
	m.Stand, m.Back = e.Stand, e.Units
	i.Moves = append(i.Moves, m)
}

func (m *move) shift(condition string, units int64) {
	if condition == outside {
		return
	}
	m.OnHand += units
	if condition != sellable {
		m.Unsold += units
	}
}

func (i *item) issue(node, document string) *issue {
	key := node + sep + document
	w := i.Issues[key]
	if w == nil {
		w = new(issue)
		i.Issues[key] = w
	}
	return w
}

// advance says how many more units leave by what both witnesses tell, and which
// reservations they consume.
func (w *issue) advance(byMovement bool) (leave int64, consumes []use) {
	goal := w.Confirmed
	switch {
	case w.Overdue:
		goal = max(w.Confirmed, w.Stated)
	case byMovement:
		goal = w.Stated
	}
	leave = max(0, goal-w.Booked)
	w.Booked += leave
	consumed := w.Confirmed
	for _, u := range w.Waiting {
		consumed -= u.Units
	}
	for left := w.Booked - consumed; left > 0 && len(w.Waiting) > 0; {
		u := &w.Waiting[0]
		units := min(left, u.Units)
		consumes = append(consumes, use{u.Reservation, units})
		left, u.Units = left-units, u.Units-units
		if u.Units == 0 {
			w.Waiting = w.Waiting[1:]
		}
	}
	return leave, consumes
}

// noteVariance follows stock's own conclusion that a goods issue has only one
// witness: what either tells is gone.
func (a *Auditor) noteVariance(f *fact) {
	document := f.text("document")
	if f.text("source") != stockRoom || document == "" {
		return
	}
	i, node := a.item(f.key), f.text("node")
	w := i.issue(node, document)
	w.Overdue = true
	leave, consumes := w.advance(false)
	i.Floats = append(i.Floats, &move{Place: f.Place, Entry: f.text("variance_id"), Stand: standKey(node, f.text("owner")), OnHand: -leave, Consumes: consumes, At: f.at})
}
