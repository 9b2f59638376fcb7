package audit

import (
	"fmt"
	"slices"
)

// O2, lines: in each state of an order, every unit of a line is in exactly one
// place: the buckets add up to what was ordered, or to what left and is at nodes
// when that is more. Lines are those that were accepted or last amended; of units
// that were ordered once and taken off later, a state may still speak, and a node
// may ship them. What shipments say left is what the order says left; more than was ordered stands
// with an alert; no more was returned than left; an end says how many units left
// and how many were taken off.
//
// From order.accepted, order.amended, order.state, order.completed,
// order.cancelled, shipment.confirmed, return.claimed and alert.raised. The buckets
// are judged at once, comparisons when the watermark passes by Skew; a shipment
// is in the order's state within Book.
func (a *Auditor) noteState(f *fact) {
	o := a.word(f.key, f)
	a.checked(Lines)
	s := &state{Place: f.Place, At: f.at, Version: f.number("order_version"), Status: f.text("status"), Shipped: make(map[string]int64), Ordered: make(map[string]int64)}
	for _, l := range f.rows("lines") {
		id, ordered := l.text("line_id"), l.number("ordered")
		s.Shipped[id], s.Ordered[id] = l.number("shipped"), ordered
		a.checkBuckets(o, f, l)
	}
	if o.State == nil || s.Version >= o.State.Version {
		o.State = s
		a.checkFold(o)
	}
	a.later(Lines, judgeState, o.ID, fmt.Sprint(s.Version), f, a.limits.Skew)
}

// checkBuckets judges one line of one state.
func (a *Auditor) checkBuckets(o *order, f *fact, l row) {
	gone := l.number("released") + l.number("picked") + l.number("packed") + l.number("shipped")
	sum, least := gone, l.number("delivered")
	for _, bucket := range []string{"open", "backordered", "reserved", "allocated", "cancelled"} {
		sum += l.number(bucket)
		least = min(least, l.number(bucket))
	}
	want := max(l.number("ordered"), gone)
	name := "buckets " + f.String() + l.text("line_id")
	switch {
	case sum != want:
		a.violated(Lines, o.ID, name, fmt.Sprintf("line %s: its buckets add up to %d", l.text("line_id"), want), fmt.Sprintf("%d", sum), f.Place)
	case least < 0 || min(l.number("released"), l.number("picked"), l.number("packed"), l.number("shipped")) < 0:
		a.violated(Lines, o.ID, name, fmt.Sprintf("line %s: no bucket is below zero", l.text("line_id")), "one is", f.Place)
	case l.number("delivered") > l.number("shipped"):
		a.violated(Lines, o.ID, name, fmt.Sprintf("line %s: at most the %d that left are delivered", l.text("line_id"), l.number("shipped")), fmt.Sprintf("%d", l.number("delivered")), f.Place)
	}
}

func (a *Auditor) noteAmended(f *fact) {
	o := a.word(f.key, f)
	o.Amended = true
	o.noteLines(f)
}

// judgeStates: the state's lines are the order's, and what it says left did leave.
func (a *Auditor) judgeStates(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil || o.State == nil || o.State.Place != w.Place {
		return // a newer state is judged by itself
	}
	a.checked(Lines)
	shipped := o.shipped()
	for id, l := range o.Lines {
		if ordered, shown := o.State.Ordered[id]; (ordered < l.Qty || ordered > o.Most[id]) && o.LinesAt <= o.State.Version {
			seen := fmt.Sprintf("%d", ordered)
			if !shown {
				seen = "no such line"
			}
			a.violated(Lines, o.ID, "ordered "+w.Ref+" "+id, fmt.Sprintf("line %s: %d ordered", id, l.Qty), seen, o.Accepted.Place, w.Place)
		}
		if l.ships() && o.State.Shipped[id] > shipped[id] {
			a.violated(Lines, o.ID, "left "+w.Ref+" "+id, fmt.Sprintf("line %s: %d left by all shipments", id, shipped[id]), fmt.Sprintf("%d", o.State.Shipped[id]), append(o.shipmentPlaces(), w.Place)...)
		}
	}
	if o.State.Version > o.top() {
		a.violated(Terminal, o.ID, "ahead "+w.Ref, fmt.Sprintf("an event of version %d", o.State.Version), "only the state", w.Place)
	}
}

// top is the highest version that was said.
func (o *order) top() int64 {
	top := o.Whole
	for v := range o.Spoken {
		top = max(top, v)
	}
	return top
}

