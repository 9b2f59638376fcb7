// Code generated from schemas/avro/product/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// KitPart is what a kit is made of.
type KitPart struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit in one kit, above zero.
	Qty int64 `avro:"qty"`
}

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
	// What a kit is shipped as; empty unless it is one. A part is never a kit.
	Parts []KitPart `avro:"parts"`
	// Grams of one base unit, 0 when not known.
	WeightG int64 `avro:"weight_g"`
	// Cubic centimetres of one base unit, 0 when not known.
	VolumeCm3 int64 `avro:"volume_cm3"`
	// Class of dangerous goods as the UN numbers it, empty for none.
	Hazard string `avro:"hazard"`
	// Temperature class it is kept and carried in, empty for ambient.
	Temperature string `avro:"temperature"`
	// Licence that a buyer must hold, as a code, empty for none.
	Licence string `avro:"licence"`
	// ISO 3166-1 alpha-2 countries where it is not sold.
	BarredCountries []string `avro:"barred_countries"`
	// Least quantity of an order line in base units.
	MinQty int64 `avro:"min_qty"`
	// Quantities of an order line are multiples of this many base units.
	QtyStep int64 `avro:"qty_step"`
	// GTINs of the item, digits only.
	Barcodes []string `avro:"barcodes"`
	// Code of its category, empty for none.
	Category string `avro:"category"`
	// Days that a lot must still live to be promised; 0 promises it until it expires.
	MinLifeDays int `avro:"min_life_days"`
	// Names of the fields that differ from the version before; empty in the first.
	Changed []string `avro:"changed"`
}
