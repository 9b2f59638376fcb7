package returns

import (
	"cmp"
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// AccountID is the key of what a customer bought of an item.
func AccountID(customer, sku string) string { return customer + event.Separator + sku }

// WantID is the key of a return line.
func WantID(returnID, line string) string { return returnID + event.Separator + line }

// Search finds for each want what it came with, and returns the wants whose
// answer changed. It depends on what is there, not on what came first: the
// return that was asked for first chooses first. What is fixed stays, and what an
// order gave to other returns is gone.
func Search(bought []*Bought, wants []*Want) (changed []*Want) {
	wants = slices.Clone(wants)
	slices.SortFunc(wants, func(a, b *Want) int {
		return cmp.Or(a.RequestedAt.Compare(b.RequestedAt), cmp.Compare(a.ReturnID, b.ReturnID), compareLines(a.ReturnLine, b.ReturnLine))
	})
	asked := make(map[*Want][]event.ReturnFound, len(wants)) // answers so far
	for _, w := range wants {
		asked[w] = w.Found
		w.Found = kept(w)
	}
	purchases := make([]*Purchase, len(bought))
	for n, b := range bought {
		p := &Purchase{OrderID: b.OrderID, LineID: b.LineID, Currency: b.Currency, UnitPriceE6: b.UnitPriceE6, Qty: b.Qty, OrderedAt: b.OrderedAt, ShippedAt: b.ShippedAt}
		for _, t := range b.Taken {
			if !slices.ContainsFunc(wants, func(w *Want) bool { return fixedOn(w, &t, b) }) {
				p.Returned += t.Qty
			}
		}
		for _, w := range wants {
			if at := foundIn(w, b.OrderID, b.LineID); at >= 0 {
				p.Returned += w.Found[at].Qty
			}
		}
		purchases[n] = p
	}
	for _, fixed := range []bool{true, false} {
		for _, w := range wants {
			if w.Fixed == fixed && look(purchases, w, asked[w]) {
				changed = append(changed, w)
			}
		}
	}
	return changed
}

// fixedOn says whether what an order gave is already counted as found for good.
func fixedOn(w *Want, t *event.ReturnTaken, b *Bought) bool {
	return w.Fixed && w.ReturnID == t.ReturnID && w.ReturnLine == t.ReturnLine && foundIn(w, b.OrderID, b.LineID) >= 0
}

func foundIn(w *Want, order, line string) int {
	return slices.IndexFunc(w.Found, func(f event.ReturnFound) bool { return f.OrderID == order && f.LineID == line })
}

// kept is what a want keeps of what was found: all it still wants when it is
// fixed, the newest first; nothing while it is open.
func kept(w *Want) (found []event.ReturnFound) {
	rest := w.Qty
	for _, f := range w.Found {
		if f.Qty = min(f.Qty, rest); w.Fixed && f.Qty > 0 {
			found = append(found, f)
			rest -= f.Qty
		}
	}
	return found
}

// look searches for one want and says whether its answer changed.
func look(purchases []*Purchase, w *Want, before []event.ReturnFound) bool {
	found, have := w.Found, int64(0)
	for _, f := range found {
		have += f.Qty
	}
	known := w.Known && w.Fixed
	if w.Qty > have {
		parts, _, outcome := Match(purchases, Line{Currency: w.Currency, UnitPriceE6: w.UnitPriceE6, Qty: w.Qty - have, AskedAt: w.RequestedAt})
		known = known || outcome != Unmatched
		for _, p := range parts {
			at := slices.IndexFunc(found, func(f event.ReturnFound) bool {
				return f.OrderID == p.Purchase.OrderID && f.LineID == p.Purchase.LineID
			})
			if at < 0 {
				at, found = len(found), append(found, event.ReturnFound{OrderID: p.Purchase.OrderID, LineID: p.Purchase.LineID})
			}
			found[at].Qty += p.Qty
			found[at].ShippedAt = p.Purchase.ShippedAt
		}
	}
	if known == w.Known && slices.EqualFunc(found, before, func(a, b event.ReturnFound) bool {
		return a.OrderID == b.OrderID && a.LineID == b.LineID && a.Qty == b.Qty && a.ShippedAt.Equal(b.ShippedAt)
	}) {
		w.Found = before
		return false
	}
	w.Found, w.Known = found, known
	return true
}

// compareLines sorts the lines of a return by their place.
func compareLines(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
