package main_test

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// auditor follows what happened in order, with a fold of its own, and notes every
// breach of what must hold at each record.
type auditor struct {
	breaches []breach
	commands map[string]*event.InventoryCommand
	shelves  map[string]*shelf          // by sku
	cases    map[string]*docket         // by order id
	heard    map[string]map[string]bool // documents on record, by partner
	sent     map[string]map[string]bool
	tally    map[string]int // of what happened, so that a test knows what it saw
}

// breach is a rule that did not hold, and the order it is about, if any.
type breach struct{ order, text string }

func newAuditor() *auditor {
	return &auditor{
		commands: make(map[string]*event.InventoryCommand), shelves: make(map[string]*shelf), cases: make(map[string]*docket),
		heard: make(map[string]map[string]bool), sent: make(map[string]map[string]bool), tally: make(map[string]int),
	}
}

func (a *auditor) breach(order, format string, args ...any) {
	a.breaches = append(a.breaches, breach{order, fmt.Sprintf(format, args...)})
}

// follow goes through what happened, a run of a handler at a time.
func (a *auditor) follow(happened []*entry) {
	for len(happened) > 0 {
		n := 1
		for n < len(happened) && happened[n].run == happened[0].run {
			n++
		}
		run := happened[:n]
		happened = happened[n:]
		if run[0].app == "stock" {
			a.shelf(run[0].record.Key).follow(a, run)
		}
		for _, e := range run {
			if command, ok := e.value.(*event.InventoryCommand); ok {
				a.commands[command.CommandID] = command
			}
			a.note(e)
		}
	}
}

// shelf is one item at all nodes, as the topics tell it.
type shelf struct {
	sku        string
	version    int64
	entries    map[string]bool
	onHand     map[string]int64
	unsellable map[string]int64
	promises   map[string]*promise // by reservation id
	byOrder    map[string][]*promise
	granted    map[string]bool // reserve commands
	backs      map[string]bool // release commands
	corrected  bool            // a count took units away, which may already be promised
}

// promise is a reservation.
type promise struct {
	id, order, node      string
	plan                 int64
	qty, consumed, given int64
	committed            bool
}

func (p *promise) open() int64 { return p.qty - p.consumed - p.given }

func (a *auditor) shelf(key []byte) *shelf {
	s := a.shelves[string(key)]
	if s == nil {
		s = &shelf{
			sku: string(key), entries: make(map[string]bool), onHand: make(map[string]int64), unsellable: make(map[string]int64),
			promises: make(map[string]*promise), byOrder: make(map[string][]*promise), granted: make(map[string]bool), backs: make(map[string]bool),
		}
		a.shelves[string(key)] = s
	}
	return s
}

func (s *shelf) reserved(node string) int64 {
	sum := int64(0)
	for _, p := range s.promises {
		if p.node == node {
			sum += p.open()
		}
	}
	return sum
}

func (s *shelf) available(node string) int64 {
	return s.onHand[node] - s.unsellable[node] - s.reserved(node)
}

// follow takes an input that stock read, and all it said because of it.
func (s *shelf) follow(a *auditor, run []*entry) {
	switch in := watched[run[0].record.Topic].decode(run[0].record.Value).(type) {
	case *event.InventoryMovement:
		s.move(a, in)
	case *event.InventoryCommand:
		if in.Action == event.StockActionRelease {
			s.giveBack(in)
		}
	}
	for _, e := range run {
		if answer, ok := e.value.(*event.InventoryAnswer); ok {
			s.answer(a, answer)
		}
	}
	for _, e := range run {
		if position, ok := e.value.(*event.InventoryPosition); ok {
			s.compare(a, position)
		}
	}
}

func (s *shelf) move(a *auditor, m *event.InventoryMovement) {
	if s.entries[m.EntryID] {
		a.breach(m.OrderID, "entry %s of %s was booked again", m.EntryID, s.sku)
		return
	}
	s.entries[m.EntryID] = true
	side := func(c event.StockCondition, qty int64) {
		if c != event.StockConditionOutside {
			s.onHand[m.Node] += qty
		}
		if c != event.StockConditionOutside && c != event.StockConditionSellable {
			s.unsellable[m.Node] += qty
		}
	}
	side(m.From, -m.Qty)
	side(m.To, m.Qty)
	if m.Source == fromCount && m.To == event.StockConditionOutside {
		s.corrected = true
	}
	if m.ReservationID == "" {
		return
	}
	p := s.promises[m.ReservationID]
	if p == nil || p.order != m.OrderID || p.node != m.Node || !p.committed || p.open() < m.Qty {
		a.breach(m.OrderID, "%d of %s left %s under reservation %s, which is %+v", m.Qty, s.sku, m.Node, m.ReservationID, p)
		return
	}
	p.consumed += m.Qty
}

