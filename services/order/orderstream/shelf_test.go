package orderstream_test

import (
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// shelf is a stock that gives what it has and gets nothing from nodes back: what
// a node did not ship is not there.
type shelf struct {
	left   map[string]int64
	grants map[string][]event.Grant // by sku
	owners map[string]string        // of the units at a node, by node; ours without one
	frozen map[string]bool          // by sku: nothing is granted
	queue  []event.InventoryCommand // claims on what is frozen
}

func (s *shelf) answer(c *counter, cmd event.InventoryCommand) {
	switch cmd.Action {
	case event.StockActionReserve:
		if s.frozen[cmd.Sku] && cmd.Mode == event.ReserveModeClaim {
			s.queue = append(s.queue, cmd)
			return
		}
		if s.frozen[cmd.Sku] && cmd.Mode != event.ReserveModeBackorder {
			c.answer(cmd, event.StockVerdictContended)
			return
		}
		if cmd.Mode == event.ReserveModeBackorder { // nothing is to come
			c.answer(cmd, event.StockVerdictBackordered)
			return
		}
		a := &event.InventoryAnswer{CommandID: cmd.CommandID, OrderID: cmd.OrderID, Sku: cmd.Sku, Plan: cmd.Plan, Verdict: event.StockVerdictShort, AnsweredAt: c.Now()}
		for _, n := range cmd.Nodes {
			if qty := min(n.Qty, s.left[cmd.Sku+" "+n.Node]); qty > 0 {
				s.left[cmd.Sku+" "+n.Node] -= qty
				a.Grants = append(a.Grants, event.Grant{ReservationID: order.ReservationID(c.id, cmd.Sku, n.Node, cmd.Plan), Node: n.Node, Qty: qty, Owner: s.owners[n.Node]})
				a.Verdict = event.StockVerdictGranted
			}
		}
		s.grants[cmd.Sku] = append(s.grants[cmd.Sku], a.Grants...)
		for _, n := range bothNodes {
			if qty := s.left[cmd.Sku+" "+n]; qty > 0 {
				a.Available = append(a.Available, event.NodeQty{Node: n, Qty: qty})
			}
		}
		put(c, answers, a)
	case event.StockActionCommit:
		c.answer(cmd, event.StockVerdictCommitted)
	case event.StockActionReplace:
		a := &event.InventoryAnswer{CommandID: cmd.CommandID, OrderID: cmd.OrderID, Sku: cmd.Sku, Plan: cmd.Plan, Verdict: event.StockVerdictGranted, AnsweredAt: c.Now()}
		for _, n := range cmd.Nodes {
			a.Grants = append(a.Grants, event.Grant{ReservationID: order.ReservationID(c.id, cmd.Sku, n.Node, cmd.Plan), Node: n.Node, Qty: n.Qty})
		}
		put(c, answers, a)
	case event.StockActionRelease:
		if len(cmd.ReservationIds) == 0 {
			for _, g := range s.grants[cmd.Sku] {
				s.left[cmd.Sku+" "+g.Node] += g.Qty
			}
			s.grants[cmd.Sku] = nil
		}
		c.answer(cmd, event.StockVerdictReleased)
	}
}

// lack says that units which were granted last at a node are not there.
func (s *script) lack(sku, node string, qty int64) {
	a := &event.InventoryAnswer{OrderID: s.id, Sku: sku, Verdict: event.StockVerdictLacking, AnsweredAt: s.Now()}
	for n, g := range s.shelf.grants[sku] {
		if g.Node == node {
			s.shelf.grants[sku][n].Qty -= qty // they will not come back
			a.Grants = []event.Grant{{ReservationID: g.ReservationID, Node: node, Qty: qty}}
		}
	}
	if len(a.Grants) == 0 {
		s.t.Fatalf("nothing of %s was granted at %s", sku, node)
	}
	put(s.counter, answers, a)
}
