package business

import (
	"math"
	"slices"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock"
)

// shelf is one item at all nodes, as the topics tell it.
type shelf struct {
	sku        string
	version    int64
	entries    map[string]string // source by id
	onHand     map[string]int64
	unsellable map[string]int64
	held       map[string]int64    // what is open in promises, by node
	contained  map[string]int64    // part of it that a supplier's count has taken off, as stock says
	promises   map[string]*promise // by reservation id
	byOrder    map[string][]*promise
	granted    map[string]bool     // reserve commands
	backs      map[string]bool     // release commands
	corrected  bool                // a count took units away, which may already be promised
	leaving    map[string]*leaving // by node and document
	confirmed  []confirmed         // that stand in the log, in its order, as far as stock is not known to have read them
}

// confirmedFirst is what the tally calls a shipment that stock read before the node
// said that its units left.
const confirmedFirst = "confirmed before the goods issue"

// confirmed is a shipment from a node that moves stock itself. Stock says nothing
// when it reads it before the node's own account.
type confirmed struct {
	offset   int64
	movement *event.InventoryMovement
}

// leaving is what a node says of a document itself, and the confirmed shipments of
// it whose units have not left by that.
type leaving struct {
	node    string
	stated  int64
	waiting []event.InventoryMovement
}

// promise is a reservation.
type promise struct {
	id, order, node      string
	plan                 int64
	qty, consumed, given int64
	committed            bool // for good: stock said so at once, or the order did, which stock cannot refuse
}

func (p *promise) open() int64 { return p.qty - p.consumed - p.given }

func (a *auditor) shelf(key []byte) *shelf {
	s := a.shelves[string(key)]
	if s == nil {
		s = &shelf{
			sku: string(key), entries: make(map[string]string), onHand: make(map[string]int64), unsellable: make(map[string]int64), held: make(map[string]int64), contained: make(map[string]int64),
			promises: make(map[string]*promise), byOrder: make(map[string][]*promise), granted: make(map[string]bool), backs: make(map[string]bool),
			leaving: make(map[string]*leaving),
		}
		a.shelves[string(key)] = s
	}
	return s
}

func (s *shelf) available(a *auditor, node string) int64 {
	return s.onHand[node] - s.unsellable[node] - s.held[node] + s.contained[node] - a.spared[node]
}

// shelved are the inputs of stock that are about one item.
var shelved = map[string]bool{
	topic.InventoryCommand.Name: true, topic.InventoryMovement.Name: true, topic.InventorySupply.Name: true, topic.InventoryBaseline.Name: true,
}

