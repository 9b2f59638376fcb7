package stock

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// memory keeps the rows of an item in maps.
type memory struct {
	holdings map[string]*event.StockHolding
	claims   map[string]event.StockClaim
	entries  map[string]event.StockEntry
	settled  map[string]event.StockEntry
	lots     map[string]event.StockLot
	issues   map[string]*event.StockIssue
	timers   map[string]time.Time
	supplies map[string]event.StockSupply
	backlog  map[string]event.StockBackorder
	pending  map[string]event.StockPending
	marks    map[string]event.StockMark
}

func newMemory() *memory {
	return &memory{
		holdings: map[string]*event.StockHolding{}, claims: map[string]event.StockClaim{}, entries: map[string]event.StockEntry{}, settled: map[string]event.StockEntry{},
		lots: map[string]event.StockLot{}, issues: map[string]*event.StockIssue{}, timers: map[string]time.Time{}, supplies: map[string]event.StockSupply{}, backlog: map[string]event.StockBackorder{},
		pending: map[string]event.StockPending{}, marks: map[string]event.StockMark{},
	}
}

func (m *memory) Holding(orderID string) *event.StockHolding { return clone(m.holdings[orderID]) }

func (m *memory) PutHolding(orderID string, h *event.StockHolding) { m.holdings[orderID] = clone(h) }

func (m *memory) Holdings(fn func(orderID string, h *event.StockHolding)) {
	for _, id := range slices.Sorted(maps.Keys(m.holdings)) {
		fn(id, clone(m.holdings[id]))
	}
}

func clone(h *event.StockHolding) *event.StockHolding {
	if h == nil {
		return nil
	}
	c := *h
	c.Reservations, c.Replies = slices.Clone(h.Reservations), slices.Clone(h.Replies)
	return &c
}

func (m *memory) FirstClaim() (string, *event.StockClaim) {
	if len(m.claims) == 0 {
		return "", nil
	}
	place := slices.Min(slices.Collect(maps.Keys(m.claims)))
	c := m.claims[place]
	return place, &c
}

func (m *memory) PutClaim(place string, c *event.StockClaim) { m.claims[place] = *c }
func (m *memory) DeleteClaim(place string)                   { delete(m.claims, place) }

func (m *memory) Entry(id string) *event.StockEntry {
	e, ok := m.entries[id]
	if !ok {
		return nil
	}
	e.Acks = slices.Clone(e.Acks)
	return &e
}

func (m *memory) Entries(fn func(id string, e *event.StockEntry)) {
	for _, id := range slices.Sorted(maps.Keys(m.entries)) {
		fn(id, m.Entry(id))
	}
}

func (m *memory) PutEntry(entryID string, e *event.StockEntry) { m.entries[entryID] = *e }

func (m *memory) SettleEntry(entryID string, e *event.StockEntry) {
	delete(m.entries, entryID)
	m.settled[entryID] = *e
}

func (m *memory) Settled(entryID string) bool {
	_, ok := m.settled[entryID]
	return ok
}

func (m *memory) SettledEntries(fn func(e *event.StockEntry)) {
	for _, id := range slices.Sorted(maps.Keys(m.settled)) {
		e := m.settled[id]
		fn(&e)
	}
}

func (m *memory) Lot(key string) *event.StockLot {
	l, ok := m.lots[key]
	if !ok {
		return nil
	}
	return &l
}

func (m *memory) PutLot(key string, l *event.StockLot) {
	if m.lots[key] = *l; l.Qty == 0 {
		delete(m.lots, key)
	}
}

func (m *memory) Lots(fn func(l *event.StockLot)) {
	for _, key := range slices.Sorted(maps.Keys(m.lots)) {
		fn(m.Lot(key))
	}
}

func (m *memory) Issue(key string) *event.StockIssue {
	i := m.issues[key]
	if i == nil {
		return nil
	}
	c := *i
	c.Waiting = slices.Clone(i.Waiting)
	return &c
}

func (m *memory) PutIssue(key string, i *event.StockIssue) { m.issues[key] = i }

func (m *memory) Remind(name string, at time.Time) {
	if m.timers[name] = at; at.IsZero() {
		delete(m.timers, name)
	}
}

func (m *memory) Supply(id string) *event.StockSupply {
	s, ok := m.supplies[id]
	if !ok {
		return nil
	}
	return &s
}

func (m *memory) PutSupply(id string, s *event.StockSupply) { m.supplies[id] = *s }

func (m *memory) Supplies() (all []*event.StockSupply) {
	for _, id := range slices.Sorted(maps.Keys(m.supplies)) {
		if s := m.Supply(id); s.Qty > 0 {
			all = append(all, s)
		}
	}
	return all
}

func (m *memory) Backorders(fn func(place string, c *event.StockBackorder)) {
	for _, place := range slices.Sorted(maps.Keys(m.backlog)) {
		c := m.backlog[place]
		fn(place, &c)
	}
}

func (m *memory) PutBackorder(place string, c *event.StockBackorder) { m.backlog[place] = *c }
func (m *memory) DeleteBackorder(place string)                       { delete(m.backlog, place) }

func (m *memory) Pending(key string) *event.StockPending {
	p, ok := m.pending[key]
	if !ok {
		return nil
	}
	return &p
}

func (m *memory) Pendings(prefix string) (all []*event.StockPending) {
	for _, key := range slices.Sorted(maps.Keys(m.pending)) {
		if strings.HasPrefix(key, prefix) {
			all = append(all, m.Pending(key))
		}
	}
	return all
}

func (m *memory) PutPending(key string, p *event.StockPending) { m.pending[key] = *p }
func (m *memory) DeletePending(key string)                     { delete(m.pending, key) }

func (m *memory) Marks(fn func(key string, mark *event.StockMark)) {
	for _, key := range slices.Sorted(maps.Keys(m.marks)) {
		mark := m.marks[key]
		fn(key, &mark)
	}
}

func (m *memory) PutMark(key string, mark *event.StockMark) { m.marks[key] = *mark }
func (m *memory) DeleteMark(key string)                     { delete(m.marks, key) }
