package catalogue

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Why a line or an order cannot be taken.
const (
	NoSuchItem     = "SKU_UNKNOWN"
	NotSold        = "SKU_INACTIVE"
	Territory      = "TERRITORY"
	LicenceMissing = "LICENCE"
	Hazard         = "HAZARD"
	BelowMinimum   = "MIN_QTY"
	OddQuantity    = "QTY_STEP"
	NoPrice        = "NO_PRICE"
	Blocked        = "CUSTOMER_BLOCKED"
	MinimumOrder   = "MINIMUM_ORDER"
	Credit         = "CREDIT"
)

// Reason says why something is not allowed.
type Reason struct{ Code, Detail string }

// Wanted is what a customer would buy.
type Wanted struct {
	Customer *event.CustomerPublished
	Country  string // where it goes, ISO 3166-1 alpha-2
	Currency string // ISO 4217, that of the customer's limits
	At       time.Time
	Lines    []WantedLine
}

// WantedLine is one item of it.
type WantedLine struct {
	SKU     string
	Qty     int64                   // base units
	Product *event.ProductPublished // nil: there is no such item
	Priced  bool                    // the customer has a price for it
	Amount  int64                   // price of the line in minor units, if priced
}

// Judgement is what is not allowed; nothing in it: all is.
type Judgement struct {
	Order []Reason   // against the order as a whole
	Lines [][]Reason // against each line
}

// Allowed says that there is no reason against anything.
func (j *Judgement) Allowed() bool {
	return len(j.Order) == 0 && !slices.ContainsFunc(j.Lines, func(r []Reason) bool { return len(r) > 0 })
}

// Eligible judges an order before it is placed. Credit is only whether the order
// alone exceeds the limit: what is open is known to the credit entity.
func Eligible(w *Wanted) Judgement {
	j := Judgement{Lines: make([][]Reason, len(w.Lines))}
	var value int64
	for i := range w.Lines {
		j.Lines[i] = w.against(&w.Lines[i])
		value += w.Lines[i].Amount
	}
	c := w.Customer
	add := func(code, format string, args ...any) {
		j.Order = append(j.Order, Reason{code, fmt.Sprintf(format, args...)})
	}
	if c.Blocked != "" || !c.Active {
		add(Blocked, "Nothing is sold to customer %s (%s).", c.Customer, orDefault(c.Blocked, "closed"))
	}
	if len(c.Territories) > 0 && !slices.Contains(c.Territories, w.Country) {
		add(Territory, "Customer %s may not have goods sent to %s.", c.Customer, w.Country)
	}
	if w.Currency == c.Currency {
		if value < c.MinimumOrder {
			add(MinimumOrder, "An order is at least %d, this one %d, in minor units of %s.", c.MinimumOrder, value, c.Currency)
		}
		if c.Terms == event.PaymentTermsAccount && c.CreditLimit != nil && value > *c.CreditLimit {
			add(Credit, "The order of %d exceeds the limit of %d, in minor units of %s.", value, *c.CreditLimit, c.Currency)
		}
	}
	return j
}

func orDefault(text, byDefault string) string {
	if text == "" {
		return byDefault
	}
	return text
}

// against lists what speaks against a line.
func (w *Wanted) against(line *WantedLine) (reasons []Reason) {
	add := func(code, format string, args ...any) {
		reasons = append(reasons, Reason{code, fmt.Sprintf(format, args...)})
	}
	p := line.Product
	if p == nil {
		add(NoSuchItem, "There is no item %q.", line.SKU)
		return reasons
	}
	if !p.Active {
		add(NotSold, "Item %s is not sold any more.", p.Sku)
	}
	if slices.Contains(p.BarredCountries, w.Country) {
		add(Territory, "Item %s is not sold in %s.", p.Sku, w.Country)
	}
	if p.Licence != "" && !w.holds(p.Licence) {
		add(LicenceMissing, "Item %s needs the licence %s, which customer %s does not hold.", p.Sku, p.Licence, w.Customer.Customer)
	}
	if p.Hazard != "" && !slices.Contains(w.Customer.Hazards, p.Hazard) {
		add(Hazard, "Item %s is dangerous goods of class %s, which customer %s may not receive.", p.Sku, p.Hazard, w.Customer.Customer)
	}
	if line.Qty < p.MinQty {
		add(BelowMinimum, "At least %d of item %s can be ordered.", p.MinQty, p.Sku)
	}
	if p.QtyStep > 1 && line.Qty%p.QtyStep != 0 {
		add(OddQuantity, "Item %s is sold in multiples of %d.", p.Sku, p.QtyStep)
	}
	if !line.Priced {
		add(NoPrice, "Customer %s has no price for item %s.", w.Customer.Customer, p.Sku)
	}
	return reasons
}

// holds says whether the customer holds a licence now.
func (w *Wanted) holds(code string) bool {
	return slices.ContainsFunc(w.Customer.Licences, func(l event.Licence) bool {
		return l.Code == code && (l.ValidUntil == nil || w.At.Before(*l.ValidUntil))
	})
}
