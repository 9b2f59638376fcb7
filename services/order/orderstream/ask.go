package orderstream

import (
	"fmt"
	"slices"

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
	t.dropClaims()
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

// askMore opens a round of planning for what lacks beside what stays granted.
func (t *turn) askMore() {
	t.o.Tries = 0
	t.dropClaims()
	for _, i := range t.items() {
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
	if plan != nil {
		t.source(plan)
	}
	for n, i := range items {
		if plan != nil && plan.Asks != nil && len(plan.Asks[n]) > 0 {
			t.askFor(i, plan.Asks[n], t.mode())
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
			t.askFor(i, i.Asked, event.ReserveModeClaim)
			return
		}
	}
}

// mode is how firm the first answer of stock is to be.
func (t *turn) mode() event.ReserveMode {
	switch {
	case order.InBasket(t.o):
		return event.ReserveModeHold
	case t.o.ShipComplete && t.o.Items > 1:
		return event.ReserveModeTentative
	}
	return event.ReserveModeCommit
}

func (t *turn) askFor(i *order.Item, nodes []event.NodeQty, mode event.ReserveMode) {
	i.State, i.Asked = event.ItemStateAsked, nodes
	t.command(i, event.InventoryCommand{
		CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("reserve ", t.o.Plan)),
		Action:    event.StockActionReserve, Mode: mode, Nodes: nodes, Partial: !t.o.ShipComplete, ExpiresAt: t.until(mode),
	})
}

// commit has stock make every grant firm. With the last item held the order is
// decided: what is held tentatively stays until the order says otherwise, so stock
// cannot refuse, and whatever the order asks later stands behind it in the same log.
func (t *turn) commit() {
	for _, i := range t.items() {
		if len(i.Grants) == 0 {
			continue
		}
		i.State = event.ItemStateCommitted
		t.changed(i)
		t.tell(i, event.InventoryCommand{
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
	t.o.Recalled = false
	t.o.Pending, t.o.Claimed, t.plan = 0, "", nil
	t.leaveQueue()
	t.dropClaims()
	for _, i := range t.items() {
		if len(i.Awaiting)+len(i.Lost) > 0 {
			i.Awaiting, i.Lost = nil, nil
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

// undo counts what is granted as not allocated: it is asked for anew.
func (t *turn) undo() {
	for _, i := range t.items() {
		t.o.Allocated -= order.Granted(i)
	}
}

// giveUpLost asks stock to take back what it lacks of what it granted, and no more.
func (t *turn) giveUpLost() {
	t.o.Recalled = false
	t.leaveQueue()
	for _, i := range t.items() {
		for _, lost := range order.Lose(i) {
			t.takeBack(i, lost.Node, lost.Qty, []string{lost.ReservationID}, event.ReleaseWordAsker)
		}
	}
}

// lacks hears that a node has not the units that it granted for good. What no node
// was asked for is planned again, from what nodes have now; what was given back or
// asked for meanwhile is not the order's to move.
func (t *turn) lacks(a *event.InventoryAnswer) {
	for _, g := range a.Grants {
		if c := t.claims.Get(t.ctx, a.Sku); c != nil && c.ReservationID == g.ReservationID && c.State == event.ClaimStateServed {
			t.moment("stock.lacking", fmt.Sprintf("%d %s at %s", g.Qty, a.Sku, g.Node))
			t.dropClaim(c)
			t.claimSupply()
			return
		}
		i := t.item(a.Sku)
		if i == nil || !slices.ContainsFunc(i.Grants, func(own event.Grant) bool { return own.ReservationID == g.ReservationID }) {
			continue
		}
		t.moment("stock.lacking", fmt.Sprintf("%d %s at %s", g.Qty, a.Sku, g.Node))
		t.o.Recalled = true
		i.Lost = append(i.Lost, g)
		t.changed(i)
		t.raise(order.Lack, order.View{})
	}
}

// trim asks stock to take back what is granted beyond what is wanted.
func (t *turn) trim() {
	less := false
	for _, i := range t.items() {
		if i.State != event.ItemStateCommitted {
			continue
		}
		for _, g := range order.Surplus(i) {
			t.takeBack(i, g.Node, g.Qty, []string{g.ReservationID}, event.ReleaseWordAsker)
			less = true
		}
	}
	if less {
		t.lessenGranted()
	}
}

// takeBack has stock take back units of named reservations at a node, on whose
// word is said: those that were consigned stay there unless the node says it. The
// quantity stands in the command, because a shipment of the same reservation may
// still be on its way to stock.
func (t *turn) takeBack(i *order.Item, node string, qty int64, ids []string, word event.ReleaseWord) {
	t.o.Backs++
	t.command(i, event.InventoryCommand{
		CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("return ", t.o.Backs)),
		Action:    event.StockActionRelease, Word: word, ReservationIds: ids, Nodes: []event.NodeQty{{Node: node, Qty: qty}},
	})
}

// command sends a command about an item and waits for its answer.
func (t *turn) command(i *order.Item, c event.InventoryCommand) {
	i.Awaiting = append(i.Awaiting, c.CommandID)
	t.o.Pending++
	t.changed(i)
	t.tell(i, c)
}

// tell sends a command about an item. It comes behind all that was sent before, so
// what only informs stock needs no answer.
func (t *turn) tell(i *order.Item, c event.InventoryCommand) {
	c.OrderID, c.Sku, c.Channel, c.Plan, c.RequestedAt = t.id, i.Sku, t.o.Channel, t.o.Plan, t.ctx.Now()
	c.CustomerClass, c.MinExpiry = t.classOf(t.o.Customer.PartyID), order.MinExpiry(t.item(i.Sku))
	t.out.command.Send(t.ctx, i.Sku, &c)
}

// answer takes stock's answer about one item; the last one that the phase waits
// for ends the round.
func (t *turn) answer(a *event.InventoryAnswer) {
	if a.Verdict == event.StockVerdictLacking {
		t.lacks(a)
		return
	}
	if t.supplied(a) {
		return
	}
	i := t.item(a.Sku)
	if i == nil || !order.Answer(t.o, i, a) {
		return
	}
	t.changed(i)
	switch {
	case t.o.Pending > 0:
	case order.Planning(t.o), order.InBasket(t.o):
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
