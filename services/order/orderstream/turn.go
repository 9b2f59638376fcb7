package orderstream

import (
	"fmt"
	"unicode/utf8"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams"
)

// Bounds of the timeline.
const (
	maxMoments = 500 // entries; what comes later is only counted
	maxDetail  = 200 // bytes of one entry's detail
)

// turn is the handling of one input. It reads each row at most once and writes
// what changed when the input is done.
type turn struct {
	*Room
	ctx streams.Ctx
	id  string
	o   *order.Record

	submission *event.OrderSubmit // of a submit
	faults     []event.OrderFault
	reason     string // of a cancel
	next       order.Input

	loaded map[string]*order.Item
	list   []*order.Item // every item in the order of skus, once all is true
	all    bool
	dirty  map[*order.Item]bool
}

// raise gives an input to the machine, and then whatever follows from it.
func (t *turn) raise(in order.Input, v order.View) {
	for ; in != ""; in, t.next = t.next, "" {
		v.Order = t.o
		order.Recount(t.o)
		if in == order.Round {
			v.Outcome = order.Judge(t.o, t.cfg.nodesOf(t.o.Channel), t.items())
		}
		line := order.Next(v, in)
		if line == nil {
			return
		}
		if line.To != "" {
			t.o.Phase, t.o.Goal = line.To, line.Goal
			if line.Goal == "" {
				t.o.Goal = event.OrderGoalNone
			}
		}
		order.Recount(t.o)
		for _, effect := range line.Effects {
			t.do(effect, in)
		}
	}
}

// do carries out an effect of the table.
func (t *turn) do(effect order.Effect, in order.Input) {
	switch effect {
	case order.Accept:
		t.accept()
	case order.Reject:
		t.reject()
	case order.Validate:
		t.validate()
	case order.Ask:
		t.ask()
	case order.Claim:
		t.claim()
	case order.Commit:
		t.commit()
	case order.GiveBack:
		t.giveBack()
	case order.CountShort:
		t.countShort()
	case order.Allocate:
		t.allocate()
	case order.Release:
		t.release()
	case order.Backorder:
		t.backorder(t.short())
	case order.End:
		t.end()
	case order.Complete:
		t.complete()
	case order.Recall:
		t.recall()
	case order.Remember:
		t.remember()
	case order.Wait:
		t.ctx.SetTimer(timerExpire, t.cfg.CancelWait)
	case order.Forget:
		t.forget()
	case order.Mismatch:
		t.o.Mismatches++
		t.moment(momentMismatch, "a submission with another body was refused")
	case order.Refuse:
		t.moment(refusals[in], "the order is "+string(order.Status(t.o)))
	case order.Publish:
		t.publish()
	default:
		panic(fmt.Sprintf("the machine has an effect that nothing carries out: %s", effect))
	}
}

// remember keeps why the order shall be cancelled.
func (t *turn) remember() {
	if t.o.CancelReason == "" {
		t.o.CancelReason = t.reason
		if t.reason == "" {
			t.o.CancelReason = "UNSTATED"
		}
		t.moment("order.cancel", t.o.CancelReason)
	}
	order.Recount(t.o)
}

// forget deletes what is kept of an order that was never submitted.
func (t *turn) forget() {
	for n := range t.o.Moments {
		t.moments.Delete(t.ctx, momentKey(n+1))
	}
	t.ctx.Delete()
}

// moment adds an entry to the timeline.
func (t *turn) moment(what, detail string) {
	t.o.Moments++
	if t.o.Moments > maxMoments {
		return
	}
	if len(detail) > maxDetail {
		cut := maxDetail
		for !utf8.RuneStart(detail[cut]) {
			cut--
		}
		detail = detail[:cut]
	}
	t.moments.Put(t.ctx, momentKey(t.o.Moments), &order.Moment{At: t.ctx.Now(), Event: what, Detail: detail})
}

func momentKey(n int64) string { return fmt.Sprintf("%06d", n) }

// exception counts a fact that should not have happened and names it.
func (t *turn) exception(what, detail string) {
	t.o.Exceptions++
	t.moment(what, detail)
}

// item reads one item, nil when the order has none of the sku.
func (t *turn) item(sku string) *order.Item {
	if i, ok := t.loaded[sku]; ok || t.all {
		return i
	}
	return t.keep(t.Room.items.Get(t.ctx, sku))
}

// keep remembers an item for the rest of the turn.
func (t *turn) keep(i *order.Item) *order.Item {
	if i != nil {
		if t.loaded == nil {
			t.loaded = make(map[string]*order.Item)
		}
		t.loaded[i.Sku] = i
	}
	return i
}

// items reads all items, in the order of skus.
func (t *turn) items() []*order.Item {
	if !t.all {
		t.all = true
		t.Room.items.Range(t.ctx, "", func(sku string, i *order.Item) bool {
			if known := t.loaded[sku]; known != nil {
				i = known
			}
			t.list = append(t.list, t.keep(i))
			return true
		})
	}
	return t.list
}

// changed marks an item to be written.
func (t *turn) changed(i *order.Item) {
	if t.dirty == nil {
		t.dirty = make(map[*order.Item]bool)
	}
	t.dirty[i] = true
}

// flush writes the items that changed.
func (t *turn) flush() {
	for i := range t.dirty {
		t.Room.items.Put(t.ctx, i.Sku, i)
	}
}
