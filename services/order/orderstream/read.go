package orderstream

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams"
)

// Order reads the committed record of an order; nil when there is none.
func (r *Room) Order(from streams.Committed, id string) (*order.Record, error) {
	return r.orders.Get(from, id)
}

// Facts reads everything committed of an order; nil when there is none.
func (r *Room) Facts(from streams.Committed, id string) (*order.Facts, error) {
	o, err := r.orders.Get(from, id)
	if o == nil || err != nil {
		return nil, err
	}
	f := &order.Facts{ID: id, Order: o}
	for _, read := range []func() error{
		func() (err error) { f.Items, err = r.items.Read(from, id); return err },
		func() (err error) { f.Charges, err = r.charges.Read(from, id); return err },
		func() (err error) { f.Parts, err = r.parts.Read(from, id); return err },
		func() (err error) { f.Fulfilments, err = r.fulfilments.Read(from, id); return err },
		func() (err error) { f.Shipments, err = r.shipments.Read(from, id); return err },
		func() (err error) { f.Invoices, err = r.invoices.Read(from, id); return err },
		func() (err error) { f.Claims, err = r.claims.Read(from, id); return err },
		func() (err error) { f.Holds, err = r.holds.Read(from, id); return err },
		func() (err error) { f.Exceptions, err = r.exceptions.Read(from, id); return err },
		func() (err error) { f.Timeline, err = r.moments.Read(from, id); return err },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	f.Frozen = r.frozenItems(f.Items)
	return f, nil
}

// frozenItems says why nothing is granted of items, as far as this process has heard.
func (r *Room) frozenItems(items []*order.Item) map[string]*event.StockFreeze {
	all := make(map[string]*event.StockFreeze)
	for _, i := range items {
		switch row, _ := r.positions.Get(i.Sku); {
		case row.Freeze != nil:
			all[i.Sku] = row.Freeze
		case row.Frozen: // said by an older version
			all[i.Sku] = &event.StockFreeze{By: "somebody", Reason: "who and why was not said", Since: row.AsOf}
		}
	}
	return all
}

// Scan calls fn with each order whose task is active in this process, in no
// order that means anything, until fn returns false.
func (r *Room) Scan(from streams.Committed, fn func(id string, o *order.Record) bool) error {
	return r.orders.Scan(from, fn)
}

// Item looks up what a channel's own number of an item means at a moment: what its
// cross-reference says, else the item of that number; as far as this process has read
// the master data. The machine itself takes orders of items that it has not heard of,
// unless their lines say that the number is the channel's own.
func (r *Room) Item(channel, number string, at time.Time) (event.ProductPublished, bool) {
	if c, ok := r.crossrefs.Get(event.CrossrefKey(channel, event.CrossrefKindItem, number)); ok && c.Counts(at) {
		number = c.OurID
	}
	return r.products.Get(number)
}
