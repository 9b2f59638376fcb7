package business

import (
	"github.com/millrace/millrace/schemas/event"
)

// judge checks everything that must hold after the world came to rest.
func (c *chain) judge() {
	c.NoDeadLetters()
	a := c.auditor
	for _, s := range a.shelves {
		s.closed(a)
		c.checkShelf(a, s)
	}
	for _, id := range c.order {
		c.checkOrder(a, a.docket(id), a.states[id])
	}
	c.checkPartners(a)
	a.tally["aborted runs"] = c.journal.voids
}

// checkShelf: our books say what the nodes' own books say.
func (c *chain) checkShelf(a *auditor, s *shelf) {
	for site, d := range c.depots {
		if s.onHand[site] != d.free(s.sku) { // nothing is under way any more
			a.breach("", "%s at %s: %d on hand, the node says %d", s.sku, site, s.onHand[site], d.free(s.sku))
		}
	}
}

func (c *chain) checkOrder(a *auditor, d *docket, state *event.OrderState) {
	w := c.asked[d.id]
	if w.faulty {
		if d.rejected == nil || d.accepted != nil {
			a.breach(d.id, "a faulty submission was not refused")
		}
		return
	}
	if d.accepted == nil || state == nil {
		a.breach(d.id, "the order was not taken")
		return
	}
	if d.accepted.Total != w.submit.Total || len(d.accepted.Lines) != len(w.submit.Lines) {
		a.breach(d.id, "the order was taken with another body: %+v", d.accepted)
	}
	c.checkEnd(a, d, state, w)
	c.checkReleases(a, d)
	c.checkLines(a, d, state)
	c.checkMoney(a, d, state)
}

// checkEnd: completed, cancelled, or waiting for supply because the buyer said so.
func (c *chain) checkEnd(a *auditor, d *docket, state *event.OrderState, w *wish) {
	ends := map[event.OrderStatus]bool{event.OrderStatusCompleted: d.completed != nil, event.OrderStatusCancelled: d.cancelled != nil}
	waits := state.Status == event.OrderStatusBackordered && d.completed == nil && d.cancelled == nil && d.backorders > 0
	switch {
	case !ends[state.Status] && !waits || d.completed != nil && d.cancelled != nil:
		a.breach(d.id, "the order has not ended: %s", state.Status)
	case waits && w.submit.Shortage == event.ShortagePolicyCancel:
		a.breach(d.id, "the order waits, and its buyer does not")
	case d.cancelled != nil && w.submit.Shortage == event.ShortagePolicyBackorder && !w.cancelled:
		a.breach(d.id, "the order was cancelled, and its buyer waits")
	}
	if state.OrderVersion != d.version {
		a.breach(d.id, "the state is of version %d, the last event has %d", state.OrderVersion, d.version)
	}
	if len(d.registered) != 1 {
		a.breach(d.id, "registered %d times", len(d.registered))
	}
}

// checkReleases: each node was asked for exactly what is allocated there.
func (c *chain) checkReleases(a *auditor, d *docket) {
	want := make(map[string]int64)
	if d.allocated != nil {
		for _, l := range d.allocated.Allocations {
			want[l.Node+" "+l.LineID] += l.Qty
		}
	}
	for _, r := range d.requests {
		for _, l := range r.Lines {
			want[r.Node+" "+l.LineID] -= l.Qty
		}
	}
	for place, units := range want {
		if units < 0 || units > 0 && !a.counted { // what waits at the release may be cancelled
			a.breach(d.id, "%d units allocated more than asked for: node and line %s", units, place)
		}
	}
	if d.released != nil && len(d.released.Fulfilments) != len(d.requests) {
		a.breach(d.id, "released in %d parts, %d were asked for", len(d.released.Fulfilments), len(d.requests))
	}
}

// checkLines: each unit is in one place, and it is the place where it is.
func (c *chain) checkLines(a *auditor, d *docket, state *event.OrderState) {
	var shipped, cancelled int64
	for n, l := range state.Lines {
		want := d.accepted.Lines[n]
		most, _ := d.most(want.LineID)
		open := l.Open
		if !stocked(want.Kind) && state.Status == event.OrderStatusBackordered {
			open = 0 // a charge waits for the first shipment
		}
		if open+l.Reserved+l.Allocated+l.Released+l.Picked+l.Packed != 0 || l.Ordered != l.Open+l.Shipped+l.Cancelled+l.Backordered && !a.doubled[d.id] {
			a.breach(d.id, "line %s has units under way or nowhere: %+v", l.LineID, l)
		}
		if l.LineID != want.LineID || l.Ordered != want.Qty && !d.amended || l.Ordered > most {
			a.breach(d.id, "line %s is not as ordered: %+v", l.LineID, want)
		}
		if !stocked(want.Kind) {
			continue
		}
		left := int64(0)
		for _, depot := range c.depots {
			left += depot.gone[d.id+" "+l.LineID]
		}
		if l.Shipped != left || d.shipped[l.LineID] != left {
			a.breach(d.id, "line %s: %d shipped, shipments say %d, the nodes %d", l.LineID, l.Shipped, d.shipped[l.LineID], left)
		}
		shipped, cancelled = shipped+l.Shipped, cancelled+l.Cancelled
	}
	if a.doubled[d.id] {
		return // the end was said by what had left until then
	}
	if e := d.completed; e != nil && (e.UnitsShipped != shipped || e.UnitsCancelled != cancelled) {
		a.breach(d.id, "completed says %d shipped and %d cancelled, the lines %d and %d", e.UnitsShipped, e.UnitsCancelled, shipped, cancelled)
	}
	if e := d.cancelled; e != nil && (e.Units != cancelled || shipped != 0) {
		a.breach(d.id, "cancelled says %d units, the lines %d cancelled and %d shipped", e.Units, cancelled, shipped)
	}
}

// checkMoney: what left is billed, exactly and once.
func (c *chain) checkMoney(a *auditor, d *docket, state *event.OrderState) {
	var asked, posted, shown int64
	units, amounts := make(map[string]int64), make(map[string]int64)
	for id, bill := range d.bills {
		sum := bill.Shipping
		for _, l := range bill.Lines {
			sum += l.Amount
			units[l.LineID] += l.Qty
			amounts[l.LineID] += l.Amount
		}
		if sum != bill.Total || d.posted[id] == nil || d.posted[id].Total != bill.Total {
			a.breach(d.id, "invoice %s of %d: its lines make %d, posted %+v", id, bill.Total, sum, d.posted[id])
		}
		asked += bill.Total
	}
	for _, l := range d.accepted.Lines {
		qty := d.billable(l)
		if amount := halfEven(l.Amount, qty, l.Qty); !a.doubled[d.id] && (units[l.LineID] != qty || amounts[l.LineID] != amount && !(d.amended && amounts[l.LineID] < amount)) {
			a.breach(d.id, "line %s: %d units billed for %d, want %d for %d", l.LineID, units[l.LineID], amounts[l.LineID], qty, amount)
		}
	}
	for _, p := range d.posted {
		posted += p.Total
	}
	for _, i := range state.Invoices {
		shown += i.Amount
	}
	if _, worth := d.most(""); asked > worth {
		a.breach(d.id, "%d are billed of an order of %d", asked, worth)
	}
	if due := d.due(); asked != due || posted != due || shown != due {
		a.breach(d.id, "the order owes %d: asked %d, posted %d, shown %d", due, asked, posted, shown)
	}
	if d.completed != nil && d.completed.Invoiced != posted {
		a.breach(d.id, "completed says %d invoiced, posted are %d", d.completed.Invoiced, posted)
	}
}
