package cataloguestream

import (
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/streams"
)

// Ready says whether the copies of products, prices and customers have reached
// their topics' ends once.
func (r *Room) Ready() bool {
	for _, ready := range []<-chan struct{}{r.products.Ready(), r.prices.Ready(), r.customers.Ready()} {
		select {
		case <-ready:
		default:
			return false
		}
	}
	return true
}

// Product looks an item up; nil: there is none.
func (r *Room) Product(sku string) *streams.Row[event.ProductPublished] { return r.products.Row(sku) }

// Customer looks a customer up.
func (r *Room) Customer(id string) (event.CustomerPublished, bool) { return r.customers.Get(id) }

// Price is what a customer pays for an item, nil for anybody.
func (r *Room) Price(customer *event.CustomerPublished, sku string, qty int64, currency string, at time.Time) (catalogue.Price, bool) {
	var rows []event.PricePublished
	if customer != nil {
		for _, list := range customer.PriceLists {
			if row, ok := r.prices.Get(list + "/" + sku); ok {
				rows = append(rows, row)
			}
		}
	}
	product, ok := r.products.Get(sku)
	if !ok {
		return catalogue.Price{}, false
	}
	return catalogue.PriceOf(rows, &product, qty, currency, at)
}

// Waiting is a row in quarantine.
type Waiting struct {
	Kind event.CatalogKind
	Key  string
	event.CatalogRow
}

// Quarantine calls fn with what waits in the tasks of this process until it
// returns false.
func (r *Room) Quarantine(from streams.Committed, fn func(Waiting) bool) error {
	return r.rows.Scan(from, func(key string, row *event.CatalogRow) bool {
		if row.WaitingSubmission == "" {
			return true
		}
		kind, rest, _ := strings.Cut(key, "/")
		return fn(Waiting{event.CatalogKind(kind), rest, *row})
	})
}
