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
		sum.Add(record, &r.config.Rules)
		return true
	})
	return sum, err
}

// Item reads the committed stock of an item and its lots; nil when nothing is
// known of it.
func (r *Room) Item(from streams.Committed, sku string) (*stock.Item, error) {
	record, err := r.items.Get(from, sku)
	if err != nil || record == nil {
		return nil, err
	}
	lots, err := r.lots.Read(from, sku)
	if err != nil {
		return nil, err
	}
	supplies, err := r.supplies.Read(from, sku)
	if err != nil {
		return nil, err
	}
	return stock.NewItem(sku, record, lots, supplies, &r.config.Rules), nil
}
