package returnsstream

import (
	"cmp"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/streams"
)

// back books an input of a return and does what follows.
func (r *Room) back(ctx streams.Ctx, record *returns.Record, in streams.Input) error {
	b := r.books(ctx, record)
	moves, err := take(b, in)
	if err != nil {
		return err
	}
	for _, m := range moves {
		r.out.movements.Send(ctx, m.Sku, m)
	}
	r.send(ctx, b, b.Settle(ctx.Now()))
	b.Entries.Changed(func(key string, row *returns.Entry) { r.entries.Put(ctx, key, row) })
	b.Receipts.Changed(func(key string, row *returns.Receipt) { r.receipts.Put(ctx, key, row) })
	b.Verdicts.Changed(func(key string, row *returns.Verdict) { r.verdicts.Put(ctx, key, row) })
	b.Words.Changed(func(key string, row *returns.Word) { r.words.Put(ctx, key, row) })
	b.Asks.Changed(func(key string, row *returns.Ask) { r.asks.Put(ctx, key, row) })
	return nil
}

// take books an input, and returns the movements that it asks for.
func take(b *returns.Books, in streams.Input) (moves []*event.InventoryMovement, err error) {
	switch in := in.(type) {
	case streams.Record[event.ReturnRequested]:
		err = b.Requested(&in.Value)
	case streams.Record[event.ReturnReceived]:
		return b.Received(&in.Value)
	case streams.Record[event.ReturnDispositioned]:
		return b.Dispositioned(&in.Value)
	case streams.Record[event.ReturnResolve]:
		err = b.Resolved(&in.Value)
	case streams.Record[event.ReturnClaimed]:
		b.OrderAnswered(&in.Value)
	case streams.Record[event.ReturnRuled]:
		err = b.Ruled(&in.Value)
	case streams.Record[event.ReturnCredited]:
		b.Credited(&in.Value)
	case streams.Record[returns.Want]:
		b.Return.Heard++
		b.Found(&in.Value)
	case streams.Timer:
		b.Overdue()
	}
	return nil, err
}

// books opens the rows of the return.
func (r *Room) books(ctx streams.Ctx, record *returns.Record) *returns.Books {
	b := returns.NewBooks(ctx.Key(), r.policy, record)
	load(ctx, r.entries, b.Entries)
	load(ctx, r.receipts, b.Receipts)
	load(ctx, r.verdicts, b.Verdicts)
	load(ctx, r.words, b.Words)
	load(ctx, r.asks, b.Asks)
	return b
}

func load[T any](ctx streams.Ctx, children *streams.Children[T], rows *returns.Rows[T]) {
	children.Range(ctx, "", func(id string, child *T) bool {
		rows.Load(id, child)
		return true
	})
}

// send says what follows, and sets the clock of what is expected.
func (r *Room) send(ctx streams.Ctx, b *returns.Books, out *returns.Out) {
	for _, v := range out.Wants {
		account := returns.AccountID(b.Return.Customer.PartyID, b.Entries.Get(v.ReturnLine).Sku)
		b.Return.Told++
		r.out.wanted.Send(ctx, account, v)
	}
	for _, v := range out.Claims {
		r.out.claims.Send(ctx, v.OrderID, v)
	}
	for _, v := range out.Requests {
		r.out.requests.Send(ctx, cmp.Or(v.OrderID, ctx.Key()), v)
	}
	for _, v := range out.Orders {
		r.out.orders.Send(ctx, v.OrderID, v)
	}
	if out.Question != nil {
		r.out.questions.Send(ctx, ctx.Key(), out.Question)
	}
	if out.Decision != nil {
		r.out.decisions.Send(ctx, ctx.Key(), out.Decision)
	}
	if out.Closed != nil {
		r.out.closed.Send(ctx, ctx.Key(), out.Closed)
	}
	switch set := ctx.TimerSet(timerOverdue); {
	case out.Waits && !b.Return.Overdue && !set:
		ctx.SetTimer(timerOverdue, r.policy.Expiry)
	case !out.Waits && set:
		ctx.ClearTimer(timerOverdue)
	}
}
