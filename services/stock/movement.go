package stock

import (
	"cmp"
	"fmt"

	"github.com/millrace/millrace/schemas/event"
)

// maxPlaces bounds the pairs of node and owner of an item.
const maxPlaces = 1000

// Book enters a movement into the ledger. It is a fact: whatever it does to the
// position is booked, also below zero. An entry that came before counts once. The
// error is for one that says nothing that could be booked. From another source, a
// known entry is that source's acknowledgement of it.
func (b *Book) Book(m *event.InventoryMovement) error {
	if err := b.check(m); err != nil {
		return fmt.Errorf("booking entry %q of %s: %w", m.EntryID, m.Source, err)
	}
	if b.rows.Settled(m.EntryID) {
		return nil // every account contains it
	}
	if e := b.rows.Entry(m.EntryID); e != nil {
		b.acknowledge(e, m)
		b.settle()
		return nil
	}
	if b.witnessed(m) {
		if err := b.witness(m); err != nil {
			return fmt.Errorf("booking entry %q of %s: %w", m.EntryID, m.Source, err)
		}
	} else {
		b.enter(m, m.Qty)
		b.buy(m)
		if m.SupplyID != "" && m.From == event.StockConditionOutside {
			b.arrive(m)
		}
		if m.ReservationID != "" && m.To == event.StockConditionOutside {
			b.consume(m.OrderID, m.ReservationID, m.Qty)
		}
	}
	b.settle()
	return nil
}

// enter writes a line of the ledger and moves units of it between conditions;
// the rest of it is absorbed.
func (b *Book) enter(m *event.InventoryMovement, units int64) {
	owner := cmp.Or(m.Owner, event.OwnerSelf)
	e := &event.StockEntry{
		Node: m.Node, Qty: m.Qty, From: m.From, To: m.To, Source: m.Source, SourceSeq: m.SourceSeq, Owner: owner, Lot: m.Lot,
		Absorbed: m.Qty - units, Document: m.Document, ReservationID: m.ReservationID, EffectiveAt: m.EffectiveAt, RecordedAt: b.now,
	}
	n := b.keepNode(m.Node, owner)
	for _, side := range []struct {
		condition event.StockCondition
		units     int64
	}{{m.From, -units}, {m.To, units}} {
		if side.condition == event.StockConditionOutside || side.units == 0 {
			continue
		}
		shift(n, side.condition, side.units)
		if m.Lot != "" {
			b.shiftLot(n, side.condition, m, side.units)
		}
		b.touch()
	}
	b.markEntry(e, m)
	b.ground(n, m.EntryID, e)
	b.revise(e, nil)
	b.rows.PutEntry(m.EntryID, e)
}

// shift changes what a node has in one condition.
func shift(n *event.StockNode, c event.StockCondition, units int64) {
	n.OnHand += units
	if c != event.StockConditionSellable {
		n.Unsellable += units
	}
	switch c {
	case event.StockConditionQuarantine:
		n.Quarantine += units
	case event.StockConditionDamaged:
		n.Damaged += units
	}
}

// check says what makes a movement meaningless.
func (b *Book) check(m *event.InventoryMovement) error {
	owner := cmp.Or(m.Owner, event.OwnerSelf)
	switch {
	case m.Sku != b.sku:
		return fmt.Errorf("it names item %q under the key of %q", m.Sku, b.sku)
	case m.EntryID == "" || m.Node == "":
		return fmt.Errorf("it needs an entry id and a node, got node %q", m.Node)
	case m.Qty < 1 || m.Qty > MaxQty:
		return fmt.Errorf("its quantity %d is not from 1 to %d", m.Qty, int64(MaxQty))
	case m.From == m.To:
		return fmt.Errorf("it moves units from %s to %s", m.From, m.To)
	case owner != b.rules.owner(m.Node) && m.ReservationID != "":
		return fmt.Errorf("it ships units of %q under reservation %s: reserved at %s are units of %q", owner, m.ReservationID, m.Node, b.rules.owner(m.Node))
	case len(b.record.Nodes) >= maxPlaces && b.find(m.Node, owner) == nil:
		return fmt.Errorf("the item stands at %d nodes and owners already, there is no room for %q of %q", maxPlaces, m.Node, owner)
	}
	return nil
}

// consume uses up the shipment's own reservation. One that is not known has
// nothing open, so all of it was shipped above what was promised.
func (b *Book) consume(orderID, reservationID string, units int64) {
	h := b.rows.Holding(orderID)
	if h != nil {
		for i := range h.Reservations {
			if r := &h.Reservations[i]; r.ReservationID == reservationID && r.Qty > 0 {
				held := r.State == event.ReservationStateHeld
				if b.move(r, Consume, units); held && r.State == event.ReservationStateClosed {
					r.ExpiresAt = nil // all of it left in time: it did not lapse
				}
				h.TouchedAt = b.now
				b.rows.PutHolding(orderID, h)
				return
			}
		}
	}
	b.record.OverShipped += units
}
