package stock

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
)

// maxSupplies bounds the announced supplies of an item that are still to come.
const maxSupplies = 1000

// Supply takes what a source says is still to come. A later word about the same
// supply replaces the one before; none to come ends it. The error is for one that
// says nothing that could be counted on.
func (b *Book) Supply(s *event.InventorySupply) error {
	old := b.rows.Supply(s.SupplyID)
	if err := b.checkSupply(s, old); err != nil {
		return fmt.Errorf("taking supply %q of %s: %w", s.SupplyID, s.Source, err)
	}
	if old != nil && old.Early == 0 && old.Stated == s.Qty && old.Node == s.Node && old.Due.Equal(s.Due) {
		return nil // said again
	}
	row := event.StockSupply{SupplyID: s.SupplyID, Node: s.Node, Qty: s.Qty, Stated: s.Qty, Due: s.Due, Kind: s.Kind, Source: s.Source}
	if old != nil {
		row.Qty = max(0, row.Qty-old.Early)
	}
	b.putSupply(old, &row)
	b.settle()
	return nil
}

// checkSupply says what makes an announcement meaningless.
func (b *Book) checkSupply(s *event.InventorySupply, old *event.StockSupply) error {
	switch {
	case s.Sku != b.sku:
		return fmt.Errorf("it names item %q under the key of %q", s.Sku, b.sku)
	case s.SupplyID == "" || s.Node == "":
		return fmt.Errorf("it needs an id and a node, got node %q", s.Node)
	case s.Qty < 0 || s.Qty > MaxQty:
		return fmt.Errorf("its quantity %d is not from 0 to %d", s.Qty, int64(MaxQty))
	case old == nil && s.Qty > 0 && b.record.Supplies >= maxSupplies:
		return fmt.Errorf("the item has %d supplies to come, there is no room for another", maxSupplies)
	case len(b.record.Nodes) >= maxPlaces && b.find(s.Node, b.rules.owner(s.Node)) == nil:
		return fmt.Errorf("the item stands at %d nodes and owners already, there is no room for %q", maxPlaces, s.Node)
	}
	return nil
}

// putSupply keeps a supply in the place of the one before, if any, and the sums.
func (b *Book) putSupply(old, s *event.StockSupply) {
	if old != nil && old.Qty > 0 {
		b.keepNode(old.Node, b.rules.owner(old.Node)).Incoming -= old.Qty
		b.record.Supplies--
		b.touch()
	}
	if s.Qty > 0 {
		b.keepNode(s.Node, b.rules.owner(s.Node)).Incoming += s.Qty
		b.record.Supplies++
		b.touch()
	}
	s.TouchedAt = b.now
	b.rows.PutSupply(s.SupplyID, s)
	b.stirred = true
}

// arrive takes received units off the supply that announced them. The receipt may
// be here before the announcement, which stands in another topic.
func (b *Book) arrive(m *event.InventoryMovement) {
	old := b.rows.Supply(m.SupplyID)
	s := event.StockSupply{SupplyID: m.SupplyID, Node: m.Node, Due: m.EffectiveAt, Source: m.Source, Kind: event.SupplyKindPurchaseOrder}
	if old == nil {
		s.Early = m.Qty
	} else if s = *old; s.Early > 0 {
		s.Early += m.Qty
	} else {
		s.Qty -= min(s.Qty, m.Qty)
	}
	b.putSupply(old, &s)
}
