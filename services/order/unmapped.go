package order

import (
	"cmp"
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// HoldUnmapped is the reason under which an order waits for what a number of its
// channel means.
const HoldUnmapped = "SKU_UNMAPPED"

// Unmapped is what the lines that sell an item by the channel's number say of it.
type Unmapped struct {
	Number, Name string
	Amount       int64 // of all such lines, minor units
}

// UnmappedOf lists the numbers of the channel that nobody has mapped, in their
// order.
func UnmappedOf(items []*Item) []Unmapped {
	var all []Unmapped
	for _, i := range items {
		u := Unmapped{Number: i.Sku}
		found := false
		for _, l := range i.Lines {
			if l.Line.Unmapped {
				found = true
				u.Name, u.Amount = cmp.Or(u.Name, l.Line.Description), u.Amount+l.Line.Amount
			}
		}
		if found {
			all = append(all, u)
		}
	}
	return all
}

// TakeUnmapped takes the lines that sell an item by the channel's number off it,
// and keeps the sums of the order right.
func TakeUnmapped(o *Record, i *Item) []event.ItemLine {
	var taken []event.ItemLine
	Book(o, i, func() {
		i.Lines = slices.DeleteFunc(i.Lines, func(l event.ItemLine) bool {
			if l.Line.Unmapped {
				taken = append(taken, l)
			}
			return l.Line.Unmapped
		})
	})
	return taken
}

// PutMapped adds a line that is known to sell the item, and keeps the sums of the
// order right.
func PutMapped(o *Record, i *Item, l event.ItemLine) {
	Book(o, i, func() {
		i.Lines = append(i.Lines, l)
		slices.SortFunc(i.Lines, func(a, b event.ItemLine) int { return a.Position - b.Position })
	})
}
