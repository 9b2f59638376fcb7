package order

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// ReasonPromisePassed is why units are taken off that did not come by their promised
// date, and that the channel no longer waits for.
const ReasonPromisePassed = "PROMISE_PASSED"

// MaxPassings is after how many promised dates only people plan an order again.
const MaxPassings = 12

// PassesAt is when the date that a claim was promised counts as passed; zero when it
// has none, or one that passed before for the same item.
func PassesAt(i *Item, c *SupplyClaim, clocks Clocks) time.Time {
	if c.PromisedFor == nil || c.DatesOnly || i.Passed != nil && !c.PromisedFor.After(*i.Passed) {
		return time.Time{}
	}
	return later(*c.PromisedFor, c.Since).Add(clocks.Promise)
}

// later is when a date that a claim was promised is missed: one that had passed when
// it was promised counts from the claim.
func later(date, claimed time.Time) time.Time {
	if claimed.After(date) {
		return claimed
	}
	return date
}

// Miss notes that units of an item did not come by a date that their claim was
// promised. The buyer's patience is counted from the first such date.
func Miss(i *Item, c *SupplyClaim, date time.Time) {
	if i.Missed == nil {
		missed := later(date, c.Since)
		i.Missed = &missed
	}
}

// CountPassing counts a promised date that passed: the item is planned again after it once.
func CountPassing(o *Record, i *Item, c *SupplyClaim) {
	o.Passings++
	i.Passed = c.PromisedFor
}

// ForgoesAt is when a channel that waits for some time no longer waits for an item;
// zero for never.
func ForgoesAt(i *Item, patience time.Duration) time.Time {
	if i.Missed == nil || patience == 0 {
		return time.Time{}
	}
	return i.Missed.Add(patience)
}

// Forgone are the units that nobody waits for any more when one item is given up: its
// own that nothing is granted or on its way for, or of items that leave together all.
func Forgone(o *Record, items []*Item, sku string, served func(sku string) bool) []event.CancelLine {
	var all []event.CancelLine
	for _, i := range items {
		if i.Sku != sku && !o.ShipComplete || i.Sku == sku && served(sku) {
			continue
		}
		for _, l := range Short(i, event.ShortOutcomeCancelled) {
			all = append(all, event.CancelLine{LineID: l.LineID, Qty: l.Qty})
		}
	}
	return all
}
