package stock

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

const (
	// lotReminder is the prefix of the names of reminders about lots that grow old.
	lotReminder = "lot" + sep
	// lotLook is how often a lot is looked at that will grow old, so that another
	// minimum life of the product counts within that time.
	lotLook = 24 * time.Hour
)

var conditions = []event.StockCondition{
	event.StockConditionSellable, event.StockConditionQuarantine, event.StockConditionDamaged, event.StockConditionSuspect,
}

func lotKey(node, owner string, c event.StockCondition, lot string) string {
	return node + sep + owner + sep + string(c) + sep + lot
}

// shiftLot changes what a node has of a lot in one condition.
func (b *Book) shiftLot(n *event.StockNode, c event.StockCondition, m *event.InventoryMovement, units int64) {
	key := lotKey(n.Node, n.Owner, c, m.Lot)
	l := b.rows.Lot(key)
	if l == nil {
		l = &event.StockLot{Node: n.Node, Owner: n.Owner, Condition: c, Lot: m.Lot, ExpiresAt: b.lotExpiry(n, m.Lot)}
	}
	if m.LotExpiresAt != nil {
		l.ExpiresAt = m.LotExpiresAt
	}
	n.Expired -= old(l)
	l.Qty += units
	b.age(key, l)
	n.Expired += old(l)
	b.rows.PutLot(key, l)
}

// lotExpiry is what is known of a lot from its units in any condition.
func (b *Book) lotExpiry(n *event.StockNode, lot string) *time.Time {
	for _, c := range conditions {
		if l := b.rows.Lot(lotKey(n.Node, n.Owner, c, lot)); l != nil && l.ExpiresAt != nil {
			return l.ExpiresAt
		}
	}
	return nil
}

// old is how many units of a lot are not promised because they are too old.
func old(l *event.StockLot) int64 {
	if !l.Expired {
		return 0
	}
	return max(0, l.Qty)
}

// age says whether a lot is too old to be promised, and asks to be reminded of when
// it will be. Only sellable units that a node promises from matter.
func (b *Book) age(key string, l *event.StockLot) {
	l.Expired = false
	if l.ExpiresAt == nil || l.Owner != b.rules.owner(l.Node) || l.Condition != event.StockConditionSellable {
		return
	}
	due := l.ExpiresAt.Add(-b.minLife())
	var next time.Time
	if l.Expired = !due.After(b.now); !l.Expired && l.Qty != 0 {
		if next = due; next.After(b.now.Add(lotLook)) {
			next = b.now.Add(lotLook)
		}
	}
	b.rows.Remind(lotReminder+key, next)
}

// minLife is how long a lot must still live to be promised.
func (b *Book) minLife() time.Duration {
	if b.rules.MinLife == nil {
		return 0
	}
	return b.rules.MinLife(b.sku)
}

// lotAges looks at a lot again.
func (b *Book) lotAges(key string) {
	l := b.rows.Lot(key)
	if l == nil {
		return
	}
	n, before := b.keepNode(l.Node, l.Owner), old(l)
	b.age(key, l)
	if now := old(l); now != before {
		n.Expired += now - before
		b.touch()
	}
	b.rows.PutLot(key, l)
}

// promisable is what a node has that may be promised at all: sellable units that
// live long enough.
func promisable(n *event.StockNode) int64 {
	sellable := n.OnHand - n.Unsellable
	return sellable - min(n.Expired, max(0, sellable))
}
