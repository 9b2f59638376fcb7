package stock

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
)

// Book enters a movement into the ledger. It is a fact: whatever it does to the
// position is booked, also below zero. An entry that came before counts once. The
// error is for one that says nothing that could be booked.
func (b *Book) Book(m *event.InventoryMovement) error {
	if err := b.check(m); err != nil {
		return fmt.Errorf("booking entry %q of %s: %w", m.EntryID, m.Source, err)
	}
	if b.rows.Booked(m.EntryID) {
		return nil
	}
	b.rows.PutEntry(m.EntryID, &event.StockEntry{
		Node: m.Node, Qty: m.Qty, From: m.From, To: m.To, Source: m.Source, SourceSeq: m.SourceSeq,
		Document: m.Document, ReservationID: m.ReservationID, EffectiveAt: m.EffectiveAt, RecordedAt: b.now,
	})
	n := b.keepNode(m.Node)
	n.OnHand += m.Qty * (present(m.To) - present(m.From))
	n.Unsellable += m.Qty * (unsellable(m.To) - unsellable(m.From))
	b.touch()
	if m.ReservationID != "" && m.To == event.StockConditionOutside {
		b.consume(m)
	}
	b.serveQueue()
	return nil
}

// check says what makes a movement meaningless.
func (b *Book) check(m *event.InventoryMovement) error {
	switch {
	case m.Sku != b.sku:
		return fmt.Errorf("it names item %q under the key of %q", m.Sku, b.sku)
	case m.EntryID == "" || m.Node == "":
		return fmt.Errorf("it needs an entry id and a node, got node %q", m.Node)
	case m.Qty < 1 || m.Qty > MaxQty:
		return fmt.Errorf("its quantity %d is not from 1 to %d", m.Qty, int64(MaxQty))
	case m.From == m.To:
		return fmt.Errorf("it moves units from %s to %s", m.From, m.To)
	case m.Owner != "" && m.Owner != OwnerSelf:
		return fmt.Errorf("owner %q: only units of our own are kept", m.Owner)
	}
	return nil
}

// OwnerSelf is the owner of units that are ours.
const OwnerSelf = "own"

// consume uses up the shipment's own reservation. One that is not known has
// nothing open, so all of it was shipped above what was promised.
func (b *Book) consume(m *event.InventoryMovement) {
	h := b.rows.Holding(m.OrderID)
	if h != nil {
		for i := range h.Reservations {
			if r := &h.Reservations[i]; r.ReservationID == m.ReservationID && r.Qty > 0 {
				b.move(r, Consume, m.Qty)
				h.TouchedAt = b.now
				b.rows.PutHolding(m.OrderID, h)
				return
			}
		}
	}
	b.record.OverShipped += m.Qty
}

func present(c event.StockCondition) int64 {
	if c == event.StockConditionOutside {
		return 0
	}
	return 1
}

func unsellable(c event.StockCondition) int64 {
	if c == event.StockConditionOutside || c == event.StockConditionSellable {
		return 0
	}
	return 1
}
