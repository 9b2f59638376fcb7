package audit

import (
	"fmt"
	"slices"
)

// O3, nothing left behind: Leave after an order ended, stock holds nothing for it,
// every node has said its last word about its part (or a person decided it), and
// what an order calls allocated had been granted to it.
//
// From order.completed, order.cancelled, order.allocated, order.resolve,
// fulfilment.requested, fulfilment.status, purchase.requested, purchase.accepted, shipment.confirmed, and the
// reservations of I3. That no money stays set aside is judged with M1, because
// payment partners answer in their own time.
func (a *Auditor) judgeLeftovers(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || !a.judged(o) || o.End == nil {
		return
	}
	a.checked(Leftovers)
	for sku := range o.SKUs {
		a.checkHeld(o, sku)
	}
	for id, j := range o.Jobs {
		a.checkJob(o, id, j)
	}
}

func (a *Auditor) checkHeld(o *order, sku string) {
	i := a.items[sku]
	if i == nil || a.config.Partial {
		return
	}
	for id, r := range i.Reservations {
		if r.Order == o.ID && r.open() != 0 {
			a.violated(Leftovers, o.ID, "held "+id, "nothing is reserved after the end", fmt.Sprintf("%d of %s at %s", r.open(), sku, r.Node), r.Place, o.End.Place)
		}
	}
}

// checkJob: a node still has units that it neither shipped nor gave up.
func (a *Auditor) checkJob(o *order, id string, j *job) {
	if !j.known() || j.Final || j.GivenUp {
		return
	}
	left := make(map[string]int64)
	places := []Place{j.Place}
	for _, s := range o.Shipments {
		if s.Job == id {
			places = append(places, s.Place)
			for line, qty := range s.Lines {
				left[line] += qty
			}
		}
	}
	for line, asked := range j.Asked {
		if open := asked - left[line] - j.Withheld[line]; open > 0 {
			a.violated(Leftovers, o.ID, "node "+id+line, fmt.Sprintf("%s said what became of its part", j.Node), fmt.Sprintf("%d units of line %s are open there", open, line),
				append(sorted(places), o.End.Place)...)
		}
	}
}

// noteAllocated files which reservations stand behind an order.
func (a *Auditor) noteAllocated(f *fact) {
	o := a.word(f.key, f)
	for _, l := range f.rows("allocations") {
		o.SKUs[l.text("sku")] = true
		o.Allocations = append(o.Allocations, allocation{
			Place: f.Place, At: f.at, SKU: l.text("sku"), Node: l.text("node"), Line: l.text("line_id"), Reservation: l.text("reservation_id"), Qty: l.number("qty"),
		})
	}
	a.later(Leftovers, judgeBacked, o.ID, "", f, 2*a.limits.Skew)
}

// judgeAllocations: what an order calls allocated was granted to it.
func (a *Auditor) judgeAllocations(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || a.config.Partial {
		return
	}
	a.checked(Leftovers)
	sum := make(map[string]int64)
	for _, l := range o.Allocations {
		if l.Place != w.Place {
			continue
		}
		sum[l.Reservation] += l.Qty
		i := a.items[l.SKU]
		var r *reservation
		if i != nil {
			r = i.Reservations[l.Reservation]
		}
		if r == nil || r.Order != o.ID || r.Node != l.Node || r.Qty < sum[l.Reservation] {
			seen := "no such reservation"
			if r != nil {
				seen = fmt.Sprintf("a reservation of %d at %s for order %s", r.Qty, r.Node, r.Order)
			}
			a.violated(Leftovers, o.ID, "backed "+l.Reservation, fmt.Sprintf("%d of %s at %s are reserved for what is called allocated", sum[l.Reservation], l.SKU, l.Node), seen, l.Place)
		}
	}
	o.Allocations = slices.DeleteFunc(o.Allocations, func(l allocation) bool { return l.Place == w.Place })
}

// sorted puts places into their order, each once.
func sorted(places []Place) []Place {
	slices.SortFunc(places, comparePlaces)
	return slices.Compact(places)
}
