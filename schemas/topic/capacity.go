package topic

import "time"

// Topics of what nodes can release in a day.
var (
	// CapacityRequest asks a node for a place in its day, or gives all or some of one back.
	CapacityRequest = Def{
		Name: "capacity.request.v1", Key: "node", Record: "capacity.v1.CapacityRequest", Domain: "capacity",
		Kind: Command, Partitioning: ByNode, Retention: commands, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "a place in a node's day is asked for, or given back",
	}
	// CapacityGranted says on which day a node has a place for its part of an order.
	CapacityGranted = Def{
		Name: "capacity.granted.v1", Key: "order id", Record: "capacity.v1.CapacityGranted", Domain: "capacity",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "on which day a node has a place for its part of an order",
	}
	// CapacityLoad is what a node is to release now, by day.
	CapacityLoad = Def{
		Name: "capacity.load.v1", Key: "node", Record: "capacity.v1.CapacityLoad", Domain: "capacity",
		Kind: Compacted, Partitioning: ByNode, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "what a node is to release now, by day",
	}
)
