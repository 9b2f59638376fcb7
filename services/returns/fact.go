package returns

import (
	"fmt"
	"strconv"

	"github.com/millrace/millrace/schemas/event"
)

// Requested books the wish to give goods back; a repeat changes nothing.
func (b *Books) Requested(q *event.ReturnRequested) error {
	switch {
	case event.ReturnID(q.Channel, q.ExternalID) != b.ID || q.ReturnID != b.ID:
		return fmt.Errorf("return %s of channel %s has the id %s, not %s: use the id of channel and number", q.ExternalID, q.Channel, event.ReturnID(q.Channel, q.ExternalID), b.ID)
	case len(q.Lines) == 0 || len(q.Lines) > MaxLines:
		return fmt.Errorf("return %s has %d lines: a return has 1 to %d", b.ID, len(q.Lines), MaxLines)
	}
	for n, l := range q.Lines {
		if l.Qty < 1 || l.Sku == "" {
			return fmt.Errorf("line %d of return %s gives back %d units of %q: it needs an item and at least one unit", n+1, b.ID, l.Qty, l.Sku)
		}
	}
	r := b.Return
	if r.Known {
		return nil
	}
	r.Known, r.Channel, r.ExternalID, r.Currency, r.Reason = true, q.Channel, q.ExternalID, q.Currency, q.Reason
	r.Customer, r.RequestedAt = &q.Customer, &q.RequestedAt
	for n, l := range q.Lines {
		id := strconv.Itoa(n + 1)
		b.Entries.Put(id, &Entry{
			ReturnLine: id, Asked: true, Sku: l.Sku, Currency: q.Currency, Kind: l.Kind, Qty: l.Qty, UnitPriceE6: l.UnitPriceE6,
			OrderID: l.OrderID, LineID: l.LineID, ShipmentID: l.ShipmentID, ExchangeSku: l.ExchangeSku,
		})
	}
	return nil
}

// Received books a receipt, once, and returns the movements that it asks for:
// what arrives waits in quarantine.
func (b *Books) Received(f *event.ReturnReceived) ([]*event.InventoryMovement, error) {
	if b.Receipts.Get(f.ReceiptID) != nil {
		return nil, nil
	}
	row := &Receipt{ReceiptID: f.ReceiptID, Node: f.Node, ReceivedAt: f.ReceivedAt}
	var moves []*event.InventoryMovement
	for n, l := range f.Lines {
		if l.Qty < 1 || l.Sku == "" {
			return nil, fmt.Errorf("line %d of receipt %s has %d units of %q: it needs an item and at least one unit", n+1, f.ReceiptID, l.Qty, l.Sku)
		}
		row.Lines = append(row.Lines, event.ReturnReceivedUnits(l))
		moves = append(moves, &event.InventoryMovement{
			EntryID: derive("return receipt", b.ID, f.ReceiptID, strconv.Itoa(n)), Sku: l.Sku, Node: f.Node, Owner: event.OwnerSelf, Lot: l.Lot, Qty: l.Qty,
			From: event.StockConditionOutside, To: event.StockConditionQuarantine, Source: "returns", EffectiveAt: f.ReceivedAt, Document: f.Document, Reason: "RETURN",
		})
	}
	b.Receipts.Put(f.ReceiptID, row)
	b.Return.Final = b.Return.Final || f.Final
	if b.Return.Customer == nil && f.Customer != nil {
		b.Return.Customer = f.Customer
	}
	return moves, nil
}

// places says where units go that a node decided about. What is absent stays
// where it is: in quarantine, or with the buyer.
var places = map[event.Disposition]event.StockCondition{
	event.DispositionRestock:        event.StockConditionSellable,
	event.DispositionBGrade:         event.StockConditionDamaged,
	event.DispositionRefurbish:      event.StockConditionDamaged,
	event.DispositionReturnToVendor: event.StockConditionOutside,
	event.DispositionScrap:          event.StockConditionOutside,
	event.DispositionDonate:         event.StockConditionOutside,
}

