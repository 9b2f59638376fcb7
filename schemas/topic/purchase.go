package topic

import "time"

// Topics of goods that others own and we sell.
var (
	// PurchaseRequested: the owner of goods is asked to sell what an order takes.
	PurchaseRequested = Def{
		Name: "purchase.requested.v1", Key: "order id", Record: "purchase.v1.PurchaseRequested", Domain: "purchase",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "the owner of goods is asked to sell what an order takes",
	}
	// PurchaseAccepted: a supplier's decision about a purchase.
	PurchaseAccepted = Def{
		Name: "purchase.accepted.v1", Key: "order id", Record: "purchase.v1.PurchaseAccepted", Domain: "purchase",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "connector",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "a supplier's decision about a purchase",
	}
)
