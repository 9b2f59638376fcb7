package topic

import "time"

// Topics of parcels.
var (
	// ParcelReported: what a carrier stated about a parcel, in its own word.
	ParcelReported = Def{
		Name: "parcel.reported.v1", Key: "order id", Record: "parcel.v1.ParcelReported", Domain: "parcel",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "connector",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "what a carrier stated about a parcel, in its own word",
	}
	// ParcelStatus: where a parcel stands, in our word and the partner's.
	ParcelStatus = Def{
		Name: "parcel.status.v1", Key: "order id", Record: "parcel.v1.ParcelStatusChanged", Domain: "parcel",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Draft, Doc: "where a parcel stands, in our word and the partner's",
	}
)
