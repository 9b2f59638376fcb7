package returnsstream

import (
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/streams"
)

// account keeps what a customer bought of an item, and searches it while returns
// want to know. Purchases alone are only kept: most goods never come back.
func (r *Room) account(ctx streams.Ctx, a *Account, in streams.Input) error {
	a.Heard++
	switch in := in.(type) {
	case streams.Record[returns.Bought]:
		b := &in.Value
		r.bought.Put(ctx, b.OrderID+event.Separator+b.LineID, b)
		if a.Wants > 0 {
			r.search(ctx, a, "")
		}
	case streams.Record[returns.Want]:
		w := &in.Value
		id := returns.WantID(w.ReturnID, w.ReturnLine)
		before := r.wants.Get(ctx, id)
		switch {
		case w.Qty == 0 && before == nil:
			return nil
		case w.Qty == 0:
			a.Wants--
			r.wants.Delete(ctx, id)
		default:
			if before == nil {
				a.Wants++
			} else {
				w.Found, w.Known = before.Found, before.Known
			}
			r.wants.Put(ctx, id, w)
		}
		r.search(ctx, a, id)
	}
	return nil
}

// search looks again, and answers whoever asked and those whose answer changed.
func (r *Room) search(ctx streams.Ctx, a *Account, asked string) {
	wants := r.wants.All(ctx)
	if len(wants) == 0 {
		return
	}
	told := make(map[string]bool)
	tell := func(w *returns.Want) {
		a.Told++
		r.out.found.Send(ctx, w.ReturnID, w)
		told[returns.WantID(w.ReturnID, w.ReturnLine)] = true
	}
	for _, w := range returns.Search(r.bought.All(ctx), wants) {
		r.wants.Put(ctx, returns.WantID(w.ReturnID, w.ReturnLine), w)
		tell(w)
	}
	if w := r.wants.Get(ctx, asked); w != nil && !told[asked] {
		tell(w)
	}
}
