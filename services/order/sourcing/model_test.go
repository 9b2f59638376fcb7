package sourcing

import (
	"fmt"
	"math"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// monday is the moment of every decision in these tests.
var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// drawRules makes rules without predicates; the examples try those.
func drawRules(t *rapid.T) *Rules {
	return &Rules{
		Version: "model", Currency: "EUR", MaxNodes: rapid.IntRange(1, 3).Draw(t, "max nodes"),
		SplitAmount: rapid.Int64Range(0, 3).Draw(t, "split") * 100, LateAmount: rapid.Int64Range(0, 2).Draw(t, "late") * 1000,
	}
}

// drawRequest makes a small world. Freight has steps by weight if so asked, else
// one price a parcel. Values and margins are such that no share is rounded.
func drawRequest(t *rapid.T, sites int, steps bool) *Request {
	req := &Request{At: monday, ShipTo: event.PartyRef{Country: "DE"}, Whole: rapid.Bool().Draw(t, "whole")}
	if rapid.IntRange(0, 3).Draw(t, "in a hurry") == 0 {
		req.NeededBy = monday.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "needed in"))
	}
	groups := rapid.SampledFrom([]string{"", "", "", "set"})
	for n := range rapid.IntRange(1, 3).Draw(t, "needs") {
		need := Need{Qty: rapid.Int64Range(1, 3).Draw(t, "qty"), Group: groups.Draw(t, "group"), Version: int64(n)}
		need.Product = event.ProductPublished{
			Sku: fmt.Sprint("sku", n), WeightG: rapid.Int64Range(0, 3).Draw(t, "kg") * 1000,
			Hazard: rapid.SampledFrom([]string{"", "", "3"}).Draw(t, "hazard"),
		}
		need.Amount = need.Qty * 10_000
		req.Needs = append(req.Needs, need)
	}
	amounts := rapid.Int64Range(0, 4)
	for n := range sites {
		name := fmt.Sprint("n", n)
		site := Site{NodePublished: event.NodePublished{
			Node: name, Active: rapid.IntRange(0, 9).Draw(t, "active") > 0, Rank: rapid.IntRange(0, 2).Draw(t, "rank"),
			HandlingAmount: amounts.Draw(t, "handling") * 50, LineAmount: amounts.Draw(t, "line") * 10, FeeAmount: amounts.Draw(t, "fee") * 50,
			CapacityAmount: amounts.Draw(t, "capacity") * 20, MarginPpm: (amounts.Draw(t, "margin") - 2) * 10_000, Currency: "EUR",
			Hazards: rapid.SampledFrom([][]string{nil, {"3"}}).Draw(t, "hazards"), Buffer: rapid.Int64Range(0, 1).Draw(t, "buffer"),
		}, Leaves: monday}
		if steps && rapid.Bool().Draw(t, "bounded") { // free splits would leave together what fits
			site.CapacityUnits, site.CapacityUnitAmount = rapid.Int64Range(1, 5).Draw(t, "units a day"), amounts.Draw(t, "unit of capacity")
			site.Taken = event.DayLoad{Orders: rapid.Int64Range(0, 1).Draw(t, "orders of the day"), Units: rapid.Int64Range(0, 5).Draw(t, "units of the day")}
		}
		req.Sites = append(req.Sites, site)
		for i := range req.Needs {
			if qty := rapid.Int64Range(0, 4).Draw(t, "stock"); qty > 0 {
				req.Needs[i].Stock = append(req.Needs[i].Stock, event.NodeQty{Node: name, Qty: qty})
			}
		}
		for l := range rapid.IntRange(0, 2).Draw(t, "lanes") {
			req.Lanes = append(req.Lanes, drawLane(t, name, l, steps))
		}
	}
	if sites > 0 && rapid.IntRange(0, 4).Draw(t, "has a parcel") == 0 {
		req.Used = []Used{{Node: "n0", Grams: rapid.Int64Range(0, 2).Draw(t, "grams") * 1000}}
	}
	return req
}

