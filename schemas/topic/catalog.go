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
)
