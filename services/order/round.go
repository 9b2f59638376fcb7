package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Outcome is how a round of asking stock ended. Items that lack nothing do not
// take part.
type Outcome struct {
	Firm      bool // every item is granted for good, in full
	Held      bool // every item is held
	Served    bool // the claimed item is held
	Granted   bool // something is granted
	Contended bool // an item was refused and may fit later
	Short     bool // an item lacks units that are not to come back
	Another   bool // another plan is left to try
}

// Judge says how the round ended that the items are in. another says whether a
// plan is left that asks for something; it is asked only when that matters.
func Judge(o *Record, items []*Item, another func() bool) Outcome {
	out := Outcome{Firm: true, Held: true}
	for _, i := range items {
		lacking := LackingOf(i)
		if lacking == 0 {
			continue
		}
		granted := Granted(i)
		out.Firm = out.Firm && i.State == event.ItemStateCommitted && granted >= lacking
		out.Held = out.Held && i.State == event.ItemStateHeld
		out.Granted = out.Granted || granted > 0
		out.Contended = out.Contended || i.State == event.ItemStateContended
		short := i.State == event.ItemStateShort || i.State == event.ItemStateOpen
		out.Short = out.Short || short || i.State == event.ItemStateCommitted && granted < lacking
	}
	if o.Phase == claiming || o.Phase == queueing {
		at := slices.IndexFunc(items, func(i *Item) bool { return i.Sku == o.Claimed })
		out.Served = at >= 0 && items[at].State == event.ItemStateHeld
	}
	planning := o.Phase == reserving || o.Phase == claiming || o.Phase == asking || o.Phase == queueing
	out.Another = planning && out.Short && o.Tries < MaxPlans && another()
	return out
}
