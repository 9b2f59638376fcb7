package topic

import "time"

// ByCatalog spreads by kind and key of a row of master data.
const ByCatalog Partitioning = "catalog"

// Topics by which master data comes in.
var (
	// CatalogSubmit says that a row of master data is to be published.
	CatalogSubmit = Def{
		Name: "catalog.submit.v1", Key: "kind/row key", Record: "catalog.v1.CatalogSubmit", Domain: "catalog",
		Kind: Command, Partitioning: ByCatalog, Retention: commands, Owner: "catalog",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "a row of master data is to be published",
	}
	// CatalogResolve says that a person approves or rejects a row in quarantine.
	CatalogResolve = Def{
		Name: "catalog.resolve.v1", Key: "kind/row key", Record: "catalog.v1.CatalogResolve", Domain: "catalog",
		Kind: Command, Partitioning: ByCatalog, Retention: commands, Owner: "catalog",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "a person approves or rejects a row in quarantine",
	}
	// CatalogJudged says what became of a submitted row of master data.
	CatalogJudged = Def{
		Name: "catalog.judged.v1", Key: "kind/row key", Record: "catalog.v1.CatalogJudged", Domain: "catalog",
		Kind: Event, Partitioning: ByCatalog, Retention: events, Owner: "catalog",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "what became of a submitted row of master data",
	}
	// CrossrefWanted says that an order waits for what a partner's id means, or no more.
	CrossrefWanted = Def{
		Name: "crossref.wanted.v1", Key: "kind/row key", Record: "crossref.v1.CrossrefWanted", Domain: "crossref",
		Kind: Event, Partitioning: ByCatalog, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "an order waits for what a partner's id means, or waits no more",
	}
	// CrossrefFound tells an order that waits what a partner's id means.
	CrossrefFound = Def{
		Name: "crossref.found.v1", Key: "order id", Record: "crossref.v1.CrossrefFound", Domain: "crossref",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "catalog",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "an order that waits is told what a partner's id means",
	}
)
