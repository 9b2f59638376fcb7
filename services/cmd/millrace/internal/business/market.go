package business

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams/streamstest"
)

// buyers of each kind: those on account have a limit, those who prepay none, and
// of strangers nothing is known.
const buyers = 30

// limitOf is the credit limit of a buyer on account, minor units.
func (w *week) limitOf(n int) int64 { return int64(2000+500*n) * 100 * int64(1+w.plan.Orders/2000) }

// prepare publishes master data and fills the nodes.
func (w *week) prepare() {
	for n, p := range places {
		row := &event.NodePublished{Node: p.name, Name: p.name, Rank: n + 1, Active: true, TimeZone: "UTC", Currency: "EUR", HandlingAmount: handling(n), Version: 1, PublishedAt: w.Now()}
		row.Kind = event.NodeKind(p.kind)
		if p.kind != own {
			row.Partner = p.name
		}
		if p.capacity > 0 {
			row.Capacity = max(5, int64(w.plan.Orders)*p.capacity/100)
		}
		for day := 1; p.week && day <= 5; day++ {
			row.Hours = append(row.Hours, event.WorkingDay{Weekday: day, Opens: 0, Closes: 24 * 60, Cutoff: 24 * 60})
		}
		streamstest.Send(w.Driver, onNode, p.name, row)
	}
	for n := range w.plan.Items {
		streamstest.Send(w.Driver, onProduct, sku(n), &event.ProductPublished{
			Sku: sku(n), Name: sku(n), Uom: "EA", UnitsPerCase: int64(1 + n%12), Kind: event.LineKindGoods, Active: true, Version: 1, PublishedAt: w.Now(),
		})
	}
	for n := range buyers {
		limit := w.limitOf(n)
		w.customer(fmt.Sprint("account-", n), event.PaymentTermsAccount, &limit)
		w.customer(fmt.Sprint("prepaid-", n), event.PaymentTermsPrepaid, nil)
	}
	w.Run()
	w.restock(0.4)
	for n := range w.plan.Items / 10 {
		w.consign(sku(n*10), "south", int64(20+n))
	}
	w.next.truth = w.Now().Add(truthEvery)
	w.until(w.Now().Add(time.Hour))
	w.start = w.Now()
}

// handling is what the nth place takes for an order: each more than the one before,
// and a supplier hardly more than the first.
func handling(n int) int64 {
	if places[n].kind == maker {
		return 45
	}
	return int64(40 + 10*n)
}

func (w *week) customer(id string, terms event.PaymentTerms, limit *int64) {
	streamstest.Send(w.Driver, onCustomer, id, &event.CustomerPublished{
		Customer: id, PartyID: id, Country: "DE", Currency: "EUR", Terms: terms, CreditLimit: limit, Active: true, Version: 1, PublishedAt: w.Now(),
	})
}

// popular draws an item: the first ones are wanted most.
func (w *week) popular() int {
	return int(float64(w.plan.Items) * math.Pow(w.rng.Float64(), 1.6))
}

// restock announces goods where less than half of a share of all that is wanted is
// left, in two deliveries. Their sizes are odd, so that one is told from another.
func (w *week) restock(share float64) {
	need := share*4.5*float64(w.plan.Orders)/float64(w.plan.Items)/float64(len(places)) + 12
	for n := range w.plan.Items {
		for _, p := range places {
			d := w.depots[p.name]
			have := float64(d.onHand[sku(n)])
			switch {
			case p.kind == maker && made(n):
				d.change(sku(n), max(0, int64(2*need-have)))
				continue
			case p.kind == maker, made(n) && p.name != beside:
				continue
			}
			if want := need * (0.6 + w.rng.Float64()); have < want/2 {
				w.deliver(sku(n), p.name, int64(want-have)/2+150+w.rng.Int64N(100))
				w.deliver(sku(n), p.name, int64(want-have)/2+100+w.rng.Int64N(100))
			}
		}
	}
}

// made says whether an item is one that a supplier makes. One node of ours has it too,
// for what the supplier refuses.
func made(n int) bool { return n%10 == 7 }

// beside is the node that has what a supplier makes.
const beside = "south"

// rival is somebody else who buys from a supplier: some of each item, now and then
// nearly all, after we were told that it has them.
func (w *week) rival(d *depot) {
	for n := range w.plan.Items {
		if !made(n) {
			continue
		}
		share := w.dice.Float64() / 2
		if w.dice.IntN(4) == 0 {
			share = 0.98
		}
		d.change(sku(n), -int64(share*float64(d.free(sku(n)))))
	}
}