func drawLane(t *rapid.T, node string, n int, steps bool) event.LanePublished {
	lane := event.LanePublished{
		Lane: fmt.Sprint(node, " ", n), Node: node, Service: fmt.Sprint(n), Country: "DE", Currency: "EUR", Active: true,
		TransitDays: rapid.IntRange(0, 3).Draw(t, "transit"), Hazards: rapid.SampledFrom([][]string{nil, {"3"}}).Draw(t, "carries"),
		LatePpm: []int{rapid.IntRange(0, 3).Draw(t, "late") * 100_000, 0, 0, 0, 0, 0, 0},
	}
	price := rapid.Int64Range(0, 5).Draw(t, "price") * 100
	lane.Rates = []event.LaneRate{{UpToG: math.MaxInt64, Amount: price}}
	if steps {
		lane.Rates = []event.LaneRate{{UpToG: 2000, Amount: price}, {UpToG: 7000, Amount: price + rapid.Int64Range(0, 5).Draw(t, "step")*100}}
	}
	return lane
}

// model decides by trying everything. It shares no code with the package.
type model struct {
	rules *Rules
	req   *Request
}

// stock is what a node may give of a need.
func (m *model) stock(site *Site, need *Need, buffered bool) int64 {
	hazardous := need.Product.Hazard != ""
	carried := slices.ContainsFunc(m.req.Lanes, func(l event.LanePublished) bool { return m.carries(&l, site, hazardous) })
	if !site.Active || !carried || hazardous && !slices.Contains(site.Hazards, need.Product.Hazard) {
		return 0
	}
	for _, q := range need.Stock {
		if q.Node == site.Node && buffered {
			return max(0, q.Qty-site.Buffer)
		} else if q.Node == site.Node {
			return q.Qty
		}
	}
	return 0
}

// carries tells whether a lane brings what a node ships to the buyer in time.
func (m *model) carries(lane *event.LanePublished, site *Site, hazardous bool) bool {
	late := !m.req.NeededBy.IsZero() && monday.AddDate(0, 0, lane.TransitDays).After(m.req.NeededBy)
	return lane.Node == site.Node && !late && (!hazardous || len(lane.Hazards) > 0)
}

// parcel is the least cost at which a node ships these units, by need.
func (m *model) parcel(site *Site, units []int64) (int64, bool) {
	used := slices.IndexFunc(m.req.Used, func(u Used) bool { return u.Node == site.Node })
	grams, lines, value, hazardous := int64(0), int64(0), int64(0), false
	for i, qty := range units {
		grams += qty * m.req.Needs[i].Product.WeightG
		value += qty * 10_000
		if qty > 0 {
			lines++
			hazardous = hazardous || m.req.Needs[i].Product.Hazard != ""
		}
	}
	if count := total(units); site.CapacityUnits > 0 && site.Taken.Orders > 0 && site.Taken.Units+count > site.CapacityUnits {
		return 0, false
	}
	const unknown = math.MaxInt64
	carriage := int64(unknown)
	for _, lane := range m.req.Lanes {
		if !m.carries(&lane, site, hazardous) {
			continue
		}
		band := func(grams int64) (sum int64) {
			for last := lane.Rates[len(lane.Rates)-1]; grams > last.UpToG; grams -= last.UpToG {
				sum += last.Amount
			}
			at := slices.IndexFunc(lane.Rates, func(r event.LaneRate) bool { return grams <= r.UpToG })
			return sum + lane.Rates[at].Amount
		}
		amount := band(grams) + m.rules.LateAmount*int64(lane.LatePpm[0])/1_000_000
		if used >= 0 {
			amount = band(m.req.Used[used].Grams+grams) - band(m.req.Used[used].Grams)
		}
		if carriage == unknown || amount < carriage {
			carriage = amount
		}
	}
	if carriage == unknown {
		return 0, false
	}
	cost := carriage + total(units)*site.CapacityUnitAmount + lines*site.LineAmount - value*site.MarginPpm/1_000_000
	if used < 0 {
		cost += site.HandlingAmount + site.FeeAmount + site.CapacityAmount
	}
	return cost, true
}

func total(units []int64) (sum int64) {
	for _, qty := range units {
		sum += qty
	}
	return sum
}

// result is the best that some way of dealing units reaches.
type result struct{ units, cost int64 }

