package cataloguestream

import (
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/streams"
)

// Ready says whether the copies of products, prices, customers and cross-references
// have reached their topics' ends once.
func (r *Room) Ready() bool {
	for _, ready := range []<-chan struct{}{r.products.Ready(), r.prices.Ready(), r.customers.Ready(), r.crossrefs.Ready()} {
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

// Crossref looks up what a partner's id means, by the key of its row.
func (r *Room) Crossref(key string) (event.CrossrefPublished, bool) { return r.crossrefs.Get(key) }

// Crossrefs calls fn with every cross-reference, in no order, until it returns
// false.
func (r *Room) Crossrefs(fn func(c *event.CrossrefPublished) bool) {
	r.crossrefs.Range(func(_ string, c event.CrossrefPublished) bool { return fn(&c) })
}

// Products calls fn with every item, in no order.
func (r *Room) Products(fn func(p *event.ProductPublished)) {
	r.products.Range(func(_ string, p event.ProductPublished) bool {
		fn(&p)
		return true
	})
}

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
