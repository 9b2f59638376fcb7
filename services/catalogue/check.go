package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bojanz/currency"

	"github.com/millrace/millrace/schemas/event"
)

// What is found in rows.
const (
	Unreadable   = "UNREADABLE"    // no row of its kind
	WrongKey     = "WRONG_KEY"     // it belongs to another key
	Invalid      = "INVALID"       // a value that cannot be
	UnitChanged  = "UNIT_CHANGED"  // all stock and orders of the item are counted in it
	KindChanged  = "KIND_CHANGED"  // what was shipped no longer is, or the reverse
	PriceJump    = "PRICE_JUMP"    // a price far from the one before
	PriceZero    = "PRICE_ZERO"    // for nothing
	CurrencyMove = "CURRENCY_MOVE" // amounts mean something else
)

// bounds of rows.
const (
	maxParts = 100
	maxText  = 200 // bytes of a key's parts

	maxShelfDays = 3650 // that goods must live for a customer
)

// jump is how many times the price before, or its inverse, a price may be without
// a person having looked at it.
const jump = 2

// Findings are all that is wrong or odd in a row.
type Findings []Finding

func (f *Findings) fatal(field, code, format string, args ...any) {
	*f = append(*f, Finding{Field: field, Code: code, Detail: fmt.Sprintf(format, args...), Fatal: true})
}

