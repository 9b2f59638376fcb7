package sourcing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Example is a test of rules: an order in a small world, and what must come out.
// Its YAML form is in testdata/rules.yaml.
type Example struct {
	Name  string                      `yaml:"name"`
	At    time.Time                   `yaml:"at"`
	Order exampleOrder                `yaml:"order"`
	Stock map[string]map[string]int64 `yaml:"stock"` // by item, by node
	Want  exampleWant                 `yaml:"want"`

	world *world
}

// world is the master data that the examples of a file share.
type world struct {
	Nodes    []exampleNode    `yaml:"nodes"`
	Lanes    []exampleLane    `yaml:"lanes"`
	Products []exampleProduct `yaml:"products"`
}

type exampleOrder struct {
	Channel    string        `yaml:"channel"`
	Class      string        `yaml:"class"`
	Country    string        `yaml:"country"`
	Region     string        `yaml:"region"`
	PostalArea string        `yaml:"postal_area"`
	Service    string        `yaml:"service"`
	NeededBy   time.Time     `yaml:"needed_by"`
	Whole      bool          `yaml:"whole"`
	Lines      []exampleLine `yaml:"lines"`
}

type exampleLine struct {
	Sku    string `yaml:"sku"`
	Qty    int64  `yaml:"qty"`
	Amount int64  `yaml:"amount"`
	Group  string `yaml:"group"`
}

// exampleWant is what is checked; what is left out is not.
type exampleWant struct {
	Parcels map[string]int64  `yaml:"parcels"` // units by node; empty: nothing ships
	Amount  *int64            `yaml:"amount"`
	Nodes   map[string]string `yaml:"nodes"` // reason by node
}

type exampleNode struct {
	Node         string             `yaml:"node"`
	Kind         event.NodeKind     `yaml:"kind"`
	Rank         int                `yaml:"rank"`
	Inactive     bool               `yaml:"inactive"`
	Country      string             `yaml:"country"`
	TimeZone     string             `yaml:"time_zone"`
	Hours        []event.WorkingDay `yaml:"hours"`
	ClosedOn     []string           `yaml:"closed_on"`
	Channels     []string           `yaml:"channels"`
	Hazards      []string           `yaml:"hazards"`
	Temperatures []string           `yaml:"temperatures"`
	Buffer       int64              `yaml:"buffer"`
	Capacity     int64              `yaml:"capacity"`
	Remaining    int64              `yaml:"remaining"`
	CapUnits     int64              `yaml:"capacity_units"`
	RemainUnits  int64              `yaml:"remaining_units"`
	Handling     int64              `yaml:"handling_amount"`
	Line         int64              `yaml:"line_amount"`
	Fee          int64              `yaml:"fee_amount"`
	CapacityCost int64              `yaml:"capacity_amount"`
	CapUnitCost  int64              `yaml:"capacity_unit_amount"`
	Margin       int64              `yaml:"margin_ppm"`
	Currency     string             `yaml:"currency"`
}

type exampleLane struct {
	Lane        string        `yaml:"lane"`
	Node        string        `yaml:"node"`
	Carrier     string        `yaml:"carrier"`
	Service     string        `yaml:"service"`
	Country     string        `yaml:"country"`
	Region      string        `yaml:"region"`
	PostalArea  string        `yaml:"postal_area"`
	TransitDays int           `yaml:"transit_days"`
	Rates       []exampleRate `yaml:"rates"`
	Late        []int         `yaml:"late_ppm"`
	Hazards     []string      `yaml:"hazards"`
	Cold        []string      `yaml:"temperatures"`
	Currency    string        `yaml:"currency"`
}

type exampleRate struct {
	UpToG  int64 `yaml:"up_to_g"`
	Amount int64 `yaml:"amount"`
}

type exampleProduct struct {
	Sku         string `yaml:"sku"`
	WeightG     int64  `yaml:"weight_g"`
	Hazard      string `yaml:"hazard"`
	Temperature string `yaml:"temperature"`
	Category    string `yaml:"category"`
}

