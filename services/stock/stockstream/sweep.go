package stockstream

import (
	"strings"
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
	// sweepOrder are the collections of a sweep, by the letters that stand in
	// record.Sweep: entries, settled entries, holdings, goods issues, supplies.
	sweepOrder = "edhis"
)

// sweep goes on removing what is spent. The record's field sweep says from where,
// as the letter of a collection and an id.
func (r *Room) sweep(ctx streams.Ctx, record *event.StockRecord) {
	collection, from := sweepOrder[:1], ""
	if record.Sweep != "" {
		collection, from = record.Sweep[:1], record.Sweep[1:]
	}
	next, pause := r.sweepCollection(ctx, collection, from), sweepPause
	switch at := strings.Index(sweepOrder, collection) + 1; {
	case next != "":
		record.Sweep = collection + next
	case at < len(sweepOrder):
		record.Sweep = sweepOrder[at : at+1]
	default:
		record.Sweep, pause = "", sweepEvery
	}
	ctx.SetTimer(sweepTimer, pause)
}

func (r *Room) sweepCollection(ctx streams.Ctx, collection, from string) string {
	before := ctx.Now().Add(-r.config.Keep)
	switch collection {
	case "e":
		return sweepSome(ctx, r.entries, from, func(e *event.StockEntry) bool { return e.RecordedAt.Before(before) })
	case "d":
		return sweepSome(ctx, r.settled, from, func(e *event.StockEntry) bool { return e.RecordedAt.Before(before) })
	case "h":
		return sweepSome(ctx, r.holdings, from, func(h *event.StockHolding) bool { return stock.Spent(h, before) })
	case "s":
		return sweepSome(ctx, r.supplies, from, func(s *event.StockSupply) bool { return s.Qty == 0 && s.TouchedAt.Before(before) })
	default:
		return sweepSome(ctx, r.issues, from, func(i *event.StockIssue) bool { return i.TouchedAt.Before(before) })
	}
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
