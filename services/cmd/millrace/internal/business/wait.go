package business

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams/streamstest"
)

// patience is how long nothing may be said about an order that nothing holds up.
const patience = 3 * time.Hour

// heard notes that something was said about an order.
func (w *week) heard(e *entry) {
	if d := w.auditor.cases[e.key]; d != nil && d.accepted != nil {
		d.touched = w.Now()
		if d.completed == nil && d.cancelled == nil {
			w.opened[e.key] = d
		} else {
			delete(w.opened, e.key)
		}
	}
}

// waits sees to it that every order which waits does so for a reason that its
// events or those of its partners show, and counts the reasons.
func (w *week) waits() {
	for id, d := range w.opened {
		if w.Now().Sub(d.touched) < patience {
			continue
		}
		cause := w.reason(d, w.auditor.states[id])
		if cause == "" {
			w.auditor.breach(id, "it waits since %s for no reason that can be seen: %+v", d.touched.Format(time.RFC3339), w.auditor.states[id])
			d.touched = w.Now() // say it once
			continue
		}
		w.waited[cause]++
	}
}

// chase is a person who goes through the orders that wait for supply once a day, and
// has them planned again: also at nodes that once did not have what they want.
func (w *week) chase() {
	for _, id := range slices.Sorted(maps.Keys(w.opened)) {
		if s := w.auditor.states[id]; s != nil && s.Status == event.OrderStatusBackordered && w.Now().Sub(w.opened[id].touched) > patience {
			w.met["orders that a person had planned again"]++
			streamstest.Send(w.Driver, onResolve, id, &event.OrderResolve{OrderID: id, Action: event.ResolveActionPlanAgain, RequestedBy: "ann", RequestedAt: w.Now()})
		}
	}
}

// reason is what an order waits for, empty when nothing shows it.
func (w *week) reason(d *docket, s *event.OrderState) string {
	switch {
	case s == nil:
		return ""
	case d.holds > 0:
		return "HELD"
	case s.Status == event.OrderStatusBackordered:
		return "STOCK_SHORT"
	case w.recently("erp"):
		return "ERP_DOWN"
	}
	for _, r := range d.requests {
		if w.recently(r.Node) {
			return "NODE_DOWN"
		}
		if works := w.depots[r.Node].opens; works != nil && works(w.Now().Add(-patience)).After(w.Now().Add(-patience)) {
			return "NODE_CLOSED"
		}
	}
	if d.allocated != nil && len(d.requests) == 0 {
		return "NODE_FULL" // a place in its day is waited for
	}
	return ""
}

// recently says whether a partner is away, or was a moment ago.
func (w *week) recently(name string) bool {
	return w.street.away[name] || w.Now().Sub(w.back[name]) < patience
}

// reasons sums up for how many order hours each reason was seen.
func (w *week) reasons() map[string]int64 {
	all := make(map[string]int64)
	for cause, n := range w.waited {
		all[fmt.Sprint(cause, ", order hours")] = n
	}
	return all
}
