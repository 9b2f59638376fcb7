package credit

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Why a hold is refused.
const (
	reasonLimit    = "LIMIT"    // it would pass the limit
	reasonNoLimit  = "NO_LIMIT" // no limit is agreed with the customer
	reasonBlocked  = "BLOCKED"  // nothing is sold to the customer
	reasonCurrency = "CURRENCY" // the limit is in another currency
	reasonEnded    = "ENDED"    // the order has ended
)

// Exposure is what the customer owes or was granted, minor units.
func Exposure(a *Record) int64 { return a.Balance + a.Posted + a.Held }

// open is what an order counts for beside its invoices that are known; after its
// end, what invoices on their way are worth.
func open(h *Hold) int64 {
	if h.State == event.HoldStateReleased {
		return max(0, h.Bills-h.Billed)
	}
	return max(0, h.Granted-h.Billed)
}

// change keeps the sum of what is held right while a hold is changed.
func change(a *Record, h *Hold, at time.Time, do func()) {
	before := open(h)
	do()
	a.Held += open(h) - before
	h.ChangedAt = at
}

// refusal says why an amount cannot be granted to an order, empty when it can.
func refusal(a *Record, h *Hold, amount int64, currency string) string {
	switch {
	case h.State == event.HoldStateReleased:
		return reasonEnded
	case a.Blocked != "":
		return reasonBlocked
	case a.Limit == nil:
		return reasonNoLimit
	case currency != a.Currency:
		return reasonCurrency
	case amount > h.Granted && Exposure(a)-open(h)+max(0, amount-h.Billed) > *a.Limit:
		return reasonLimit
	}
	return ""
}

// Decide answers an order that asks for credit at the time at; nil when a later
// revision was decided before. Asked again, it says how things stand.
func Decide(a *Record, h *Hold, r *event.CreditRequest, at time.Time) *event.CreditGranted {
	if h.RequestID != "" && r.Revision < h.Revision {
		return nil
	}
	if r.RequestID != h.RequestID {
		h.RequestID, h.Revision, h.Amount, h.Currency = r.RequestID, r.Revision, r.Amount, r.Currency
	}
	return judge(a, h, Ask, at)
}

// Retry answers an order that waits, now that there is room; nil when there is
// still too little.
func Retry(a *Record, h *Hold, at time.Time) *event.CreditGranted {
	if refusal(a, h, h.Amount, h.Currency) != "" {
		return nil
	}
	return judge(a, h, Room, at)
}

// judge gives an input about an amount to the machine and says the outcome.
func judge(a *Record, h *Hold, on Input, at time.Time) *event.CreditGranted {
	reason := refusal(a, h, h.Amount, h.Currency)
	rule := next(h.State, on, reason == "")
	if rule == nil {
		return nil
	}
	answer := &event.CreditGranted{
		RequestID: h.RequestID, OrderID: h.OrderID, Outcome: event.CreditOutcomeRefused, Currency: h.Currency, Amount: h.Amount,
		Exposure: Exposure(a) - open(h), Reason: reason, DecidedAt: at,
	}
	if a.Limit != nil {
		answer.Limit = *a.Limit
	}
	change(a, h, at, func() {
		h.State = rule.To
		if h.State == event.HoldStateGranted {
			h.Granted = h.Amount
			answer.Outcome = event.CreditOutcomeGranted
		}
	})
	return answer
}

// End books that an order needs no more credit than its invoices are worth.
func End(a *Record, h *Hold, r *event.CreditRequest, at time.Time) {
	change(a, h, at, func() {
		h.State = next(h.State, Release, false).To
		h.Bills = max(h.Bills, r.Amount)
	})
}
