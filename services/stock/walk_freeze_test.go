package stock

import (
	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// freeze freezes the item or thaws it, whatever it is.
func (w *walk) freeze(t *rapid.T) {
	was := w.model.frozen
	w.model.frozen = rapid.Bool().Draw(t, "frozen")
	w.expect(t, w.item.freeze(w.model.frozen, w.id()))
	if done := w.item.last.Done(); (len(done) == 1) != (was != w.model.frozen) {
		t.Fatalf("step %d: frozen %v, then %v: said %+v", w.step, was, w.model.frozen, done)
	}
	if p := w.item.last.Position(); p.Frozen != w.model.frozen || (p.Freeze != nil) != p.Frozen || p.Frozen && (p.Freeze.By != "ann" || p.Freeze.ViolationID == "" || p.Freeze.Since.After(p.AsOf)) {
		t.Fatalf("step %d: frozen %v, and the position says %v: %+v", w.step, w.model.frozen, p.Frozen, p.Freeze)
	}
}

// freeze gives the item a word about its freeze, because of a violation.
func (i *item) freeze(frozen bool, violation string) []event.InventoryAnswer {
	i.t.Helper()
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	if err := i.last.SetFreeze(&event.InventoryFreeze{Sku: "lamp", Frozen: frozen, By: "ann", Reason: "it is odd", ViolationID: violation, At: i.now}); err != nil {
		i.t.Fatal(err)
	}
	return i.last.Answers()
}
