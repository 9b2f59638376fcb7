package orderstream

import (
	"fmt"
	"maps"
	"slices"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/sourcing"
)

// submit takes a submission: the first one is decided, later ones are compared.
func (t *turn) submit(s *event.OrderSubmit) {
	t.submission = s
	first := t.o.SubmissionID == ""
	if first {
		t.demand(s)
		if t.faults = order.Check(t.id, s); len(t.faults) == 0 && s.Hold != "" {
			t.hold(&order.Hold{Reason: s.Hold, HeldBy: s.Source})
		}
		if len(t.faults) == 0 {
			t.meanings(s)
		}
	}
	goods := 0
	for _, l := range s.Lines {
		if order.Reservable(l.Kind) {
			goods++
		}
	}
	t.raise(order.Submit, order.View{
		Faults: len(t.faults), Goods: goods, Body: s.BodyHash, Fits: first && order.Fits(t.baskets.Get(t.ctx, basketKey), t.submission.Lines),
	})
	if a := t.amendments.Get(t.ctx, amendmentKey); first && a != nil {
		t.decideAmendment(a)
	}
}

// decided keeps what tells a repeat of the submission from another order.
func (t *turn) decided() {
	s := t.submission
	t.o.SubmissionID, t.o.BodyHash, t.o.Source = s.SubmissionID, s.BodyHash, s.Source
	t.o.Channel, t.o.ExternalID, t.o.OrderedAt = s.Channel, s.ExternalID, s.OrderedAt
}

// place puts lines in place of those that the order has. Facts about them that
// came ahead count from here on.
func (t *turn) place(lines []event.OrderLine) {
	for _, i := range t.items() {
		order.Book(t.o, i, func() { i.Lines = nil })
		t.Room.items.Delete(t.ctx, i.Sku)
	}
	for _, c := range t.charges.All(t.ctx) {
		t.o.Charged -= c.Line.Qty
		t.charges.Delete(t.ctx, chargeKey(c))
	}
	t.list, t.loaded, t.dirty = nil, nil, nil
	items, charges := order.NewItems(t.o.Currency, lines)
	for _, i := range items {
		own := i.Lines
		i.Lines = nil
		order.Book(t.o, i, func() { i.Lines = own })
		t.list = append(t.list, t.keep(i))
		t.changed(i)
	}
	for _, c := range charges {
		t.o.Charged += c.Line.Qty
		t.charges.Put(t.ctx, chargeKey(c), c)
	}
	t.o.Items, t.o.Total = int64(len(items)), t.o.Shipping
	for _, l := range lines {
		t.o.Total += l.Amount
	}
	if !t.o.Early {
		return
	}
	for _, f := range t.fulfilments.All(t.ctx) {
		if f.Counted {
			t.count(f)
		}
	}
}

func chargeKey(c *order.Charge) string { return fmt.Sprintf("%06d", c.Position) }

// cancel takes a request to cancel everything, or some units of lines.
func (t *turn) cancel(c *event.OrderCancel) {
	t.reason = orElse(c.Reason, "UNSTATED")
	if len(c.Lines) == 0 {
		t.raise(order.Cancel, order.View{})
		return
	}
	if c.RequestID == "" || t.requests.Get(t.ctx, c.RequestID) != nil {
		return
	}
	for _, l := range c.Lines {
		if t.o.SubmissionID == "" || t.line(l.LineID) == nil || l.Qty < 1 {
			t.moment(momentNoSuchLine, fmt.Sprintf("%d units of line %s cannot be cancelled", l.Qty, l.LineID))
			return
		}
	}
	t.requests.Put(t.ctx, c.RequestID, &event.OrderRequestRecord{RequestedBy: c.RequestedBy, At: t.ctx.Now()})
	t.takeOff(c.Lines, order.Reduce)
}

// takeOff raises an input that takes units off. One that leaves nothing to ship is a
// cancel of everything.
func (t *turn) takeOff(lines []event.CancelLine, in order.Input) {
	t.reduce = lines
	if t.wantedAfter(lines) == 0 {
		in = order.Cancel
	}
	t.raise(in, order.View{})
}

// line finds a line of goods.
func (t *turn) line(id string) *event.ItemLine {
	for _, i := range t.items() {
		if l := order.LineOf(i, id); l != nil {
			return l
		}
	}
	return nil
}

// wantedAfter is how many units would be wanted after a reduction.
func (t *turn) wantedAfter(lines []event.CancelLine) int64 {
	left := int64(0)
	for _, i := range t.items() {
		for n := range i.Lines {
			wanted := order.Wanted(&i.Lines[n])
			for _, l := range lines {
				if l.LineID == i.Lines[n].Line.LineID {
					wanted -= l.Qty
				}
			}
			left += max(0, wanted)
		}
	}
	return left
}

