package topic

import "time"

// Topics of what people decide about orders, and of what needs a person.
var (
	// OrderResolve: a person or a rule holds an order, lets it go on, or decides what it cannot.
	OrderResolve = Def{
		Name: "order.resolve.v1", Key: "order id", Record: "order.v1.OrderResolve", Domain: "order",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "a person or a rule holds an order, lets it go on, or decides what it cannot",
	}
	// OrderHeld: an order waits for somebody, and why.
	OrderHeld = Def{
		Name: "order.held.v1", Key: "order id", Record: "order.v1.OrderHeld", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "an order waits for somebody, and why",
	}
	// OrderResumed: a hold of an order ended.
	OrderResumed = Def{
		Name: "order.resumed.v1", Key: "order id", Record: "order.v1.OrderResumed", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "a hold of an order ended",
	}
	// OrderAmended: the lines of an order changed.
	OrderAmended = Def{
		Name: "order.amended.v1", Key: "order id", Record: "order.v1.OrderAmended", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "the lines of an order changed",
	}
	// OrderSourced: from which nodes an order is to be met, and why.
	OrderSourced = Def{
		Name: "order.sourced.v1", Key: "order id", Record: "order.v1.OrderSourced", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "from which nodes an order is to be met, and why",
	}
	// AlertRaised: something needs a person.
	AlertRaised = Def{
		Name: "alert.raised.v1", Key: "subject", Record: "alert.v1.AlertRaised", Domain: "alert",
		Kind: Event, Partitioning: BySubject, Retention: events, Owner: "insight",
		LatencyTarget: time.Minute, Lifecycle: Draft, Doc: "something needs a person",
	}
)
