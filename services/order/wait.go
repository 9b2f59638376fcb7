package order

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Cause is what an order waits for.
type Cause string

// The causes.
const (
	WaitHold    Cause = "HOLD"    // somebody or a rule holds it; Who is the reason
	WaitStock   Cause = "STOCK"   // stock has not answered
	WaitQueue   Cause = "QUEUE"   // others hold the units of an item tentatively; Who is the item
	WaitFrozen  Cause = "FROZEN"  // nothing of an item is granted until somebody has looked; Who is the item
	WaitMoney   Cause = "MONEY"   // the buyer's money or credit is missing; Who is the reason of the hold to come
	WaitNodeDay Cause = "DAY"     // nodes have no place in their day, or that day has not come
	WaitNode    Cause = "NODE"    // a node was asked and has not shipped; Who is the node
	WaitSupply  Cause = "SUPPLY"  // units that are to come; Who is the item
	WaitRefused Cause = "REFUSED" // nodes that were asked for an item did not ship it; Who is the item
	WaitInvoice Cause = "INVOICE" // the system of record has not billed what left
)

// Awaited is one thing that an order waits for.
type Awaited struct {
	Cause  Cause
	Who    string // that it waits for, as the cause says
	Since  time.Time
	Until  *time.Time // when it is promised or ends by itself; nil when nobody said
	Detail string
}

// Waiting says whether an order or basket was taken on and is not over.
func Waiting(o *Record) bool { return !Over(o) && o.Phase != none && o.Phase != recalled }

// Waits lists everything that an order waits for: something, as long as it is Waiting.
func Waits(f *Facts) []Awaited {
	o := f.Order
	if !Waiting(o) {
		return nil
	}
	var all []Awaited
	for _, h := range f.Holds {
		all = append(all, Awaited{WaitHold, h.Reason, h.Since, h.ExpiresAt, h.Note})
	}
	switch {
	case o.Phase == claiming || o.Phase == queueing:
		all = append(all, waitInQueue(f))
	case Planning(o) || o.Pending > 0 || o.Phase == asking || o.Phase == yielding:
		all = append(all, Awaited{WaitStock, "", o.UpdatedAt, nil, "stock has not answered what was asked"})
	case o.Phase == allocated && !Secured(o):
		all = append(all, Awaited{WaitMoney, Lacks(o), o.UpdatedAt, nil, "the buyer's money or credit is missing"})
	case o.Phase == allocated && o.Slots > 0:
		all = append(all, Awaited{WaitNodeDay, "", o.UpdatedAt, nil, "nodes have no place in their day yet, or the day has not come"})
	case o.Phase == kept:
		all = append(all, Awaited{WaitHold, "BASKET", o.UpdatedAt, nil, "kept for a basket that was not submitted"})
	}
	for _, x := range f.Fulfilments {
		if x.Round > 0 && !Ended(x) && ships(f, x) {
			all = append(all, waitForNode(x))
		}
	}
	if o.Lacking > 0 {
		all = append(all, waitForSupply(f)...)
	}
	if o.Billed < o.ToBill && o.Shipped > 0 {
		all = append(all, Awaited{WaitInvoice, "", lastShipped(f), nil, "the system of record has not billed all that left"})
	}
	return all
}

// ships tells whether a node is to ship more of a fulfilment: of all its units, or of
// one line while it shipped more of another than it was asked for.
func ships(f *Facts, x *Fulfilment) bool {
	return x.Shipped < x.Units || slices.ContainsFunc(f.Parts, func(p *Part) bool {
		return p.FulfilmentID == x.FulfilmentID && Flight(p, false) > 0
	})
}

// waitInQueue says why stock lets an item wait.
func waitInQueue(f *Facts) Awaited {
	sku := f.Order.Claimed
	if w, frozen := frozenItem(f, sku); frozen {
		return w
	}
	return Awaited{WaitQueue, sku, f.Order.UpdatedAt, nil, "other orders hold it, not yet for good"}
}

// frozenItem says by whom and why an item is frozen, and since when; false when it is
// not, as far as is known.
func frozenItem(f *Facts, sku string) (Awaited, bool) {
	x := f.Frozen[sku]
	if x == nil {
		return Awaited{}, false
	}
	why := x.Reason
	if x.ViolationID != "" {
		why = "violation " + x.ViolationID + ": " + why
	}
	return Awaited{WaitFrozen, sku, x.Since, nil, "frozen by " + x.By + ", " + why}, true
}

// waitForNode says how far a node is with its part.
func waitForNode(x *Fulfilment) Awaited {
	w := Awaited{Cause: WaitNode, Who: x.Node, Since: x.ReleasedAt}
	if Heard(x) {
		w.Since = x.UpdatedAt
	}
	switch {
	case InDoubt(x):
		w.Detail = "it has accepted nothing in time and was asked to stop: nobody knows whether it ships"
	case x.CancelAsked && !x.Refused:
		w.Since, w.Detail = x.RecalledAt, "it was asked to stop and has not answered"
	case !Heard(x):
		w.Detail = "it has not acknowledged the request"
	default:
		w.Detail = "it has not shipped, and said " + string(x.Status) + " last"
	}
	return w
}

// waitForSupply lists the claims on what is to come; without one, units just lack.
func waitForSupply(f *Facts) []Awaited {
	all := waitForRefusers(f)
	for _, c := range f.Claims {
		if w, frozen := frozenItem(f, c.Sku); frozen && c.State == event.ClaimStateWaiting {
			all = append(all, w)
		}
		if c.State == event.ClaimStateWaiting && !c.DatesOnly {
			all = append(all, Awaited{WaitSupply, c.Sku, c.Since, c.PromisedFor, "it waits for what comes to " + c.Node})
		}
	}
	if len(all) == 0 && f.Order.Phase == backordered {
		all = append(all, Awaited{WaitSupply, "", f.Order.UpdatedAt, nil, "no node has the units, and nothing is to come"})
	}
	return all
}

// waitForRefusers lists the items that nodes did not ship, and when they are asked again.
func waitForRefusers(f *Facts) (all []Awaited) {
	o := f.Order
	claims := make(map[string]*SupplyClaim)
	for _, c := range f.Claims {
		claims[c.Sku] = c
	}
	for _, i := range f.Items {
		if c := claims[i.Sku]; Planning(o) || Dated(c) || !Refused(o, i, c) {
			continue
		}
		w := Awaited{WaitRefused, i.Sku, o.UpdatedAt, nil, strings.Join(i.Excluded, ", ") + " did not ship it; a person has to plan the order again"}
		if o.RefusedAt != nil {
			w.Since = *o.RefusedAt
		}
		if o.RetryAt != nil && o.Retries < MaxRetries {
			w.Until, w.Detail = o.RetryAt, fmt.Sprintf("%s did not ship it; asked again on a later day, %d of %d", strings.Join(i.Excluded, ", "), o.Retries+1, MaxRetries)
		}
		all = append(all, w)
	}
	return all
}

// lastShipped is when the newest shipment left.
func lastShipped(f *Facts) (at time.Time) {
	for _, s := range f.Shipments {
		if s.ShippedAt.After(at) {
			at = s.ShippedAt
		}
	}
	return at
}
