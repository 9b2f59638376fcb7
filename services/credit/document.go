package credit

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// skew is how far the clock of a document and that of a balance may differ.
const skew = 5 * time.Minute

// Remembered is how long a document is kept after a balance contains it, and an
// order after its end, so that a repeat counts once.
const Remembered = 35 * 24 * time.Hour

// Post books a document of an order: an invoice raises what the customer owes
// and stands in place of the order's grant, a credit note or payment lowers it.
// The error is about a document in another currency.
func Post(a *Record, h *Hold, r *event.CreditRequest, at time.Time) (*Entry, error) {
	if a.Currency == "" {
		a.Currency = r.Currency
	}
	if r.Currency != a.Currency {
		return nil, fmt.Errorf("document %s of order %s is in %s, the credit of customer %s in %s", r.Document, r.OrderID, r.Currency, r.CustomerID, a.Currency)
	}
	e := &Entry{Currency: r.Currency, Document: r.Document, Amount: r.Amount, PostedAt: r.OccurredAt, SourceSeq: r.SourceSeq}
	if r.Action != event.CreditActionInvoice {
		e.Amount = -r.Amount
	} else {
		change(a, h, at, func() {
			h.State = next(h.State, Bill, false).To
			h.Billed += r.Amount
		})
	}
	e.Counts = counts(a, e)
	if e.Counts {
		a.Posted += e.Amount
	}
	return e, nil
}

// Rebase takes the balance of the system of record, and says which documents it
// contains. It returns false for a balance older than the one before.
func Rebase(a *Record, entries []*Entry, b *event.CreditBaseline) bool {
	if a.AsOf != nil && (b.SourceSeq < a.SourceSeq || b.SourceSeq == a.SourceSeq && b.AsOf.Before(*a.AsOf)) {
		return false
	}
	if a.Currency == "" {
		a.Currency = b.Currency
	}
	a.Balance, a.AsOf, a.SourceSeq, a.Posted = b.Balance, &b.AsOf, b.SourceSeq, 0
	for _, e := range entries {
		e.Counts = counts(a, e)
		if e.Counts {
			a.Posted += e.Amount
		}
	}
	return true
}

// counts says whether a document is to be added to the balance: it is newer, or
// it may be and the customer owes more by it.
func counts(a *Record, e *Entry) bool {
	switch {
	case a.AsOf == nil:
		return true
	case e.SourceSeq > 0 && a.SourceSeq > 0:
		return e.SourceSeq > a.SourceSeq
	case e.PostedAt.After(a.AsOf.Add(skew)):
		return true
	}
	return e.Amount > 0 && !e.PostedAt.Before(a.AsOf.Add(-skew))
}

// Agree takes the limit of the customer master; an older row changes nothing.
func Agree(a *Record, c *event.CustomerPublished) {
	if c.Version < a.LimitVersion {
		return
	}
	a.Limit, a.LimitVersion, a.Blocked = c.CreditLimit, c.Version, c.Blocked
	if c.Currency != "" && a.Posted == 0 && a.Held == 0 && a.Balance == 0 {
		a.Currency = c.Currency
	}
}
