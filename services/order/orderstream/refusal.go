package orderstream

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// exceptionNodesRefused: nodes did not ship an item on any of the days on which they were
// asked.
const exceptionNodesRefused = "NODES_REFUSED"

// opensAfter is when a node begins its first working day after the one of a moment.
// One that nothing is known of, or that does not work for a year, does on the next.
func (r *Room) opensAfter(node string, after time.Time) time.Time {
	if works := r.calendar(node); works != nil {
		if opens, ok := works.OpensAfter(after); ok {
			return opens
		}
	}
	return after.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// refused are the items that nodes did not ship and that wait.
func (t *turn) refused() (all []*order.Item) {
	for _, i := range t.items() {
		if order.Refused(t.o, i, t.claims.Get(t.ctx, i.Sku)) {
			all = append(all, i)
		}
	}
	return all
}

// awaitRefusers looks at what waits because nodes did not ship it when the first of
// them begins a later working day.
func (t *turn) awaitRefusers() {
	if t.o.RetryAt != nil {
		return // it is looked at already
	}
	refused := t.refused()
	if len(refused) == 0 {
		return
	}
	now := t.ctx.Now()
	at := order.RetryAt(refused, now, t.opensAfter)
	t.o.RefusedAt, t.o.RetryAt = &now, &at
	t.ctx.SetTimerAt(timerRetry, at)
}

// retry has the order planned again with the nodes whose refusal is of a day that is
// over. What has a date waits for it, and after some days only people ask: then the
// channel's patience begins.
func (t *turn) retry() {
	since := t.o.RefusedAt
	t.stopRetrying()
	refused := t.refused()
	undated := slices.DeleteFunc(slices.Clone(refused), func(i *order.Item) bool { return order.Dated(t.claims.Get(t.ctx, i.Sku)) })
	rests := (t.o.Phase == event.OrderPhaseBackordered || t.o.Phase == event.OrderPhaseReleased) && t.o.Pending == 0
	switch {
	case since == nil || len(refused) == 0:
	case !rests || len(undated) == 0:
		t.awaitRefusers()
	case t.o.Retries >= order.MaxRetries:
		t.loseHope(undated)
	default:
		t.o.Retries++
		t.o.Replans = 0
		for _, i := range undated {
			nodes := order.Forgive(i, *since, t.ctx.Now(), t.opensAfter)
			t.changed(i)
			t.moment("nodes.asked_again", fmt.Sprintf("%s: %s, day %d of %d", i.Sku, strings.Join(nodes, ", "), t.o.Retries, order.MaxRetries))
		}
		t.raise(order.PlanAgain, order.View{})
	}
}

func (t *turn) stopRetrying() {
	t.o.RefusedAt, t.o.RetryAt = nil, nil
	t.ctx.ClearTimer(timerRetry)
}

// loseHope counts the channel's patience with items from now, as from a date that
// passed.
func (t *turn) loseHope(items []*order.Item) {
	for _, i := range items {
		if i.Missed == nil {
			now := t.ctx.Now()
			i.Missed = &now
			t.changed(i)
		}
		t.giveUpLater(i)
	}
}

// nameRefused names the items that only people have nodes asked for again.
func (t *turn) nameRefused() {
	if t.o.Retries < order.MaxRetries {
		return
	}
	for _, i := range t.items() {
		detail := fmt.Sprintf("%s did not ship %s, which was asked again on %d days", strings.Join(i.Excluded, ", "), i.Sku, t.o.Retries)
		t.flag(exceptionNodesRefused, i.Sku, order.RefusedForGood(t.o, i, t.claims.Get(t.ctx, i.Sku)), detail)
	}
}

// askAnybody forgets which nodes did not ship the order, and how often they were asked.
func (t *turn) askAnybody() {
	for _, i := range t.items() {
		i.Excluded = nil
		t.changed(i)
		if t.o.Retries >= order.MaxRetries {
			t.flag(exceptionNodesRefused, i.Sku, false, "")
		}
	}
	t.stopRetrying()
	t.o.Replans, t.o.Passings, t.o.Retries = 0, 0, 0
}
