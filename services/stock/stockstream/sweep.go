package stockstream

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/streams"
)

const (
	sweepTimer = "sweep"
	// sweepRows bounds the rows that one firing looks at, and so its transaction.
	sweepRows = 500
	// sweepPause lets other work in between two firings of one sweep.
	sweepPause = time.Second
	// sweepEvery is the time between two sweeps.
	sweepEvery = 24 * time.Hour
)

// sweep goes on removing what is spent: entries first, then holdings. The
// record's field sweep says from where, as "e" or "h" and an id.
func (r *Room) sweep(ctx streams.Ctx, record *event.StockRecord) {
	before := ctx.Now().Add(-r.config.Keep)
	collection, from := "e", ""
	if record.Sweep != "" {
		collection, from = record.Sweep[:1], record.Sweep[1:]
	}
	if collection == "e" {
		next := sweepSome(ctx, r.entries, from, func(e *event.StockEntry) bool { return e.RecordedAt.Before(before) })
		if next != "" {
			record.Sweep = "e" + next
		} else {
			record.Sweep = "h"
		}
		ctx.SetTimer(sweepTimer, sweepPause)
		return
	}
	next := sweepSome(ctx, r.holdings, from, func(h *event.StockHolding) bool { return stock.Spent(h, before) })
	if next != "" {
		record.Sweep = "h" + next
		ctx.SetTimer(sweepTimer, sweepPause)
		return
	}
	record.Sweep = ""
	ctx.SetTimer(sweepTimer, sweepEvery)
}

// sweepSome removes the spent among the next rows of a collection, and returns
// where to go on, "" at the end.
func sweepSome[C any](ctx streams.Ctx, rows *streams.Children[C], from string, spent func(*C) bool) string {
	var gone []string
	next, seen := "", 0
	rows.Range(ctx, from, func(id string, child *C) bool {
		if seen == sweepRows {
			next = id
			return false
		}
		seen++
		if spent(child) {
			gone = append(gone, id)
		}
		return true
	})
	for _, id := range gone {
		rows.Delete(ctx, id)
	}
	return next
}