// follow takes an input that stock read, and all it said because of it.
func (s *shelf) follow(a *auditor, run []*entry) {
	switch in := watched[run[0].record.Topic](run[0].record.Value).(type) {
	case *event.InventoryMovement:
		s.confirm(a, run[0].record.Offset)
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

// confirm takes what is confirmed before an offset: movements of an item are read in
// the order of the log.
func (s *shelf) confirm(a *auditor, before int64) {
	for len(s.confirmed) > 0 && s.confirmed[0].offset < before {
		m := s.confirmed[0].movement
		s.confirmed = s.confirmed[1:]
		if _, known := s.entries[m.EntryID]; !known {
			a.tally[confirmedFirst]++
			s.move(a, m)
		}
	}
}

func (s *shelf) move(a *auditor, m *event.InventoryMovement) {
	if m.Owner != "" && m.Owner != event.OwnerSelf && !a.supplies[m.Node] {
		return // theirs, which is never promised
	}
	switch was, known := s.entries[m.EntryID]; {
	case known && was != m.Source:
		return // another source knows of it
	case known:
		a.breach(m.OrderID, "entry %s of %s was booked again", m.EntryID, s.sku)
		return
	}
	s.entries[m.EntryID] = m.Source
	if a.issues[m.Node] && m.Document != "" && m.To == event.StockConditionOutside && (m.ReservationID != "" || m.Reason == stock.ReasonGoodsIssue) {
		s.issue(a, m)
		return
	}
	s.shift(m, m.Qty)
	if m.Source == fromCount && m.To == event.StockConditionOutside {
		s.corrected = true
	}
	if m.ReservationID != "" {
		s.consume(a, m, m.Qty)
	}
}

// shift moves units of a movement between conditions.
func (s *shelf) shift(m *event.InventoryMovement, units int64) {
	side := func(c event.StockCondition, qty int64) {
		if c != event.StockConditionOutside {
			s.onHand[m.Node] += qty
		}
		if c != event.StockConditionOutside && c != event.StockConditionSellable {
			s.unsellable[m.Node] += qty
		}
	}
	side(m.From, -units)
	side(m.To, units)
}

// issue takes one of the two accounts of what left a node that says so itself: its
// own moves stock, and uses up what is promised as soon as the shipment is known.
func (s *shelf) issue(a *auditor, m *event.InventoryMovement) {
	key := m.Node + " " + m.Document
	l := s.leaving[key]
	if l == nil {
		l = &leaving{node: m.Node}
		s.leaving[key] = l
	}
	if m.ReservationID == "" {
		l.stated += m.Qty
		s.shift(m, m.Qty)
	} else {
		l.waiting = append(l.waiting, *m)
	}
	for l.stated > 0 && len(l.waiting) > 0 {
		w := &l.waiting[0]
		units := min(l.stated, w.Qty)
		s.consume(a, w, units)
		l.stated, w.Qty = l.stated-units, w.Qty-units
		if w.Qty == 0 {
			l.waiting = l.waiting[1:]
		}
	}
}

func (s *shelf) consume(a *auditor, m *event.InventoryMovement, units int64) {
	p := s.promises[m.ReservationID]
	if p != nil && a.doubled[m.OrderID] {
		units = min(units, p.open())
	}
	if p == nil || p.order != m.OrderID || p.node != m.Node || !p.committed || p.open() < units {
		a.breach(m.OrderID, "%d of %s left %s under reservation %s, which is %+v", units, s.sku, m.Node, m.ReservationID, p)
		return
	}
	p.consumed += units
	s.held[p.node] -= units
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
		s.held[p.node] -= units
	}
}

func (s *shelf) answer(a *auditor, answer *event.InventoryAnswer) {
	if answer.Verdict == event.StockVerdictLacking {
		s.lacking(a, answer)
		return
	}
	command := a.commands[answer.CommandID]
	if command == nil || command.OrderID != answer.OrderID || command.Sku != s.sku {
		a.breach(answer.OrderID, "answer to a command that was never sent: %+v", answer)
		return
	}
	a.tally[string(command.Action)+" "+string(command.Mode)+" "+string(answer.Verdict)]++
	switch answer.Verdict {
	case event.StockVerdictGranted:
		s.grant(a, command, answer)
	case event.StockVerdictRefused:
		s.refuse(a, command, answer)
	}
}

// hear takes what an order asks: from then on what it commits is promised for good.
func (s *shelf) hear(c *event.InventoryCommand) {
	for _, p := range s.commits(c) {
		p.committed = true
	}
}

// commits lists what a command commits; nothing when it asks for something else.
func (s *shelf) commits(c *event.InventoryCommand) (named []*promise) {
	if c.Action != event.StockActionCommit {
		return nil
	}
	for _, p := range s.byOrder[c.OrderID] {
		if slices.Contains(c.ReservationIds, p.id) {
			named = append(named, p)
		}
	}
	return named
}

// refuse checks that stock keeps what an order committed, but for what left before.
func (s *shelf) refuse(a *auditor, c *event.InventoryCommand, answer *event.InventoryAnswer) {
	for _, p := range s.commits(c) {
		if p.open() > 0 {
			a.breach(c.OrderID, "a commit of %s was refused (%s), the reservation is %+v", s.sku, answer.Reason, p)
		}
	}
}

// lacking checks that an order is asked to plan again no more than it was promised:
// the one thing that stock says unasked.
func (s *shelf) lacking(a *auditor, answer *event.InventoryAnswer) {
	a.tally["asked to plan again"]++
	for _, g := range answer.Grants {
		if p := s.promises[g.ReservationID]; p == nil || p.order != answer.OrderID || p.node != g.Node || !p.committed || g.Qty < 1 || g.Qty > p.qty {
			a.breach(answer.OrderID, "asked to plan %d of %s again that it was not promised: %+v", g.Qty, s.sku, answer)
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
		if free := s.available(a, g.Node); g.Qty > free || g.Qty < 1 {
			a.breach(c.OrderID, "oversold: %d of %s granted at %s, %d were available", g.Qty, s.sku, g.Node, free)
		}
		p := &promise{id: g.ReservationID, order: c.OrderID, node: g.Node, plan: c.Plan, qty: g.Qty, committed: c.Mode == event.ReserveModeCommit || c.Mode == event.ReserveModeBackorder}
		s.promises[p.id] = p
		s.held[p.node] += p.qty
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
		if a.counted {
			s.onHand[n.Node], s.unsellable[n.Node] = n.OnHand, n.Unsellable
		}
		if s.contained[n.Node] = n.Contained; n.Contained < 0 || n.Contained > n.Reserved || n.Contained > 0 && !a.supplies[n.Node] {
			a.breach("", "%s at %s: %d units contained in a count, %d reserved", s.sku, n.Node, n.Contained, n.Reserved)
		}
		if n.OnHand != s.onHand[n.Node] || n.Unsellable != s.unsellable[n.Node] || n.Reserved != s.held[n.Node] || n.Available != s.available(a, n.Node) {
			a.breach("", "%s at %s in version %d is %+v; entries and reservations make %d on hand, %d reserved", s.sku, n.Node, p.Version, n, s.onHand[n.Node], s.held[n.Node])
		}
		if n.Available+s.unconfirmed(n.Node) < 0 && !s.corrected && !a.counted {
			a.breach("", "%s at %s has %d available in version %d", s.sku, n.Node, n.Available, p.Version)
		}
	}
	for node, units := range s.onHand {
		if !seen[node] && units != 0 {
			a.breach("", "position of %s hides %d units at %s", s.sku, units, node)
		}
	}
}

// unconfirmed is how many units left a node by its own account and are promised
// until their shipment is known.
func (s *shelf) unconfirmed(node string) (units int64) {
	for _, l := range s.leaving {
		if l.node == node {
			units += l.stated
		}
	}
	return units
}

// closed checks that nothing is held any more.
func (s *shelf) closed(a *auditor) {
	s.confirm(a, math.MaxInt64)
	for _, p := range s.promises {
		if p.open() != 0 {
			a.breach(p.order, "%d of %s at %s stay reserved: %+v", p.open(), s.sku, p.node, p)
		}
	}
	for key, l := range s.leaving {
		if l.stated != 0 || len(l.waiting) > 0 {
			a.breach("", "%s left by only one account, node and document %s: %+v", s.sku, key, *l)
		}
	}
}
