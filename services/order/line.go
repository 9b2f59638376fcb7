package order

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Wanted is how many units of a line the buyer still wants.
func Wanted(l *event.ItemLine) int64 { return max(0, l.Line.Qty-l.Dropped) }

// Lacking is how many units of a line are wanted and neither left nor at a node:
// stock is to be asked for them, or they wait for supply.
func Lacking(l *event.ItemLine) int64 { return max(0, Wanted(l)-l.Shipped-l.InFlight) }

// Excess is how many units of a line are at nodes beyond what is wanted: the
// nodes are to be asked to stop.
func Excess(l *event.ItemLine) int64 {
	return min(l.InFlight, max(0, l.Shipped+l.InFlight-Wanted(l)))
}

// Cancelled is how many units of a line are off the order: what is no longer
// wanted and did not leave all the same.
func Cancelled(l *event.ItemLine) int64 {
	return max(0, l.Line.Qty-max(Wanted(l), l.Shipped+l.InFlight))
}

// LackingOf is Lacking over all lines of an item.
func LackingOf(i *Item) int64 {
	sum := int64(0)
	for n := range i.Lines {
		sum += Lacking(&i.Lines[n])
	}
	return sum
}

// SameDate says whether two lines demand the same of the age of their units.
func SameDate(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

// LineOf finds a line among those that sell the item, nil when it has none such.
func LineOf(i *Item, lineID string) *event.ItemLine {
	if i == nil {
		return nil
	}
	at := slices.IndexFunc(i.Lines, func(l event.ItemLine) bool { return l.Line.LineID == lineID })
	if at < 0 {
		return nil
	}
	return &i.Lines[at]
}

// Book changes lines of an item and keeps the sums of the order right.
func Book(o *Record, i *Item, change func()) {
	add(o, i, -1)
	change()
	add(o, i, 1)
	Recount(o)
}

// add counts an item into the sums of the order, or out of them.
func add(o *Record, i *Item, sign int64) {
	for n := range i.Lines {
		l := &i.Lines[n]
		o.Units += sign * l.Line.Qty
		o.Lacking += sign * Lacking(l)
		o.Excess += sign * Excess(l)
		o.InFlight += sign * l.InFlight
		o.Shipped += sign * l.Shipped
		o.Cancelled += sign * Cancelled(l)
		o.Delivered += sign * l.Delivered
	}
}

// Recount derives which of the units that nobody ships wait for supply: those of
// an order that stock is not being asked for.
func Recount(o *Record) {
	o.Backordered = 0
	switch o.Phase {
	case released, backordered, completed, cancelled:
		o.Backordered = o.Lacking
	}
}

// TakeOff takes units of a line off the order, at most all of them. It is counted
// from what was ordered, so that it means the same before and after a shipment.
func TakeOff(o *Record, i *Item, lineID string, qty int64) {
	l := LineOf(i, lineID)
	if l == nil {
		return
	}
	Book(o, i, func() { l.Dropped = min(l.Line.Qty, l.Dropped+max(0, qty)) })
}

// DropAll takes everything off the order that has not left.
func DropAll(o *Record, i *Item) {
	Book(o, i, func() {
		for n := range i.Lines {
			i.Lines[n].Dropped = i.Lines[n].Line.Qty
		}
	})
}

// DropLacking takes off what nobody ships.
func DropLacking(o *Record, i *Item) {
	Book(o, i, func() {
		for n := range i.Lines {
			i.Lines[n].Dropped += Lacking(&i.Lines[n])
		}
	})
}
