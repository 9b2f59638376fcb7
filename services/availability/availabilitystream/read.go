package availabilitystream

import (
	"context"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/availability"
)

// Item is what there is of a sku: its own row, or what its parts give when it is
// a kit.
type Item struct {
	availability.Row
	// Known says that the item has, or had, stock somewhere or is a kit.
	Known bool
	// Parts are what a kit is made of, and PartRows their rows, in that order.
	Parts    []event.KitPart
	PartRows []availability.Row
}

// Total is what a view shows of the item over all its nodes: of a kit as many
// as its parts give together, wherever they stand.
func (i *Item) Total(view availability.View) int64 {
	if i.Parts == nil {
		return view.Total(i.Row)
	}
	each := make([]int64, len(i.Parts))
	for n, row := range i.PartRows {
		each[n] = view.Total(row)
	}
	return availability.Sets(i.Parts, each)
}

// Reading is an answer of the room.
type Reading struct {
	Items []Item // in the order asked for
	// Stale says that the items may be older than they should be: the topic is not
	// read to its end yet, or the shared cache is away or being filled again.
	Stale bool
	// Age is how old they may be since Kafka went away or the room fell behind.
	Age time.Duration
}

// Read looks items up.
func (r *Room) Read(ctx context.Context, skus ...string) (Reading, error) {
	parts := r.partsOf(skus)
	all := skus
	for _, p := range parts {
		for _, part := range p {
			all = append(all[:len(all):len(all)], part.Sku)
		}
	}
	rows, stale, err := r.rows(ctx, all)
	if err != nil {
		return Reading{}, err
	}
	reading := Reading{Items: make([]Item, len(skus)), Stale: stale, Age: r.fresh.age()}
	rest := rows[len(skus):]
	for i, sku := range skus {
		item := &reading.Items[i]
		item.Row, item.Known = rows[i], rows[i].Version > 0
		if parts == nil || parts[i] == nil {
			continue
		}
		item.Parts, item.PartRows = parts[i], rest[:len(parts[i])]
		item.Row, item.Known = availability.Assembled(sku, item.Parts, item.PartRows, availability.View{}), true
		rest = rest[len(parts[i]):]
	}
	return reading, nil
}

// partsOf returns what each sku is made of, nil when none is a kit.
func (r *Room) partsOf(skus []string) (parts [][]event.KitPart) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for i, sku := range skus {
		if p := r.kits.Parts(sku); p != nil {
			if parts == nil {
				parts = make([][]event.KitPart, len(skus))
			}
			parts[i] = p
		}
	}
	return parts
}

// rows returns a row for each sku from the shared cache, or from this process
// when there is none or it is away.
func (r *Room) rows(ctx context.Context, skus []string) (rows []availability.Row, stale bool, err error) {
	own, whole, err := r.local.Get(ctx, skus...)
	if err != nil || r.mirror == nil {
		return own, !whole, err
	}
	rows, whole = r.mirror.read(ctx, skus)
	if rows == nil {
		return own, true, nil
	}
	for i := range rows {
		if rows[i].Version == 0 { // lost there, or never known anywhere
			rows[i] = own[i]
		}
	}
	return rows, !whole, nil
}

// Position is the whole stock of an item that this process knows, and where it
// stands; ok is false when there is none.
func (r *Room) Position(sku string) (p event.InventoryPosition, at availability.Source, ok bool) {
	row := r.table.Row(sku)
	if row == nil {
		return p, at, false
	}
	return row.Value, availability.Source(row.Position), true
}
