package stock

import "github.com/millrace/millrace/schemas/event"

// Item is the stock of one item for people: at each node and owner by condition,
// and by lot where there are lots. Units are base units.
type Item struct {
	SKU     string  `json:"sku"`
	Version int64   `json:"version"`
	Places  []Place `json:"places"`
	Lots    []Lot   `json:"lots"`
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
	Committed   int64  `json:"committed"`
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
func NewItem(sku string, record *event.StockRecord, lots []*event.StockLot, rules *Rules) *Item {
	book := Book{record: record, rules: rules}
	item := &Item{SKU: sku, Version: record.Version, Places: []Place{}, Lots: []Lot{}}
	for i := range record.Nodes {
		n := &record.Nodes[i]
		p := Place{
			Node: n.Node, Owner: n.Owner, OnHand: n.OnHand, Quarantine: n.Quarantine, Damaged: n.Damaged,
			Suspect: n.Unsellable - n.Quarantine - n.Damaged, Tentative: n.Tentative, Committed: n.Committed,
		}
		if n.Owner == OwnerSelf {
			p.SafetyStock, p.Available = rules.SafetyStock[n.Node], book.available(n)
		}
		item.Places = append(item.Places, p)
	}
	for _, l := range lots {
		item.Lots = append(item.Lots, Lot(*l))
	}
	return item
}
