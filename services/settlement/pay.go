package settlement

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

const (
	// firstSilence is how long an answer is waited for before asking again; each
	// time twice as long, up to lastSilence.
	firstSilence = time.Hour
	lastSilence  = 24 * time.Hour
	// giveAgain is when a refund or void that was declined is tried anew: it is
	// the buyer's money.
	giveAgain = 24 * time.Hour
	// giveTries is how often, before it is left to a person.
	giveTries = 30
	// renewBefore is how long before it lapses an authorisation counts no more,
	// at most a fifth of its life.
	renewBefore = 24 * time.Hour
)

// pay asks payment partners for what the balance lacks: take what is owed, pay
// back what is too much, set aside what will be owed, set free what will not.
func (b *Books) pay(out *Out, now time.Time) {
	if !b.collects() {
		return
	}
	b.askAgain(out, now)
	accounts, authorising := b.accounts(now)
	o := b.Order
	capturing, refunding := int64(0), int64(0)
	for _, a := range accounts {
		capturing += a.capturing
		refunding += a.refunding
	}
	closing := o.Ended || o.Voiding
	target := max(0, b.Owed())
	want := target
	if !closing {
		target = max(target, o.Advance)
		want = max(target, o.Total, o.Requested+b.toBill())
	}
	held := o.Captured - o.Refunded - refunding
	for over, n := held-target, 0; over > 0 && n < len(accounts); n++ {
		a := accounts[len(accounts)-1-n]
		amount := min(over, max(0, a.Captured-a.Refunded-a.refunding))
		if amount > 0 && a.gives(event.PaymentActionRefund, now) {
			b.ask(out, event.PaymentActionRefund, a.TenderID, amount, now)
			a.refunding += amount
			over -= amount
			held -= amount
		}
	}
	lacks := target - held - capturing
	if refunding > 0 {
		lacks = 0 // first what is on its way back, or more than is owed would be held meanwhile
	}
	for _, a := range accounts {
		if amount := min(lacks, a.open()); amount > 0 {
			b.ask(out, event.PaymentActionCapture, a.TenderID, amount, now)
			a.capturing += amount
			capturing += amount
			lacks -= amount
		}
	}
	b.setAside(out, accounts, max(0, want-held-capturing), authorising, now)
}

// toBill is what an order whose lines changed has yet to be billed for. More of a
// line may have left and been billed than is wanted now; that does not pay for what
// is wanted of the others.
func (b *Books) toBill() int64 {
	if b.Order.Amended == 0 || b.Order.Terms != event.PaymentTermsPrepaid {
		return 0
	}
	var billed []*Bill
	for _, key := range b.Bills.Keys() {
		billed = append(billed, b.Bills.Get(key))
	}
	price, rest, left := b.Price(), &Bill{}, shippedOf(billed)
	for _, l := range price.Lines {
		if units := l.Qty - left[l.LineID]; ships(l.Kind) && units > 0 {
			rest.Lines = append(rest.Lines, event.BilledLine{LineID: l.LineID, Qty: units})
		}
	}
	Fill(rest, price, billed)
	return rest.Total
}

// setAside sees to it that needed is set aside, and not much more. What lapses
// soon covers nothing, and goes as soon as the rest is enough.
func (b *Books) setAside(out *Out, accounts []*account, needed, authorising int64, now time.Time) {
	covered := int64(0)
	for _, a := range accounts {
		covered += a.cover(now)
	}
	if b.Order.Terms == event.PaymentTermsPrepaid && covered+authorising < needed && !b.Order.Stopped {
		b.ask(out, event.PaymentActionAuthorise, "", needed-covered-authorising, now)
	}
	for _, a := range accounts {
		free, without := a.idle(), covered-a.cover(now)
		if free == 0 || a.capturing > 0 || !a.Closed && without < needed || !a.gives(event.PaymentActionVoid, now) {
			continue
		}
		covered = without
		b.ask(out, event.PaymentActionVoid, a.TenderID, free, now)
		a.voiding += free
	}
}

// ask asks a payment partner for a transaction.
func (b *Books) ask(out *Out, action event.PaymentAction, tender string, amount int64, now time.Time) {
	b.Order.Payments++
	p := &Payment{
		Currency: b.Order.Currency, PaymentID: PaymentID(b.ID, b.Order.Payments), Action: action, TenderID: tender, Amount: amount,
		State: event.PaymentStateAsked, Attempt: 1, RequestedAt: now, ChangedAt: now,
	}
	b.Payments.Put(fmt.Sprintf("%06d", b.Order.Payments), p)
	b.say(out, p)
}

func (b *Books) say(out *Out, p *Payment) {
	out.Payments = append(out.Payments, &event.PaymentRequested{
		PaymentID: p.PaymentID, OrderID: b.ID, Action: p.Action, TenderID: p.TenderID, Amount: p.Amount, Currency: p.Currency,
		Customer: b.Order.Customer, Attempt: p.Attempt, RequestedAt: p.RequestedAt,
	})
}

// askAgain repeats what no answer came to.
func (b *Books) askAgain(out *Out, now time.Time) {
	if b.Order.Payments == 0 {
		return
	}
	for _, key := range b.Payments.Keys() {
		p := b.Payments.Get(key)
		if rule := next(paymentTable, p.State, Silence); rule != nil && !now.Before(p.ChangedAt.Add(silence(p))) {
			p.Attempt++
			p.State, p.ChangedAt = rule.To, now
			b.Payments.Put(key, p)
			b.say(out, p)
		}
	}
}

// silence is how long the answer to the last attempt is waited for.
func silence(p *Payment) time.Duration {
	return min(lastSilence, firstSilence<<min(p.Attempt-1, 10))
}

// wake is the next moment at which something is due, nil for none.
func (b *Books) wake(now time.Time) *time.Time {
	var at *time.Time
	due := func(t time.Time) {
		if t.After(now) && (at == nil || t.Before(*at)) {
			at = &t
		}
	}
	if b.Order.Requests > 0 {
		for _, key := range b.Requests.Keys() {
			r := b.Requests.Get(key)
			for _, l := range r.Lines {
				if rest(&l) > 0 {
					due(r.TakenAt.Add(claimLimit))
				}
			}
		}
	}
	if !b.collects() {
		return at
	}
	accounts, _ := b.accounts(now)
	for _, a := range accounts {
		if a.ExpiresAt != nil && a.idle() > 0 {
			due(*a.renewal())
			due(*a.ExpiresAt)
		}
		for _, d := range a.declined {
			if d.count < giveTries {
				due(d.last.Add(giveAgain))
			}
		}
	}
	for _, key := range b.Payments.Keys() {
		if p := b.Payments.Get(key); p.State == event.PaymentStateAsked {
			due(p.ChangedAt.Add(silence(p)))
		}
	}
	return at
}
