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
	over  int64
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

func (m *model) sellable(node string) int64 {
	return m.count(node, OwnerSelf, func(c event.StockCondition) bool { return c == event.StockConditionSellable })
}

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
}

// lapse forgets the baskets of an order whose time was over.
func (m *model) lapse(order string, at time.Time) {
	m.holds = slices.DeleteFunc(m.holds, func(h *hold) bool {
		return h.order == order && h.basket() && h.until.Before(at)
	})
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

// verdict is what asked gets when it stands behind the queue, or at its head.
func (m *model) verdict(asked []event.NodeQty, head bool) event.StockVerdict {
	v := granted
	for _, a := range asked {
		sellable := m.sellable(a.Node)
		before := m.queued(a.Node)
		if head {
			before = 0
		}
		if a.Qty > sellable-m.taken(a.Node, true) {
			return short
		}
		if a.Qty > sellable-m.taken(a.Node, false)-before {
			v = contended
		}
	}
	return v
}

func (m *model) take(order string, plan int64, asked []event.NodeQty, firm bool) {
	for _, a := range asked {
		m.holds = append(m.holds, &hold{order: order, node: a.Node, plan: plan, qty: a.Qty, firm: firm})
	}
}

// serve answers the head of the queue as long as it can, as command and verdict.
func (m *model) serve() (said []string) {
	for len(m.queue) > 0 {
		w := m.queue[0]
		v := m.verdict(w.asked, true)
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
