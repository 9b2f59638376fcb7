package settlement

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// partner is a payment partner with books of its own. It does what it is asked
// once a payment id, refuses what its books do not cover, and loses questions
// and answers.
type partner struct {
	rng    *rand.Rand
	faulty bool
	life   time.Duration // of an authorisation; 0: it does not lapse

	answers map[string]any // by payment id
	cards   map[string]*card
	serial  int
}

// card is an authorisation, or a payment that came without one.
type card struct {
	authorised, voided, captured, refunded int64
	expires                                *time.Time
}

func newPartner(rng *rand.Rand) *partner {
	return &partner{rng: rng, faulty: true, answers: make(map[string]any), cards: make(map[string]*card)}
}

func (p *partner) chance(percent int) bool { return p.rng.IntN(100) < percent }

func (p *partner) number() string {
	p.serial++
	return fmt.Sprint("T", p.serial)
}

// net is what the buyer has paid, less what came back.
func (p *partner) net() (sum int64) {
	for _, c := range p.cards {
		sum += c.captured - c.refunded
	}
	return sum
}

// reserved is what is still set aside at the time now.
func (p *partner) reserved(now time.Time) (sum int64) {
	for _, c := range p.cards {
		if c.expires == nil || now.Before(*c.expires) {
			sum += max(0, c.authorised-c.voided-c.captured)
		}
	}
	return sum
}

// asked returns the facts that a question leads to.
func (p *partner) asked(r *event.PaymentRequested, now time.Time) []any {
	if p.faulty && p.chance(20) { // the question is lost
		return nil
	}
	if p.answers[r.PaymentID] == nil {
		p.answers[r.PaymentID] = p.do(r, now)
	}
	if p.faulty && p.chance(20) { // the answer is lost
		return nil
	}
	return []any{p.answers[r.PaymentID]}
}

func (p *partner) do(r *event.PaymentRequested, now time.Time) any {
	no := func(reason string) any {
		return &event.PaymentDeclined{PaymentID: r.PaymentID, TransactionID: p.number(), OrderID: r.OrderID, Action: r.Action, TenderID: r.TenderID, Amount: r.Amount, Currency: r.Currency, Reason: reason}
	}
	if p.faulty && p.chance(15) {
		return no("MOOD")
	}
	c := p.cards[r.TenderID]
	switch r.Action {
	case event.PaymentActionAuthorise:
		c = &card{authorised: r.Amount}
		if p.faulty && r.Amount > 1 && p.chance(20) {
			c.authorised = 1 + p.rng.Int64N(r.Amount)
		}
		if p.life > 0 {
			at := now.Add(p.life)
			c.expires = &at
		}
		id := fmt.Sprint("card", len(p.cards))
		p.cards[id] = c
		return &event.PaymentAuthorised{PaymentID: r.PaymentID, TransactionID: p.number(), OrderID: r.OrderID, TenderID: id, Amount: c.authorised, Currency: r.Currency, AuthorisedAt: now, ExpiresAt: c.expires}
	case event.PaymentActionCapture:
		if c.expires != nil && !now.Before(*c.expires) || c.authorised-c.voided-c.captured < r.Amount {
			return no("NOT_COVERED")
		}
		c.captured += r.Amount
		return &event.PaymentCaptured{PaymentID: r.PaymentID, TransactionID: p.number(), OrderID: r.OrderID, TenderID: r.TenderID, Amount: r.Amount, Currency: r.Currency}
	case event.PaymentActionVoid:
		if c.authorised-c.voided-c.captured < r.Amount {
			return no("NOTHING_LEFT")
		}
		c.voided += r.Amount
		return &event.PaymentVoided{PaymentID: r.PaymentID, TransactionID: p.number(), OrderID: r.OrderID, TenderID: r.TenderID, Amount: r.Amount, Currency: r.Currency}
	case event.PaymentActionRefund:
		if c.captured-c.refunded < r.Amount {
			return no("NOT_CAPTURED")
		}
		c.refunded += r.Amount
		return &event.PaymentRefunded{PaymentID: r.PaymentID, TransactionID: p.number(), OrderID: r.OrderID, TenderID: r.TenderID, Amount: r.Amount, Currency: r.Currency}
	}
	return no("UNKNOWN")
}

// transfer is money that the buyer sends without being asked for.
func (p *partner) transfer(order string, amount int64) *event.PaymentCaptured {
	id := p.number()
	p.cards[id] = &card{captured: amount}
	return &event.PaymentCaptured{TransactionID: id, OrderID: order, TenderID: id, Amount: amount, Currency: "EUR"}
}
