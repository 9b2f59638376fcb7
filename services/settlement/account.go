package settlement

import (
	"cmp"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// account is a means of payment with what is under way for it, minor units.
type account struct {
	key string
	*Tender
	lapsed                        bool
	capturing, voiding, refunding int64
	declined                      map[event.PaymentAction]refusals
}

// refusals is how often a partner refused something, and the last time.
type refusals struct {
	count int
	last  time.Time
}

// gives says whether a refund or void may be asked for at the time now.
func (a *account) gives(action event.PaymentAction, now time.Time) bool {
	d := a.declined[action]
	return d.count == 0 || d.count < giveTries && !now.Before(d.last.Add(giveAgain))
}

// idle is what is set aside and neither taken nor asked for.
func (a *account) idle() int64 {
	if a.lapsed {
		return 0
	}
	return max(0, a.Authorised-a.Voided-a.Captured-a.capturing-a.voiding)
}

// open is the part of idle that can be taken.
func (a *account) open() int64 {
	if a.Closed {
		return 0
	}
	return a.idle()
}

// cover is the part of open that does not lapse soon.
func (a *account) cover(now time.Time) int64 {
	if at := a.renewal(); at != nil && !now.Before(*at) {
		return 0
	}
	return a.open()
}

// renewal is when to look for money elsewhere, nil for never.
func (a *account) renewal() *time.Time {
	if a.ExpiresAt == nil {
		return nil
	}
	margin := renewBefore
	if a.AuthorisedAt != nil {
		margin = min(margin, a.ExpiresAt.Sub(*a.AuthorisedAt)/5)
	}
	at := a.ExpiresAt.Add(-margin)
	return &at
}

// order puts what is never renewed last.
func order(at *time.Time) int {
	if at == nil {
		return 1
	}
	return 0
}

// accounts lists the means of payment, the first to be renewed first, and what
// authorisations are under way.
func (b *Books) accounts(now time.Time) (all []*account, authorising int64) {
	byID := make(map[string]*account)
	for _, key := range b.Tenders.Keys() {
		a := &account{key: key, Tender: b.Tenders.Get(key), declined: make(map[event.PaymentAction]refusals)}
		a.lapsed = a.ExpiresAt != nil && !now.Before(*a.ExpiresAt)
		all = append(all, a)
		byID[key] = a
	}
	if b.Order.Payments > 0 {
		for _, key := range b.Payments.Keys() {
			p := b.Payments.Get(key)
			a := byID[p.TenderID]
			switch {
			case p.State == event.PaymentStateDeclined && a != nil:
				a.declined[p.Action] = refusals{a.declined[p.Action].count + 1, p.ChangedAt}
			case p.State != event.PaymentStateAsked:
			case p.Action == event.PaymentActionAuthorise:
				authorising += p.Amount
			case a == nil:
			case p.Action == event.PaymentActionCapture:
				a.capturing += p.Amount
			case p.Action == event.PaymentActionVoid:
				a.voiding += p.Amount
			case p.Action == event.PaymentActionRefund:
				a.refunding += p.Amount
			}
		}
	}
	slices.SortStableFunc(all, func(x, y *account) int { // keys are in order
		from, to := x.renewal(), y.renewal()
		if from == nil || to == nil {
			return cmp.Compare(order(from), order(to))
		}
		return from.Compare(*to)
	})
	return all, authorising
}
