package sourcing

import (
	"fmt"
	"math/bits"

	"github.com/millrace/millrace/schemas/event"
)

// Kinds of cost beside the charges of the rules.
const (
	freight  = "freight"
	handling = "handling"
	fee      = "fee"
	dayPlace = "capacity"
	late     = "late"
	margin   = "margin"
)

// limit is where costs stop to grow, in minor units: sums of what is below never
// overflow, and a plan that reaches it is not taken.
const limit = 1 << 55

const million = 1_000_000

// charge works out what a candidate costs whatever it ships, and what the rules
// charge for each unit.
func (r *Rules) charge(req *Request, c *candidate, about map[string]any) *rejection {
	c.unit = make([][]event.SourcedCost, len(req.Needs))
	for i := range r.Charges {
		charge := &r.Charges[i]
		if charge.Unit == 0 {
			if no := charge.add(&c.parcel, about, charge.Parcel); no != nil {
				return no
			}
			continue
		}
		for n := range req.Needs {
			if c.free[n] == 0 {
				continue
			}
			if no := charge.add(&c.unit[n], withLine(about, &req.Needs[n], c.free[n]), charge.Unit); no != nil {
				return no
			}
		}
	}
	return nil
}

func (c *Charge) add(to *[]event.SourcedCost, about map[string]any, amount int64) *rejection {
	holds, err := c.test.holds(about)
	if err != nil {
		return &rejection{event.SourcingReasonCost, fmt.Sprintf("charge %s cannot be decided: %v", c.Name, err)}
	}
	if holds {
		*to = append(*to, event.SourcedCost{Kind: c.Name, Amount: amount})
	}
	return nil
}

// load is what a parcel would hold.
type load struct {
	units, lines, grams int64
	value               int64 // of the goods, minor units
}

// weigh adds up what a candidate would ship.
func weigh(req *Request, take []int64) load {
	var l load
	for i, qty := range take {
		if qty == 0 {
			continue
		}
		need := &req.Needs[i]
		l.units += qty
		l.lines++
		l.grams = plus(l.grams, times(qty, need.Product.WeightG))
		l.value = plus(l.value, Share(need.Amount, qty, need.Qty))
	}
	return l
}

// price returns the cheapest route for a load and the whole cost of the parcel;
// false when no route carries it.
func (r *Rules) price(c *candidate, take []int64, l load) (best int, cost int64, ok bool) {
	best = -1
	for i := range c.routes {
		to := &c.routes[i]
		if to.refusesAny(take) {
			continue
		}
		if amount := plus(to.freight(c.used, l.grams), r.lateness(c, to)); best < 0 || amount < cost {
			best, cost = i, amount
		}
	}
	if best < 0 {
		return best, 0, false
	}
	r.others(c, take, l, func(_ string, amount int64) { cost = plus(cost, amount) })
	return best, cost, cost < limit
}

// others tells every cost of a parcel that does not depend on its route.
func (r *Rules) others(c *candidate, take []int64, l load, tell func(kind string, amount int64)) {
	once := int64(1)
	if c.used != nil { // paid for with the parcel that the order has already
		once = 0
	}
	tell(handling, plus(once*bound(c.site.HandlingAmount), times(l.lines, c.site.LineAmount)))
	tell(fee, once*bound(c.site.FeeAmount))
	tell(dayPlace, plus(once*bound(c.site.CapacityAmount), times(l.units, c.site.CapacityUnitAmount)))
	tell(margin, -Share(l.value, c.site.MarginPpm, million))
	for _, charge := range c.parcel {
		tell(charge.Kind, once*charge.Amount)
	}
	for i, charges := range c.unit {
		for _, charge := range charges {
			if take[i] > 0 {
				tell(charge.Kind, times(take[i], charge.Amount))
			}
		}
	}
}

// itemise lists the costs of a parcel, without those that are nothing.
func (r *Rules) itemise(c *candidate, take []int64, l load, to *route) []event.SourcedCost {
	var all []event.SourcedCost
	tell := func(kind string, amount int64) {
		if n := len(all); n > 0 && all[n-1].Kind == kind {
			all[n-1].Amount = plus(all[n-1].Amount, amount)
		} else if amount != 0 {
			all = append(all, event.SourcedCost{Kind: kind, Amount: amount})
		}
	}
	tell(freight, to.freight(c.used, l.grams))
	tell(late, r.lateness(c, to))
	r.others(c, take, l, tell)
	return all
}

// lateness is the price of the chance that a parcel comes late.
func (r *Rules) lateness(c *candidate, to *route) int64 {
	if c.used != nil {
		return 0
	}
	return Share(r.LateAmount, to.latePPM, million)
}

func (to *route) refusesAny(take []int64) bool {
	for i, qty := range take {
		if qty > 0 && to.refuses[i] != "" {
			return true
		}
	}
	return false
}

// freight is what the lane asks for the weight, on top of what it asks for the
// parcel that is there already.
func (to *route) freight(used *Used, grams int64) int64 {
	if used == nil {
		return rate(to.rates, grams)
	}
	return rate(to.rates, plus(used.Grams, grams)) - rate(to.rates, used.Grams)
}

// rate is the price of that weight: of one carton, or of as many of the heaviest
// kind as it fills and one for the rest.
func rate(rates []event.LaneRate, grams int64) int64 {
	if len(rates) == 0 {
		return 0
	}
	heaviest := rates[len(rates)-1]
	full := int64(0)
	if grams > heaviest.UpToG {
		full = grams / heaviest.UpToG
		grams %= heaviest.UpToG
	}
	amount := times(full, heaviest.Amount)
	if full > 0 && grams == 0 {
		return amount
	}
	for _, r := range rates {
		if grams <= r.UpToG {
			return plus(amount, r.Amount)
		}
	}
	return amount
}

// Share is a*b/c, rounded once, half to even. c is above zero; what is beyond the
// limit stops there.
func Share(a, b, c int64) int64 {
	negative := (a < 0) != (b < 0)
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if c <= 0 || high >= uint64(c) {
		return signed(limit, negative)
	}
	quotient, rest := bits.Div64(high, low, uint64(c))
	if twice := 2 * rest; twice > uint64(c) || twice == uint64(c) && quotient%2 == 1 {
		quotient++
	}
	return signed(min(quotient, limit), negative)
}

// times and plus stop at the limit instead of overflowing.
func times(a, b int64) int64 { return Share(a, b, 1) }

func plus(a, b int64) int64 { return bound(bound(a) + bound(b)) }

func bound(a int64) int64 { return max(-limit, min(limit, a)) }

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func signed(a uint64, negative bool) int64 {
	if negative {
		return -int64(a)
	}
	return int64(a)
}
