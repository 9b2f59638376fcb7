package stock

import (
	"cmp"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// buy asks the owner of goods that stand with us to sell what of them left to a buyer.
// The purchase follows from the entry, so that a fact said twice buys once. What an
// owner takes back, and what is lost, is no purchase: only a goods issue is one.
func (b *Book) buy(m *event.InventoryMovement) {
	owner := cmp.Or(m.Owner, event.OwnerSelf)
	if owner == event.OwnerSelf || owner == b.rules.owner(m.Node) || m.From == event.StockConditionOutside || m.To != event.StockConditionOutside || m.Reason != ReasonGoodsIssue {
		return
	}
	b.bought = append(b.bought, event.PurchaseRequested{
		PurchaseID: PurchaseID(m.EntryID), OrderID: m.OrderID, Node: m.Node, Owner: owner, Kind: event.PurchaseKindConsignment,
		Lines: []event.PurchaseLine{{Sku: m.Sku, Qty: m.Qty}}, Document: m.Document, RequestedAt: b.now, Attempt: 1,
	})
}

// PurchaseID is the id of the purchase that a goods issue of somebody else's units makes.
func PurchaseID(entryID string) string {
	return uuid.NewSHA1(event.NS, []byte("purchase"+sep+entryID)).String()
}
