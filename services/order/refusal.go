package order

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// ReasonRefused is why units are taken off that nodes did not ship however often they
// were asked, and that the channel no longer waits for.
const ReasonRefused = "NODES_REFUSED"

// MaxRetries is on how many later days the nodes that did not ship an order are asked
// again, before only people ask them. Within a day what one of them did not ship is
// asked of others, at most MaxReplans times.
const MaxRetries = 3

// Opens is when a node begins its first working day after the one of a moment.
type Opens func(node string, after time.Time) time.Time

// Refused says whether units of an item wait, and nodes that may have them are not
// asked because they did not ship them before. The claim is that on what is to come of
// the item, nil for none.
func Refused(o *Record, i *Item, c *SupplyClaim) bool {
	return o.Shortage == event.ShortagePolicyBackorder && !Over(o) && len(i.Excluded) > 0 && Missing(i, c) > 0
}

// Dated says whether there is a date by which claimed units are to come: that is
// waited for before who refused is asked again.
func Dated(c *SupplyClaim) bool { return c != nil && c.PromisedFor != nil }

// RetryAt is when the first node that did not ship one of the items begins a later
// working day.
func RetryAt(refused []*Item, since time.Time, opens Opens) (first time.Time) {
	for _, i := range refused {
		for _, node := range i.Excluded {
			if at := opens(node, since); first.IsZero() || at.Before(first) {
				first = at
			}
		}
	}
	return first
}

// sameDay is how much later than the first node others may begin the same day.
const sameDay = 12 * time.Hour

// Forgive lets those nodes be asked for an item again that have begun a later working
// day since, or do so today. It returns them.
func Forgive(i *Item, since, now time.Time, opens Opens) []string {
	var forgiven []string
	i.Excluded = slices.DeleteFunc(i.Excluded, func(node string) bool {
		again := opens(node, since).Before(now.Add(sameDay))
		if again {
			forgiven = append(forgiven, node)
		}
		return again
	})
	return forgiven
}

// RefusedForGood says whether only people ask the nodes again that did not ship an
// item: it stands while the order rests with units that wait.
func RefusedForGood(o *Record, i *Item, c *SupplyClaim) bool {
	return o.Retries >= MaxRetries && Refused(o, i, c) && !Planning(o)
}

// ForgoReason says why an item is given up that a channel no longer waits for.
func ForgoReason(o *Record, i *Item, c *SupplyClaim) string {
	if RefusedForGood(o, i, c) {
		return ReasonRefused
	}
	return ReasonPromisePassed
}
