package stock

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Item is the stock of one item for people: at each node and owner by condition,
// and by lot where there are lots. Units are base units.
type Item struct {
	SKU     string  `json:"sku"`
	Version int64   `json:"version"`
	Places  []Place `json:"places"`
	Lots    []Lot   `json:"lots"`
	// Supplies are what is announced and still to come, the earliest first;
	// Backorders how many orders wait for it.
	Supplies   []Supply `json:"supplies"`
	Backorders int64    `json:"backorders"`
	// Pools are in the order in which they are covered; PoolsVersion is that of
	// their master row, 0 for none.
	Pools        []Pool `json:"pools"`
	PoolsVersion int64  `json:"pools_version"`
	// Freeze is why nothing of it is granted now; absent grants as ever.
	Freeze *Freeze `json:"freeze,omitempty"`
}

// Freeze is who froze an item, why and when.
type Freeze struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
	// Violation is the one because of which it was frozen, absent for none.
	Violation string    `json:"violation,omitempty"`
	Since     time.Time `json:"since"`
}

// Pool keeps units of a node for some.
type Pool struct {
	Pool     string     `json:"pool"`
	Node     string     `json:"node"`
	Qty      int64      `json:"quantity"`
	Channels []string   `json:"channels"` // none: all
	Classes  []string   `json:"classes"`  // of customers; none: all
	Until    *time.Time `json:"until,omitempty"`
	Used     int64      `json:"used"`  // taken by those it is for, promised or shipped
	Units    int64      `json:"units"` // that it keeps now of what is available
}

// Supply is announced stock to come.
type Supply struct {
	ID   string           `json:"id"`
	Node string           `json:"node"`
	Qty  int64            `json:"quantity"`
	Due  time.Time        `json:"due"`
	Kind event.SupplyKind `json:"kind"`
}

// Place is what an owner has of an item at a node. Only our own, and a supplier's at
// its node, has anything reserved or available.
type Place struct {
	Node       string `json:"node"`
	Owner      string `json:"owner"`
	OnHand     int64  `json:"on_hand"`
	Quarantine int64  `json:"quarantine"`
	Damaged    int64  `json:"damaged"`
	Suspect    int64  `json:"suspect"`
	Tentative  int64  `json:"tentative"`
	Held       int64  `json:"held"`
	Committed  int64  `json:"committed"`
	// AtNode are committed units that the node was asked to ship, CancelPending those
	// of them that were asked back and that it has not answered for.
	AtNode        int64 `json:"at_node"`
	CancelPending int64 `json:"cancel_pending"`
	// Contained are promised units that the supplier's own count has taken off already.
	Contained   int64 `json:"contained"`
	Expired     int64 `json:"expired"` // sellable units that are too old to be promised
	Incoming    int64 `json:"incoming"`
	Claimed     int64 `json:"claimed"` // set aside for backorders that wait for the rest of their units
	SafetyStock int64 `json:"safety_stock"`
	Available   int64 `json:"available"`
}

// Lot is what stands of a lot at a node in one condition.
type Lot struct {
	Node      string               `json:"node"`
	Owner     string               `json:"owner"`
	Condition event.StockCondition `json:"condition"`
	Lot       string               `json:"lot"`
	Qty       int64                `json:"quantity"`
	// ExpiresAt is absent when nobody said; Expired units are not promised any more.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Expired   bool       `json:"expired"`
}

// NewItem shows the rows of an item.
func NewItem(sku string, record *event.StockRecord, lots []*event.StockLot, supplies []*event.StockSupply, rules *Rules) *Item {
	book := Book{record: record, rules: rules}
	item := &Item{SKU: sku, Version: record.Version, Places: []Place{}, Lots: []Lot{}, Supplies: []Supply{}, Backorders: record.Backorders, Pools: []Pool{}, PoolsVersion: record.PoolsVersion}
	if f := record.Freeze; f != nil {
		item.Freeze = &Freeze{By: f.By, Reason: f.Reason, Violation: f.ViolationID, Since: f.Since}
	}
	for i := range record.Nodes {
		n := &record.Nodes[i]
		p := Place{
			Node: n.Node, Owner: n.Owner, OnHand: n.OnHand, Quarantine: n.Quarantine, Damaged: n.Damaged,
			Suspect: n.Unsellable - n.Quarantine - n.Damaged, Tentative: n.Tentative, Committed: n.Committed,
			Held: n.Held, Expired: n.Expired, AtNode: n.AtNode, CancelPending: n.CancelPending, Contained: n.Contained, Incoming: n.Incoming, Claimed: n.Claimed,
		}
		if n.Owner == rules.owner(n.Node) {
			p.SafetyStock, p.Available = rules.SafetyStock[n.Node], book.available(n)
			book.shares(n, p.Available-n.Claimed, false, func(p *event.StockPool, kept int64) {
				item.Pools = append(item.Pools, Pool{
					Pool: p.Pool, Node: p.Node, Qty: p.Qty, Channels: append([]string{}, p.Channels...), Classes: append([]string{}, p.Classes...),
					Until: p.Until, Used: p.Used, Units: kept,
				})
			})
		}
		item.Places = append(item.Places, p)
	}
	for _, l := range lots {
		item.Lots = append(item.Lots, Lot(*l))
	}
	for _, s := range supplies {
		if s.Qty == 0 {
			continue
		}
		item.Supplies = append(item.Supplies, Supply{s.SupplyID, s.Node, s.Qty, s.Due, s.Kind})
	}
	slices.SortStableFunc(item.Supplies, func(x, y Supply) int { return x.Due.Compare(y.Due) })
	return item
}
