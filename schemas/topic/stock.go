package topic

import "time"

// Topics of what the stock room finds.
var (
	// InventoryVariance: two accounts of an item's stock differ.
	InventoryVariance = Def{
		Name: "inventory.variance.v1", Key: "sku", Record: "inventory.v1.InventoryVariance", Domain: "inventory",
		Kind: Event, Partitioning: BySKU, Retention: events, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "two accounts of an item's stock differ",
	}
	// InventoryShortage: stock at a node no longer covers what is promised of it.
	InventoryShortage = Def{
		Name: "inventory.shortage.v1", Key: "sku", Record: "inventory.v1.InventoryShortage", Domain: "inventory",
		Kind: Event, Partitioning: BySKU, Retention: events, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "stock at a node no longer covers what is promised of it",
	}
)
