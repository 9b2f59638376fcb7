package order

import (
	"slices"

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
		i.Available = a.Available
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

// Allocations deals the item's grants to its lines: lines in the order of their
// positions, nodes in the order in which they granted.
func Allocations(i *Item) []event.Allocation {
	var all []event.Allocation
	grants := slices.Clone(i.Grants)
	for _, l := range i.Lines {
		rest := l.Line.Qty
		for g := range grants {
			take := min(rest, grants[g].Qty)
			if take == 0 {
				continue
			}
			all = append(all, event.Allocation{LineID: l.Line.LineID, Sku: i.Sku, Node: grants[g].Node, Qty: take, ReservationID: grants[g].ReservationID})
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
	for _, l := range i.Lines {
		covered := min(l.Line.Qty, granted)
		granted -= covered
		if covered < l.Line.Qty {
			all = append(all, event.ShortLine{LineID: l.Line.LineID, Sku: i.Sku, Qty: l.Line.Qty - covered, Outcome: outcome})
		}
	}
	return all
}

// Consign collects what each node gives: one consignment a node, nodes in the
// order in which they first occur, lines in the order of items.
func Consign(items []*Item) []*Consignment {
	var all []*Consignment
	byNode := make(map[string]*Consignment)
	for _, i := range items {
		for _, a := range Allocations(i) {
			c := byNode[a.Node]
			if c == nil {
				c = &Consignment{Node: a.Node}
				byNode[a.Node] = c
				all = append(all, c)
			}
			c.Lines = append(c.Lines, event.FulfilmentLine{LineID: a.LineID, Sku: a.Sku, Qty: a.Qty, ReservationID: a.ReservationID})
		}
	}
	return all
}
