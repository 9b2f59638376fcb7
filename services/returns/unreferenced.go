package returns

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
)

// Goods of which no order is known are credited on a person's word alone: it says how
// many units of a line, and what all of them are worth. Such units are an origin of the
// line that names no order and gives by itself what no order does; it is paid, as all
// is, when goods are here and a node found them worth it, and after the orders. What was
// paid so stays so: an order that is found or named for the line later pays for the rest.

// MaxUnits bounds the units of such a word, and the money: their product is counted in.
const MaxUnits = 1_000_000_000

// loose says whether units of an origin came with no order that is known.
func loose(p *Origin) bool { return p.OrderID == "" }

// credits says whether a person credits units of the line without an order.
func (l *line) credits() bool {
	return l.word != nil && l.word.Action == event.ReturnResolutionWithoutReference
}

// credit gives, of the units that a person credits, those that no order does. While an
// order has not answered that is not final, and nothing is paid.
func (l *line) credit() {
	own := l.origin(&Origin{Stated: true})
	rest := min(l.want, l.word.Qty)
	explained := int64(0)
	for n := range l.Parts {
		if p := &l.Parts[n]; !loose(p) {
			explained += l.units(p)
		}
	}
	own.Qty = max(min(rest, l.want-explained), own.Asked)
}

// units is how many units of the line an origin explains. An order that is claimed from
// decides.
func (l *line) units(p *Origin) int64 {
	if !loose(p) && (p.Stated || l.Fixed) {
		return min(p.Accepted, p.Qty)
	}
	return p.Qty
}

// paidLoose is what was asked of settlement for units without an order, by line.
func (b *Books) paidLoose() map[string]int64 {
	paid := make(map[string]int64)
	for _, key := range b.Asks.Keys() {
		if a := b.Asks.Get(key); a.OrderID == "" {
			paid[a.ReturnLine] += a.Allowance
		}
	}
	return paid
}

// excess names the words that credit without an order and that the policy does not
// allow: in another currency, or more together than the channel gives a return. The
// oldest comes first, and what is paid counts whatever was said before.
func (b *Books) excess() map[string]bool {
	paid, granted, over := b.paidLoose(), b.paidLoose(), make(map[string]bool)
	for _, w := range b.words() {
		if w.Action != event.ReturnResolutionWithoutReference {
			continue
		}
		most := b.Policy.Unreferenced[b.Return.Channel][b.Return.Currency]
		for line, amount := range granted {
			if line != w.ReturnLine {
				most -= amount
			}
		}
		if amount := max(w.Amount, paid[w.ReturnLine]); w.Currency == b.Return.Currency && amount <= most {
			granted[w.ReturnLine] = amount
		} else {
			over[w.RequestID] = true
		}
	}
	return over
}

// Unexplained is how many units of a line no order gives, as far as is known.
func (b *Books) Unexplained(id string) int64 {
	e := b.Entries.Get(id)
	if e == nil {
		return 0
	}
	l := line{Entry: e}
	rest := e.Qty
	for n := range e.Parts {
		if p := &e.Parts[n]; !loose(p) {
			rest -= l.units(p)
		}
	}
	return max(0, rest)
}

// MayCredit says why a word that credits units without an order would change nothing,
// nil when it holds. Limit is what the channel gives a return in all, minor units.
func (b *Books) MayCredit(w *event.ReturnResolve) (limit int64, err error) {
	limit = b.Policy.Unreferenced[b.Return.Channel][b.Return.Currency]
	if err := b.Resolved(w); err != nil {
		return limit, err
	}
	e := b.Entries.Get(w.ReturnLine)
	switch {
	case e == nil:
		return limit, fmt.Errorf("return %s has no line %s", b.ID, w.ReturnLine)
	case e.Kind != event.LineKindGoods && e.Kind != event.LineKindKit:
		return limit, fmt.Errorf("line %s of return %s gives no goods back", w.ReturnLine, b.ID)
	case limit == 0:
		return limit, fmt.Errorf("channel %s credits nothing in %q without an order: its partner file says so by sells.unreferenced_credit", b.Return.Channel, b.Return.Currency)
	case b.excess()[w.RequestID]:
		return limit, fmt.Errorf("channel %s credits a return less than that without an order", b.Return.Channel)
	}
	return limit, nil
}

// worthLoose is what further units of a line are credited without an order: their
// share of the amount that a person says, and never more than is left of it.
func (b *Books) worthLoose(l *line, g *given, qty int64) int64 {
	part := share(l.word.Amount, g.Asked+qty, l.word.Qty) - share(l.word.Amount, g.Asked, l.word.Qty)
	return min(part, max(0, l.word.Amount-b.paidLoose()[l.ReturnLine]))
}

// requestLoose turns a request into one that names no order.
func (b *Books) requestLoose(r *event.SettlementRequest, a *Ask) {
	r.Action, r.Customer = event.SettlementActionCredit, b.Return.Customer
	r.Lines[0].LineID, r.Lines[0].Sku, r.Lines[0].Allowance = a.ReturnLine, b.Entries.Get(a.ReturnLine).Sku, &a.Allowance
}
