package sourcing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/calendar"
)

// route is a lane that a candidate may use, with what it means for this order.
type route struct {
	lane    *event.LanePublished // nil: nothing is known of lanes
	rates   []event.LaneRate     // that count; none: freight costs nothing
	arrives time.Time
	latePPM int64
	refuses []event.SourcingReason // by need: why it is not carried, empty when it is
}

// candidate is a node that may ship.
type candidate struct {
	site   *Site
	used   *Used
	free   []int64 // by need, without the buffer
	routes []route // in the order of lanes
	parcel []event.SourcedCost
	unit   [][]event.SourcedCost // by need: charges of one unit
}

// rejection is why a node may not ship.
type rejection struct {
	reason event.SourcingReason
	detail string
}

// filters are the conditions on a node as a whole, in the order in which they are
// looked at. Each returns what is wrong, nil when nothing is.
var filters = []struct {
	reason event.SourcingReason
	fault  func(r *Rules, req *Request, site *Site) string
}{
	{event.SourcingReasonExcluded, func(_ *Rules, _ *Request, s *Site) string { return s.Excluded }},
	{event.SourcingReasonInactive, func(_ *Rules, _ *Request, s *Site) string {
		return unless(s.Active, "its master row says that it is not to be asked")
	}},
	{event.SourcingReasonContract, func(_ *Rules, req *Request, s *Site) string {
		return unless(len(s.Channels) == 0 || slices.Contains(s.Channels, req.Channel), "it ships for %s, not for %s", strings.Join(s.Channels, ", "), req.Channel)
	}},
	{event.SourcingReasonContract, func(_ *Rules, req *Request, s *Site) string {
		return unless(s.Company == "" || req.Company == "" || s.Company == req.Company, "its stock is of %s, the order of %s", s.Company, req.Company)
	}},
	{event.SourcingReasonNotServed, func(_ *Rules, req *Request, s *Site) string {
		return unless(serves(s, req.ShipTo), "its territory leaves out %s", place(req.ShipTo))
	}},
	{event.SourcingReasonClosed, func(_ *Rules, _ *Request, s *Site) string {
		return unless(!s.Leaves.IsZero(), "it does not work in the year ahead")
	}},
	{event.SourcingReasonCapacity, func(_ *Rules, _ *Request, s *Site) string {
		return unless(!s.Full(), "the day it leaves on is full: %s", s.full())
	}},
	{event.SourcingReasonCurrency, func(r *Rules, _ *Request, s *Site) string {
		return unless(s.Currency == "" || r.Currency == "" || s.Currency == r.Currency, "its costs are in %s, the rules in %s", s.Currency, r.Currency)
	}},
}

