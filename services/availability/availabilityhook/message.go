package availabilityhook

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/availability"
)

// Changed is the type of the messages.
const Changed = "inventory.availability.changed"

// Message is the body of a webhook.
type Message struct {
	Type      string    `json:"type"`      // Changed
	Timestamp time.Time `json:"timestamp"` // when it was true
	Data      Item      `json:"data"`
}

// Item is what a channel can sell of an item, in base units, as it would read it
// at GET /v1/availability.
type Item struct {
	SKU     string `json:"sku"`
	Channel string `json:"channel"`
	// Available is the sum over the locations; one that lacks units takes nothing
	// from what others have.
	Available int64      `json:"available"`
	Locations []Location `json:"locations"`
	// Kits have the item as a part, so what can be sold of them may have changed too.
	Kits []string `json:"kits,omitempty"`
	// Version grows with each change of the item: of two messages the one with the
	// greater version is the newer, in whichever order they come.
	Version int64 `json:"version"`
}

// Location is what a node could promise; below zero it lacks units for what it has
// promised.
type Location struct {
	Location  string `json:"location"`
	Available int64  `json:"available"`
}

// shown is what a view shows of a row.
func shown(row *availability.Row, view availability.View) []event.AvailableAt {
	all := make([]event.AvailableAt, 0, len(row.Nodes))
	for i := range row.Nodes {
		if n := &row.Nodes[i]; view.Shows(n.Node) {
			all = append(all, event.AvailableAt{Location: n.Node, Available: view.Units(n)})
		}
	}
	return all
}

// message says what an endpoint is shown now.
func message(sku, channel string, item *event.AvailabilityItemRecord, shown []event.AvailableAt, kits []string) Message {
	m := Message{Type: Changed, Timestamp: item.AsOf, Data: Item{
		SKU: sku, Channel: channel, Locations: make([]Location, len(shown)), Kits: kits, Version: item.Version,
	}}
	for i, at := range shown {
		m.Data.Locations[i] = Location(at)
		m.Data.Available += max(0, at.Available)
	}
	return m
}