// drop takes the named units off.
func (t *turn) drop() {
	for _, l := range t.reduce {
		for _, i := range t.items() {
			if order.LineOf(i, l.LineID) != nil {
				order.TakeOff(t.o, i, l.LineID, l.Qty)
				t.changed(i)
			}
		}
		t.moment("order.cancel", fmt.Sprintf("%d units of line %s: %s", l.Qty, l.LineID, t.reason))
	}
	t.sayAmended(t.o.Revision, t.reason, t.kept())
}

// kept are the lines with the units that are still wanted.
func (t *turn) kept() []event.OrderLine {
	all := make(map[int]event.OrderLine)
	for _, i := range t.items() {
		for n := range i.Lines {
			l := i.Lines[n].Line
			if units := order.Wanted(&i.Lines[n]); units > 0 {
				l.Amount, l.Qty = sourcing.Share(l.Amount, units, l.Qty), units
				all[i.Lines[n].Position] = l
			}
		}
	}
	for _, c := range t.charges.All(t.ctx) {
		all[c.Position] = c.Line
	}
	var lines []event.OrderLine
	for _, position := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, all[position])
	}
	return lines
}

// remember keeps why the order shall be cancelled, and takes everything off it.
func (t *turn) remember() {
	if t.o.CancelReason == "" {
		t.o.CancelReason = t.reason
		t.moment("order.cancel", t.reason)
	}
	t.each(order.DropAll)
}

// amendmentKey is that of the one amendment that waits.
const amendmentKey = "next"

// amend takes a request for other lines. A revision older than one that was taken
// is refused; the same one again is a repeat.
func (t *turn) amend(a *event.OrderAmend) {
	switch {
	case a.Revision == t.o.Revision && a.Revision > 0:
		return
	case a.Revision < t.o.Revision:
		t.moment(momentStale, fmt.Sprintf("revision %d came after %d", a.Revision, t.o.Revision))
		return
	}
	if t.o.Currency == "" {
		t.o.Currency = a.Currency
	}
	if faults := order.FaultsOfAmendment(t.o, a); len(faults) > 0 {
		t.moment(momentFaulty, faults[0].Code+" "+faults[0].Pointer+": "+faults[0].Detail)
		return
	}
	t.decideAmendment(&order.Amendment{Currency: t.o.Currency, Revision: a.Revision, Reason: a.Reason, Lines: a.Lines})
}

// decideAmendment takes an amendment as it is, or as far as the order is known.
func (t *turn) decideAmendment(a *order.Amendment) {
	if t.o.SubmissionID != "" {
		a.Lines = order.Lasting(a.Lines, t.o.MinExpiry)
	}
	t.amendment, t.reason = a, orElse(a.Reason, "AMENDED")
	t.raise(order.Amend, order.View{Grows: t.grows(a.Lines)})
}

// grows says whether lines ask for goods that the order does not want now, or not of
// that age.
func (t *turn) grows(lines []event.OrderLine) bool {
	return slices.ContainsFunc(lines, func(l event.OrderLine) bool {
		if !order.Reservable(l.Kind) {
			return false
		}
		now := t.line(l.LineID)
		return now == nil || now.Line.Sku != l.Sku || l.Qty > order.Wanted(now) || !order.SameDate(now.Line.MinExpiry, l.MinExpiry)
	})
}

// keepAmendment keeps an amendment until stock has everything back.
func (t *turn) keepAmendment() {
	t.o.Revision = t.amendment.Revision
	t.amendments.Put(t.ctx, amendmentKey, t.amendment)
}

// apply puts the lines of the kept amendment in place.
func (t *turn) apply() {
	a := t.amendments.Get(t.ctx, amendmentKey)
	if a == nil {
		return
	}
	t.amendments.Delete(t.ctx, amendmentKey)
	t.place(a.Lines)
	t.sayAmended(a.Revision, a.Reason, a.Lines)
}

// shrink takes off what the lines of an amendment lack of those that the order
// has, and gives those their prices. Charges stay as they are.
func (t *turn) shrink() {
	left := make(map[string]event.OrderLine)
	for _, l := range t.amendment.Lines {
		left[l.LineID] = l
	}
	for _, i := range t.items() {
		for n := range i.Lines {
			l := &i.Lines[n]
			now := left[l.Line.LineID]
			order.Book(t.o, i, func() { l.Dropped = max(l.Dropped, l.Line.Qty-now.Qty) })
			order.Reprice(l, now.Amount)
		}
		t.changed(i)
	}
	t.o.Revision = t.amendment.Revision
	t.amendments.Delete(t.ctx, amendmentKey)
	t.sayAmended(t.amendment.Revision, t.amendment.Reason, t.amendment.Lines)
}

