package orderstream

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// claimSupply claims of stock to come what nobody can give now, and reports
// whether it claimed anything anew. A buyer who does not wait claims nothing.
func (t *turn) claimSupply() bool {
	if t.o.Shortage != event.ShortagePolicyBackorder {
		return false
	}
	var fresh []*order.SupplyClaim
	var market *order.Market
	for _, i := range t.items() {
		known := t.claims.Get(t.ctx, i.Sku)
		missing := order.Missing(i, known)
		if missing == 0 || known != nil && (known.State == event.ClaimStateServed || known.Qty == missing) {
			continue
		}
		if known != nil {
			t.dropClaim(known)
		}
		if market == nil {
			market = t.market()
		}
		if c := order.ClaimFor(t.o, i, missing, market); c != nil {
			fresh = append(fresh, c)
		}
	}
	if len(fresh) == 0 {
		return false
	}
	last, ready := order.Ready(fresh, t.market())
	t.claimAll(fresh, order.Together(t.o, fresh), ready, last)
	return true
}

// claimAll claims for several items under a plan of its own. What leaves together
// claims dates only until there is one for all, and units for the last of them.
func (t *turn) claimAll(claims []*order.SupplyClaim, together, ready bool, last time.Time) {
	t.o.Plan++
	for _, c := range claims {
		c.State, c.Plan, c.Since, c.PromisedFor = event.ClaimStateAsked, t.o.Plan, t.ctx.Now(), nil
		c.CommandID, c.ReservationID = order.ClaimID(t.id, c.Sku, c.Plan), order.ReservationID(t.id, c.Sku, c.Node, c.Plan)
		c.DatesOnly, c.NotBefore = together && !ready, nil
		if together && ready && last.After(t.ctx.Now()) {
			c.NotBefore = &last
		}
		t.o.Claims++
		t.claims.Put(t.ctx, c.Sku, c)
		t.watch(c)
		t.tell(&order.Item{Sku: c.Sku}, event.InventoryCommand{
			CommandID: c.CommandID, Action: event.StockActionReserve, Mode: event.ReserveModeBackorder,
			Nodes: []event.NodeQty{{Node: c.Node, Qty: c.Qty}}, NotBefore: c.NotBefore, DatesOnly: c.DatesOnly,
		})
	}
}

// watch looks at a claim again when its date has passed, or when none was promised
// for long.
func (t *turn) watch(c *order.SupplyClaim) {
	if i := t.item(c.Sku); i != nil {
		if at := order.PassesAt(i, c, t.cfg.Clocks); !at.IsZero() {
			t.ctx.SetTimerAt(timerSupply+c.Sku, at)
			return
		}
	}
	t.ctx.SetTimer(timerSupply+c.Sku, order.LooksAgain(t.id, c, t.cfg.Clocks))
}

// supplied takes stock's answer to a claim; false when it is none.
func (t *turn) supplied(a *event.InventoryAnswer) bool {
	c := t.claims.Get(t.ctx, a.Sku)
	if c == nil || c.CommandID != a.CommandID {
		return false
	}
	c.Position = max(c.Position, a.PositionVersion)
	switch a.Verdict {
	case event.StockVerdictBackordered:
		t.dated(c, a.PromisedFor)
	case event.StockVerdictGranted:
		if c.State == event.ClaimStateServed {
			return true
		}
		units := int64(0)
		for _, g := range a.Grants { // of one node, and so of one owner
			units += g.Qty
			c.Owner = g.Owner
		}
		c.State, c.Qty = event.ClaimStateServed, min(c.Qty, units)
		t.o.Claims--
		t.o.Served++
		t.claims.Put(t.ctx, c.Sku, c)
		t.ctx.ClearTimer(timerSupply + c.Sku)
		t.raise(order.Progress, order.View{})
	default:
		t.moment("supply.refused", c.Sku+" "+a.Reason)
		t.dropClaim(c)
		t.ctx.SetTimer(timerSupply+c.Sku, t.cfg.Clocks.Supply)
	}
	return true
}

// dated takes the date that stock says, or that there is none.
func (t *turn) dated(c *order.SupplyClaim, when *time.Time) {
	before := c.PromisedFor
	c.State, c.PromisedFor = event.ClaimStateWaiting, when
	t.claims.Put(t.ctx, c.Sku, c)
	t.watch(c)
	all := t.claims.All(t.ctx)
	together := order.Together(t.o, all)
	switch {
	case c.DatesOnly:
		if last, ready := order.Ready(all, t.market()); ready && order.AtOnce(c) {
			t.claimAgain(all, true, last)
		}
		return
	case together && when == nil:
		t.promise(c, before, event.PromiseCauseLost)
		for _, x := range all {
			x.Position++ // what this answer was about is not there
			x.Losses++
			if date := x.PromisedFor; x.Sku != c.Sku && date != nil {
				x.PromisedFor = nil
				t.promise(x, date, event.PromiseCauseLost) // it leaves with the other
			}
		}
		t.claimAgain(all, false, time.Time{})
		return
	case before == nil && when != nil:
		t.promise(c, before, event.PromiseCauseSupply)
	case before != nil && when == nil:
		t.promise(c, before, event.PromiseCauseLost)
	case before != nil && !before.Equal(*when):
		t.promise(c, before, event.PromiseCauseMoved)
	}
}

