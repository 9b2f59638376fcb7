package file

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
)

// Generated stock: the opening covers a share of a month's demand, and each
// later month fills up to a share of the coming month's, but comes up to some
// days late. So every month begins and ends with a scarcity.
const (
	openingPercent = 60
	refillPercent  = 97
	month          = 30 // days
	maxLate        = 10 // days
)

// shares splits a supply over a channel's nodes in order of sourcing, in
// percent; what is left, and small supplies whole, go to the first.
var shares = []int64{0, 20, 10}

const smallest = 200 // units that are worth splitting

// supply is stock that comes on a day; the opening comes on day 0.
type supply struct {
	day  int
	sku  string
	node string
	qty  int64
	kind event.SupplyKind
}

// plan makes the supplies of a drop, by day and sku.
func (v *survey) plan(p partner.Config, seed int64) []supply {
	var all []supply
	for _, sku := range v.skus() {
		it := v.items[sku]
		switch p.Sells.OpeningStock {
		case "demand":
			all = append(all, split(supply{sku: sku, qty: it.total(), kind: event.SupplyKindOpening}, p.Sells.Nodes)...)
		case "file":
			all = append(all, it.stated(sku, p)...)
		default:
			for _, s := range it.generate(sku, v.day(v.last)+1, seed) {
				all = append(all, split(s, p.Sells.Nodes)...)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b supply) int { return a.day - b.day })
	return all
}

func (it *surveyed) total() (units int64) {
	for _, n := range it.demand {
		units += n
	}
	return units
}

// stated is the stock that the product file gives: on hand at the first node,
// on order a month later.
func (it *surveyed) stated(sku string, p partner.Config) []supply {
	var all []supply
	if it.onHand > 0 {
		all = append(all, supply{sku: sku, node: p.Sells.Nodes[0], qty: it.onHand, kind: event.SupplyKindOpening})
	}
	if it.onOrder > 0 {
		all = append(all, supply{day: month, sku: sku, node: p.Sells.Nodes[0], qty: it.onOrder, kind: event.SupplyKindPurchaseOrder})
	}
	return all
}

// generate plays the days of a sku: stock is sold as far as it goes, and what
// could not be sold is lost.
func (it *surveyed) generate(sku string, days int, seed int64) []supply {
	dice := rand.New(rand.NewPCG(uint64(seed), hash(sku)))
	stock := it.between(0, month) * openingPercent / 100
	var all []supply
	if stock > 0 {
		all = append(all, supply{sku: sku, qty: stock, kind: event.SupplyKindOpening})
	}
	played := 0
	for start := month; start < days; start += month {
		due := start + dice.IntN(maxLate+1)
		for ; played < due; played++ {
			stock -= min(stock, it.demand[played])
		}
		if fill := it.between(due, due+month)*refillPercent/100 - stock; fill > 0 {
			all = append(all, supply{day: due, sku: sku, qty: fill, kind: event.SupplyKindPurchaseOrder})
			stock += fill
		}
	}
	return all
}

// between is the demand of the days from a to before b.
func (it *surveyed) between(a, b int) (units int64) {
	for d := a; d < b; d++ {
		units += it.demand[d]
	}
	return units
}

func hash(sku string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(sku))
	return h.Sum64()
}

// split gives each node its share, to the unit.
func split(s supply, nodes []string) []supply {
	if s.qty == 0 {
		return nil
	}
	rest := s.qty
	var parts []supply
	for i := min(len(nodes), len(shares)) - 1; i > 0 && s.qty >= smallest; i-- {
		part := s
		part.node, part.qty = nodes[i], s.qty*shares[i]/100
		rest -= part.qty
		parts = append(parts, part)
	}
	s.node, s.qty = nodes[0], rest
	return append([]supply{s}, parts...)
}

// event announces a supply. Its id follows from the run, so that two files never
// share stock by accident.
func (s supply) event(run, source string, first time.Time) *event.InventorySupply {
	date := first.Add(time.Duration(s.day) * day)
	document := string(s.kind) + " " + date.Format(time.DateOnly)
	name := strings.Join([]string{"supply", run, s.sku, s.node, document}, "\x1f")
	return &event.InventorySupply{
		SupplyID: uuid.NewSHA1(event.NS, []byte(name)).String(), Sku: s.sku, Node: s.node, Qty: s.qty, Uom: "EA",
		Due: date, Document: document, Kind: s.kind, Source: source,
	}
}

// cover is stock for an adjustment: the files write off units that no file ever
// received, so generated stock receives them first, at the same node.
func cover(m *event.InventoryMovement, run, source string) *event.InventorySupply {
	return &event.InventorySupply{
		SupplyID: uuid.NewSHA1(event.NS, []byte("cover\x1f"+run+"\x1f"+m.EntryID)).String(), Sku: m.Sku, Node: m.Node, Qty: m.Qty, Uom: "EA",
		Due: m.EffectiveAt, Document: "cover " + m.Document, Kind: event.SupplyKindPurchaseOrder, Source: source,
	}
}