// unless is the fault, or none where the condition holds.
func unless(holds bool, format string, args ...any) string {
	if holds {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func serves(s *Site, to event.PartyRef) bool {
	return len(s.Serves) == 0 || slices.ContainsFunc(s.Serves, func(t event.Territory) bool {
		return t.Country == to.Country && (t.Region == "" || t.Region == to.Region)
	})
}

func place(to event.PartyRef) string {
	return strings.TrimRight(strings.Join([]string{to.Country, to.Region, to.PostalArea}, " "), " ")
}

// admit makes a candidate of a site, or says why not.
func (r *Rules) admit(req *Request, site *Site) (*candidate, *rejection) {
	for _, f := range filters {
		if fault := f.fault(r, req, site); fault != "" {
			return nil, &rejection{f.reason, fault}
		}
	}
	c := &candidate{site: site, free: make([]int64, len(req.Needs))}
	if r.Currency == "" {
		bare := *site
		bare.HandlingAmount, bare.LineAmount, bare.FeeAmount, bare.CapacityAmount, bare.CapacityUnitAmount, bare.MarginPpm = 0, 0, 0, 0, 0, 0
		c.site = &bare
	}
	if at := slices.IndexFunc(req.Used, func(u Used) bool { return u.Node == site.Node }); at >= 0 {
		c.used = &req.Used[at]
	}
	var no *rejection
	if c.routes, no = r.routes(req, site); no != nil {
		return nil, no
	}
	about := facts(req, site)
	if no := r.excluded(about, false); no != nil {
		return nil, no
	}
	if no := r.stock(req, c, about); no != nil {
		return nil, no
	}
	if no := r.charge(req, c, about); no != nil {
		return nil, no
	}
	return c, nil
}

// excluded looks for the first exclusion that holds, of nodes or of lines.
func (r *Rules) excluded(about map[string]any, line bool) *rejection {
	for i := range r.Exclude {
		e := &r.Exclude[i]
		if (e.WhenLine != "") != line {
			continue
		}
		switch holds, err := e.test.holds(about); {
		case err != nil:
			return &rejection{event.SourcingReasonRule, fmt.Sprintf("%s cannot be decided: %v", e.Name, err)}
		case holds:
			return &rejection{event.SourcingReasonRule, e.Name}
		}
	}
	return nil
}

// stock fills in what the candidate could give. When that is nothing, the reason
// of the last item that it has, else no_stock, stands for all.
func (r *Rules) stock(req *Request, c *candidate, about map[string]any) *rejection {
	no := &rejection{event.SourcingReasonNoStock, "it has none of the items"}
	gives := false
	for i := range req.Needs {
		need := &req.Needs[i]
		available := at(need.Stock, c.site.Node)
		if available <= 0 || need.Qty <= 0 {
			continue
		}
		if slices.Contains(need.Excluded, c.site.Node) {
			no = &rejection{event.SourcingReasonExcluded, "it was asked for " + need.Product.Sku + " before"}
			continue
		}
		if fault := r.barred(c, i, withLine(about, need, available)); fault != nil {
			no = fault
			continue
		}
		c.free[i], gives = available, true
	}
	if !gives {
		return no
	}
	return nil
}

// barred says why a candidate may not ship an item that it has.
func (r *Rules) barred(c *candidate, i int, about map[string]any) *rejection {
	sku := about["line.sku"].(string)
	hazard, temperature := about["line.hazard"].(string), about["line.temperature"].(string)
	switch {
	case hazard != "" && !slices.Contains(c.site.Hazards, hazard):
		return &rejection{event.SourcingReasonHazard, fmt.Sprintf("it may not ship %s of class %s", sku, hazard)}
	case temperature != "" && !slices.Contains(c.site.Temperatures, temperature):
		return &rejection{event.SourcingReasonTemperature, fmt.Sprintf("it cannot keep %s %s", sku, temperature)}
	case !slices.ContainsFunc(c.routes, func(to route) bool { return to.refuses[i] == "" }):
		return &rejection{c.routes[0].refuses[i], "no lane in time carries the class or the weight of " + sku}
	}
	return r.excluded(about, true)
}

// routes lists the lanes that reach the buyer in time: of each carrier and
// service the one whose territory is narrowest.
func (r *Rules) routes(req *Request, site *Site) ([]route, *rejection) {
	var fit []*event.LanePublished
	has, currency := false, ""
	for i := range req.Lanes {
		lane := &req.Lanes[i]
		has = has || lane.Node == site.Node
		if lane.Node != site.Node || !lane.Active || req.Service != "" && lane.Service != req.Service || !reaches(lane, req.ShipTo) {
			continue
		}
		if lane.Currency != "" && r.Currency != "" && lane.Currency != r.Currency {
			currency = lane.Currency
			continue
		}
		fit = append(fit, lane)
	}
	fit = narrowest(fit)
	switch {
	case !has && r.LanesOptional:
		return []route{{arrives: site.Leaves, refuses: make([]event.SourcingReason, len(req.Needs))}}, nil
	case len(fit) == 0 && currency != "":
		return nil, &rejection{event.SourcingReasonCurrency, fmt.Sprintf("its lanes cost %s, the rules are in %s", currency, r.Currency)}
	case len(fit) == 0:
		return nil, &rejection{event.SourcingReasonNoLane, strings.TrimRight(fmt.Sprintf("no lane to %s %s", place(req.ShipTo), req.Service), " ")}
	}
	var routes []route
	for _, lane := range fit {
		if to := r.newRoute(req, site, lane); onTime(to.arrives, req.NeededBy) {
			routes = append(routes, to)
		}
	}
	if len(routes) == 0 {
		return nil, &rejection{event.SourcingReasonTooLate, fmt.Sprintf("it leaves on %s and arrives after %s", site.Leaves.Format(time.DateOnly), req.NeededBy.Format(time.DateOnly))}
	}
	return routes, nil
}

// reaches tells whether a lane goes to a place.
func reaches(lane *event.LanePublished, to event.PartyRef) bool {
	return lane.Country == to.Country && (lane.Region == "" || lane.Region == to.Region) && strings.HasPrefix(to.PostalArea, lane.PostalArea)
}

// narrowest keeps one lane a carrier and service, and sorts by lane.
func narrowest(lanes []*event.LanePublished) []*event.LanePublished {
	slices.SortFunc(lanes, func(a, b *event.LanePublished) int {
		return cmp.Or(
			cmp.Compare(a.Carrier, b.Carrier), cmp.Compare(a.Service, b.Service),
			cmp.Compare(len(b.PostalArea), len(a.PostalArea)), cmp.Compare(len(b.Region), len(a.Region)), cmp.Compare(a.Lane, b.Lane))
	})
	lanes = slices.CompactFunc(lanes, func(a, b *event.LanePublished) bool { return a.Carrier == b.Carrier && a.Service == b.Service })
	slices.SortFunc(lanes, func(a, b *event.LanePublished) int { return cmp.Compare(a.Lane, b.Lane) })
	return lanes
}

func (r *Rules) newRoute(req *Request, site *Site, lane *event.LanePublished) route {
	to := route{lane: lane, arrives: calendar.Arrives(site.Leaves, lane.TransitDays), refuses: make([]event.SourcingReason, len(req.Needs))}
	if r.Currency != "" {
		to.rates = lane.Rates
	}
	if len(lane.LatePpm) == 7 {
		to.latePPM = int64(lane.LatePpm[(int(site.Leaves.Weekday())+6)%7])
	}
	for i := range req.Needs {
		p := &req.Needs[i].Product
		switch n := len(lane.Rates); {
		case p.Hazard != "" && !slices.Contains(lane.Hazards, p.Hazard):
			to.refuses[i] = event.SourcingReasonHazard
		case p.Temperature != "" && !slices.Contains(lane.Temperatures, p.Temperature):
			to.refuses[i] = event.SourcingReasonTemperature
		case n > 0 && p.WeightG > lane.Rates[n-1].UpToG:
			to.refuses[i] = event.SourcingReasonTooHeavy
		}
	}
	return to
}

// onTime compares days: what arrives on the day it is needed is in time.
func onTime(arrives, needed time.Time) bool {
	return needed.IsZero() || arrives.Format(time.DateOnly) <= needed.In(arrives.Location()).Format(time.DateOnly)
}