func (f *Findings) odd(field, code, format string, args ...any) {
	*f = append(*f, Finding{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// key wants a row to belong to its key.
func (f *Findings) key(want string, parts ...string) {
	if got := strings.Join(parts, "/"); got != want {
		f.fatal("", WrongKey, "The row is of %q, its key is %q.", got, want)
	}
	for _, part := range parts {
		if part == "" || len(part) > maxText {
			f.fatal("", WrongKey, "Each part of a key has 1 to %d bytes.", maxText)
		}
	}
}

func (f *Findings) notBelow(field string, value, least int64) {
	if value < least {
		f.fatal(field, Invalid, "It is %d, at least %d is possible.", value, least)
	}
}

// money wants a currency where there is an amount.
func (f *Findings) money(code string, needed bool) {
	if (code != "" || needed) && !currency.IsValid(code) {
		f.fatal("currency", Invalid, "%q is no ISO 4217 currency.", code)
	}
}

func (f *Findings) moved(before, after string) {
	if before != "" && before != after {
		f.odd("currency", CurrencyMove, "Amounts were in %s and would be in %s.", before, after)
	}
}

func (f *Findings) price(field string, before, after int64) {
	switch {
	case after == 0:
		f.odd(field, PriceZero, "It would be given away.")
	case before > 0 && (after > before*jump || after < before/jump):
		f.odd(field, PriceJump, "It was %d and would be %d millionths.", before, after)
	}
}

// CheckProduct says what is wrong or odd in a product beside the one before, nil for
// none.
func CheckProduct(key string, before, p *event.ProductPublished) (f Findings) {
	f.key(key, p.Sku)
	f.money(p.Currency, p.PriceE6 != 0)
	f.notBelow("price_e6", p.PriceE6, 0)
	f.notBelow("units_per_case", p.UnitsPerCase, 1)
	f.notBelow("min_qty", p.MinQty, 1)
	f.notBelow("qty_step", p.QtyStep, 1)
	f.notBelow("weight_g", p.WeightG, 0)
	f.notBelow("volume_cm3", p.VolumeCm3, 0)
	if p.Name == "" || p.Uom == "" {
		f.fatal("name", Invalid, "A product has a name and a base unit.")
	}
	f.parts(p)
	if before == nil {
		return f
	}
	if before.Uom != p.Uom {
		f.odd("uom", UnitChanged, "It was counted in %s and would be in %s.", before.Uom, p.Uom)
	}
	if before.Kind != p.Kind {
		f.odd("kind", KindChanged, "It was %s and would be %s.", before.Kind, p.Kind)
	}
	f.moved(before.Currency, p.Currency)
	if before.PriceE6 != p.PriceE6 {
		f.price("price_e6", before.PriceE6, p.PriceE6)
	}
	return f
}

// parts wants a kit to have some, and nothing else to.
func (f *Findings) parts(p *event.ProductPublished) {
	if (p.Kind == event.LineKindKit) != (len(p.Parts) > 0) || len(p.Parts) > maxParts {
		f.fatal("parts", Invalid, "A kit has 1 to %d parts, and nothing else has any; it has %d.", maxParts, len(p.Parts))
	}
	seen := map[string]bool{p.Sku: true}
	for _, part := range p.Parts {
		if seen[part.Sku] || part.Sku == "" || part.Qty < 1 {
			f.fatal("parts", Invalid, "Part %q stands there twice, or is the kit itself, or has no quantity.", part.Sku)
		}
		seen[part.Sku] = true
	}
}

// CheckPrice says what is wrong or odd in a row of a price list.
func CheckPrice(key string, before, p *event.PricePublished) (f Findings) {
	f.key(key, p.PriceList, p.Sku)
	f.money(p.Currency, true)
	for i := range p.Periods {
		period := &p.Periods[i]
		if period.ValidUntil != nil && !period.ValidFrom.Before(*period.ValidUntil) {
			f.fatal("periods", Invalid, "Period %d ends before it begins.", i+1)
		}
		if i > 0 && (p.Periods[i-1].ValidUntil == nil || period.ValidFrom.Before(*p.Periods[i-1].ValidUntil)) {
			f.fatal("periods", Invalid, "Period %d begins before the one before it ends.", i+1)
		}
		f.breaks(period.Breaks)
	}
	if before == nil {
		return f
	}
	f.moved(before.Currency, p.Currency)
	if b, a := firstBreak(before), firstBreak(p); b != nil && a != nil && b.UnitPriceE6 != a.UnitPriceE6 {
		f.price("periods", b.UnitPriceE6, a.UnitPriceE6)
	}
	return f
}

func (f *Findings) breaks(breaks []event.PriceBreak) {
	if len(breaks) == 0 {
		f.fatal("periods", Invalid, "A period has a price.")
	}
	rising := slices.IsSortedFunc(breaks, func(a, b event.PriceBreak) int {
		if a.MinQty < b.MinQty {
			return -1
		}
		return 1
	})
	if !rising || len(breaks) > 0 && breaks[0].MinQty < 1 {
		f.fatal("periods", Invalid, "The quantities of breaks begin at 1 or above and rise.")
	}
	for _, b := range breaks {
		f.notBelow("periods", b.UnitPriceE6, 0)
	}
}

// firstBreak is the price of the least quantity in the period that ends last.
func firstBreak(p *event.PricePublished) *event.PriceBreak {
	if len(p.Periods) == 0 || len(p.Periods[len(p.Periods)-1].Breaks) == 0 {
		return nil
	}
	return &p.Periods[len(p.Periods)-1].Breaks[0]
}

// CheckCustomer says what is wrong or odd in a customer.
func CheckCustomer(key string, before, c *event.CustomerPublished) (f Findings) {
	f.key(key, c.Customer)
	f.money(c.Currency, c.MinimumOrder != 0 || c.CreditLimit != nil)
	f.notBelow("minimum_order", c.MinimumOrder, 0)
	if days := c.MinShelfLifeDays; days < 0 || days > maxShelfDays {
		f.fatal("min_shelf_life_days", Invalid, "It is %d, 0 to %d are possible.", days, maxShelfDays)
	}
	if c.CreditLimit != nil {
		f.notBelow("credit_limit", *c.CreditLimit, 0)
	}
	if before != nil {
		f.moved(before.Currency, c.Currency)
	}
	return f
}

// CheckNode says what is wrong or odd in a node.
func CheckNode(key string, before, n *event.NodePublished) (f Findings) {
	f.key(key, n.Node)
	f.money(n.Currency, n.HandlingAmount != 0 || n.LineAmount != 0 || n.FeeAmount != 0 || n.CapacityAmount != 0 || n.CapacityUnitAmount != 0)
	f.notBelow("capacity", n.Capacity, 0)
	f.notBelow("capacity_units", n.CapacityUnits, 0)
	f.notBelow("buffer", n.Buffer, 0)
	for _, day := range n.Hours {
		if day.Weekday < 1 || day.Weekday > 7 || day.Opens < 0 || day.Opens >= day.Closes || day.Closes > 24*60 || day.Cutoff > day.Closes {
			f.fatal("hours", Invalid, "Of %+v: a weekday is 1 to 7, opens is before closes, and the cutoff not after it.", day)
		}
	}
	if before != nil {
		f.moved(before.Currency, n.Currency)
	}
	return f
}

// CheckLane says what is wrong or odd in a lane.
func CheckLane(key string, before, l *event.LanePublished) (f Findings) {
	f.key(key, l.Lane)
	f.money(l.Currency, true)
	f.notBelow("transit_days", int64(l.TransitDays), 0)
	if l.Node == "" || l.Service == "" || l.Country == "" {
		f.fatal("node", Invalid, "A lane has a node, a service and a country.")
	}
	if len(l.LatePpm) != 0 && len(l.LatePpm) != 7 {
		f.fatal("late_ppm", Invalid, "It has a value for each of seven weekdays, or none.")
	}
	for i, rate := range l.Rates {
		f.notBelow("rates", rate.Amount, 0)
		if i > 0 && rate.UpToG <= l.Rates[i-1].UpToG {
			f.fatal("rates", Invalid, "The weights of rates rise.")
		}
	}
	if before != nil {
		f.moved(before.Currency, l.Currency)
	}
	return f
}

// CheckCrossref says what is wrong or odd in a cross-reference.
func CheckCrossref(key string, _, c *event.CrossrefPublished) (f Findings) {
	f.key(key, c.Partner, string(c.Kind), c.TheirID)
	if c.OurID == "" || c.Kind == event.CrossrefKindUnknown {
		f.fatal("our_id", Invalid, "A cross-reference has a kind and our id.")
	}
	return f
}
