package orderstream

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams"
)

// basketKey is that of the one basket of an order, the last.
const basketKey = "last"

// Basket reads what stock keeps, or kept, for an order before its submission; nil
// when nothing was ever asked.
func (r *Room) Basket(from streams.Committed, id string) (*order.Basket, error) {
	all, err := r.baskets.Read(from, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// reserve takes a request about the basket. A repeat, and one that comes when the
// order itself is there, changes nothing; the edge tells them apart.
func (t *turn) reserve(r *event.OrderReserve) {
	t.wish = r
	b := t.baskets.Get(t.ctx, basketKey)
	switch r.Action {
	case event.BasketActionKeep:
		if b != nil && b.RequestID == r.RequestID {
			return
		}
		if order.FaultOfBasket(t.id, r) != "" {
			t.raise(order.Reserve, order.View{Faults: 1})
			return
		}
		t.raise(order.Reserve, order.View{})
	case event.BasketActionExtend:
		if b != nil && r.Until != nil && r.Until.After(b.Until) {
			t.raise(order.Extend, order.View{})
		}
	case event.BasketActionRelease:
		t.ending = event.BasketStateReleased
		t.raise(order.LetGo, order.View{})
	}
}

// fill puts what the basket wants in the place of lines.
func (t *turn) fill() {
	r := t.wish
	t.o.Channel, t.o.ExternalID, t.o.Company = r.Channel, r.ExternalID, r.Company
	t.o.Customer, t.o.ShipTo, t.o.NeededBy = r.Customer, r.ShipTo, r.NeededBy
	t.o.ShipComplete = true
	t.o.MinExpiry = t.shelfDate(r.Channel, r.Customer.PartyID, r.NeededBy)
	lines := make([]event.OrderLine, len(r.Lines))
	for n, l := range r.Lines {
		lines[n] = event.OrderLine{LineID: strconv.Itoa(n + 1), Sku: l.Sku, Kind: event.LineKindGoods, Qty: l.Qty, MinExpiry: l.MinExpiry}
	}
	lines = order.Lasting(lines, t.o.MinExpiry)
	t.place(lines)
	wanted := slices.Clone(r.Lines)
	for n := range wanted {
		wanted[n].MinExpiry = lines[n].MinExpiry
	}
	t.keepBasket(&order.Basket{State: event.BasketStateAsking, RequestID: r.RequestID, BodyHash: r.BodyHash, Lines: wanted, Until: *r.Until})
	t.watchBasket(*r.Until)
}

func (t *turn) keepBasket(b *order.Basket) {
	b.UpdatedAt = t.ctx.Now()
	t.baskets.Put(t.ctx, basketKey, b)
}

// watchBasket ends the basket some time after stock has let go of it by itself.
func (t *turn) watchBasket(until time.Time) {
	t.ctx.SetTimerAt(timerBasket, until.Add(order.KeptGrace))
}

// keeps notes who keeps the basket, and until when.
func (t *turn) keeps() {
	b := t.baskets.Get(t.ctx, basketKey)
	if b.State == event.BasketStateAsking {
		t.moment("basket.kept", fmt.Sprintf("%d units until %s", t.o.Units, b.Until.UTC().Format(time.RFC3339)))
	}
	b.State, b.Grants = event.BasketStateKept, nil
	for _, i := range t.items() {
		for _, g := range i.Grants {
			b.Grants = append(b.Grants, event.BasketGrant{Sku: i.Sku, Node: g.Node, Qty: g.Qty, ReservationID: g.ReservationID})
		}
	}
	if b.Extended != nil {
		b.Until, b.Extended = *b.Extended, nil
		t.watchBasket(b.Until)
	}
	t.keepBasket(b)
}

// prolong asks stock to keep every item longer.
func (t *turn) prolong() {
	b := t.baskets.Get(t.ctx, basketKey)
	until := t.wish.Until
	if b.Extended != nil && !until.After(*b.Extended) {
		return // stock is asked for that already
	}
	b.Extended = until
	t.keepBasket(b)
	for _, i := range t.items() {
		t.command(i, event.InventoryCommand{
			CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("extend ", until.UnixMicro())),
			Action:    event.StockActionExtend, ReservationIds: reservations(i.Grants), ExpiresAt: until,
		})
	}
}

// swap asks stock to hold until its time what it granted the basket item by item.
func (t *turn) swap() {
	t.o.Plan++
	t.o.Claimed = ""
	for _, i := range t.items() {
		t.replace(i, nodesOf(i.Grants), reservations(i.Grants), event.ReserveModeHold)
	}
}

// takeOver asks stock to swap what is kept for the order's own, item by item. The
// plan is that of the basket.
func (t *turn) takeOver() {
	b := t.baskets.Get(t.ctx, basketKey)
	t.o.Pending, t.o.Claimed, t.o.Tries, t.o.Again = 0, "", 0, false
	t.o.Plan++
	if _, why := t.decision(); why != nil {
		t.source(&order.Plan{Decision: *why})
	}
	for _, i := range t.items() {
		var nodes []event.NodeQty
		var ids []string
		for _, g := range b.Grants {
			if g.Sku == i.Sku {
				nodes, ids = append(nodes, event.NodeQty{Node: g.Node, Qty: g.Qty}), append(ids, g.ReservationID)
			}
		}
		t.replace(i, nodes, ids, t.mode())
	}
	b.State = event.BasketStateOrdered
	t.keepBasket(b)
	t.ctx.ClearTimer(timerBasket)
}

func (t *turn) replace(i *order.Item, nodes []event.NodeQty, ids []string, mode event.ReserveMode) {
	i.State, i.Asked, i.Grants = event.ItemStateAsked, nodes, nil
	t.command(i, event.InventoryCommand{
		CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("replace ", t.o.Plan)),
		Action:    event.StockActionReplace, Mode: mode, Nodes: nodes, ReservationIds: ids, ExpiresAt: t.until(mode),
	})
}

