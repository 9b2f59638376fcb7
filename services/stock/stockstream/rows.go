package stockstream

import (
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

// rows gives the book the children of the item under work.
type rows struct {
	ctx  streams.Ctx
	room *Room
}

func (r rows) Holding(orderID string) *event.StockHolding {
	return r.room.holdings.Get(r.ctx, orderID)
}

func (r rows) PutHolding(orderID string, h *event.StockHolding) {
	r.room.holdings.Put(r.ctx, orderID, h)
}

func (r rows) Holdings(fn func(orderID string, h *event.StockHolding)) {
	r.room.holdings.Range(r.ctx, "", func(id string, h *event.StockHolding) bool {
		fn(id, h)
		return true
	})
}

func (r rows) FirstClaim() (place string, first *event.StockClaim) {
	r.room.claims.Range(r.ctx, "", func(id string, c *event.StockClaim) bool {
		place, first = id, c
		return false
	})
	return place, first
}

func (r rows) PutClaim(place string, c *event.StockClaim) { r.room.claims.Put(r.ctx, place, c) }
func (r rows) DeleteClaim(place string)                   { r.room.claims.Delete(r.ctx, place) }

func (r rows) Entry(id string) *event.StockEntry { return r.room.entries.Get(r.ctx, id) }

func (r rows) Entries(fn func(id string, e *event.StockEntry)) {
	r.room.entries.Range(r.ctx, "", func(id string, e *event.StockEntry) bool {
		fn(id, e)
		return true
	})
}

func (r rows) PutEntry(entryID string, e *event.StockEntry) { r.room.entries.Put(r.ctx, entryID, e) }

func (r rows) SettleEntry(entryID string, e *event.StockEntry) {
	r.room.entries.Delete(r.ctx, entryID)
	r.room.settled.Put(r.ctx, entryID, e)
}

func (r rows) Settled(entryID string) bool { return r.room.settled.Get(r.ctx, entryID) != nil }

func (r rows) SettledEntries(fn func(e *event.StockEntry)) {
	r.room.settled.Range(r.ctx, "", func(_ string, e *event.StockEntry) bool {
		fn(e)
		return true
	})
}

func (r rows) Lot(key string) *event.StockLot { return r.room.lots.Get(r.ctx, key) }

func (r rows) PutLot(key string, l *event.StockLot) {
	if l.Qty == 0 {
		r.room.lots.Delete(r.ctx, key)
		return
	}
	r.room.lots.Put(r.ctx, key, l)
}

func (r rows) Lots(fn func(l *event.StockLot)) {
	r.room.lots.Range(r.ctx, "", func(_ string, l *event.StockLot) bool {
		fn(l)
		return true
	})
}

func (r rows) Issue(key string) *event.StockIssue { return r.room.issues.Get(r.ctx, key) }

func (r rows) PutIssue(key string, i *event.StockIssue) { r.room.issues.Put(r.ctx, key, i) }

func (r rows) Supply(id string) *event.StockSupply { return r.room.supplies.Get(r.ctx, id) }

func (r rows) PutSupply(id string, s *event.StockSupply) { r.room.supplies.Put(r.ctx, id, s) }

func (r rows) Supplies() []*event.StockSupply {
	return slices.DeleteFunc(r.room.supplies.All(r.ctx), func(s *event.StockSupply) bool { return s.Qty == 0 })
}

func (r rows) Backorders(fn func(place string, c *event.StockBackorder)) {
	r.room.backlog.Range(r.ctx, "", func(place string, c *event.StockBackorder) bool {
		fn(place, c)
		return true
	})
}

func (r rows) PutBackorder(place string, c *event.StockBackorder) {
	r.room.backlog.Put(r.ctx, place, c)
}

func (r rows) DeleteBackorder(place string) { r.room.backlog.Delete(r.ctx, place) }

func (r rows) Remind(name string, at time.Time) {
	if at.IsZero() {
		r.ctx.ClearTimer(name)
		return
	}
	r.ctx.SetTimerAt(name, at)
}

func (r rows) Pending(key string) *event.StockPending { return r.room.pending.Get(r.ctx, key) }

func (r rows) Pendings(prefix string) (all []*event.StockPending) {
	r.room.pending.Range(r.ctx, prefix, func(key string, p *event.StockPending) bool {
		if strings.HasPrefix(key, prefix) {
			all = append(all, p)
		}
		return strings.HasPrefix(key, prefix)
	})
	return all
}

func (r rows) Marks(fn func(key string, m *event.StockMark)) {
	r.room.marks.Range(r.ctx, "", func(key string, m *event.StockMark) bool {
		fn(key, m)
		return true
	})
}

func (r rows) PutMark(key string, m *event.StockMark) { r.room.marks.Put(r.ctx, key, m) }
func (r rows) DeleteMark(key string)                  { r.room.marks.Delete(r.ctx, key) }

func (r rows) PutPending(key string, p *event.StockPending) { r.room.pending.Put(r.ctx, key, p) }
func (r rows) DeletePending(key string)                     { r.room.pending.Delete(r.ctx, key) }
