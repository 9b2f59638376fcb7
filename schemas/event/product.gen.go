// Code generated from schemas/avro/product/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// ProductPublished is the product master's row of one item.
type ProductPublished struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Name for people.
	Name string `avro:"name"`
	// Base unit, UN/ECE Recommendation 20 code.
	Uom string `avro:"uom"`
	// Base units in a case.
	UnitsPerCase int64 `avro:"units_per_case"`
	// List price of one unit in millionths of the currency's major unit.
	PriceE6 int64 `avro:"price_e6"`
	// ISO 4217 code of the list price, empty when there is none.
	Currency string `avro:"currency"`
	// What it is.
	Kind LineKind `avro:"kind"`
	// It can be sold.
	Active bool `avro:"active"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
}
