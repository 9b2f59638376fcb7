package order

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Promise is what could be shipped now of some lines, from where and by when. It
// is worked out as an order is planned, and reserves nothing.
type Promise struct {
	Lines    []PromisedLine
	Complete bool // nothing is short
	Split    bool // more than one node ships
	// ArrivesBy is when the last parcel is to arrive; zero when there is none.
	ArrivesBy time.Time
	// Late says that no node can arrive by when it is needed, and the dates are
	// the earliest.
	Late     bool
	Decision event.SourcingDecision // the rules and positions it stands on
}

// PromisedLine is what becomes of one line.
type PromisedLine struct {
	Line    event.OrderLine
	Parts   []PromisedPart
	Short   int64 // units that nobody can ship now
	Version int64 // of the item's position, 0 when nothing is known of it
}

// PromisedPart is what one node ships of a line.
type PromisedPart struct {
	Node, Lane        string
	Qty               int64
	LeavesAt, Arrives time.Time
}

// PromiseOf plans lines that are not ordered yet; only what the positions show is
// promised. Lines that need no stock have no parts.
func PromiseOf(o *Record, lines []event.OrderLine, m *Market) *Promise {
	items, charges := NewItems(o.Currency, lines)
	p := &Promise{Lines: make([]PromisedLine, len(lines)), Complete: true}
	for _, c := range charges {
		p.Lines[c.Position].Line = c.Line
	}
	q := newQuestion(o, items, m)
	if len(q.req.Needs) == 0 {
		return p
	}
	choice, late := q.choose()
	p.Late, p.Decision = late, choice.Record
	parcels := make(map[string]event.SourcedParcel)
	if choice.Asks != nil {
		for _, parcel := range choice.Record.Plans[0].Parcels {
			parcels[parcel.Node] = parcel
			if parcel.ArrivesAt.After(p.ArrivesBy) {
				p.ArrivesBy = parcel.ArrivesAt
			}
		}
	}
	p.Split = len(parcels) > 1
	asks := q.asks(choice)
	for n, i := range items {
		for _, position := range p.deal(i, asks, n, parcels) {
			if known := m.Stock(i.Sku); known != nil {
				p.Lines[position].Version = known.Version
			}
		}
	}
	return p
}

// deal gives what is asked for an item to its lines, and returns their positions.
func (p *Promise) deal(i *Item, asks [][]event.NodeQty, n int, parcels map[string]event.SourcedParcel) (positions []int) {
	if asks != nil {
		for _, a := range asks[n] {
			i.Grants = append(i.Grants, event.Grant{Node: a.Node, Qty: a.Qty})
		}
	}
	byID := make(map[string]int)
	for _, l := range i.Lines {
		byID[l.Line.LineID] = l.Position
		p.Lines[l.Position].Line = l.Line
		positions = append(positions, l.Position)
	}
	for _, a := range Allocations(i) {
		parcel := parcels[a.Node]
		at := &p.Lines[byID[a.LineID]]
		at.Parts = append(at.Parts, PromisedPart{Node: a.Node, Lane: parcel.Lane, Qty: a.Qty, LeavesAt: parcel.LeavesAt, Arrives: parcel.ArrivesAt})
	}
	for _, s := range Short(i, event.ShortOutcomeBackordered) {
		p.Lines[byID[s.LineID]].Short = s.Qty
		p.Complete = false
	}
	return positions
}

// Outlook is what becomes of what a promise lacks, by what is to come and nobody
// claims.
type Outlook struct {
	// Lines stand for those of the promise; nil for one that lacks nothing, or that
	// nothing announced covers.
	Lines []*LaterPart
	// Complete is the promise of everything from one day on; nil when there is none.
	Complete *Promise
}

// LaterPart are the units of a line that come later.
type LaterPart struct {
	Qty           int64
	From, Arrives time.Time // when they can be ordered from stock, and arrive
}

// OutlookOf looks for the days on which each line, and all of them, can be
// shipped. It reserves nothing.
func OutlookOf(o *Record, lines []event.OrderLine, m *Market, now *Promise) *Outlook {
	out := &Outlook{Lines: make([]*LaterPart, len(lines))}
	then := *o
	then.NeededBy, then.ShipComplete = nil, false
	for _, at := range comingDates(now, m) {
		later := m.Later(at)
		later.Service = m.Service
		later.Stock = func(sku string) *Position {
			p := &Position{Available: m.By(sku, at)}
			if known := m.Stock(sku); known != nil {
				p.Version = known.Version
			}
			return p
		}
		p := PromiseOf(&then, lines, later)
		for n := range p.Lines {
			if short := now.Lines[n].Short; short > 0 && out.Lines[n] == nil && p.Lines[n].Short == 0 {
				out.Lines[n] = &LaterPart{short, at, arrival(p.Lines[n].Parts)}
			}
		}
		if p.Complete {
			out.Complete = p
			return out
		}
	}
	return out
}

// comingDates are when supply of what is short comes, the earliest first.
func comingDates(now *Promise, m *Market) []time.Time {
	var all []time.Time
	for n := range now.Lines {
		if now.Lines[n].Short == 0 {
			continue
		}
		for _, s := range m.Coming(now.Lines[n].Line.Sku) {
			if s.Due.After(m.At) {
				all = append(all, s.Due)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	all = slices.CompactFunc(all, time.Time.Equal)
	return all[:min(len(all), maxDates)]
}

// arrival is when the last of parts arrives.
func arrival(parts []PromisedPart) (last time.Time) {
	for _, p := range parts {
		if p.Arrives.After(last) {
			last = p.Arrives
		}
	}
	return last
}
