package file

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
)

// Script is what a drop of files says, entry by entry, in the order to publish.
// It is not safe for concurrent use.
type Script struct {
	partner partner.Config
	drop    Drop
	judge   *judge
	maker   *maker
	program *mapping
	joins   []join
	found   *survey
	plan    []supply

	position int64 // of the next entry
	stage    stage
	rows     Rows
	groups   *grouping
	at       int64 // rows read
	end      bool
	pending  []Entry // made and not given yet
	supplied int     // of plan, given
	products []string
}

// stage is what a script gives next.
type stage int

const (
	catalogue stage = iota // products
	opening                // stock of day 0
	documents              // documents and supplies by date
	finished
)

// lead is how long before its due date a planned supply is announced, so that a
// node can receive it while earlier documents are worked on.
const lead = 3 * day

// Entry is one thing to publish, with the rows it accounts for; exactly one of
// the events is set, or none when rows were only refused or nothing follows of
// them.
type Entry struct {
	Date       time.Time
	Product    *event.ProductPublished
	Supply     *event.InventorySupply
	Planned    bool // the supply is one of the plan: documents after its due date want it in stock
	Order      *event.OrderSubmit
	Return     *event.ReturnRequested
	Adjustment *event.InventoryMovement

	Rows    map[Class]int64 // accounted for here
	Units   int64           // in rows of orders
	Money   int64           // of an order's lines, minor units
	MoneyE6 int64           // the same before rounding, millionths
	Refused []Refusal
}

// Refusal is a row that was refused.
type Refusal struct {
	Row    int64
	Reason string
	Detail string
	Text   string // the row as JSON
}

// Open surveys a drop and stands before its first entry.
func Open(p partner.Config, d Drop) (*Script, error) {
	if p.File == nil || p.Sells == nil {
		return nil, fmt.Errorf("partner %s sends no files", p.ID)
	}
	s := &Script{partner: p, drop: d, judge: newJudge(p.File), groups: newGrouping()}
	currency := p.Sells.Currencies[0]
	r, err := rateOf(currency)
	if err != nil {
		return nil, err
	}
	s.maker = &maker{partner: p, currency: currency, rate: r}
	if s.program, err = compile(p.File, p.File.Mapping); err != nil {
		return nil, err
	}
	if s.joins, err = d.joins(p.File); err != nil {
		return nil, err
	}
	if s.found, err = s.survey(); err != nil {
		return nil, err
	}
	s.plan = s.found.plan(p, d.Seed)
	s.products = s.found.skus()
	return s, nil
}

// Position counts the entries given.
func (s *Script) Position() int64 { return s.position }

// Total is the number of rows of the documents' file.
func (s *Script) Total() int64 { return s.found.rows }

// First is the day on which the documents begin.
func (s *Script) First() time.Time { return s.found.first }

// Currency is that of all amounts.
func (s *Script) Currency() string { return s.maker.currency }

// Rows counts the document rows read so far.
func (s *Script) Rows() int64 { return s.at }

// Opening lists the supplies of day 0, which should be in stock before the
// first document is published.
func (s *Script) Opening() []*event.InventorySupply {
	var all []*event.InventorySupply
	for _, sup := range s.plan {
		if sup.kind == event.SupplyKindOpening {
			all = append(all, sup.event(s.drop.Run, s.maker.source(), s.found.first))
		}
	}
	return all
}

// Documents says whether what comes next, once Peek has looked at it, is beyond
// products and opening stock.
func (s *Script) Documents() bool { return s.stage == documents || s.stage == finished }

// Peek returns the next entry without taking it; io.EOF after the last.
func (s *Script) Peek() (Entry, error) {
	for len(s.pending) == 0 {
		if err := s.advance(); err != nil {
			return Entry{}, err
		}
	}
	return s.pending[0], nil
}

// Next takes the next entry; io.EOF after the last.
func (s *Script) Next() (Entry, error) {
	e, err := s.Peek()
	if err == nil {
		s.pending = s.pending[1:]
		s.position++
	}
	return e, err
}

// Close closes the files.
func (s *Script) Close() error {
	if s.rows == nil {
		return nil
	}
	rows := s.rows
	s.rows = nil
	return rows.Close()
}

// advance makes some entries, or moves to the next stage.
func (s *Script) advance() error {
	switch s.stage {
	case catalogue:
		if len(s.products) == 0 {
			s.stage = opening
			return nil
		}
		s.pending = append(s.pending, s.product(s.products[0]))
		s.products = s.products[1:]
	case opening:
		if s.supplied == len(s.plan) || s.plan[s.supplied].kind != event.SupplyKindOpening {
			s.stage = documents
			return nil
		}
		s.supply()
	case documents:
		return s.read()
	default:
		return io.EOF
	}
	return nil
}

func (s *Script) product(sku string) Entry {
	it := s.found.items[sku]
	return Entry{Date: s.found.first, Product: &event.ProductPublished{
		Sku: sku, Name: it.name, Uom: "EA", UnitsPerCase: max(1, s.partner.File.PerCase), PriceE6: it.priceE6, Currency: s.maker.currency,
		Kind: s.judge.kind(sku), Active: true, Version: 1, PublishedAt: s.found.first,
	}}
}

// supply gives the next supply of the plan.
func (s *Script) supply() {
	sup := s.plan[s.supplied]
	s.supplied++
	e := sup.event(s.drop.Run, s.maker.source(), s.found.first)
	date := e.Due
	if sup.kind != event.SupplyKindOpening {
		date = date.Add(-lead)
	}
	s.pending = append(s.pending, Entry{Date: date, Supply: e, Planned: true})
}

// read takes rows until a document is complete, and gives what was to come
// before it.
func (s *Script) read() error {
	if s.rows == nil && !s.end {
		rows, err := s.drop.open(s.partner.File.Documents, s.partner.File.Inputs[s.partner.File.Documents])
		if err != nil {
			return err
		}
		s.rows = rows
	}
	for {
		if d := s.groups.next(s.at, s.end); d != nil {
			for s.supplied < len(s.plan) && !s.found.first.Add(time.Duration(s.plan[s.supplied].day)*day).After(d.date.Add(lead)) {
				s.supply()
			}
			s.pending = append(s.pending, s.entries(d)...)
			return nil
		}
		if s.end {
			return s.finish()
		}
		if err := s.row(); err != nil {
			return err
		}
		if len(s.pending) > 0 {
			return nil // a refusal
		}
	}
}

// finish gives the supplies after the last document.
func (s *Script) finish() error {
	for s.supplied < len(s.plan) {
		s.supply()
	}
	s.stage = finished
	return nil
}

// row reads one row into its document.
func (s *Script) row() error {
	raw, err := s.rows.Next()
	if errors.Is(err, io.EOF) {
		s.end = true
		return s.Close()
	}
	if err != nil {
		return err
	}
	s.at++
	row := joined(raw, s.joins)
	class, reason := s.judge.of(row)
	if class != Refused {
		j := judged{Row: row, class: class, reason: reason}
		reason = s.groups.add(row.Text(s.partner.File.Fields.Document), row.Time(s.partner.File.Fields.Date), j)
		if reason == "" {
			return nil
		}
	}
	detail := ""
	if row.Fault != nil {
		detail = row.Fault.Error()
	}
	s.pending = append(s.pending, Entry{Refused: []Refusal{{Row: row.Number, Reason: reason, Detail: detail, Text: raw.JSON()}}})
	return nil
}
