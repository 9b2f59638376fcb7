package audit

import "fmt"

// O1, terminal: an accepted order ends once, completed or cancelled; a rejected one
// was never accepted; the order's own events are numbered from 1 without gap or
// repeat, and none follows the end. An order without an end is spoken of again
// within End, unless it waits for supply or a person.
//
// From the events order.*. Repeats and what follows an end are judged at once,
// gaps when the watermark passes an event by Skew.
func (a *Auditor) noteSpoken(f *fact) {
	o := a.word(f.key, f)
	v := f.number("order_version")
	a.checked(Terminal)
	was, twice := o.Spoken[v]
	if twice {
		a.violated(Terminal, o.ID, fmt.Sprint("version ", v), fmt.Sprintf("version %d is said once", v), was.Topic+" and "+f.Topic, was, f.Place)
	} else {
		o.Spoken[v] = f.Place
	}
	if o.End != nil && v > o.End.Version {
		a.afterEnd(o, v, f.Place)
	}
	a.later(Terminal, judgeGap, o.ID, fmt.Sprint(v), f, a.limits.Skew)
}

func (a *Auditor) afterEnd(o *order, v int64, place Place) {
	a.violated(Terminal, o.ID, fmt.Sprint("after end ", v), fmt.Sprintf("nothing after version %d, the end", o.End.Version), fmt.Sprintf("%s is version %d", place.Topic, v), o.End.Place, place)
}

// noteEnd takes order.completed and order.cancelled.
func (a *Auditor) noteEnd(f *fact, end ending) {
	o := a.word(f.key, f)
	if o.End != nil {
		a.violated(Terminal, o.ID, "two ends", "one end", o.End.Topic+" and "+f.Topic, o.End.Place, f.Place)
		return
	}
	end.Place, end.At, end.Version = f.Place, f.at, f.number("order_version")
	o.End = &end
	for v, place := range o.Spoken {
		if v > end.Version {
			a.afterEnd(o, v, place)
		}
	}
	a.checkFold(o)
	a.later(States, judgeUnseen, o.ID, "", f, a.limits.Book)
	a.later(Lines, judgeEndUnits, o.ID, "", f, a.limits.Skew)
	a.later(Leftovers, judgeLeft, o.ID, "", f, a.limits.Leave)
	a.later(Money, judgeBalance, o.ID, "", f, a.limits.Settle)
	a.later("", forgetBook, o.ID, "", f, a.limits.Keep)
}

func (a *Auditor) noteCompleted(f *fact) {
	a.noteEnd(f, ending{Completed: true, Shipped: f.number("units_shipped"), Cancelled: f.number("units_cancelled"), Invoiced: f.number("invoiced")})
}

func (a *Auditor) noteCancelled(f *fact) {
	a.noteEnd(f, ending{Cancelled: f.number("units")})
}

func (a *Auditor) noteRejected(f *fact) {
	o := a.word(f.key, f)
	a.checked(Terminal)
	a.answered("submit", o.ID, f)
	o.Rejected = f.Place
	if o.Accepted != nil {
		a.bothVerdicts(o)
	}
	a.later("", forgetBook, o.ID, "", f, a.limits.Keep)
}

func (a *Auditor) bothVerdicts(o *order) {
	a.violated(Terminal, o.ID, "accepted and rejected", "accepted or rejected", "both", o.Accepted.Place, o.Rejected)
}

// judgeGaps: every version before an event was said.
func (a *Auditor) judgeGaps(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || !a.judged(o) {
		return
	}
	a.checked(Terminal)
	if o.Accepted == nil {
		a.violated(Terminal, o.ID, "not accepted", "order.accepted before anything else", w.Place.Topic, w.Place)
	}
	var v int64
	if _, err := fmt.Sscan(w.Ref, &v); err != nil {
		return
	}
	for n := o.Whole + 1; n < v; n++ {
		if _, said := o.Spoken[n]; !said {
			a.violated(Terminal, o.ID, fmt.Sprint("gap ", n), fmt.Sprintf("version %d is said", n), fmt.Sprintf("version %d, and nothing of %d", v, n), o.Spoken[n-1], o.Spoken[v])
		}
	}
	o.Whole = max(o.Whole, v)
}

// judgeEnds: an order that nobody spoke of for too long waits for somebody.
func (a *Auditor) judgeEnds(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.End != nil {
		return
	}
	if until := o.LastWord.Add(a.limits.End); until.After(w.Due) {
		a.again(w, until)
		return
	}
	a.checked(Terminal)
	if o.State != nil && (o.State.Status == "backordered" || o.State.Status == "partly_allocated" || o.State.Status == "held") {
		a.again(w, w.Due.Add(a.limits.End))
		return
	}
	last := Place{}
	if o.State != nil {
		last = o.State.Place
	}
	a.violated(Terminal, o.ID, "no end", fmt.Sprintf("an end, or a word about it within %s", a.limits.End), "nothing since "+o.LastWord.String(), w.Place, last)
}