// Run decides the example by the rules and returns the decision, and what differs
// from what was wanted, a sentence a difference.
func (e *Example) Run(rules *Rules) (*Choice, []string, error) {
	choice, err := rules.Decide(e.request(), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("example %q: %w", e.Name, err)
	}
	got := make(map[string]int64)
	for _, row := range choice.Asks {
		for _, ask := range row {
			got[ask.Node] += ask.Qty
		}
	}
	var faults []string
	if !maps.Equal(got, e.Want.Parcels) {
		faults = append(faults, fmt.Sprintf("ships %s, want %s", parcels(got), parcels(e.Want.Parcels)))
	}
	if want := e.Want.Amount; want != nil && choice.Cost() != *want {
		faults = append(faults, fmt.Sprintf("costs %d minor units, want %d", choice.Cost(), *want))
	}
	for _, node := range slices.Sorted(maps.Keys(e.Want.Nodes)) {
		at := slices.IndexFunc(choice.Record.Nodes, func(n event.SourcedNode) bool { return n.Node == node })
		if at < 0 {
			faults = append(faults, fmt.Sprintf("node %s is not in the world", node))
		} else if got := choice.Record.Nodes[at]; string(got.Reason) != e.Want.Nodes[node] {
			faults = append(faults, fmt.Sprintf("node %s is %s (%s), want %s", node, got.Reason, got.Detail, e.Want.Nodes[node]))
		}
	}
	return choice, faults, nil
}

func parcels(byNode map[string]int64) string {
	if len(byNode) == 0 {
		return "nothing"
	}
	var all []string
	for _, node := range slices.Sorted(maps.Keys(byNode)) {
		all = append(all, fmt.Sprintf("%d from %s", byNode[node], node))
	}
	return strings.Join(all, ", ")
}

// request makes what the example asks to be decided.
func (e *Example) request() *Request {
	o := &e.Order
	req := &Request{
		Channel: o.Channel, Class: o.Class, Service: o.Service, NeededBy: o.NeededBy, Whole: o.Whole, At: e.At,
		ShipTo: event.PartyRef{Country: o.Country, Region: o.Region, PostalArea: o.PostalArea},
	}
	for _, line := range o.Lines {
		need := Need{Product: event.ProductPublished{Sku: line.Sku}, Qty: line.Qty, Amount: line.Amount, Group: line.Group}
		for _, p := range e.world.Products {
			if p.Sku == line.Sku {
				need.Product.WeightG, need.Product.Hazard, need.Product.Temperature, need.Product.Category = p.WeightG, p.Hazard, p.Temperature, p.Category
			}
		}
		for _, node := range slices.Sorted(maps.Keys(e.Stock[line.Sku])) {
			need.Stock = append(need.Stock, event.NodeQty{Node: node, Qty: e.Stock[line.Sku][node]})
		}
		req.Needs = append(req.Needs, need)
	}
	for i := range e.world.Nodes {
		n := &e.world.Nodes[i]
		site := NewSite(n.row(), e.At)
		site.Taken = n.taken()
		req.Sites = append(req.Sites, site)
	}
	for i := range e.world.Lanes {
		req.Lanes = append(req.Lanes, e.world.Lanes[i].row())
	}
	return req
}

// taken is what is not left of the day's capacity.
func (n *exampleNode) taken() event.DayLoad {
	d := event.DayLoad{Orders: max(0, n.Capacity-n.Remaining), Units: max(0, n.CapUnits-n.RemainUnits)}
	if d.Units > 0 {
		d.Orders = max(1, d.Orders) // they are of some order
	}
	return d
}

func (n *exampleNode) row() event.NodePublished {
	return event.NodePublished{
		Node: n.Node, Kind: n.Kind, Rank: n.Rank, Active: !n.Inactive, Country: n.Country, TimeZone: n.TimeZone,
		Hours: n.Hours, ClosedOn: n.ClosedOn, Channels: n.Channels, Hazards: n.Hazards, Temperatures: n.Temperatures,
		Buffer: n.Buffer, Capacity: n.Capacity, CapacityUnits: n.CapUnits, HandlingAmount: n.Handling, LineAmount: n.Line, FeeAmount: n.Fee,
		CapacityAmount: n.CapacityCost, CapacityUnitAmount: n.CapUnitCost, MarginPpm: n.Margin, Currency: n.Currency,
	}
}

func (l *exampleLane) row() event.LanePublished {
	row := event.LanePublished{
		Lane: l.Lane, Node: l.Node, Carrier: l.Carrier, Service: l.Service, Country: l.Country, Region: l.Region,
		PostalArea: l.PostalArea, TransitDays: l.TransitDays, LatePpm: l.Late, Hazards: l.Hazards, Temperatures: l.Cold,
		Currency: l.Currency, Active: true,
	}
	for _, r := range l.Rates {
		row.Rates = append(row.Rates, event.LaneRate{UpToG: r.UpToG, Amount: r.Amount})
	}
	return row
}
