package returnsstream

import (
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/streams"
)

// sale books what was sold, what left, and what returns claim of an order.
func (r *Room) sale(ctx streams.Ctx, s *returns.Sale, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.OrderAccepted]:
		if s.Known {
			return nil
		}
		s.Known, s.CustomerID, s.OrderedAt = true, in.Value.Customer.PartyID, &in.Value.OrderedAt
		r.price(ctx, s, in.Value.Lines, in.Value.Currency)
	case streams.Record[event.OrderAmended]:
		r.price(ctx, s, in.Value.Lines, in.Value.Currency)
	case streams.Record[event.ShipmentConfirmed]:
		r.left(ctx, s, &in.Value)
	case streams.Record[event.OrderReturn]:
		r.claim(ctx, s, &in.Value)
	}
	return nil
}

// line reads a line, or begins one that a fact speaks of first.
func (r *Room) line(ctx streams.Ctx, id string) *returns.SaleLine {
	if l := r.sold.Get(ctx, id); l != nil {
		return l
	}
	return &returns.SaleLine{LineID: id}
}

// price books the items and prices of an order.
func (r *Room) price(ctx streams.Ctx, s *returns.Sale, lines []event.OrderLine, currency string) {
	for _, x := range lines {
		if x.Kind != event.LineKindGoods && x.Kind != event.LineKindKit {
			continue
		}
		l := r.line(ctx, x.LineID)
		l.Sku, l.Currency, l.UnitPriceE6, l.Priced = x.Sku, currency, x.UnitPriceE6, true
		r.deal(ctx, s, l)
	}
}

// left books a shipment. Units of one line from several lots are one quantity.
func (r *Room) left(ctx streams.Ctx, s *returns.Sale, x *event.ShipmentConfirmed) {
	units := make(map[string]int64)
	for _, l := range x.Lines {
		units[l.LineID] += l.Qty
	}
	for _, l := range x.Lines {
		qty := units[l.LineID]
		delete(units, l.LineID)
		row := r.line(ctx, l.LineID)
		if qty == 0 || !returns.Left(row, x.ShipmentID, qty, x.ShippedAt) {
			continue
		}
		if row.Sku == "" {
			row.Sku = l.Sku
		}
		s.Shipped += qty
		r.deal(ctx, s, row)
	}
}

// claim answers a return, also when it asks again.
func (r *Room) claim(ctx streams.Ctx, s *returns.Sale, c *event.OrderReturn) {
	for n := range c.Lines {
		x := &c.Lines[n]
		l := r.line(ctx, x.LineID)
		k := returns.Claimed(l, c, x)
		told := false
		for _, changed := range r.deal(ctx, s, l) {
			told = told || changed == k
		}
		if !told {
			r.out.claimed.Send(ctx, k.ReturnID, returns.Answer(ctx.Key(), l, k, ctx.Now()))
		}
	}
}

// deal keeps a line after it changed, and tells the claims whose part changed and
// the customer's account. It returns those claims.
func (r *Room) deal(ctx streams.Ctx, s *returns.Sale, l *returns.SaleLine) []*returns.Claim {
	changed := returns.Deal(l)
	for _, k := range changed {
		r.out.claimed.Send(ctx, k.ReturnID, returns.Answer(ctx.Key(), l, k, ctx.Now()))
	}
	r.sold.Put(ctx, l.LineID, l)
	if b := returns.BoughtOf(ctx.Key(), s, l); b != nil {
		s.Told++
		r.out.bought.Send(ctx, returns.AccountID(s.CustomerID, l.Sku), b)
	}
	return changed
}
