// Package capacity deals the places of a node's days to parts of orders: one
// writer a node, so no day has more than the node can release, in orders and in
// units. A place is taken on the first working day that has room for all of the
// part, and never refused: an order that finds the days ahead full leaves later,
// and one of more units than a whole day takes a day that is empty, to itself.
// It is pure.
package capacity

import (
	"slices"
	"strings"

	"github.com/millrace/millrace/schemas/event"
)

// horizon is how many working days ahead a place is looked for; beyond, the last
// of them takes what comes.
const horizon = 60

// Load is what a node is to release, by day.
type Load = event.NodeLoadRecord

// Limit is what a node can release in a day: parts of orders, and their base units.
// Neither bounds anything when it is 0.
type Limit struct{ Orders, Units int64 }

// LimitOf is the limit that a node's master row states.
func LimitOf(n *event.NodePublished) Limit {
	return Limit{Orders: max(0, n.Capacity), Units: max(0, n.CapacityUnits)}
}

// Bounded says whether places are to be asked for at all.
func (m Limit) Bounded() bool { return m.Orders > 0 || m.Units > 0 }

// Fits says whether a part of so many units has room in a day beside what is to be
// released there already. On an empty day every part has, or one that is larger
// than a day would wait for ever.
func (m Limit) Fits(taken event.DayLoad, units int64) bool {
	return taken.Orders <= 0 || (m.Orders == 0 || taken.Orders < m.Orders) && (m.Units == 0 || taken.Units+units <= m.Units)
}

// Next is the working day after one, both as YYYY-MM-DD; false when there is none.
type Next func(day string) (string, bool)

// Book takes a place for units on the first day from day on that has room for them,
// and returns that day.
func Book(l *Load, day string, units int64, limit Limit, next Next) string {
	for range horizon {
		if limit.Fits(On(l.Days, day), units) {
			break
		}
		later, ok := next(day)
		if !ok {
			break
		}
		day = later
	}
	d := at(l, day)
	d.Orders++
	d.Units += units
	return day
}

// Free gives the place of units on a day back.
func Free(l *Load, day string, units int64) {
	n, found := find(l.Days, day)
	if !found {
		return
	}
	d := &l.Days[n]
	d.Orders--
	d.Units -= units
	if d.Orders <= 0 {
		l.Days = slices.Delete(l.Days, n, n+1)
	}
}

// Shrink gives units of a place on a day back; the place stays.
func Shrink(l *Load, day string, units int64) {
	if n, found := find(l.Days, day); found {
		l.Days[n].Units -= units
	}
}

// Forget drops the days before one.
func Forget(l *Load, before string) {
	l.Days = slices.DeleteFunc(l.Days, func(d event.DayLoad) bool { return d.Day < before })
}

// On is what is to be released on a day. Days are in their order.
func On(days []event.DayLoad, day string) event.DayLoad {
	if n, found := find(days, day); found {
		return days[n]
	}
	return event.DayLoad{Day: day}
}

// at is the row of a day, made when there is none.
func at(l *Load, day string) *event.DayLoad {
	n, found := find(l.Days, day)
	if !found {
		l.Days = slices.Insert(l.Days, n, event.DayLoad{Day: day})
	}
	return &l.Days[n]
}

func find(days []event.DayLoad, day string) (int, bool) {
	return slices.BinarySearchFunc(days, day, func(d event.DayLoad, day string) int { return strings.Compare(d.Day, day) })
}
