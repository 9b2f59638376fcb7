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
}

// Supply is announced stock to come.
type Supply struct {
	ID   string           `json:"id"`
	Node string           `json:"node"`
	Qty  int64            `json:"quantity"`
	Due  time.Time        `json:"due"`
	Kind event.SupplyKind `json:"kind"`
}

// Place is what an owner has of an item at a node. Only our own has anything
// reserved or available.
type Place struct {
	Node        string `json:"node"`
	Owner       string `json:"owner"`
	OnHand      int64  `json:"on_hand"`
	Quarantine  int64  `json:"quarantine"`
	Damaged     int64  `json:"damaged"`
	Suspect     int64  `json:"suspect"`
	Tentative   int64  `json:"tentative"`
	Held        int64  `json:"held"`
	Committed   int64  `json:"committed"`
	Incoming    int64  `json:"incoming"`
	Claimed     int64  `json:"claimed"` // set aside for backorders that wait for the rest of their units
	SafetyStock int64  `json:"safety_stock"`
	Available   int64  `json:"available"`
}

// Lot is what stands of a lot at a node in one condition.
type Lot struct {
	Node      string               `json:"node"`
	Owner     string               `json:"owner"`
	Condition event.StockCondition `json:"condition"`
	Lot       string               `json:"lot"`
	Qty       int64                `json:"quantity"`
}

// NewItem shows the rows of an item.
func NewItem(sku string, record *event.StockRecord, lots []*event.StockLot, supplies []*event.StockSupply, rules *Rules) *Item {
	book := Book{record: record, rules: rules}
	item := &Item{SKU: sku, Version: record.Version, Places: []Place{}, Lots: []Lot{}, Supplies: []Supply{}, Backorders: record.Backorders}
	for i := range record.Nodes {
		n := &record.Nodes[i]
		p := Place{
			Node: n.Node, Owner: n.Owner, OnHand: n.OnHand, Quarantine: n.Quarantine, Damaged: n.Damaged,
			Suspect: n.Unsellable - n.Quarantine - n.Damaged, Tentative: n.Tentative, Committed: n.Committed,
			Held: n.Held, Incoming: n.Incoming, Claimed: n.Claimed,
		}
		if n.Owner == OwnerSelf {
			p.SafetyStock, p.Available = rules.SafetyStock[n.Node], book.available(n)
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
