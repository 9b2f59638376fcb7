package returns

import (
	"fmt"
	"strconv"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// ask asks settlement for what a line is worth: each unit once, and never for
// more than orders gave. Units that the buyer keeps bear what was agreed.
func (b *Books) ask(out *Out, l *line, now time.Time) {
	if !l.goods() {
		return
	}
	asked, given := int64(0), int64(0)
	done := make(map[string]int64)
	for _, key := range b.Asks.Keys() {
		if a := b.Asks.Get(key); a.ReturnLine == l.ReturnLine {
			asked += a.Qty
			done[a.Verdict] += a.Qty
		}
	}
	for _, g := range l.gives {
		given += g.units
	}
	use := event.ReturnUseMoney
	if l.ExchangeSku != nil {
		use = event.ReturnUseExchange
	}
	if l.judged { // which order pays does not depend on which answered first
		asked += b.take(out, l, min(l.worth, given)-done[""], now, Ask{Use: use})
		asked += b.askKept(out, l, given-asked, done, now)
	}
	unruled := b.undecided() && len(l.barred) > 0
	l.settled = l.final && !unruled && asked >= min(l.worth+l.kept, given) && b.answered(l.ReturnLine)
}

// askKept asks for what the buyer gets for keeping units, decision by decision.
func (b *Books) askKept(out *Out, l *line, free int64, done map[string]int64, now time.Time) (taken int64) {
	for _, u := range l.keeps {
		qty := min(u.qty-done[u.id], free-taken)
		if qty <= 0 {
			continue
		}
		all := u.verdict
		part := share(all.Allowance, done[u.id]+qty, all.Qty) - share(all.Allowance, done[u.id], all.Qty)
		taken += b.take(out, l, qty, now, Ask{Use: event.ReturnUseAllowance, Verdict: u.id, Allowance: part})
	}
	return taken
}

// take asks for units, from one origin after another. Of an allowance each bears
// its share. Units without an order are money alone: nothing is sent for them.
func (b *Books) take(out *Out, l *line, due int64, now time.Time, like Ask) (taken int64) {
	for _, g := range l.gives {
		qty := min(due-taken, g.units-g.Asked)
		if qty <= 0 {
			continue
		}
		a := like
		a.Allowance = share(like.Allowance, taken+qty, due) - share(like.Allowance, taken, due)
		switch {
		case !loose(g.Origin):
		case a.Use == event.ReturnUseAllowance:
			a.Allowance = min(a.Allowance, b.worthLoose(l, &g, qty))
		default:
			a.Use, a.Allowance = event.ReturnUseMoney, b.worthLoose(l, &g, qty)
		}
		taken += qty
		g.Asked += qty
		b.Return.Asks++
		a.RequestID, a.ReturnLine, a.Currency = derive("return", b.ID, strconv.FormatInt(b.Return.Asks, 10)), l.ReturnLine, b.Return.Currency
		a.OrderID, a.LineID, a.ShipmentID, a.Qty = g.OrderID, g.LineID, g.ShipmentID, qty
		b.Asks.Put(a.RequestID, &a)
		out.Requests = append(out.Requests, b.request(&a, now))
	}
	return taken
}

func (b *Books) request(a *Ask, now time.Time) *event.SettlementRequest {
	l := event.SettlementLine{LineID: a.LineID, Qty: a.Qty, ShipmentID: a.ShipmentID}
	if a.Use != event.ReturnUseMoney {
		l.Allowance = &a.Allowance // of an exchange: none, other goods are sent
	}
	r := &event.SettlementRequest{
		RequestID: a.RequestID, OrderID: a.OrderID, Action: event.SettlementActionRefund, Cause: "RETURN", Currency: a.Currency,
		Lines: []event.SettlementLine{l}, ReturnID: b.ID, AskedBy: "return", RequestedAt: now,
	}
	if a.OrderID == "" {
		b.requestLoose(r, a)
	}
	return r
}

// answered says whether settlement has decided about every unit of a line.
func (b *Books) answered(id string) bool {
	for _, key := range b.Asks.Keys() {
		if a := b.Asks.Get(key); a.ReturnLine == id && a.Units+a.Refused < a.Qty {
			return false
		}
	}
	return true
}

// replace orders other goods for the units that settlement granted.
func (b *Books) replace(out *Out, l *line, now time.Time) {
	granted := int64(0)
	for _, key := range b.Asks.Keys() {
		if a := b.Asks.Get(key); a.ReturnLine == l.ReturnLine && a.Use == event.ReturnUseExchange {
			granted += a.Units
		}
	}
	qty := granted - l.Replaced
	if qty <= 0 {
		return
	}
	l.Replaced = granted
	l.Replacements++
	r := b.Return
	number := fmt.Sprintf("%s/exchange/%s/%d", r.ExternalID, l.ReturnLine, l.Replacements)
	id := event.OrderID(r.Channel, number)
	out.Orders = append(out.Orders, &event.OrderSubmit{
		SubmissionID: derive("exchange", id), OrderID: id, Channel: r.Channel, ExternalID: number, Customer: *r.Customer, ShipTo: *r.Customer,
		Currency: r.Currency, OrderedAt: now, Shortage: event.ShortagePolicyBackorder, Source: "returns", BodyHash: derive("exchange body", id, *l.ExchangeSku, strconv.FormatInt(qty, 10)),
		Lines: []event.OrderLine{{LineID: "1", Sku: *l.ExchangeSku, Kind: event.LineKindGoods, Qty: qty, Uom: "EA", Description: "in exchange for " + l.Sku}},
	})
}

// share is the part of an amount that the first units of all bear, rounded down:
// the shares of any parts add up to the amount.
func share(amount, units, all int64) int64 {
	if all == 0 {
		return 0
	}
	return amount * units / all
}
