// Code generated from schemas/avro/node/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// NodeKind says who runs a node.
//   - own: we do
//   - threepl: a third party for us
//   - supplier: a supplier ships its own stock for us
type NodeKind string

// Values of NodeKind; its comment says what each means.
const (
	NodeKindOwn      NodeKind = "own"
	NodeKindThreepl  NodeKind = "threepl"
	NodeKindSupplier NodeKind = "supplier"
)

// WorkingDay is when a node works on a day of the week. Times are minutes after midnight in the node's zone.
type WorkingDay struct {
	// Day of the week, 1 is Monday and 7 is Sunday.
	Weekday int `avro:"weekday"`
	// When work begins.
	Opens int `avro:"opens"`
	// When work ends.
	Closes int `avro:"closes"`
	// Last moment at which a released order leaves the same day.
	Cutoff int `avro:"cutoff"`
}

// Territory is a country or a part of it.
type Territory struct {
	// ISO 3166-1 alpha-2 country.
	Country string `avro:"country"`
	// ISO 3166-2 subdivision without its country part, empty for the whole country.
	Region string `avro:"region"`
}

// NodePublished is the master row of one node.
type NodePublished struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Name for people.
	Name string `avro:"name"`
	// Who runs it.
	Kind NodeKind `avro:"kind"`
	// Partner that is asked to ship, empty for an own node.
	Partner string `avro:"partner"`
	// Lower is preferred when several nodes can give.
	Rank int `avro:"rank"`
	// It can be asked.
	Active bool `avro:"active"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
	// Legal entity that owns its stock, empty when there is one only.
	Company string `avro:"company"`
	// ISO 3166-1 alpha-2 country it stands in.
	Country string `avro:"country"`
	// ISO 3166-2 subdivision without its country part.
	Region string `avro:"region"`
	// Leading part of the postcode, enough for tax and routing.
	PostalArea string `avro:"postal_area"`
	// IANA name of the zone its hours are in.
	TimeZone string `avro:"time_zone"`
	// When it works; empty: always, and an order leaves on the day of its release.
	Hours []WorkingDay `avro:"hours"`
	// Days on which it does not work, as YYYY-MM-DD in its zone.
	ClosedOn []string `avro:"closed_on"`
	// Where it ships to; empty: wherever a lane goes.
	Serves []Territory `avro:"serves"`
	// Classes of dangerous goods it may handle.
	Hazards []string `avro:"hazards"`
	// Temperature classes it keeps beside ambient.
	Temperatures []string `avro:"temperatures"`
	// Orders it can release in a day, 0 for no bound.
	Capacity int64 `avro:"capacity"`
	// Base units it can release in a day, 0 for no bound. An order of more has a day to itself.
	CapacityUnits int64 `avro:"capacity_units"`
	// Base units of each item that sourcing leaves there when other nodes can give.
	Buffer int64 `avro:"buffer"`
	// Cost of one parcel in minor units.
	HandlingAmount int64 `avro:"handling_amount"`
	// Cost of one line of a parcel in minor units.
	LineAmount int64 `avro:"line_amount"`
	// What its partner asks for one order in minor units.
	FeeAmount int64 `avro:"fee_amount"`
	// What the capacity to release one order is worth to others, in minor units.
	CapacityAmount int64 `avro:"capacity_amount"`
	// What the capacity to release one base unit is worth to others, in minor units; on top of capacity_amount.
	CapacityUnitAmount int64 `avro:"capacity_unit_amount"`
	// Margin won when this node ships rather than another, in millionths of the value of the goods; negative when it is lost.
	MarginPpm int64 `avro:"margin_ppm"`
	// Channels it ships for by contract; empty: all.
	Channels []string `avro:"channels"`
	// ISO 4217 code of the costs, empty when there are none.
	Currency string `avro:"currency"`
	// Names of the fields that differ from the version before; empty in the first.
	Changed []string `avro:"changed"`
}
