package settlement

import (
	"cmp"
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// statement is what all facts of a payment partner have in common.
type statement struct {
	action                       event.PaymentAction
	payment, transaction, tender string
	amount                       int64
	currency                     string
	at                           time.Time
	book                         func(t *Tender)
}

// Authorised books money that is set aside. Like all statements it is booked at
// the time now: a partner's clock decides nothing.
func (b *Books) Authorised(p *event.PaymentAuthorised, now time.Time) error {
	return b.state(statement{event.PaymentActionAuthorise, p.PaymentID, p.TransactionID, p.TenderID, p.Amount, p.Currency, now, func(t *Tender) {
		t.Authorised += p.Amount
		t.Method = cmp.Or(p.Method, t.Method)
		if t.AuthorisedAt == nil || p.AuthorisedAt.After(*t.AuthorisedAt) {
			t.AuthorisedAt, t.ExpiresAt = &p.AuthorisedAt, p.ExpiresAt
		}
		b.Order.Stopped = false
	}})
}

// Captured books money that was taken.
func (b *Books) Captured(p *event.PaymentCaptured, now time.Time) error {
	return b.state(statement{event.PaymentActionCapture, p.PaymentID, p.TransactionID, p.TenderID, p.Amount, p.Currency, now, func(t *Tender) {
		t.Captured += p.Amount
		b.Order.Captured += p.Amount
	}})
}

// Voided books money that is free again.
func (b *Books) Voided(p *event.PaymentVoided, now time.Time) error {
	return b.state(statement{event.PaymentActionVoid, p.PaymentID, p.TransactionID, p.TenderID, p.Amount, p.Currency, now, func(t *Tender) {
		t.Voided += p.Amount
	}})
}

// Refunded books money that was paid back.
func (b *Books) Refunded(p *event.PaymentRefunded, now time.Time) error {
	return b.state(statement{event.PaymentActionRefund, p.PaymentID, p.TransactionID, p.TenderID, p.Amount, p.Currency, now, func(t *Tender) {
		t.Refunded += p.Amount
		b.Order.Refunded += p.Amount
	}})
}

// state books a statement once, whoever asked for it.
func (b *Books) state(s statement) error {
	o := b.Order
	key := string(s.action) + "/" + s.transaction
	if b.Transactions.Get(key) != nil {
		return nil
	}
	if s.amount <= 0 || o.Currency != "" && s.currency != o.Currency {
		return fmt.Errorf("transaction %s of order %s is %d minor units of %s: the order is in %s, amounts are above zero", s.transaction, b.ID, s.amount, s.currency, o.Currency)
	}
	b.Transactions.Put(key, &Transaction{PaymentID: s.payment})
	t := b.Tenders.Get(s.tender)
	if t == nil {
		t = &Tender{TenderID: s.tender}
	}
	s.book(t)
	b.Tenders.Put(s.tender, t)
	b.move(s.payment, Answer, s.at)
	return nil
}

// Declined books a refusal: nothing more is taken of that means of payment, what
// is set aside there is set free.
func (b *Books) Declined(p *event.PaymentDeclined, now time.Time) {
	if !b.move(p.PaymentID, Decline, now) {
		return
	}
	switch p.Action {
	case event.PaymentActionAuthorise:
		b.Order.Stopped = true
	case event.PaymentActionCapture:
		if t := b.Tenders.Get(p.TenderID); t != nil {
			t.Closed = true
			b.Tenders.Put(p.TenderID, t)
		}
	}
}

// move gives an input to a payment request and says whether its state changed.
func (b *Books) move(id string, on Input, at time.Time) bool {
	if id == "" || b.Order.Payments == 0 {
		return false
	}
	for _, key := range b.Payments.Keys() {
		p := b.Payments.Get(key)
		if p.PaymentID != id {
			continue
		}
		rule := next(paymentTable, p.State, on)
		if rule == nil || rule.To == p.State {
			return false
		}
		p.State, p.ChangedAt = rule.To, at
		b.Payments.Put(key, p)
		return true
	}
	return false
}
