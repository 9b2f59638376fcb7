package sandbox

// Books is what a place that ships believes about its goods, in units.
type Books struct {
	Twin    string          `json:"twin"`
	Items   map[string]Item `json:"items"`
	Total   Item            `json:"total"`
	Orders  map[string]int  `json:"orders"`  // by the step they stand at
	Waiting int             `json:"waiting"` // advices whose goods have not come
	// Documents counts the calls that did work, Keys the idempotency keys of
	// those calls: equal when nothing was done twice. Repeats counts calls that
	// were answered again without work.
	Documents int   `json:"documents"`
	Keys      int   `json:"keys"`
	Repeats   int   `json:"repeats"`
	Events    int64 `json:"events"`
}

// Books returns a copy of the twin's books.
func (y *yard) Books() Books {
	y.mu.Lock()
	defer y.mu.Unlock()
	b := Books{Twin: y.opts.Name, Items: make(map[string]Item, len(y.book.items)), Orders: make(map[string]int), Keys: len(y.book.keys), Repeats: y.book.repeats, Events: y.book.seq}
	for name, it := range y.book.items {
		b.Items[name] = *it
		b.Total.OnHand += it.OnHand
		b.Total.Received += it.Received
		b.Total.Shipped += it.Shipped
		b.Total.Adjusted += it.Adjusted
	}
	for _, o := range y.book.orders {
		b.Orders[o.step]++
	}
	for _, in := range y.book.advices {
		if !in.done {
			b.Waiting++
		}
	}
	for _, n := range y.book.keys {
		b.Documents += n
	}
	return b
}

// Place is a twin that stores and ships: a Warehouse or a ThreePL.
type Place interface {
	// URL is where it is called.
	URL() string
	// Books returns a copy of its books.
	Books() Books
	// Parcels returns what left it later than a place in its feed.
	Parcels(after int64, limit int) (left []Parcel, read int64)
	// Calls counts what was asked, by route and outcome.
	Calls() map[string]int
	// Close stops it; what it has written stays.
	Close() error
}
