package topic

import "time"

// Topics of what people decide about orders, and of what needs a person.
var (
	// OrderReserve: a channel asks to keep units for a basket until it is ordered.
	OrderReserve = Def{
		Name: "order.reserve.v1", Key: "order id", Record: "order.v1.OrderReserve", Domain: "order",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "a channel asks to keep units for a basket until it is ordered",
	}
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
	// OrderPromise: when units that wait for supply are to be there, and each change of that.
	OrderPromise = Def{
		Name: "order.promise.v1", Key: "order id", Record: "order.v1.OrderPromise", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "when units that wait for supply are to be there, and each change of that",
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
