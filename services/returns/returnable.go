package returns

import "time"

// Returnable is what of an order line may come back.
type Returnable struct {
	*SaleLine
	Shipped  int64      // units that left
	Returned int64      // units of them that returns hold
	Units    int64      // units that may be given back now
	Until    *time.Time // up to when, nil while nothing left
}

// MayReturn says what of a line may be given back at the time now. It promises
// nothing: a return that is asked for before takes units first.
func (p Policy) MayReturn(l *SaleLine, now time.Time) Returnable {
	r := Returnable{SaleLine: l}
	for _, s := range l.Shipments {
		r.Shipped += s.Qty
	}
	for _, k := range l.Claims {
		r.Returned += k.Accepted
	}
	if r.Shipped == 0 {
		return r
	}
	until := lastLeft(l, nil).Add(p.Window)
	if r.Until = &until; !now.After(until) {
		r.Units = r.Shipped - r.Returned
	}
	return r
}
