package order

import (
	"cmp"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// NewItems groups the lines that stock must give by item, in the order of skus,
// and returns the others as charges.
func NewItems(currency string, lines []event.OrderLine) (items []*Item, charges []*Charge) {
	bySKU := make(map[string]*Item)
	for i, line := range lines {
		if !Reservable(line.Kind) {
			charges = append(charges, &Charge{Currency: currency, Position: i, Line: line})
			continue
		}
		item := bySKU[line.Sku]
		if item == nil {
			item = &Item{Currency: currency, Sku: line.Sku, State: event.ItemStateOpen}
			bySKU[line.Sku] = item
			items = append(items, item)
		}
		item.Ordered += line.Qty
		item.Lines = append(item.Lines, event.ItemLine{Position: i, Line: line})
	}
	slices.SortFunc(items, func(a, b *Item) int {
		if a.Sku < b.Sku {
			return -1
		}
		return 1
	})
	return items, charges
}

// Granted is how many units of the item stock holds for the order.
func Granted(i *Item) int64 {
	sum := int64(0)
	for _, g := range i.Grants {
		sum += g.Qty
	}
	return sum
}

// MinExpiry is the date before which no unit of an item must expire that is lacking: the
// latest that a line demands, as they are asked for together. It is nil when none does.
func MinExpiry(i *Item) (latest *time.Time) {
	if i == nil {
		return nil
	}
	for n := range i.Lines {
		l := &i.Lines[n]
		if at := l.Line.MinExpiry; at != nil && Lacking(l) > 0 && (latest == nil || at.After(*latest)) {
			latest = at
		}
	}
	return latest
}

// answers is the course of an item: its state, and its state after each verdict.
// A grant in the phase reserving may be firm at once, see Firm. What is not here
// leaves the state alone.
var answers = map[event.ItemState]map[event.StockVerdict]event.ItemState{
	event.ItemStateAsked: {
		event.StockVerdictGranted:   event.ItemStateHeld,
		event.StockVerdictContended: event.ItemStateContended,
		event.StockVerdictShort:     event.ItemStateShort,
		event.StockVerdictRefused:   event.ItemStateShort,
	},
	event.ItemStateCommitting: {event.StockVerdictCommitted: event.ItemStateCommitted},
	event.ItemStateReturning:  {event.StockVerdictReleased: event.ItemStateOpen},
	// what is kept for a basket was to be kept longer
	event.ItemStateHeld: {event.StockVerdictRefused: event.ItemStateShort},
}

// Firm says whether a grant of the first round needs no commit: one item, or
// parts allowed, cannot be undone by another item.
func Firm(o *Record) bool {
	return o.Phase == reserving && (!o.ShipComplete || o.Items == 1)
}

// Answer applies stock's answer to the item. It reports false for one that
// nothing waits for: a repeat, or an answer that the order moved on from.
func Answer(o *Record, i *Item, a *event.InventoryAnswer) bool {
	at := slices.Index(i.Awaiting, a.CommandID)
	if at < 0 {
		return false
	}
	i.Awaiting = slices.Delete(i.Awaiting, at, at+1)
	o.Pending--
	if i.State == event.ItemStateAsked {
		i.Available, i.Position = a.Available, &a.PositionVersion
		i.Grants = append(i.Grants, a.Grants...)
	}
	next, ok := answers[i.State][a.Verdict]
	if !ok {
		return true
	}
	if i.State == event.ItemStateAsked && Firm(o) && len(i.Grants) > 0 {
		next = event.ItemStateCommitted
	}
	if next == event.ItemStateOpen {
		i.Grants = nil
	}
	i.State = next
	return true
}

// Allocations deals the item's grants to what its lines lack: lines in the order
// of their positions, nodes in the order in which they granted.
func Allocations(i *Item) []event.Allocation {
	var all []event.Allocation
	grants := slices.Clone(i.Grants)
	for n := range i.Lines {
		l := &i.Lines[n]
		rest := Lacking(l)
		for g := range grants {
			take := min(rest, grants[g].Qty)
			if take == 0 {
				continue
			}
			owner := cmp.Or(grants[g].Owner, event.OwnerSelf)
			all = append(all, event.Allocation{
				LineID: l.Line.LineID, Sku: i.Sku, Node: grants[g].Node, Qty: take, ReservationID: grants[g].ReservationID, Owner: owner, Provisional: owner != event.OwnerSelf,
			})
			grants[g].Qty -= take
			rest -= take
		}
	}
	return all
}

// Short lists what the item's grants do not cover, a row a line.
func Short(i *Item, outcome event.ShortOutcome) []event.ShortLine {
	var all []event.ShortLine
	granted := Granted(i)
	for n := range i.Lines {
		l := &i.Lines[n]
		lacking := Lacking(l)
		covered := min(lacking, granted)
		granted -= covered
		if covered < lacking {
			all = append(all, event.ShortLine{LineID: l.Line.LineID, Sku: i.Sku, Qty: lacking - covered, Outcome: outcome})
		}
	}
	return all
}

// Lose takes off what the item's grants hold and stock lacks, and returns it: stock is
// to take it back. What is left stays granted.
func Lose(i *Item) []event.Grant {
	var back []event.Grant
	for _, l := range i.Lost {
		for n := range i.Grants {
			g := &i.Grants[n]
			if qty := min(g.Qty, l.Qty); g.ReservationID == l.ReservationID && qty > 0 {
				g.Qty -= qty
				back = append(back, event.Grant{ReservationID: g.ReservationID, Node: g.Node, Qty: qty})
			}
		}
	}
	i.Lost = nil
	i.Grants = slices.DeleteFunc(i.Grants, func(g event.Grant) bool { return g.Qty == 0 })
	if len(i.Grants) == 0 && len(back) > 0 {
		i.State = event.ItemStateOpen
	}
	return back
}

// Surplus takes off what the item's grants hold beyond what its lines lack, the
// last grant first, and returns it: stock is to take it back.
func Surplus(i *Item) []event.Grant {
	over := Granted(i) - LackingOf(i)
	var back []event.Grant
	for n := len(i.Grants) - 1; n >= 0 && over > 0; n-- {
		g := &i.Grants[n]
		qty := min(over, g.Qty)
		over -= qty
		g.Qty -= qty
		back = append(back, event.Grant{ReservationID: g.ReservationID, Node: g.Node, Qty: qty})
	}
	i.Grants = slices.DeleteFunc(i.Grants, func(g event.Grant) bool { return g.Qty == 0 })
	return back
}

// Parts collects what each node gives: a list a node, nodes in the order in which
// they first occur, lines in the order of items.
func Parts(items []*Item) [][]event.Allocation {
	var all [][]event.Allocation
	byNode := make(map[string]int)
	for _, i := range items {
		for _, a := range Allocations(i) {
			n, known := byNode[a.Node]
			if !known {
				n, all = len(all), append(all, nil)
				byNode[a.Node] = n
			}
			all[n] = append(all[n], a)
		}
	}
	return all
}

// Exclude notes that a node did not ship the item when asked.
func Exclude(i *Item, node string) {
	if !slices.Contains(i.Excluded, node) {
		i.Excluded = append(i.Excluded, node)
	}
}