// deliver announces goods to a node.
func (w *week) deliver(item, node string, qty int64) {
	id := fmt.Sprintf("ASN-%016x", w.rng.Uint64())
	streamstest.Send(w.Driver, onSupply, item, &event.InventorySupply{
		SupplyID: id, Sku: item, Node: node, Qty: qty, Uom: "EA", Due: w.Now(), Document: id, Kind: event.SupplyKindAsn, Source: "purchasing",
	})
}

// open lets the market begin: orders over the whole span, most of them by day, a
// third in bursts around full hours, when nodes count.
func (w *week) open() {
	for n := range w.plan.Orders {
		at := time.Duration(w.rng.Int64N(int64(w.plan.Span)))
		if hour := at.Truncate(time.Hour); w.chance(0.33) {
			at = hour + time.Duration(w.rng.Int64N(int64(2*time.Minute)))
		}
		w.diary.at(w.start.Add(at), func() { w.buy(n) })
	}
	for at := time.Hour; at <= w.plan.Span; at += time.Hour {
		for _, p := range places {
			if p.kind == maker {
				continue // it is asked
			}
			w.diary.at(w.start.Add(at+time.Duration(w.rng.Int64N(int64(time.Minute)))), func() { w.take(p.name) })
		}
	}
	for at := 6 * time.Hour; at <= w.plan.Span; at += 6 * time.Hour {
		w.diary.at(w.start.Add(at), func() { w.restock(9 / w.plan.Span.Hours()) })
		w.diary.at(w.start.Add(at-time.Duration(w.rng.Int64N(int64(6*time.Hour)))), func() { w.rival(w.depots["works"]) })
	}
	for _, at := range []time.Duration{5 * time.Hour, w.plan.Span / 2} {
		w.diary.at(w.start.Add(at), func() { w.double("north") })
	}
	w.outages()
}

// double has a node ship something twice, as soon as it can.
func (w *week) double(node string) {
	d := w.depots[node]
	d.work()
	if !d.repeatable() {
		w.in(time.Minute, 5*time.Minute, func() { w.double(node) })
		return
	}
	w.met["double shipments"]++
	w.auditor.doubled[d.last.order] = true
	d.shipAgain()
}

// outages are partners that are away for hours.
func (w *week) outages() {
	w.outage("erp", 7*time.Hour, 5*time.Hour)
	w.outage("harbor", 9*time.Hour, 3*time.Hour)
	if w.plan.Span > 48*time.Hour {
		w.outage("south", 26*time.Hour, 24*time.Hour)
		w.outage("works", 60*time.Hour, 6*time.Hour)
	}
}

func (w *week) outage(name string, after, span time.Duration) {
	if after > w.plan.Span {
		return
	}
	w.diary.at(w.start.Add(after), func() { w.street.away[name] = true })
	w.diary.at(w.start.Add(after+span), func() { w.arrive(name) })
}

// arrive has a partner that was away be there again.
func (w *week) arrive(name string) {
	delete(w.street.away, name)
	w.back[name] = w.Now()
}

// buy places an order, now and then twice, or with a cancel soon after it.
func (w *week) buy(n int) {
	v := w.wish(n)
	w.submit(v)
	id := v.submit.OrderID
	if w.chance(0.03) {
		w.in(0, time.Hour, func() { w.submit(v) })
	}
	if w.chance(0.04) {
		w.in(0, 4*time.Hour, func() { w.cancel(id) })
	}
	switch {
	case w.chance(0.03):
		w.in(0, 4*time.Hour, func() { w.reduce(v) })
	case w.chance(0.02):
		w.in(time.Second, 4*time.Hour, func() { w.amend(v) })
	case w.chance(0.02): // most nodes are not asked yet
		w.in(0, 30*time.Second, func() { w.amend(v) })
	}
}

// reduce is a buyer who wants fewer units of a line, and may ask twice.
func (w *week) reduce(v *wish) {
	l := v.submit.Lines[w.dice.IntN(len(v.submit.Lines))]
	c := &event.OrderCancel{
		OrderID: v.submit.OrderID, Reason: "CUSTOMER", RequestedBy: "test", RequestedAt: w.Now(), RequestID: "fewer " + v.submit.OrderID,
		Lines: []event.CancelLine{{LineID: l.LineID, Qty: 1 + w.dice.Int64N(l.Qty)}},
	}
	w.met["orders reduced"]++
	w.auditor.docket(v.submit.OrderID).changed = true
	v.cancelled = v.cancelled || len(v.submit.Lines) == 1 && c.Lines[0].Qty == l.Qty
	ask := func() { streamstest.Send(w.Driver, onCancel, c.OrderID, c) }
	ask()
	if w.dice.IntN(5) == 0 {
		w.in(0, time.Hour, ask)
	}
}

