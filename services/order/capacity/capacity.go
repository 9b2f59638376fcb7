// Package capacity deals the places of a node's days to parts of orders: one
// writer a node, so no day has more than the node can release. A place is taken on
// the first working day that has one, and never refused: an order that finds the
// days ahead full leaves later. It is pure.
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

// Next is the working day after one, both as YYYY-MM-DD; false when there is none.
type Next func(day string) (string, bool)

// Book takes a place for units on the first day from day on that has fewer orders
// than limit, which is above zero, and returns that day.
func Book(l *Load, day string, units, limit int64, next Next) string {
	for range horizon {
		if Orders(l, day) < limit {
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
	n, found := find(l, day)
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

// Forget drops the days before one.
func Forget(l *Load, before string) {
	l.Days = slices.DeleteFunc(l.Days, func(d event.DayLoad) bool { return d.Day < before })
}

// Orders is how many places of a day are taken.
func Orders(l *Load, day string) int64 {
	if n, found := find(l, day); found {
		return l.Days[n].Orders
	}
	return 0
}

// at is the row of a day, made when there is none.
func at(l *Load, day string) *event.DayLoad {
	n, found := find(l, day)
	if !found {
		l.Days = slices.Insert(l.Days, n, event.DayLoad{Day: day})
	}
	return &l.Days[n]
}

func find(l *Load, day string) (int, bool) {
	return slices.BinarySearchFunc(l.Days, day, func(d event.DayLoad, day string) int { return strings.Compare(d.Day, day) })
}