// best tries every way to deal each need to the nodes, unit by unit when whole
// splits are free, else by draining nodes in every order.
func (m *model) best(buffered, anySplit bool) (best result, found bool) {
	given := make([][]int64, len(m.req.Sites))
	for s := range given {
		given[s] = make([]int64, len(m.req.Needs))
	}
	try := func() {
		if r, ok := m.judge(given); ok && (!found || r.units > best.units || r.units == best.units && r.cost < best.cost) {
			best, found = r, true
		}
	}
	var deal func(i int)
	deal = func(i int) {
		if i == len(m.req.Needs) {
			if m.together(given) && (anySplit || m.drained(given, buffered)) {
				try()
			}
			return
		}
		need := &m.req.Needs[i]
		for _, row := range m.ways(need, buffered, anySplit) {
			for s := range given {
				given[s][i] = row[s]
			}
			deal(i + 1)
		}
	}
	deal(0)
	return best, found
}

// ways lists what the nodes may give of a need.
func (m *model) ways(need *Need, buffered, anySplit bool) [][]int64 {
	all := [][]int64{make([]int64, len(m.req.Sites))}
	var grow func(row []int64, rest int64, done int)
	grow = func(row []int64, rest int64, done int) {
		for s := range m.req.Sites {
			have := m.stock(&m.req.Sites[s], need, buffered)
			if done&(1<<s) != 0 || have == 0 {
				continue
			}
			first := min(rest, have)
			if anySplit {
				first = 1
			}
			for qty := first; qty <= min(rest, have); qty++ {
				with := slices.Clone(row)
				with[s] = qty
				all = append(all, with)
				grow(with, rest-qty, done|1<<s)
			}
		}
	}
	grow(all[0], need.Qty, 0)
	return all
}

// together tells whether every group leaves one node whole, or not at all.
func (m *model) together(given [][]int64) bool {
	for _, row := range given {
		whole, none := true, true
		for i, need := range m.req.Needs {
			if need.Group != "" {
				whole = whole && row[i] == need.Qty
				none = none && row[i] == 0
			}
		}
		if !whole && !none {
			return false
		}
	}
	return true
}

// drained tells whether nothing is left out that a node which ships still has: a plan
// drains its nodes, whether the day has room for that or not.
func (m *model) drained(given [][]int64, buffered bool) bool {
	for i, need := range m.req.Needs {
		left := need.Qty
		for _, row := range given {
			left -= row[i]
		}
		for s, row := range given {
			if left > 0 && total(row) > 0 && m.has(s, i, buffered) > row[i] {
				return false
			}
		}
	}
	return true
}

// has is what a node has to give of a need; of a group that it has not all of, nothing.
func (m *model) has(s, i int, buffered bool) int64 {
	site, group := &m.req.Sites[s], m.req.Needs[i].Group
	for n := range m.req.Needs {
		if need := &m.req.Needs[n]; group != "" && need.Group == group && m.stock(site, need, buffered) < need.Qty {
			return 0
		}
	}
	return m.stock(site, &m.req.Needs[i], buffered)
}

// judge adds up what is given; false when it is nothing, too many nodes ship, or
// one cannot.
func (m *model) judge(given [][]int64) (r result, ok bool) {
	parcels, fresh := len(m.req.Used), 0
	for s, row := range given {
		units := total(row)
		if units == 0 {
			continue
		}
		cost, carried := m.parcel(&m.req.Sites[s], row)
		if !carried {
			return r, false
		}
		if !slices.ContainsFunc(m.req.Used, func(u Used) bool { return u.Node == m.req.Sites[s].Node }) {
			parcels++
			fresh++
		}
		r.units += units
		r.cost += cost
	}
	if len(m.req.Used) == 0 {
		fresh--
	}
	r.cost += m.rules.SplitAmount * int64(max(0, fresh))
	return r, r.units > 0 && parcels <= max(m.rules.MaxNodes, len(m.req.Used))
}

// decide leaves the buffers alone if everything is covered so.
func (m *model) decide(anySplit bool) (result, bool) {
	wanted := int64(0)
	for _, n := range m.req.Needs {
		wanted += n.Qty
	}
	best, found := m.best(true, anySplit)
	if best.units < wanted {
		if open, more := m.best(false, anySplit); more && open.units > best.units {
			best, found = open, true
		}
	}
	return best, found && (!m.req.Whole || best.units == wanted)
}