// until is until when a reservation is held, nil when it has no end.
func (t *turn) until(mode event.ReserveMode) *time.Time {
	if mode != event.ReserveModeHold {
		return nil
	}
	return &t.baskets.Get(t.ctx, basketKey).Until
}

func nodesOf(grants []event.Grant) []event.NodeQty {
	nodes := make([]event.NodeQty, len(grants))
	for n, g := range grants {
		nodes[n] = event.NodeQty{Node: g.Node, Qty: g.Qty}
	}
	return nodes
}

// turnDown keeps why nothing is kept, and what could be.
func (t *turn) turnDown() {
	b := t.baskets.Get(t.ctx, basketKey)
	if r := t.wish; r != nil && r.Action == event.BasketActionKeep {
		b = &order.Basket{RequestID: r.RequestID, BodyHash: r.BodyHash, Reason: order.FaultOfBasket(t.id, r)}
	}
	if b.Reason == "" {
		b.Reason = order.BasketShort
		for _, i := range t.items() {
			if i.State == event.ItemStateShort {
				could := event.BasketLine{Sku: i.Sku}
				for _, n := range i.Available {
					could.Qty += n.Qty
				}
				b.Could = append(b.Could, could)
			}
		}
	}
	b.State, b.Grants = event.BasketStateRefused, nil
	t.keepBasket(b)
}

// yield has stock take back all that the basket has or asked. Nobody waits for the
// answers: what is asked next stands behind it in the same log.
func (t *turn) yield(in order.Input) {
	for _, i := range t.items() {
		t.command(i, event.InventoryCommand{CommandID: order.CommandID(t.id, i.Sku, fmt.Sprint("let go ", t.o.Plan)), Action: event.StockActionRelease})
	}
	t.place(nil)
	t.o.Pending, t.o.Claimed, t.plan = 0, "", nil
	b := t.baskets.Get(t.ctx, basketKey)
	if b.State != event.BasketStateRefused {
		b.State, b.Grants = t.ends(in), nil
		t.keepBasket(b)
	}
	t.moment("basket."+string(b.State), "")
	t.ctx.ClearTimer(timerBasket)
}

// ends is why a basket ends by an input.
func (t *turn) ends(in order.Input) event.BasketState {
	switch {
	case t.ending != "":
		return t.ending
	case in == order.Round:
		return event.BasketStateExpired
	case in == order.Cancel:
		return event.BasketStateReleased
	}
	return event.BasketStateReplaced
}

// lapse ends a basket whose time is over.
func (t *turn) lapse() {
	if !order.InBasket(t.o) {
		return
	}
	t.ending = event.BasketStateExpired
	t.raise(order.LetGo, order.View{})
}