// amend is a buyer who changes an order to fewer units of each line, or to more of some.
func (w *week) amend(v *wish) {
	m := &event.OrderAmend{OrderID: v.submit.OrderID, Revision: 1, Reason: "CUSTOMER", RequestedAt: w.Now(), Currency: v.submit.Currency, Lines: slices.Clone(v.submit.Lines)}
	more := 2 * w.dice.Int64N(2)
	for n := range m.Lines {
		l := &m.Lines[n]
		price := l.Amount / l.Qty
		l.Qty = 1 + w.dice.Int64N(l.Qty+more)
		l.Amount = price * l.Qty
	}
	w.met["amendments"]++
	w.auditor.docket(m.OrderID).changed = true
	streamstest.Send(w.Driver, onAmend, m.OrderID, m)
}

// consign puts goods of somebody else beside ours at a node.
func (w *week) consign(item, node string, qty int64) {
	m := &event.InventoryMovement{
		EntryID: fmt.Sprintf("consigned %s %s", item, node), Sku: item, Node: node, Owner: consignor, Qty: qty, From: event.StockConditionOutside, To: event.StockConditionSellable,
		Source: "purchasing", EffectiveAt: w.Now(), Document: "CONSIGNMENT", Reason: "RECEIPT",
	}
	streamstest.Send(w.Driver, onMovement, item, m)
	w.count.theirs[spot{item, node}] = qty
}

// consignor owns goods that stand at nodes of ours.
const consignor = "vendor-1"

// claim has a buyer ask money back for units that came damaged, now and then twice.
func (w *week) claim(v *event.ShipmentConfirmed) {
	if len(v.Lines) == 0 || w.auditor.doubled[v.OrderID] || w.dice.IntN(25) != 0 {
		return
	}
	l := v.Lines[w.dice.IntN(len(v.Lines))]
	request := &event.SettlementRequest{
		RequestID: "damaged " + v.ShipmentID, OrderID: v.OrderID, Action: event.SettlementActionRefund, Cause: "DAMAGED", Currency: "EUR", AskedBy: "ann",
		Lines: []event.SettlementLine{{LineID: l.LineID, Qty: 1 + w.dice.Int64N(l.Qty)}},
	}
	ask := func() {
		w.met["claims"]++
		request.RequestedAt = w.Now()
		streamstest.Send(w.Driver, onClaim, request.OrderID, request)
	}
	w.in(time.Minute, 20*time.Hour, ask)
	if w.dice.IntN(5) == 0 {
		w.in(time.Minute, 20*time.Hour, ask)
	}
}

// wish makes an order.
func (w *week) wish(n int) *wish {
	s := &event.OrderSubmit{
		Channel: "shop", ExternalID: fmt.Sprint("W", n), Currency: "EUR", Source: "api", ShipComplete: w.chance(0.3),
		Shortage: event.ShortagePolicyBackorder, OrderedAt: w.Now(),
	}
	kind := w.rng.IntN(3)
	s.Customer = event.PartyRef{PartyID: fmt.Sprint([]string{"account-", "prepaid-", "stranger-"}[kind], w.rng.IntN(buyers)), Country: "DE"}
	s.ShipTo = s.Customer
	if w.chance(0.3) {
		s.Shortage = event.ShortagePolicyCancel
	}
	s.OrderID = event.OrderID(s.Channel, s.ExternalID)
	s.SubmissionID, s.BodyHash = "submission "+s.OrderID, "body "+s.OrderID
	for line := range 1 + w.rng.IntN(3) {
		qty := 1 + min(w.rng.Int64N(5), w.rng.Int64N(5))
		price := 100 + w.rng.Int64N(2000)
		s.Lines = append(s.Lines, event.OrderLine{
			LineID: fmt.Sprint(line + 1), Sku: sku(w.popular()), Kind: event.LineKindGoods, Qty: qty, Uom: "EA", UnitPriceE6: price * 10_000, Amount: price * qty,
		})
		s.Total += price * qty
	}
	if w.chance(0.5) {
		s.Shipping = w.rng.Int64N(900)
		s.Total += s.Shipping
	}
	v := &wish{submit: s}
	w.asked[s.OrderID] = v
	w.chain.order = append(w.chain.order, s.OrderID)
	return v
}
