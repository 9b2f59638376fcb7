package catalogue

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Price is what a unit of an item costs.
type Price struct {
	PriceList   string // empty: the product's list price
	Currency    string // ISO 4217
	UnitPriceE6 int64  // of one base unit, in millionths of the major unit
	TaxIncluded bool
	MinQty      int64      // least quantity it counts for, in base units
	ValidUntil  *time.Time // first moment it counts no more; nil for no end
	Next        *event.PriceBreak
}

// PriceOf is what qty units of an item cost at a moment: by the first of rows,
// which are those of a customer's price lists in order, that has a price for the
// quantity; else by the product's list price. It is false when there is none.
// currency, if not empty, is the only one that counts.
func PriceOf(rows []event.PricePublished, product *event.ProductPublished, qty int64, currency string, at time.Time) (Price, bool) {
	for i := range rows {
		if currency != "" && rows[i].Currency != currency {
			continue
		}
		if price, ok := listed(&rows[i], qty, at); ok {
			return price, true
		}
	}
	if product == nil || product.Currency == "" || currency != "" && product.Currency != currency {
		return Price{}, false
	}
	return Price{Currency: product.Currency, UnitPriceE6: product.PriceE6, MinQty: 1}, true
}

// listed is the price in one list.
func listed(row *event.PricePublished, qty int64, at time.Time) (Price, bool) {
	for i := range row.Periods {
		p := &row.Periods[i]
		if at.Before(p.ValidFrom) || p.ValidUntil != nil && !at.Before(*p.ValidUntil) {
			continue
		}
		price := Price{PriceList: row.PriceList, Currency: row.Currency, TaxIncluded: row.TaxIncluded, ValidUntil: p.ValidUntil}
		found := false
		for j := range p.Breaks {
			b := &p.Breaks[j]
			if b.MinQty > qty {
				price.Next = b
				break
			}
			price.UnitPriceE6, price.MinQty, found = b.UnitPriceE6, b.MinQty, true
		}
		return price, found
	}
	return Price{}, false
}
