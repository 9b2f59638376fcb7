package stock

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

func TestConsignedGoodsThatLeaveAreBoughtOnceOfTheirOwner(t *testing.T) {
	i := newItem(t)
	i.move(event.InventoryMovement{EntryID: "r1", Node: "north", Owner: "vendor-1", Qty: 9, From: event.StockConditionOutside, To: event.StockConditionSellable})
	if b := i.last.Purchases(); len(b) != 0 {
		t.Fatalf("a receipt bought %+v", b)
	}
	left := event.InventoryMovement{
		EntryID: "g1", Node: "north", Owner: "vendor-1", Qty: 4, From: event.StockConditionSellable, To: event.StockConditionOutside,
		Document: "D1", OrderID: "o1", Reason: ReasonGoodsIssue,
	}
	i.move(left)
	b := i.last.Purchases()
	if len(b) != 1 || b[0].Owner != "vendor-1" || b[0].OrderID != "o1" || b[0].Document != "D1" || b[0].Kind != event.PurchaseKindConsignment || b[0].Lines[0].Qty != 4 {
		t.Fatalf("bought %+v", b)
	}
	first := b[0].PurchaseID
	i.move(left)
	if b := i.last.Purchases(); len(b) != 0 {
		t.Errorf("said again, it bought %+v", b)
	}
	left.EntryID = "g2"
	i.move(left)
	if b := i.last.Purchases(); len(b) != 1 || b[0].PurchaseID == first {
		t.Errorf("another goods issue bought %+v", b)
	}
	if p := i.last.Position(); len(p.Others) != 1 || p.Others[0].OnHand != 1 || p.TotalAvailable != 0 {
		t.Errorf("position %+v", p)
	}
}

func TestWhatAnOwnerTakesBackOrWeShipOfOurOwnIsNoPurchase(t *testing.T) {
	i := newSupplied(t, 0)
	i.feed(10, 1)
	i.receive("r1", "north", 5)
	i.move(event.InventoryMovement{EntryID: "r2", Node: "north", Owner: "vendor-1", Qty: 9, From: event.StockConditionOutside, To: event.StockConditionSellable})
	for _, m := range []event.InventoryMovement{
		{EntryID: "own", Node: "north", Qty: 1, Reason: ReasonGoodsIssue, Document: "D1"},
		{EntryID: "back", Node: "north", Owner: "vendor-1", Qty: 1, Reason: "RETURN_TO_OWNER"},
		{EntryID: "theirs", Node: "works", Owner: maker, Qty: 1, Reason: ReasonGoodsIssue, Document: "D2"},
	} {
		m.From, m.To = event.StockConditionSellable, event.StockConditionOutside
		i.move(m)
		if b := i.last.Purchases(); len(b) != 0 {
			t.Errorf("%s bought %+v", m.EntryID, b)
		}
	}
}
