package order

import (
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
