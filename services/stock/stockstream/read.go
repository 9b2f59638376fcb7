package stockstream

import (
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/streams"
)

// Summary adds up the stock of all items whose tasks are active in this process.
func (r *Room) Summary(from streams.Committed) (stock.Summary, error) {
	sum := stock.Summary{Nodes: map[string]int64{}}
	err := r.items.Scan(from, func(_ string, record *event.StockRecord) bool {
		sum.Add(record, r.config.SafetyStock)
		return true
	})
	return sum, err
}
