// Code generated from schemas/avro/price/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// PriceBreak is the price of a unit from a quantity on.
type PriceBreak struct {
	// Least quantity in the item's base unit; breaks rise by it.
	MinQty int64 `avro:"min_qty"`
	// Price of one base unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
}

// PricePeriod is what counts from one moment to another.
type PricePeriod struct {
	// First moment it counts.
	ValidFrom time.Time `avro:"valid_from"`
	// First moment it counts no more, null for no end.
	ValidUntil *time.Time `avro:"valid_until"`
	// Prices by quantity, the least first.
	Breaks []PriceBreak `avro:"breaks"`
}

// PricePublished is what a price list asks for an item, now and later.
type PricePublished struct {
	// Price list, by its number at its owner.
	PriceList string `avro:"price_list"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Prices contain tax.
	TaxIncluded bool `avro:"tax_included"`
	// Periods in order of time, none overlapping; an item without one has no price in the list.
	Periods []PricePeriod `avro:"periods"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
	// Names of the fields that differ from the version before; empty in the first.
	Changed []string `avro:"changed"`
}
