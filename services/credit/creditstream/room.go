// Package creditstream wires the credit of customers to topics: application
// credit, one entity a customer. Orders, documents and the queue of those that
// wait are children; only a balance reads all documents, and only room under the
// limit the queue.
package creditstream

import (
	"fmt"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/credit"
	"github.com/millrace/millrace/streams"
)

// App is the application id of the topology.
const App = "credit"

// Room is the credit room.
type Room struct {
	Topology *streams.Topology

	customers *streams.Entity[credit.Record]
	holds     *streams.Children[credit.Hold]
	entries   *streams.Children[credit.Entry]
	queue     *streams.Children[event.ExposureTurnRecord]
	granted   streams.Topic[event.CreditGranted]
}

// New makes the room.
func New(schemas *codec.Schemas) *Room {
	r := &Room{Topology: streams.NewTopology(App), granted: typed[event.CreditGranted](schemas, topic.CreditGranted)}
	r.customers = streams.NewEntity(r.Topology, "customer", codec.State[credit.Record](schemas, "exposure"), r.handle)
	r.holds = streams.NewChildren(r.customers, "hold", codec.State[credit.Hold](schemas, "exposure_hold"))
	r.entries = streams.NewChildren(r.customers, "entry", codec.State[credit.Entry](schemas, "exposure_entry"))
	r.queue = streams.NewChildren(r.customers, "queue", codec.State[event.ExposureTurnRecord](schemas, "exposure_turn"))
	streams.Receive(r.customers, typed[event.CreditRequest](schemas, topic.CreditRequest))
	streams.Receive(r.customers, typed[event.CreditBaseline](schemas, topic.CreditBaseline))
	streams.Receive(r.customers, typed[event.CustomerPublished](schemas, topic.CustomerPublished))
	streams.Send(r.customers, r.granted)
	return r
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func (r *Room) handle(ctx streams.Ctx, a *credit.Record, in streams.Input) error {
	before := room(a)
	switch in := in.(type) {
	case streams.Record[event.CreditRequest]:
		if err := r.request(ctx, a, &in.Value); err != nil {
			return err
		}
	case streams.Record[event.CreditBaseline]:
		r.rebase(ctx, a, &in.Value)
	case streams.Record[event.CustomerPublished]:
		credit.Agree(a, &in.Value)
		before = -1 << 63 // a block may have ended
	}
	if room(a) > before {
		r.serve(ctx, a)
	}
	return nil
}

// room is how much more could be granted, minor units.
func room(a *credit.Record) int64 {
	if a.Limit == nil {
		return -1 << 62
	}
	return *a.Limit - credit.Exposure(a)
}

func (r *Room) request(ctx streams.Ctx, a *credit.Record, q *event.CreditRequest) error {
	h := r.holds.Get(ctx, q.OrderID)
	if h == nil {
		h = credit.NewHold(q.OrderID)
	}
	switch q.Action {
	case event.CreditActionHold:
		r.answer(ctx, a, h, credit.Decide(a, h, q, ctx.Now()))
	case event.CreditActionRelease:
		credit.End(a, h, q, ctx.Now())
		r.keep(ctx, a, h)
	case event.CreditActionInvoice, event.CreditActionCredit, event.CreditActionPayment:
		if r.entries.Get(ctx, q.RequestID) != nil {
			return nil
		}
		e, err := credit.Post(a, h, q, ctx.Now())
		if err != nil {
			return err
		}
		r.entries.Put(ctx, q.RequestID, e)
		if q.OrderID != "" { // a payment may belong to no order
			r.keep(ctx, a, h)
		}
	default:
		return fmt.Errorf("request %s of order %s says %q: it is hold, release, invoice, credit or payment", q.RequestID, q.OrderID, q.Action)
	}
	return nil
}

// answer keeps a hold and tells the order; nil says nothing.
func (r *Room) answer(ctx streams.Ctx, a *credit.Record, h *credit.Hold, said *event.CreditGranted) {
	if said == nil {
		return
	}
	r.keep(ctx, a, h)
	said.CustomerID = ctx.Key()
	r.granted.Send(ctx, h.OrderID, said)
}

// keep stores a hold, and its turn while it waits.
func (r *Room) keep(ctx streams.Ctx, a *credit.Record, h *credit.Hold) {
	switch waits := h.State == event.HoldStateWaiting; {
	case waits && h.Turn == 0:
		a.Asked++
		h.Turn = a.Asked
		r.queue.Put(ctx, turn(h.Turn), &event.ExposureTurnRecord{OrderID: h.OrderID})
	case !waits && h.Turn != 0:
		r.queue.Delete(ctx, turn(h.Turn))
		h.Turn = 0
	}
	r.holds.Put(ctx, h.OrderID, h)
}

func turn(n int64) string { return fmt.Sprintf("%016d", n) }

// serve grants those that wait and fit, the oldest first. One that is too large
// does not stop a smaller one: a limit is not used up by waiting.
func (r *Room) serve(ctx streams.Ctx, a *credit.Record) {
	for _, t := range r.queue.All(ctx) {
		h := r.holds.Get(ctx, t.OrderID)
		r.answer(ctx, a, h, credit.Retry(a, h, ctx.Now()))
	}
}

// rebase takes a balance, and forgets what it has contained for long enough.
func (r *Room) rebase(ctx streams.Ctx, a *credit.Record, b *event.CreditBaseline) {
	var ids []string
	var entries []*credit.Entry
	r.entries.Range(ctx, "", func(id string, e *credit.Entry) bool {
		ids, entries = append(ids, id), append(entries, e)
		return true
	})
	if !credit.Rebase(a, entries, b) {
		return
	}
	for n, e := range entries {
		if !e.Counts && b.AsOf.Sub(e.PostedAt) > credit.Remembered {
			r.entries.Delete(ctx, ids[n])
		} else {
			r.entries.Put(ctx, ids[n], e)
		}
	}
	var ended []string
	r.holds.Range(ctx, "", func(id string, h *credit.Hold) bool {
		if h.State == event.HoldStateReleased && ctx.Now().Sub(h.ChangedAt) > credit.Remembered {
			ended = append(ended, id)
		}
		return true
	})
	for _, id := range ended {
		r.holds.Delete(ctx, id)
	}
}

// Customer reads the committed credit of a customer; nil when there is none.
func (r *Room) Customer(from streams.Committed, id string) (*credit.Record, error) {
	return r.customers.Get(from, id)
}

// Holds reads the committed credit of a customer's orders.
func (r *Room) Holds(from streams.Committed, id string) ([]*credit.Hold, error) {
	return r.holds.Read(from, id)
}