// overKinds are the alerts that explain more units than were ordered.
var overKinds = []string{"OVER_SHIPPED", "DOUBLE_SHIPMENT", "SHIPPED_AFTER_END"}

// judgeShipments: what left was ordered.
func (a *Auditor) judgeShipments(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil || o.Shipments[w.Ref] == nil {
		return
	}
	a.checked(Lines)
	shipped := o.shippedBy(w.Since)
	for id := range o.Shipments[w.Ref].Lines {
		if shipped[id] <= o.Most[id] || slices.ContainsFunc(overKinds, func(kind string) bool { return o.Alerts[kind].known() }) {
			continue
		}
		a.violated(Lines, o.ID, "over "+id, fmt.Sprintf("line %s: at most the %d ordered leave without an exception", id, o.Most[id]), fmt.Sprintf("%d left", shipped[id]),
			append(o.shipmentPlaces(), o.Accepted.Place)...)
	}
}

// judgeBookings: the order's state has what left.
func (a *Auditor) judgeBookings(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil || o.Shipments[w.Ref] == nil || o.State == nil {
		return
	}
	a.checked(Lines)
	due := make(map[string]int64)
	for _, s := range o.Shipments {
		if !s.At.After(w.Since) {
			for id, qty := range s.Lines {
				due[id] += qty
			}
		}
	}
	for id := range o.Shipments[w.Ref].Lines {
		if o.Lines[id].ships() && o.State.Shipped[id] < due[id] {
			a.violated(Lines, o.ID, "unbooked "+id, fmt.Sprintf("line %s: %d left by all shipments", id, due[id]), fmt.Sprintf("the order says %d", o.State.Shipped[id]),
				append(o.shipmentPlaces(), o.State.Place)...)
		}
	}
}

// judgeEndUnit: the end says what left and what was taken off.
func (a *Auditor) judgeEndUnit(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil || o.End == nil {
		return
	}
	a.checked(Lines)
	ordered, least, most := int64(0), int64(0), int64(0)
	for _, l := range o.Lines {
		if l.ships() {
			ordered += l.Qty
		}
	}
	for _, s := range o.Shipments {
		for id, qty := range s.Lines {
			if o.Lines[id].ships() || o.Amended {
				most += qty
				if s.At.Before(o.End.At.Add(-a.limits.Skew)) {
					least += qty
				}
			}
		}
	}
	places := append(o.shipmentPlaces(), o.Accepted.Place, o.End.Place)
	if o.End.Shipped < least || o.End.Shipped > most {
		a.violated(Lines, o.ID, "end shipped", fmt.Sprintf("%d units left", most), fmt.Sprintf("the end says %d", o.End.Shipped), places...)
	}
	if off := o.End.Shipped + o.End.Cancelled; off != ordered && !(off > ordered && o.End.Shipped > 0) && !o.Amended {
		a.violated(Lines, o.ID, "end units", fmt.Sprintf("%d ordered units left or were taken off", ordered), fmt.Sprintf("%d and %d", o.End.Shipped, o.End.Cancelled), places...)
	}
}

// noteClaimed takes the answer to a claim of a return; the latest revision counts.
func (a *Auditor) noteClaimed(f *fact) {
	a.answered("return", f.text("claim_id")+sep+fmt.Sprint(f.number("revision")), f)
	o := a.word(f.text("order_id"), f)
	id := f.text("claim_id")
	if c := o.Claims[id]; c != nil && c.Revision > f.number("revision") {
		return
	}
	c := &claim{Place: f.Place, At: f.at, Revision: f.number("revision"), Accepted: make(map[string]int64)}
	for _, l := range f.rows("lines") {
		c.Accepted[l.text("line_id")] += l.number("accepted")
	}
	o.Claims[id] = c
	a.later(Lines, judgeReturned, o.ID, id, f, a.limits.Skew)
}

// judgeReturns: no more came back than left.
func (a *Auditor) judgeReturns(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || !a.judged(o) {
		return
	}
	a.checked(Lines)
	shipped, returned := o.shipped(), make(map[string]int64)
	var places []Place
	for _, c := range o.Claims {
		if c.At.After(w.Since) {
			continue
		}
		places = append(places, c.Place)
		for id, qty := range c.Accepted {
			returned[id] += qty
		}
	}
	for id, qty := range returned {
		if qty > shipped[id] {
			a.violated(Lines, o.ID, "returned "+id, fmt.Sprintf("line %s: at most the %d that left are returned", id, shipped[id]), fmt.Sprintf("%d", qty),
				append(sorted(places), o.shipmentPlaces()...)...)
		}
	}
}