// giveBack takes a release: named reservations up to their node's quantity, or
// all that the order has.
func (s *shelf) giveBack(c *event.InventoryCommand) {
	if s.backs[c.CommandID] {
		return
	}
	s.backs[c.CommandID] = true
	bound := make(map[string]int64)
	for _, n := range c.Nodes {
		bound[n.Node] += n.Qty
	}
	for _, p := range s.byOrder[c.OrderID] {
		if len(c.ReservationIds) > 0 && !slices.Contains(c.ReservationIds, p.id) {
			continue
		}
		units := p.open()
		if len(c.Nodes) > 0 {
			units = min(units, bound[p.node])
			bound[p.node] -= units
		}
		p.given += units
	}
}

func (s *shelf) answer(a *auditor, answer *event.InventoryAnswer) {
	command := a.commands[answer.CommandID]
	if command == nil || command.OrderID != answer.OrderID || command.Sku != s.sku {
		a.breach(answer.OrderID, "answer to a command that was never sent: %+v", answer)
		return
	}
	a.tally[string(command.Action)+" "+string(command.Mode)+" "+string(answer.Verdict)]++
	switch answer.Verdict {
	case event.StockVerdictGranted:
		s.grant(a, command, answer)
	case event.StockVerdictCommitted:
		for _, p := range s.byOrder[answer.OrderID] {
			p.committed = p.committed || slices.Contains(command.ReservationIds, p.id)
		}
	}
}

// grant checks each new grant against what was available before it.
func (s *shelf) grant(a *auditor, c *event.InventoryCommand, answer *event.InventoryAnswer) {
	if s.granted[c.CommandID] {
		return // a repeated command hears again what it has
	}
	s.granted[c.CommandID] = true
	left := make(map[string]int64)
	for _, n := range c.Nodes {
		left[n.Node] += n.Qty
	}
	for _, g := range answer.Grants {
		if s.promises[g.ReservationID] != nil {
			a.breach(c.OrderID, "reservation %s of %s was granted twice", g.ReservationID, s.sku)
		}
		left[g.Node] -= g.Qty
		if left[g.Node] < 0 {
			a.breach(c.OrderID, "%d of %s granted at %s, more than asked: %+v", g.Qty, s.sku, g.Node, c)
		}
		if free := s.available(g.Node); g.Qty > free || g.Qty < 1 {
			a.breach(c.OrderID, "oversold: %d of %s granted at %s, %d were available", g.Qty, s.sku, g.Node, free)
		}
		p := &promise{id: g.ReservationID, order: c.OrderID, node: g.Node, plan: c.Plan, qty: g.Qty, committed: c.Mode == event.ReserveModeCommit}
		s.promises[p.id] = p
		s.byOrder[p.order] = append(s.byOrder[p.order], p)
	}
	for node, rest := range left {
		if rest != 0 && !c.Partial {
			a.breach(c.OrderID, "%d of %s at %s are missing in a grant of all or nothing: %+v", rest, s.sku, node, answer)
		}
	}
}

// compare holds a published position against the shelf.
func (s *shelf) compare(a *auditor, p *event.InventoryPosition) {
	s.version++
	if p.Version != s.version {
		a.breach("", "position of %s has version %d, want %d", s.sku, p.Version, s.version)
	}
	seen := make(map[string]bool)
	for _, n := range p.Nodes {
		seen[n.Node] = true
		if n.OnHand != s.onHand[n.Node] || n.Unsellable != s.unsellable[n.Node] || n.Reserved != s.reserved(n.Node) || n.Available != s.available(n.Node) {
			a.breach("", "%s at %s in version %d is %+v; entries and reservations make %d on hand, %d reserved", s.sku, n.Node, p.Version, n, s.onHand[n.Node], s.reserved(n.Node))
		}
		if n.Available < 0 && !s.corrected {
			a.breach("", "%s at %s has %d available in version %d", s.sku, n.Node, n.Available, p.Version)
		}
	}
	for node, units := range s.onHand {
		if !seen[node] && units != 0 {
			a.breach("", "position of %s hides %d units at %s", s.sku, units, node)
		}
	}
}

// closed checks that nothing is held any more.
func (s *shelf) closed(a *auditor) {
	for _, p := range s.promises {
		if p.open() != 0 {
			a.breach(p.order, "%d of %s at %s stay reserved: %+v", p.open(), s.sku, p.node, p)
		}
	}
}
