package audit

import "fmt"

// K3, state: what a state says follows from the events that were said. Of an order
// that has ended, the state of that version or a later one says how it ended, and
// there is one within Book. (What is on hand and reserved follows from entries and
// answers by I1 and I3, what left and is where by O2; that a store equals its
// changelog stands in no topic, the runtime's own tests show it.)
//
// From order.completed, order.cancelled and order.state: a state that was read
// before or after its end is judged at once, the last one when the watermark passes
// the end by Book.
func (a *Auditor) judgeFold(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.End == nil || !a.judged(o) {
		return
	}
	if o.State == nil || o.State.Version < o.End.Version {
		a.checked(States)
		seen, last := "no state", Place{}
		if o.State != nil {
			seen, last = fmt.Sprintf("a state of version %d", o.State.Version), o.State.Place
		}
		a.violated(States, o.ID, "end unseen", fmt.Sprintf("a state of version %d, the end, within %s", o.End.Version, a.limits.Book), seen, o.End.Place, last)
	}
}

// checkFold judges the newest state of an order against its end, once both are
// known.
func (a *Auditor) checkFold(o *order) {
	if o.End == nil || o.State == nil || o.State.Version < o.End.Version {
		return
	}
	a.checked(States)
	want := "cancelled"
	if o.End.Completed {
		want = "completed"
	}
	if o.State.Status != want {
		a.violated(States, o.ID, "end "+o.State.Place.String(), "a state that is "+want, o.State.Status, o.End.Place, o.State.Place)
	}
}