// Dispositioned books what a node decided about units, once, and returns the
// movements that it asks for.
func (b *Books) Dispositioned(f *event.ReturnDispositioned) ([]*event.InventoryMovement, error) {
	if b.Verdicts.Get(f.DispositionID) != nil {
		return nil, nil
	}
	row := &Verdict{DispositionID: f.DispositionID, Node: f.Node, Currency: f.Currency, DispositionedAt: f.DispositionedAt}
	var moves []*event.InventoryMovement
	for n, l := range f.Lines {
		switch {
		case l.Qty < 1 || l.Sku == "" || l.Allowance < 0:
			return nil, fmt.Errorf("line %d of disposition %s has %d units of %q: it needs an item, at least one unit and no negative allowance", n+1, f.DispositionID, l.Qty, l.Sku)
		case l.Disposition == event.DispositionUnknown || l.Disposition == "":
			return nil, fmt.Errorf("line %d of disposition %s does not say what becomes of the units: a newer version wrote it, update this one", n+1, f.DispositionID)
		}
		row.Lines = append(row.Lines, event.ReturnJudgedUnits(l))
		if to, ok := places[l.Disposition]; ok {
			moves = append(moves, &event.InventoryMovement{
				EntryID: derive("return disposition", b.ID, f.DispositionID, strconv.Itoa(n)), Sku: l.Sku, Node: f.Node, Owner: event.OwnerSelf, Lot: l.Lot, Qty: l.Qty,
				From: event.StockConditionQuarantine, To: to, Source: "returns", EffectiveAt: f.DispositionedAt, Document: f.Document, Reason: string(l.Disposition),
			})
		}
	}
	b.Verdicts.Put(f.DispositionID, row)
	return moves, nil
}

// Resolved books a person's word, once.
func (b *Books) Resolved(w *event.ReturnResolve) error {
	row := &Word{
		RequestID: w.RequestID, Action: w.Action, ReturnLine: w.ReturnLine, ShipmentID: w.ShipmentID, AskedBy: w.AskedBy, RequestedAt: w.RequestedAt,
	}
	switch w.Action {
	case event.ReturnResolutionMatch:
		if w.ReturnLine == "" || w.OrderID == nil || w.LineID == nil {
			return fmt.Errorf("decision %s on return %s matches nothing: it needs a line of the return, an order and a line of that", w.RequestID, b.ID)
		}
		row.OrderID, row.LineID = *w.OrderID, *w.LineID
	case event.ReturnResolutionWithoutReference:
		if w.ReturnLine == "" || w.Qty < 1 || w.Amount < 1 || w.Qty > MaxUnits || w.Amount > MaxUnits {
			return fmt.Errorf("decision %s on return %s credits %d units of line %q for %d: it needs a line of the return, and units and an amount from 1 to %d", w.RequestID, b.ID, w.Qty, w.ReturnLine, w.Amount, MaxUnits)
		}
		row.Qty, row.Amount, row.Currency = w.Qty, w.Amount, w.Currency
	case event.ReturnResolutionRefuse, event.ReturnResolutionCancel, event.ReturnResolutionLost, event.ReturnResolutionAskAgain:
	default:
		return fmt.Errorf("decision %s on return %s says %q: say match, without_reference, refuse, cancel, lost or ask_again", w.RequestID, b.ID, w.Action)
	}
	if b.Words.Get(w.RequestID) == nil {
		b.Words.Put(w.RequestID, row)
	}
	return nil
}

// Found books what the customer's account found. An answer to an older question
// says nothing; a newer one follows.
func (b *Books) Found(w *Want) {
	e := b.Entries.Get(w.ReturnLine)
	if e == nil || w.Qty != e.SearchedQty || w.Fixed != e.Fixed {
		return
	}
	e.Answered, e.Bought = w.Qty > 0, w.Known
	(&line{Entry: e}).find(w.Found)
	b.Entries.Put(w.ReturnLine, e)
}

// OrderAnswered books what an order gave. It gives more as more leaves; an answer
// to an older claim says nothing.
func (b *Books) OrderAnswered(c *event.ReturnClaimed) {
	for _, x := range c.Lines {
		e := b.Entries.Get(x.ReturnLine)
		if e == nil {
			continue
		}
		for n := range e.Parts {
			p := &e.Parts[n]
			if b.claimID(e.ReturnLine, p) != c.ClaimID || p.Revision != c.Revision || p.Answered && x.Accepted < p.Accepted {
				continue
			}
			p.Accepted, p.Answered = x.Accepted, true
			if x.ShippedAt != nil {
				p.ShippedAt = x.ShippedAt
			}
			b.Entries.Put(e.ReturnLine, e)
		}
	}
}

// Credited books what settlement granted. Of two answers the one that decides
// about more units is the later.
func (b *Books) Credited(c *event.ReturnCredited) {
	a := b.Asks.Get(c.RequestID)
	if a == nil {
		return
	}
	if decided, had := c.Units+c.Refused, a.Units+a.Refused; decided < had || decided == had && c.Total < a.Total {
		return
	}
	a.Units, a.Refused, a.Total = c.Units, c.Refused, c.Total
	if a.Currency == "" {
		a.Currency = c.Currency
	}
	b.Asks.Put(c.RequestID, a)
}

// Overdue books that what has not come by now does not come.
func (b *Books) Overdue() { b.Return.Overdue = true }
