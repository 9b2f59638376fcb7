package orderstream

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// overdue looks at a claim whose promised date may have passed, or whose units may
// come from another node: the item is planned again, or given up.
func (t *turn) overdue(sku string) {
	c, i := t.claims.Get(t.ctx, sku), t.item(sku)
	rests := t.o.Phase == event.OrderPhaseBackordered || t.o.Phase == event.OrderPhaseReleased
	switch {
	case c == nil && rests && t.o.Shortage == event.ShortagePolicyBackorder:
		t.raise(order.PlanAgain, order.View{}) // stock refused the claim
		return
	case c == nil || i == nil || c.State == event.ClaimStateServed:
		return
	}
	if all := t.claims.All(t.ctx); c.DatesOnly {
		if last, ready := order.Ready(all, t.market()); ready {
			t.claimAgain(all, true, last)
			return
		}
	}
	at := order.PassesAt(i, c, t.cfg.Clocks)
	passed := !at.IsZero() && !at.After(t.ctx.Now())
	if passed {
		t.miss(c, *c.PromisedFor)
	}
	switch {
	case t.forgo(i):
	case rests && passed:
		t.passed(i, c)
	case rests && order.Elsewhere(t.o, i, c, t.market()):
		t.raise(order.PlanAgain, order.View{})
	default:
		t.ctx.SetTimer(timerSupply+sku, order.LooksAgain(t.id, c, t.cfg.Clocks))
	}
}

// miss notes that units did not come by a date, and looks again when the channel waits
// no longer.
func (t *turn) miss(c *order.SupplyClaim, date time.Time) {
	i := t.item(c.Sku)
	if i == nil {
		return
	}
	order.Miss(i, c, date)
	t.changed(i)
	t.giveUpLater(i)
}

// giveUpLater looks at an item again when the channel waits no longer.
func (t *turn) giveUpLater(i *order.Item) {
	if at := order.ForgoesAt(i, t.cfg.Patience[t.o.Channel]); !at.IsZero() {
		t.ctx.SetTimerAt(timerForgo+i.Sku, at)
	}
}

// passed tells somebody that a promised date has passed, and plans again.
func (t *turn) passed(i *order.Item, c *order.SupplyClaim) {
	order.CountPassing(t.o, i, c)
	t.watch(c)
	t.alert("PROMISE_PASSED", t.id+"/"+c.Sku, c.Node, fmt.Sprintf("%d %s were to be at %s by %s", c.Qty, c.Sku, c.Node, c.PromisedFor.UTC().Format(time.RFC3339)))
	t.raise(order.Overdue, order.View{})
}

// forgo takes off what the channel no longer waits for, once it has waited as long as
// it does after a promised date; false when it waits on. While stock is being asked
// nobody knows what lacks, so that is looked at later.
func (t *turn) forgo(i *order.Item) bool {
	at := order.ForgoesAt(i, t.cfg.Patience[t.o.Channel])
	switch {
	case at.IsZero():
		return false
	case at.After(t.ctx.Now()):
		t.ctx.SetTimerAt(timerForgo+i.Sku, at) // the patience may be another since it was set
		return false
	}
	switch t.o.Phase {
	case event.OrderPhaseAllocated, event.OrderPhaseReleased, event.OrderPhaseBackordered:
	default:
		if !order.Over(t.o) {
			t.ctx.SetTimer(timerForgo+i.Sku, t.cfg.Clocks.Supply)
		}
		return false
	}
	off := order.Forgone(t.o, t.items(), i.Sku, func(sku string) bool {
		c := t.claims.Get(t.ctx, sku)
		return c != nil && c.State == event.ClaimStateServed
	})
	i.Missed = nil
	t.changed(i)
	if len(off) == 0 {
		return false // it came
	}
	t.reason = order.ForgoReason(t.o, i, t.claims.Get(t.ctx, i.Sku))
	t.takeOff(off, order.Forgo)
	return true
}

// impatient looks at an item when its channel may no longer wait for it.
func (t *turn) impatient(sku string) {
	if i := t.item(sku); i != nil {
		t.forgo(i)
	}
}