// sayAmended says the lines of the order as they are from here on.
func (t *turn) sayAmended(revision int64, reason string, lines []event.OrderLine) {
	if t.o.SubmissionID == "" {
		return // it is not accepted yet
	}
	total := t.o.Shipping
	for _, l := range lines {
		total += l.Amount
	}
	t.out.amended.Send(t.ctx, t.id, &event.OrderAmended{
		OrderID: t.id, OrderVersion: t.version(), Revision: revision, Reason: reason,
		Currency: t.o.Currency, Lines: lines, Total: total, AmendedAt: t.ctx.Now(),
	})
	t.moment("order.amended", fmt.Sprintf("revision %d", revision))
}

// decide takes a decision of a person or a rule.
func (t *turn) decide(r *event.OrderResolve) {
	t.resolve = r
	switch r.Action {
	case event.ResolveActionHold:
		t.halt = &order.Hold{Reason: r.Reason, HeldBy: r.RequestedBy, Note: clip(r.Note), ExpiresAt: r.ExpiresAt}
		t.raise(order.Halt, order.View{})
	case event.ResolveActionResume:
		t.resume(r.Reason, r.RequestedBy)
	case event.ResolveActionGiveUp:
		t.raise(order.GiveUp, order.View{})
	case event.ResolveActionPlanAgain:
		t.askAnybody()
		t.raise(order.PlanAgain, order.View{})
	case event.ResolveActionLost:
		t.lose(r)
	default:
		t.moment(momentUnknownAction, string(r.Action))
	}
}

// stop keeps the hold that somebody asked for.
func (t *turn) stop() {
	if t.hold(t.halt) && t.o.SubmissionID != "" {
		t.sayHeld(t.halt)
	}
}

// hold counts a hold and keeps it; false when it stands already. A reason that
// nobody knows is a person's, and so is a freeze that is none.
func (t *turn) hold(h *order.Hold) bool {
	if order.Barriers[h.Reason] == 0 || h.Reason == order.HoldFrozen && t.freeze == nil {
		h.Note, h.Reason = clip(orElse(h.Note, h.Reason)), "MANUAL"
	}
	if !order.AddHold(t.o, h.Reason) {
		return false
	}
	h.Since = t.ctx.Now()
	t.holds.Put(t.ctx, h.Reason, h)
	if h.ExpiresAt != nil {
		t.ctx.SetTimerAt(timerHold+h.Reason, *h.ExpiresAt)
	}
	return true
}

func (t *turn) sayHeld(h *order.Hold) {
	t.out.held.Send(t.ctx, t.id, &event.OrderHeld{
		OrderID: t.id, OrderVersion: t.version(), Reason: h.Reason, HeldBy: h.HeldBy, Note: h.Note, HeldAt: h.Since, ExpiresAt: h.ExpiresAt,
	})
	t.moment("order.held", h.Reason+" by "+orElse(h.HeldBy, "nobody named"))
}

// resume ends a hold, or every one when no reason is named, and sees how far the
// order can go. One that is frozen goes on by a thaw only. Of one that has ended
// nothing is said any more.
func (t *turn) resume(reason, by string) {
	ended := false
	for _, held := range slices.Clone(t.o.Holds) {
		if reason != "" && reason != held {
			continue
		}
		if held == order.HoldUnmapped && len(order.UnmappedOf(t.items())) > 0 {
			t.moment(momentUnmapped, "by "+by)
			continue
		}
		if held == order.HoldFrozen && t.freeze == nil {
			t.moment(momentFrozen, "by "+by)
			continue
		}
		ended = true
		order.EndHold(t.o, held)
		if h := t.holds.Get(t.ctx, held); h != nil && h.HeldBy == byWhom[held] && h.HeldBy != by && byWhom[held] != "" {
			t.o.Unsecured = true // a person lets it go
		}
		t.holds.Delete(t.ctx, held)
		t.ctx.ClearTimer(timerHold + held)
		if t.o.SubmissionID != "" && !order.Over(t.o) {
			t.out.resumed.Send(t.ctx, t.id, &event.OrderResumed{
				OrderID: t.id, OrderVersion: t.version(), Reason: held, ResumedBy: by, Holds: int64(len(t.o.Holds)), ResumedAt: t.ctx.Now(),
			})
		}
		t.moment("order.resumed", held+" by "+by)
	}
	if ended {
		t.raise(order.Resume, order.View{})
	}
}

// forget deletes what is kept of an order that was never submitted, unless a node
// speaks of it.
func (t *turn) forget() {
	if t.o.Early {
		return
	}
	for n := range t.o.Moments {
		t.moments.Delete(t.ctx, momentKey(n+1))
	}
	for _, reason := range t.o.Holds {
		t.holds.Delete(t.ctx, reason)
	}
	t.amendments.Delete(t.ctx, amendmentKey)
	t.baskets.Delete(t.ctx, basketKey)
	t.decisions.Delete(t.ctx, decisionKey)
	t.ctx.Delete()
}
