package business

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// bank is a payment partner with books of its own: it does what a payment id asks
// once, and answers the same whenever it is asked again.
type bank struct {
	accounts   map[string]*purse // by order id
	answers    map[string]*fact  // by payment id
	numbers    int
	repeats    int
	declines   int
	complaints []string
}

// purse is what a bank did for an order, minor units.
type purse struct {
	tenders            map[string]*tender
	captured, refunded int64
}

// tender is one authorisation and what was done with it.
type tender struct{ authorised, captured, voided, refunded int64 }

// fact is a transaction of a bank, or its refusal.
type fact struct {
	action          event.PaymentAction
	payment, number string
	order, tender   string
	amount          int64
	currency        string
	declined        bool
	at              time.Time
}

func newBank() *bank {
	return &bank{accounts: make(map[string]*purse), answers: make(map[string]*fact)}
}

func (b *bank) complain(format string, args ...any) {
	b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
}

func (b *bank) purse(order string) *purse {
	p := b.accounts[order]
	if p == nil {
		p = &purse{tenders: make(map[string]*tender)}
		b.accounts[order] = p
	}
	return p
}

// ask does a transaction once; decline refuses to set money aside.
func (b *bank) ask(r *event.PaymentRequested, now time.Time, decline bool) *fact {
	if was := b.answers[r.PaymentID]; was != nil {
		b.repeats++
		if was.action != r.Action || was.amount != r.Amount || was.order != r.OrderID {
			b.complain("payment %s was %s of %d and is %s of %d", r.PaymentID, was.action, was.amount, r.Action, r.Amount)
		}
		return was
	}
	f := &fact{action: r.Action, payment: r.PaymentID, order: r.OrderID, tender: r.TenderID, amount: r.Amount, currency: r.Currency, at: now}
	b.book(f, decline)
	b.answers[r.PaymentID] = f
	return f
}

// offer is money that a buyer sets aside though nobody asked.
func (b *bank) offer(order, currency string, amount int64, now time.Time) *fact {
	f := &fact{action: event.PaymentActionAuthorise, order: order, amount: amount, currency: currency, at: now}
	b.book(f, false)
	return f
}

func (b *bank) book(f *fact, decline bool) {
	b.numbers++
	f.number = fmt.Sprintf("T%07d", b.numbers)
	p := b.purse(f.order)
	if f.action == event.PaymentActionAuthorise {
		if f.declined = decline; decline {
			b.declines++
			return
		}
		f.tender = "card " + f.number
		p.tenders[f.tender] = &tender{authorised: f.amount}
		return
	}
	t := p.tenders[f.tender]
	if t == nil || f.amount <= 0 {
		b.complain("%s of %d for order %s names tender %q, which is not known", f.action, f.amount, f.order, f.tender)
		f.declined = true
		return
	}
	switch f.action {
	case event.PaymentActionCapture:
		t.captured += f.amount
		p.captured += f.amount
	case event.PaymentActionVoid:
		t.voided += f.amount
	case event.PaymentActionRefund:
		t.refunded += f.amount
		p.refunded += f.amount
	}
	if t.captured+t.voided > t.authorised || t.refunded > t.captured {
		b.complain("tender %s of order %s is overdrawn by %s of %d: %+v", f.tender, f.order, f.action, f.amount, *t)
	}
}
