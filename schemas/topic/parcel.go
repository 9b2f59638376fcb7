package topic

import "time"

// ByTracking spreads by carrier and number.
const ByTracking Partitioning = "tracking"

// Topics of parcels.
var (
	// ParcelScanned: what a carrier stated about one of its numbers.
	ParcelScanned = Def{
		Name: "parcel.scanned.v1", Key: "carrier/number", Record: "parcel.v1.ParcelScanned", Domain: "parcel",
		Kind: Event, Partitioning: ByTracking, Retention: rawDocuments, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "what a carrier stated about one of its numbers",
	}
	// ParcelReported: what a carrier stated about a parcel, in its own word.
	ParcelReported = Def{
		Name: "parcel.reported.v1", Key: "order id", Record: "parcel.v1.ParcelReported", Domain: "parcel",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "what a carrier stated about a parcel, in its own word",
	}
	// ParcelStatus: where a parcel stands, in our word and the partner's.
	ParcelStatus = Def{
		Name: "parcel.status.v1", Key: "order id", Record: "parcel.v1.ParcelStatusChanged", Domain: "parcel",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "where a parcel stands, in our word and the partner's",
	}
)
