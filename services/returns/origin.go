package returns

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// trace says what a line came with: it searches, claims, and counts what was
// found by that.
func (b *Books) trace(out *Out, l *line, now time.Time) {
	if !l.goods() {
		l.judged, l.settled = true, true
		return
	}
	b.search(out, l)
	b.state(l)
	l.judged = !l.Searched || l.Answered
	for n := range l.Parts {
		b.claim(out, l, &l.Parts[n], now)
		b.count(l, &l.Parts[n])
	}
	matched := min(l.found-l.loose, l.want)
	l.found = min(l.found, l.want)
	l.loose = l.found - matched
	if l.free != nil && (len(l.barred) == 0 || !b.undecided()) {
		l.gives = append(l.gives, *l.free) // after the orders, whichever answered first
	}
	l.allowed = min(l.allowed, l.want)
	if l.judged {
		l.waits = l.want - l.found
		if l.here > 0 {
			l.waits += l.found - l.allowed
			if b.undecided() {
				l.waits -= l.barredUnits()
			}
		}
	}
}

// statement is the order that the buyer or a person names for a line.
func (l *line) statement() *Origin {
	switch {
	case l.word != nil && l.word.Action == event.ReturnResolutionMatch:
		return &Origin{OrderID: l.word.OrderID, LineID: l.word.LineID, ShipmentID: l.word.ShipmentID, Stated: true}
	case l.OrderID != nil:
		return &Origin{OrderID: *l.OrderID, LineID: l.LineID, ShipmentID: l.ShipmentID, Stated: true}
	}
	return nil
}

// same says whether two origins are one.
func same(p, q *Origin) bool {
	shipments := p.ShipmentID == nil && q.ShipmentID == nil || p.ShipmentID != nil && q.ShipmentID != nil && *p.ShipmentID == *q.ShipmentID
	return p.OrderID == q.OrderID && p.LineID == q.LineID && p.Stated == q.Stated && shipments
}

// origin finds an origin of a line, and begins it when there is none.
func (l *line) origin(like *Origin) *Origin {
	at := slices.IndexFunc(l.Parts, func(p Origin) bool { return same(&p, like) })
	if at < 0 {
		at, l.Parts = len(l.Parts), append(l.Parts, *like)
	}
	return &l.Parts[at]
}

// search has the customer's account look for a line that names no order. What was
// found before goods came back stays when an order is named then.
func (b *Books) search(out *Out, l *line) {
	qty := int64(0)
	buyer := b.Return.Customer
	if l.Asked && buyer != nil && buyer.PartyID != "" && buyer.PartyID != Nobody {
		qty = l.want
	}
	if qty > 0 && l.statement() != nil {
		if qty = 0; l.Fixed {
			qty = l.foundUnits()
		}
	}
	fixed := l.Fixed || qty > 0 && l.here > 0
	if qty == l.SearchedQty && fixed == l.Fixed {
		return
	}
	l.Searched, l.SearchedQty, l.Fixed, l.Answered = qty > 0, qty, fixed, false
	if qty == 0 {
		l.Fixed, l.Bought = false, false
		l.find(nil)
	}
	out.Wants = append(out.Wants, &Want{
		ReturnID: b.ID, ReturnLine: l.ReturnLine, Qty: qty, Currency: l.Currency, UnitPriceE6: l.UnitPriceE6, RequestedAt: *b.Return.RequestedAt, Fixed: l.Fixed,
	})
}

func (l *line) foundUnits() (sum int64) {
	for _, p := range l.Parts {
		if !p.Stated {
			sum += p.Qty
		}
	}
	return sum
}

// find takes what the account found, the newest first.
func (l *line) find(found []event.ReturnFound) {
	var parts []Origin
	for _, f := range found {
		p := *l.origin(&Origin{OrderID: f.OrderID, LineID: f.LineID})
		p.Qty, p.ShippedAt = f.Qty, &f.ShippedAt
		parts = append(parts, p)
	}
	for _, p := range l.Parts {
		if slices.ContainsFunc(parts, func(q Origin) bool { return same(&p, &q) }) {
			continue
		}
		if !p.Stated {
			p.Qty = 0
		}
		parts = append(parts, p)
	}
	l.Parts = parts
}

// state gives the order that is named whatever was not found otherwise. What was
// paid by an order that is named no more stays with it.
func (b *Books) state(l *line) {
	stated := l.statement()
	var now *Origin
	if stated != nil {
		now = l.origin(stated)
	}
	rest := l.want
	for n := range l.Parts {
		p := &l.Parts[n]
		if p.Stated && p != now {
			p.Qty = p.Asked
		}
		if p != now {
			rest -= p.Qty
		}
	}
	if now != nil {
		now.Qty = max(rest, now.Asked)
	}
	if l.credits() {
		l.credit()
	}
}

// claim tells an order how many of its units the return claims, when that
// changed. What was only found is not claimed before goods are back.
func (b *Books) claim(out *Out, l *line, p *Origin, now time.Time) {
	if loose(p) {
		p.Accepted, p.Answered = p.Qty, true // a person gives them
		return
	}
	if !p.Stated && l.Searched && !l.Answered {
		return
	}
	qty := p.Asked // what is paid stays claimed
	if p.Stated || l.Fixed {
		qty = max(p.Qty, p.Asked)
	}
	if qty == p.Claimed {
		return
	}
	p.Claimed, p.Answered = qty, false
	p.Revision++
	out.Claims = append(out.Claims, &event.OrderReturn{
		ClaimID: b.claimID(l.ReturnLine, p), OrderID: p.OrderID, ReturnID: b.ID, Revision: p.Revision, Reason: b.Return.Reason, RequestedAt: now,
		Lines: []event.ReturnClaim{{ReturnLine: l.ReturnLine, LineID: p.LineID, Sku: l.Sku, Qty: qty, ShipmentID: p.ShipmentID}},
	})
}

func (b *Books) claimID(line string, p *Origin) string {
	shipment := ""
	if p.ShipmentID != nil {
		shipment = *p.ShipmentID
	}
	return derive("claim", b.ID, line, p.OrderID, p.LineID, shipment)
}

// count adds what an origin explains.
func (b *Books) count(l *line, p *Origin) {
	units := l.units(p)
	l.found += units
	if loose(p) {
		l.loose += units
		l.allowed += units
		l.free = &given{p, units}
		return
	}
	if p.Stated || l.Fixed {
		l.judged = l.judged && (p.Answered || p.Claimed == 0)
	}
	if !b.inTime(l, p) {
		return
	}
	if !b.granted(l) {
		l.bar(p, units)
		return
	}
	l.allowed += units
	if p.Stated || l.Fixed {
		l.gives = append(l.gives, given{p, units})
	}
}

// inTime says whether units that came with an order may still come back.
func (b *Books) inTime(l *line, p *Origin) bool {
	if l.word != nil && l.word.Action == event.ReturnResolutionMatch {
		return true // a person decided so
	}
	return p.ShippedAt == nil || !b.asOf().After(p.ShippedAt.Add(b.Policy.Window))
}
