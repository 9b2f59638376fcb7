package topic

import "time"

// The topics of goods that come back. Each variable is named after its topic and never
// changes.
var (
	// ReturnRequested: a buyer wants to give goods back.
	ReturnRequested = Def{
		Name: "return.requested.v1", Key: "return id", Record: "return.v1.ReturnRequested", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a buyer wants to give goods back",
	}
	// ReturnAuthorised: whether goods may be given back.
	ReturnAuthorised = Def{
		Name: "return.authorised.v1", Key: "return id", Record: "return.v1.ReturnAuthorised", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "whether goods may be given back",
	}
	// ReturnAuthorise: the system of record is asked whether goods may come back.
	ReturnAuthorise = Def{
		Name: "return.authorise.v1", Key: "return id", Record: "return.v1.ReturnAuthorise", Domain: "return",
		Kind: Command, Partitioning: ByReturn, Retention: commands, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the system of record is asked whether goods may come back",
	}
	// ReturnRuled: the answer of the system of record.
	ReturnRuled = Def{
		Name: "return.ruled.v1", Key: "return id", Record: "return.v1.ReturnRuled", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "connector",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "whether goods may come back by the system of record",
	}
	// ReturnReceived: goods of a return arrived at a node.
	ReturnReceived = Def{
		Name: "return.received.v1", Key: "return id", Record: "return.v1.ReturnReceived", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "goods of a return arrived at a node",
	}
	// ReturnDispositioned: what becomes of returned units.
	ReturnDispositioned = Def{
		Name: "return.dispositioned.v1", Key: "return id", Record: "return.v1.ReturnDispositioned", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "what becomes of returned units",
	}
	// ReturnResolve: a person's decision about a return.
	ReturnResolve = Def{
		Name: "return.resolve.v1", Key: "return id", Record: "return.v1.ReturnResolve", Domain: "return",
		Kind: Command, Partitioning: ByReturn, Retention: commands, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a person's decision about a return",
	}
	// ReturnClaimed: the answer of an order to the claim of a return.
	ReturnClaimed = Def{
		Name: "return.claimed.v1", Key: "return id", Record: "return.v1.ReturnClaimed", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the answer of an order to the claim of a return",
	}
	// ReturnCredited: what was credited of a return so far.
	ReturnCredited = Def{
		Name: "return.credited.v1", Key: "return id", Record: "return.v1.ReturnCredited", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "what was credited of a return so far",
	}
	// ReturnClosed: a return has ended.
	ReturnClosed = Def{
		Name: "return.closed.v1", Key: "return id", Record: "return.v1.ReturnClosed", Domain: "return",
		Kind: Event, Partitioning: ByReturn, Retention: events, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a return has ended",
	}
)
