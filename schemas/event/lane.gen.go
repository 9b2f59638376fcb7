// Code generated from schemas/avro/lane/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// LaneRate is the price of a parcel by its weight.
type LaneRate struct {
	// Heaviest parcel in grams; rates rise by it.
	UpToG int64 `avro:"up_to_g"`
	// Price of the parcel in minor units.
	Amount int64 `avro:"amount"`
}

// LanePublished is the master row of one lane: a carrier's service from a node to a territory.
type LanePublished struct {
	// Lane, by its number in the master.
	Lane string `avro:"lane"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Our code of the service, such as standard or express.
	Service string `avro:"service"`
	// ISO 3166-1 alpha-2 country it goes to.
	Country string `avro:"country"`
	// ISO 3166-2 subdivision without its country part, empty for the whole country.
	Region string `avro:"region"`
	// Leading part of the postcodes it goes to, empty for all; the longest that fits counts.
	PostalArea string `avro:"postal_area"`
	// Days from leaving the node to the buyer, weekends left out.
	TransitDays int `avro:"transit_days"`
	// What a parcel costs; a heavier one than the last is not carried, an empty list costs nothing.
	Rates []LaneRate `avro:"rates"`
	// Measured chance that a parcel comes late, in millionths, by the weekday it leaves: seven from Monday, or none.
	LatePpm []int `avro:"late_ppm"`
	// Classes of dangerous goods it carries.
	Hazards []string `avro:"hazards"`
	// Temperature classes it carries beside ambient.
	Temperatures []string `avro:"temperatures"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// It can be used.
	Active bool `avro:"active"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
	// Names of the fields that differ from the version before; empty in the first.
	Changed []string `avro:"changed"`
}
