package topic

import "time"

// BySource spreads by system that sends baselines.
const BySource Partitioning = "source"

// Topics of what the stock room finds, and of baselines.
var (
	// InventoryBaseline: what one source counts of an item at a node.
	InventoryBaseline = Def{
		Name: "inventory.baseline.v1", Key: "sku", Record: "inventory.v1.InventoryBaseline", Domain: "inventory",
		Kind: Event, Partitioning: BySKU, Retention: events, Owner: "connector",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "what one source counts of an item at a node",
	}
	// InventoryBaselineStaged: a row of a baseline waits at its item.
	InventoryBaselineStaged = Def{
		Name: "inventory.baseline.staged.v1", Key: "source", Record: "inventory.v1.InventoryBaselineStaged", Domain: "inventory",
		Kind: Event, Partitioning: BySource, Retention: events, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "a row of a baseline waits at its item",
	}
	// InventoryBaselineBatch: the word of its source or of a person about a whole baseline.
	InventoryBaselineBatch = Def{
		Name: "inventory.baseline.batch.v1", Key: "source", Record: "inventory.v1.InventoryBaselineBatch", Domain: "inventory",
		Kind: Command, Partitioning: BySource, Retention: commands, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "the word of its source or of a person about a whole baseline",
	}
	// InventoryPools: which units of an item are kept for whom.
	InventoryPools = Def{
		Name: "inventory.pools.v1", Key: "sku", Record: "inventory.v1.InventoryPools", Domain: "inventory",
		Kind: Compacted, Partitioning: BySKU, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "which units of an item are kept for whom",
	}
	// InventoryFreeze: whether anything of an item is granted.
	InventoryFreeze = Def{
		Name: "inventory.freeze.v1", Key: "sku", Record: "inventory.v1.InventoryFreeze", Domain: "inventory",
		Kind: Compacted, Partitioning: BySKU, Owner: "audit",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "whether anything of an item is granted",
	}
	// InventoryCountRequest: a node is asked to count items.
	InventoryCountRequest = Def{
		Name: "inventory.count.request.v1", Key: "node", Record: "inventory.v1.InventoryCountRequest", Domain: "inventory",
		Kind: Command, Partitioning: ByNode, Retention: commands, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "a node is asked to count items",
	}
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