// claimAgain claims for items that leave together the other way: units instead of
// dates, or dates instead of units.
func (t *turn) claimAgain(all []*order.SupplyClaim, ready bool, last time.Time) {
	for _, c := range all {
		t.dropClaim(c)
	}
	t.claimAll(all, true, ready, last)
}

// promise says a promised date, or that there is none any more. One that is taken back
// or moved after it passed was missed all the same.
func (t *turn) promise(c *order.SupplyClaim, before *time.Time, cause event.PromiseCause) {
	if before == nil && c.PromisedFor == nil {
		return
	}
	if before != nil && !before.After(t.ctx.Now()) {
		t.miss(c, *before)
	}
	p := &event.OrderPromise{
		OrderID: t.id, OrderVersion: t.version(), Sku: c.Sku, Node: c.Node, Qty: c.Qty, PromisedFor: c.PromisedFor, Previous: before, Cause: cause, PromisedAt: t.ctx.Now(),
	}
	if i := t.item(c.Sku); i != nil {
		for _, l := range order.Short(i, event.ShortOutcomeBackordered) {
			p.Lines = append(p.Lines, l.LineID)
		}
	}
	t.out.promise.Send(t.ctx, t.id, p)
	said := "no date"
	if c.PromisedFor != nil {
		said = c.PromisedFor.UTC().Format(time.RFC3339)
	}
	t.moment("order.promise", fmt.Sprintf("%d %s at %s: %s (%s)", c.Qty, c.Sku, c.Node, said, cause))
	t.publishing = true
}

// collect takes the units of served claims for granted.
func (t *turn) collect() {
	for _, c := range t.claims.All(t.ctx) {
		i := t.item(c.Sku)
		if c.State != event.ClaimStateServed || i == nil {
			continue
		}
		i.State = event.ItemStateCommitted
		i.Grants = append(i.Grants, event.Grant{ReservationID: c.ReservationID, Node: c.Node, Qty: c.Qty, Owner: c.Owner})
		t.changed(i)
		t.forgetClaim(c)
	}
}

// dropClaims gives every claim back: the order is planned anew.
func (t *turn) dropClaims() {
	if t.o.Claims+t.o.Served == 0 {
		return
	}
	for _, c := range t.claims.All(t.ctx) {
		if before := c.PromisedFor; before != nil && !c.DatesOnly && c.State == event.ClaimStateWaiting && t.o.CancelReason == "" {
			c.PromisedFor = nil
			t.promise(c, before, event.PromiseCausePlannedAgain)
		}
		t.dropClaim(c)
	}
}

// dropClaim has stock forget a claim, or take its units back.
func (t *turn) dropClaim(c *order.SupplyClaim) {
	t.tell(&order.Item{Sku: c.Sku}, event.InventoryCommand{
		CommandID: order.CommandID(t.id, c.Sku, fmt.Sprint("unclaim ", c.Plan)), Action: event.StockActionRelease, ReservationIds: []string{c.ReservationID},
	})
	t.forgetClaim(c)
}

func (t *turn) forgetClaim(c *order.SupplyClaim) {
	if c.State == event.ClaimStateServed {
		t.o.Served--
	} else {
		t.o.Claims--
	}
	t.claims.Delete(t.ctx, c.Sku)
	t.ctx.ClearTimer(timerSupply + c.Sku)
}

// trimClaims gives back what is claimed beyond what is missing.
func (t *turn) trimClaims() {
	if t.o.Claims+t.o.Served == 0 {
		return
	}
	for _, c := range t.claims.All(t.ctx) {
		missing := int64(0)
		if i := t.item(c.Sku); i != nil {
			missing = order.Missing(i, nil)
		}
		switch surplus := c.Qty - missing; {
		case surplus <= 0:
		case missing == 0:
			t.dropClaim(c)
		default:
			c.Qty = missing
			t.o.Backs++
			t.claims.Put(t.ctx, c.Sku, c)
			t.tell(&order.Item{Sku: c.Sku}, event.InventoryCommand{
				CommandID: order.CommandID(t.id, c.Sku, fmt.Sprint("return ", t.o.Backs)), Action: event.StockActionRelease,
				ReservationIds: []string{c.ReservationID}, Nodes: []event.NodeQty{{Node: c.Node, Qty: surplus}},
			})
		}
	}
}
