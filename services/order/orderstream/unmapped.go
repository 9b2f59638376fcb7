package orderstream

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// byCatalogue holds an order whose items nobody knows, and lets it go.
const byCatalogue = "catalogue"

// meanings looks up what the channel's own numbers in a submission mean. It holds
// the order when one of them means nothing yet.
func (t *turn) meanings(s *event.OrderSubmit) {
	unknown := 0
	for _, l := range s.Lines {
		if !l.Unmapped {
			continue
		}
		if product, known := t.Item(s.Channel, l.Sku, t.ctx.Now()); known && product.Active {
			if t.known == nil {
				t.known = make(map[string]string)
			}
			t.known[l.Sku] = product.Sku
		} else {
			unknown++
		}
	}
	if unknown > 0 {
		t.hold(&order.Hold{Reason: order.HoldUnmapped, HeldBy: byCatalogue, Note: fmt.Sprintf("%d lines name items by numbers that nobody has mapped", unknown)})
	}
}

// translateKnown puts our items in place of the numbers that mean something.
func (t *turn) translateKnown() {
	if len(t.known) == 0 {
		return
	}
	for _, u := range order.UnmappedOf(t.items()) {
		if ours, known := t.known[u.Number]; known {
			t.translate(u.Number, ours)
		}
	}
	t.sayAmended(t.o.Revision, order.HoldUnmapped, t.kept())
}

// found puts our item in place of a number that waited for its meaning. An answer
// that nothing waits for changes nothing.
func (t *turn) found(f *event.CrossrefFound) {
	i := t.item(f.TheirID)
	if f.Kind != event.CrossrefKindItem || i == nil || order.Over(t.o) || len(order.UnmappedOf([]*order.Item{i})) == 0 {
		return
	}
	t.translate(f.TheirID, f.OurID)
	t.moment("crossref.found", fmt.Sprintf("%s is %s, says %s", f.TheirID, f.OurID, f.Author))
	t.wants.Delete(t.ctx, f.TheirID)
	t.sayAmended(t.o.Revision, order.HoldUnmapped, t.kept())
	t.publishing = true
}

// translate moves the lines that sell a number of the channel to our item.
func (t *turn) translate(number, ours string) {
	from := t.item(number)
	lines := order.TakeUnmapped(t.o, from)
	to := from
	if ours != number {
		to = t.item(ours)
	}
	if to == nil {
		to = &order.Item{Currency: t.o.Currency, Sku: ours, State: event.ItemStateOpen}
		t.o.Items++
	}
	product, known := t.products.Get(ours)
	for _, l := range lines {
		l.Line.Sku, l.Line.Unmapped = ours, false
		if known {
			l.Line.Kind, l.Line.Uom = product.Kind, product.Uom
		}
		if order.Reservable(l.Line.Kind) {
			order.PutMapped(t.o, to, l)
			continue
		}
		charge := &order.Charge{Currency: t.o.Currency, Position: l.Position, Line: l.Line}
		t.o.Charged += l.Line.Qty
		t.charges.Put(t.ctx, chargeKey(charge), charge)
	}
	t.changed(from)
	t.changed(to)
	t.store()
}

// store writes the items that changed, forgets those that sell nothing any more,
// and has them read anew.
func (t *turn) store() {
	for i := range t.dirty {
		if len(i.Lines) > 0 {
			t.Room.items.Put(t.ctx, i.Sku, i)
			continue
		}
		t.o.Items--
		t.Room.items.Delete(t.ctx, i.Sku)
	}
	t.list, t.loaded, t.dirty, t.all = nil, nil, nil, false
}

// awaitMeanings asks what the numbers mean that hold the order, once each, says so
// when it waits for one no more, and lets the order go when all are known.
func (t *turn) awaitMeanings() {
	if _, held := slices.BinarySearch(t.o.Holds, order.HoldUnmapped); !held || t.o.SubmissionID == "" {
		return
	}
	waits := make(map[string]bool)
	if order.Open(t.o) && t.o.CancelReason == "" {
		for _, u := range order.UnmappedOf(t.items()) {
			waits[u.Number] = true
			if t.wants.Get(t.ctx, u.Number) == nil {
				t.wants.Put(t.ctx, u.Number, &event.OrderWantRecord{AskedAt: t.ctx.Now()})
				t.want(u, false)
			}
		}
	}
	var gone []string
	t.wants.Range(t.ctx, "", func(number string, _ *event.OrderWantRecord) bool {
		if !waits[number] {
			gone = append(gone, number)
		}
		return true
	})
	for _, number := range gone {
		t.wants.Delete(t.ctx, number)
		t.want(order.Unmapped{Number: number}, true)
	}
	if h := t.holds.Get(t.ctx, order.HoldUnmapped); len(waits) == 0 && order.Open(t.o) && h != nil && h.HeldBy == byCatalogue {
		t.resume(order.HoldUnmapped, byCatalogue)
	}
}

// want tells the catalogue that the order waits for what a number means, or no
// more.
func (t *turn) want(u order.Unmapped, gone bool) {
	key := string(event.CatalogKindCrossref) + "/" + event.CrossrefKey(t.o.Channel, event.CrossrefKindItem, u.Number)
	t.out.wanted.Send(t.ctx, key, &event.CrossrefWanted{
		Partner: t.o.Channel, Kind: event.CrossrefKindItem, TheirID: u.Number, OrderID: t.id, Name: u.Name,
		Currency: t.o.Currency, Amount: u.Amount, Gone: gone, WantedAt: t.ctx.Now(),
	})
}
