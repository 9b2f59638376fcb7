package orderstream

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// ask makes the next plan and asks stock for every item that lacks units.
func (t *turn) ask() {
	items := t.items()
	plan := order.NextPlan(t.o, t.cfg.nodesOf(t.o.Channel), items)
	t.o.Plan++
	mode := event.ReserveModeCommit
	if t.o.ShipComplete && t.o.Items > 1 {
		mode = event.ReserveModeTentative
	}
	for n, i := range items {
		if len(plan[n]) > 0 {
			t.reserve(i, plan[n], mode)
		}
	}
}

// claim asks stock to let the next item wait in its queue, for what it was last
// asked. The first claim opens a new plan: what was given back is spent.
func (t *turn) claim() {
	if t.o.Claimed == "" {
		t.o.Plan++
	}
	for _, i := range t.items() {
		if i.Sku > t.o.Claimed {
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
		i.State = event.ItemStateCommitting
		t.command(i, event.InventoryCommand{
			CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("commit ", t.o.Plan)),
			Action:    event.StockActionCommit, ReservationIds: reservations(i.Grants),
		})
	}
}

// giveBack asks stock to take back all that was asked or granted. What was asked
// before is no longer waited for: the release stands behind it in the same log.
func (t *turn) giveBack() {
	t.o.Pending, t.o.Claimed = 0, ""
	for _, i := range t.items() {
		i.Awaiting = nil
		switch i.State {
		case event.ItemStateOpen:
		case event.ItemStateShort, event.ItemStateContended:
			i.State = event.ItemStateOpen
			t.changed(i)
		default:
			i.State = event.ItemStateReturning
			t.command(i, event.InventoryCommand{
				CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("release ", t.o.Plan)),
				Action:    event.StockActionRelease,
			})
		}
	}
	if t.o.Pending == 0 {
		t.next = order.Round
	}
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
	case t.o.Phase == event.OrderPhaseReleased:
		t.raise(order.Progress, order.View{})
	default:
		t.raise(order.Round, order.View{})
	}
}

// takeBack asks stock to take back what a node was asked for and will not ship.
// The quantity stands in nodes, because a shipment of the same reservation may
// still be on its way to stock.
func (t *turn) takeBack(f *order.Fulfilment) {
	c := t.consignments.Get(t.ctx, f.Node)
	if c == nil || f.Returned <= f.AskedBack {
		return
	}
	purpose := fmt.Sprintf("return %s %d", f.Node, f.Returned)
	f.AskedBack = f.Returned
	back := make(map[string]*event.InventoryCommand)
	rest := order.Remaining(c, t.shipmentsOf(f.FulfilmentID))
	for _, l := range rest {
		cmd := back[l.Sku]
		if cmd == nil {
			cmd = &event.InventoryCommand{
				CommandID: order.CommandID(t.id, l.Sku, purpose), Action: event.StockActionRelease,
				Nodes: []event.NodeQty{{Node: f.Node}},
			}
			back[l.Sku] = cmd
		}
		cmd.Nodes[0].Qty += l.Qty
		if n := len(cmd.ReservationIds); n == 0 || cmd.ReservationIds[n-1] != l.ReservationID {
			cmd.ReservationIds = append(cmd.ReservationIds, l.ReservationID)
		}
	}
	for _, l := range rest { // in the order of lines: a map has none
		if cmd := back[l.Sku]; cmd != nil {
			t.command(t.item(l.Sku), *cmd)
			delete(back, l.Sku)
		}
	}
	if order.Outcomes(t.o) == event.ShortOutcomeBackordered {
		t.backorder(shortOf(rest))
	}
}

func shortOf(rest []event.FulfilmentLine) []event.ShortLine {
	all := make([]event.ShortLine, len(rest))
	for n, l := range rest {
		all[n] = event.ShortLine{LineID: l.LineID, Sku: l.Sku, Qty: l.Qty, Outcome: event.ShortOutcomeBackordered}
	}
	return all
}

func reservations(grants []event.Grant) []string {
	ids := make([]string, len(grants))
	for n, g := range grants {
		ids[n] = g.ReservationID
	}
	return ids
}
