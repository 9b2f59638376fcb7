package orderstream

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// askAnew opens a round of planning: what was tried before is tried again, but
// for the nodes that did not ship.
func (t *turn) askAnew() {
	if t.o.Again {
		t.o.Replans++
	}
	t.o.Again, t.o.Tries = false, 0
	for _, i := range t.items() {
		if i.State != event.ItemStateOpen || len(i.Grants) > 0 {
			i.State, i.Grants = event.ItemStateOpen, nil
			t.changed(i)
		}
		if i.Position != nil {
			i.Position = nil
			t.changed(i)
		}
	}
	t.plan = nil
	t.ask()
}

// another looks for a plan that asks for something.
func (t *turn) another() bool {
	t.plan = order.NextPlan(t.o, t.items(), t.market())
	return t.plan != nil && t.plan.Asks != nil
}

// ask makes the next plan and asks stock for every item that lacks units.
func (t *turn) ask() {
	items := t.items()
	if t.plan == nil {
		t.plan = order.NextPlan(t.o, items, t.market())
	}
	plan := t.plan
	t.plan = nil
	t.o.Plan++
	t.o.Tries++
	mode := event.ReserveModeCommit
	if t.o.ShipComplete && t.o.Items > 1 {
		mode = event.ReserveModeTentative
	}
	if plan != nil {
		t.source(plan)
	}
	for n, i := range items {
		if plan != nil && plan.Asks != nil && len(plan.Asks[n]) > 0 {
			t.reserve(i, plan.Asks[n], mode)
		}
	}
	if t.o.Pending == 0 {
		t.next = order.Round
	}
}

// claim asks stock to let the next item wait in its queue, for what it was last
// asked. The first claim opens a new plan: what was given back is spent.
func (t *turn) claim() {
	if t.o.Claimed == "" {
		t.o.Plan++
	}
	for _, i := range t.items() {
		if i.Sku > t.o.Claimed && order.LackingOf(i) > 0 {
			t.o.Claimed = i.Sku
			t.reserve(i, i.Asked, event.ReserveModeClaim)
			return
		}
	}
}

func (t *turn) reserve(i *order.Item, nodes []event.NodeQty, mode event.ReserveMode) {
	i.State, i.Asked = event.ItemStateAsked, nodes
	t.command(i, event.InventoryCommand{
		CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("reserve ", t.o.Plan)),
		Action:    event.StockActionReserve, Mode: mode, Nodes: nodes, Partial: !t.o.ShipComplete,
	})
}

// commit asks stock to make every grant firm.
func (t *turn) commit() {
	for _, i := range t.items() {
		if len(i.Grants) == 0 {
			continue
		}
		i.State = event.ItemStateCommitting
		t.command(i, event.InventoryCommand{
			CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("commit ", t.o.Plan)),
			Action:    event.StockActionCommit, ReservationIds: reservations(i.Grants),
		})
	}
}

// giveBack asks stock to take back all that the round asked or was granted. What
// was asked before is no longer waited for: the release stands behind it in the
// same log. Once nodes were asked to ship, what they hold must stay, so the
// round's own reservations are named.
func (t *turn) giveBack() {
	t.o.Pending, t.o.Claimed, t.plan = 0, "", nil
	t.leaveQueue()
	for _, i := range t.items() {
		if len(i.Awaiting) > 0 {
			i.Awaiting = nil
			t.changed(i)
		}
		switch i.State {
		case event.ItemStateOpen:
			continue
		case event.ItemStateShort, event.ItemStateContended:
			i.State = event.ItemStateOpen
			t.changed(i)
			continue
		}
		var named []string
		if t.o.Rounds > 0 {
			named = reservations(i.Grants)
			for _, n := range i.Asked {
				if i.State == event.ItemStateAsked {
					named = append(named, order.ReservationID(t.id, i.Sku, n.Node, t.o.Plan))
				}
			}
		}
		i.State = event.ItemStateReturning
		t.command(i, event.InventoryCommand{
			CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("release ", t.o.Plan)),
			Action:    event.StockActionRelease, ReservationIds: named,
		})
	}
	if t.o.Pending == 0 {
		t.next = order.Round
	}
}

// trim asks stock to take back what is granted beyond what is wanted.
func (t *turn) trim() {
	for _, i := range t.items() {
		if i.State != event.ItemStateCommitted {
			continue
		}
		for _, g := range order.Surplus(i) {
			t.takeBack(i, g.Node, g.Qty, []string{g.ReservationID})
		}
	}
}

// takeBack asks stock to take back units of named reservations at a node. The
// quantity stands in the command, because a shipment of the same reservation may
// still be on its way to stock.
func (t *turn) takeBack(i *order.Item, node string, qty int64, ids []string) {
	t.o.Backs++
	t.command(i, event.InventoryCommand{
		CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("return ", t.o.Backs)),
		Action:    event.StockActionRelease, ReservationIds: ids, Nodes: []event.NodeQty{{Node: node, Qty: qty}},
	})
}

// command sends a command about an item and waits for its answer.
func (t *turn) command(i *order.Item, c event.InventoryCommand) {
	c.OrderID, c.Sku, c.Channel, c.Plan, c.RequestedAt = t.id, i.Sku, t.o.Channel, t.o.Plan, t.ctx.Now()
	i.Awaiting = append(i.Awaiting, c.CommandID)
	t.o.Pending++
	t.changed(i)
	t.out.command.Send(t.ctx, i.Sku, &c)
}

// answer takes stock's answer about one item; the last one that the phase waits
// for ends the round.
func (t *turn) answer(a *event.InventoryAnswer) {
	i := t.item(a.Sku)
	if i == nil || !order.Answer(t.o, i, a) {
		return
	}
	t.changed(i)
	switch {
	case t.o.Pending > 0:
	case order.Planning(t.o):
		t.raise(order.Round, order.View{})
	default:
		t.raise(order.Progress, order.View{})
	}
}

func reservations(grants []event.Grant) []string {
	ids := make([]string, len(grants))
	for n, g := range grants {
		ids[n] = g.ReservationID
	}
	return ids
}
