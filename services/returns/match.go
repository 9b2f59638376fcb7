package returns

import (
	"cmp"
	"slices"
	"time"
)

// Purchase is units of an order line that left to a customer.
type Purchase struct {
	OrderID, LineID string
	Sku             string
	Currency        string
	UnitPriceE6     int64 // price of one unit in millionths of the major unit
	Qty             int64 // units that left, in the base unit
	Returned        int64 // units of them that returns hold; may pass Qty when a search ran ahead of a claim
	OrderedAt       time.Time
	ShippedAt       time.Time // when the last of them left
}

// Line is units that a customer gives back without saying what they came with.
type Line struct {
	Sku         string
	Currency    string
	UnitPriceE6 int64     // price paid for one unit in millionths of the major unit
	Qty         int64     // above zero, in the base unit
	AskedAt     time.Time // orders after it are not what the units came with
}

// Part is the units of a line that came with one purchase.
type Part struct {
	Purchase *Purchase
	Qty      int64
}

// Outcome is how the search for a line's purchases ended.
type Outcome string

const (
	// Matched: all units were found.
	Matched Outcome = "matched"
	// Over: the customer bought the item at that price, but has fewer units left
	// than he gives back; a person decides about the rest.
	Over Outcome = "over"
	// Unmatched: the customer never bought the item at that price; a person
	// decides.
	Unmatched Outcome = "unmatched"
)

// Match finds what a line came with among all that left to the customer, the
// newest order first, and takes the units, so that no unit is matched twice. Of
// one order the later line comes first; how purchases are sorted does not matter.
// over is how many units were not found.
func Match(purchases []*Purchase, l Line) (parts []Part, over int64, outcome Outcome) {
	var fit []*Purchase
	for _, p := range purchases {
		if p.Sku == l.Sku && p.Currency == l.Currency && p.UnitPriceE6 == l.UnitPriceE6 && !p.OrderedAt.After(l.AskedAt) {
			fit = append(fit, p)
		}
	}
	slices.SortFunc(fit, func(a, b *Purchase) int {
		return cmp.Or(b.OrderedAt.Compare(a.OrderedAt), cmp.Compare(b.OrderID, a.OrderID), cmp.Compare(b.LineID, a.LineID))
	})
	over = l.Qty
	for _, p := range fit {
		if qty := min(over, p.Qty-p.Returned); qty > 0 {
			p.Returned += qty
			over -= qty
			parts = append(parts, Part{Purchase: p, Qty: qty})
		}
	}
	switch {
	case over == 0:
		outcome = Matched
	case len(fit) > 0:
		outcome = Over
	default:
		outcome = Unmatched
	}
	return parts, over, outcome
}
