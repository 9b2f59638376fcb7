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
	reduce     []event.CancelLine
	amendment  *order.Amendment
	resolve    *event.OrderResolve
	halt       *order.Hold         // that somebody asks for
	freeze     *event.OrderFreeze  // a word by which it is frozen or thawed
	wish       *event.OrderReserve // of a basket
	ending     event.BasketState   // why the basket ends, when its end was asked for
	plan       *order.Plan         // the next one, once it was looked for
	known      map[string]string   // our items by the channel's numbers in a submission
	next       order.Input
	publishing bool // order.state is said when the input is done

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
		t.reckon()
		if in == order.Round {
			v.Outcome = order.Judge(t.o, t.items(), t.another)
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
	case order.AskAnew:
		t.askAnew()
	case order.Claim:
		t.claim()
	case order.Commit:
		t.commit()
	case order.GiveBack:
		t.giveBack()
	case order.Undo:
		t.undo()
	case order.GiveUpLost:
		t.giveUpLost()
	case order.AskMore:
		t.askMore()
	case order.Trim:
		t.trim()
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
	case order.Collect:
		t.collect()
	case order.Complete:
		t.complete()
	case order.Recall:
		t.recall()
	case order.Forsake:
		t.forsake()
	case order.Pass:
		t.next = order.Gate
	case order.Settle:
		t.next = order.Progress
	case order.Publish:
		t.publishing = true
	default:
		if !t.doBasket(effect, in) {
			t.doRequest(effect, in)
		}
	}
}

// doBasket carries out an effect that only baskets have.
func (t *turn) doBasket(effect order.Effect, in order.Input) bool {
	switch effect {
	case order.Fill:
		t.fill()
	case order.Keeps:
		t.keeps()
	case order.Prolong:
		t.prolong()
	case order.Swap:
		t.swap()
	case order.TakeOver:
		t.takeOver()
	case order.TurnDown:
		t.turnDown()
	case order.Yield:
		t.yield(in)
	default:
		return false
	}
	return true
}

// doRequest carries out an effect that only requests have.
func (t *turn) doRequest(effect order.Effect, in order.Input) {
	switch effect {
	case order.Remember:
		t.remember()
	case order.Again:
		t.next = in
	case order.Drop:
		t.drop()
	case order.DropShort:
		t.each(order.DropLacking)
	case order.Keep:
		t.keepAmendment()
	case order.Apply:
		t.apply()
	case order.Shrink:
		t.shrink()
	case order.Stop:
		t.stop()
	case order.Wait:
		t.ctx.SetTimer(timerExpire, t.cfg.CancelWait)
	case order.Forget:
		t.forget()
	case order.Mismatch:
		t.o.Mismatches++
		t.moment(momentMismatch, "a submission with another body was refused")
	case order.Refuse:
		t.moment(refusals[in], "the order is "+string(order.Status(t.o)))
	default:
		panic(fmt.Sprintf("the machine has an effect that nothing carries out: %s", effect))
	}
}

// moment adds an entry to the timeline.
func (t *turn) moment(what, detail string) {
	t.o.Moments++
	if t.o.Moments > maxMoments {
		return
	}
	t.moments.Put(t.ctx, momentKey(t.o.Moments), &order.Moment{At: t.ctx.Now(), Event: what, Detail: clip(detail)})
}

// clip bounds a text for people.
func clip(detail string) string {
	if len(detail) <= maxDetail {
		return detail
	}
	cut := maxDetail
	for !utf8.RuneStart(detail[cut]) {
		cut--
	}
	return detail[:cut]
}

func momentKey(n int64) string { return fmt.Sprintf("%06d", n) }

// flag notes whether a fact stands that should not have happened. It depends on
// what is known and not on when it came, so it also takes the note back.
func (t *turn) flag(kind, subject string, stands bool, detail string) {
	key := kind + "/" + subject
	known := t.exceptions.Get(t.ctx, key) != nil
	switch {
	case stands && !known:
		t.o.Exceptions++
		t.exceptions.Put(t.ctx, key, &order.Exception{Kind: kind, Subject: subject, Detail: clip(detail), Since: t.ctx.Now()})
		t.moment(kind, detail)
		t.raiseAlert(kind, t.id+"/"+subject, "", detail)
	case !stands && known:
		t.o.Exceptions--
		t.exceptions.Delete(t.ctx, key)
	}
}

// item reads one item, nil when the order has none of the sku.
func (t *turn) item(sku string) *order.Item {
	if sku == "" {
		return nil
	}
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

// each changes every item.
func (t *turn) each(change func(o *order.Record, i *order.Item)) {
	for _, i := range t.items() {
		change(t.o, i)
		t.changed(i)
	}
}

// flush says where the order stands and writes the items that changed.
func (t *turn) flush() {
	t.awaitMeanings()
	t.trimClaims()
	t.awaitMoney()
	t.nameRefused()
	t.publish()
	for i := range t.dirty {
		t.Room.items.Put(t.ctx, i.Sku, i)
	}
}
