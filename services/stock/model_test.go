package stock

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// model says the rules of stock a second time, from the other end: it keeps every
// single hold and counts everything anew at each question.
type model struct {
	units map[pile]int64
	holds []*hold
	queue []*waiter
	pools []*shelf
	over  int64

	expired map[string]bool // nodes whose lot L1 is too old
	frozen  bool            // nobody gets anything
}

// shelf is a pool: units kept for members, and how many left it by shipments.
type shelf struct {
	name, node string
	qty, left  int64
	members    []string // orders
	until      time.Time
}

// room is how many units of a shelf nobody took yet; back takes those for there
// that are taken tentatively.
func (m *model) room(s *shelf, back bool) int64 {
	room := s.qty - s.left
	for _, h := range m.holds {
		if h.shelf == s && (h.firm || h.basket() || !back) {
			room -= h.qty
		}
	}
	return room
}

// deal lays units of a node one by one on the first shelf with room, else where
// everybody may take them, and says how many of them an order may take.
func (m *model) deal(order, node string, units int64, back bool) (may int64) {
	room := map[*shelf]int64{}
	for _, s := range m.pools {
		room[s] = m.room(s, back)
	}
	for ; units > 0; units-- {
		own := true
		for _, s := range m.pools {
			if s.node == node && room[s] > 0 {
				room[s]--
				own = slices.Contains(s.members, order)
				break
			}
		}
		if own {
			may++
		}
	}
	return may
}

// from is the shelf that an order takes from, nil for none.
func (m *model) from(order, node string) *shelf {
	for _, s := range m.pools {
		if s.node == node && slices.Contains(s.members, order) && m.room(s, false) > 0 {
			return s
		}
	}
	return nil
}

// end takes the shelves away whose time is over.
func (m *model) end(at time.Time) {
	m.pools = slices.DeleteFunc(m.pools, func(s *shelf) bool { return !s.until.IsZero() && !s.until.After(at) })
}

// pile is what lies together: units that nothing tells apart.
type pile struct {
	node, owner, lot string
	condition        event.StockCondition
}

// count adds up the piles at a node that are as asked; nil asks for all.
func (m *model) count(node, owner string, like func(event.StockCondition) bool) (sum int64) {
	for p, units := range m.units {
		if p.node == node && p.owner == owner && (like == nil || like(p.condition)) {
			sum += units
		}
	}
	return sum
}

// sellable is what could be promised of what is there: lot L1 expires, at each node
// at a time of its own.
func (m *model) sellable(node string) int64 {
	return m.fit(node) - m.old(node)
}

func (m *model) fit(node string) int64 {
	return m.count(node, event.OwnerSelf, func(c event.StockCondition) bool { return c == event.StockConditionSellable })
}

func (m *model) old(node string) int64 {
	if !m.expired[node] {
		return 0
	}
	return min(max(0, m.fit(node)), max(0, m.units[pile{node, event.OwnerSelf, "L1", event.StockConditionSellable}]))
}

// expiry is when lot L1 expires at each node.
var expiry = map[string]time.Time{"north": start.Add(5 * time.Minute), "south": start.Add(8 * time.Minute)}

func (m *model) put(node, owner, lot string, c event.StockCondition, units int64) {
	if c != event.StockConditionOutside {
		m.units[pile{node, owner, lot, c}] += units
	}
}

type hold struct {
	order, node string
	plan, qty   int64
	firm        bool
	until       time.Time // of a basket's hold
	shelf       *shelf    // that it took from
	away        bool      // a node was asked to ship it
	asked       int64     // units asked back from the node
}

// lapse forgets the baskets of an order whose time was over.
func (m *model) lapse(order string, at time.Time) {
	m.holds = slices.DeleteFunc(m.holds, func(h *hold) bool {
		return h.order == order && h.basket() && h.until.Before(at)
	})
}

// giveBack takes units off a hold, or asks its node for them.
func (m *model) giveBack(h *hold, units int64) string {
	if h.away {
		h.asked = min(units, h.qty)
		return "pending"
	}
	m.drop(h, units)
	return "released"
}

// stays takes units off a hold on the word of its node or of a person.
func (m *model) stays(h *hold, units int64) string {
	h.asked = max(0, h.asked-units)
	m.drop(h, units)
	return "released"
}

// drop makes a hold smaller, or ends it.
func (m *model) drop(h *hold, units int64) {
	if h.qty -= min(units, h.qty); h.qty == 0 {
		m.holds = slices.DeleteFunc(m.holds, func(o *hold) bool { return o == h })
	}
	h.asked = min(h.asked, h.qty)
}

func (h *hold) basket() bool { return !h.firm && !h.until.IsZero() }

type waiter struct {
	order     string
	plan      int64
	priority  int
	asked     []event.NodeQty
	commandID string
}

func (m *model) taken(node string, firmOnly bool) (sum int64) {
	for _, h := range m.holds {
		if h.node == node && (h.firm || h.basket() || !firmOnly) {
			sum += h.qty
		}
	}
	return sum
}

func (m *model) queued(node string) (sum int64) {
	for _, w := range m.queue {
		for _, a := range w.asked {
			if a.Node == node {
				sum += a.Qty
			}
		}
	}
	return sum
}

// verdict is what an order gets that asks behind the queue, or at its head.
func (m *model) verdict(order string, asked []event.NodeQty, head bool) event.StockVerdict {
	v := granted
	for _, a := range asked {
		sellable := m.sellable(a.Node)
		before := m.queued(a.Node)
		if head {
			before = 0
		}
		if a.Qty > m.deal(order, a.Node, sellable-m.taken(a.Node, true), true) {
			return short
		}
		if m.frozen || a.Qty > m.deal(order, a.Node, sellable-m.taken(a.Node, false), false)-before {
			v = contended
		}
	}
	return v
}

func (m *model) take(order string, plan int64, asked []event.NodeQty, firm bool) {
	for _, a := range asked {
		m.holds = append(m.holds, &hold{order: order, node: a.Node, plan: plan, qty: a.Qty, firm: firm, shelf: m.from(order, a.Node)})
	}
}

// serve answers the head of the queue as long as it can, as command and verdict.
func (m *model) serve() (said []string) {
	for len(m.queue) > 0 {
		w := m.queue[0]
		v := m.verdict(w.order, w.asked, true)
		if v == contended {
			return said
		}
		m.queue = m.queue[1:]
		if v == granted {
			m.take(w.order, w.plan, w.asked, false)
		}
		said = append(said, w.commandID+" "+string(v))
	}
	return said
}
