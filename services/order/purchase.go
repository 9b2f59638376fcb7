package order

import (
	"cmp"

	"github.com/millrace/millrace/schemas/event"
)

// Supplied says whether a supplier ships its own units: it is asked to sell them, and
// what it is asked for is promised once it accepts.
func Supplied(f *Fulfilment) bool { return cmp.Or(f.Owner, event.OwnerSelf) != event.OwnerSelf }

// Provisional says whether nobody but a count stands for what a supplier is to ship:
// it has neither decided nor begun.
func Provisional(f *Fulfilment) bool {
	return Supplied(f) && !f.Decided && !Accepted(f) && !Ended(f)
}

// PurchaseLate says whether a supplier did not decide in time, and still has not.
func PurchaseLate(f *Fulfilment) bool { return f.InDoubt && Provisional(f) }

// Decided books a supplier's decision, the first one that came.
func Decided(f *Fulfilment, a *event.PurchaseAccepted) {
	at := a.DecidedAt
	f.Decided, f.DecidedSeq, f.DecidedAt, f.DecidedBy = true, a.SourceSeq, &at, a.Source
}

// Decision is what a supplier's decision states about the fulfilment: that it is on,
// or that nothing will come.
func Decision(a *event.PurchaseAccepted) *event.FulfilmentStatusChanged {
	s := &event.FulfilmentStatusChanged{
		FulfilmentID: a.PurchaseID, OrderID: a.OrderID, Node: a.Node, Status: event.FulfilmentStatusRejected, Word: a.Reason, Final: true,
		Source: a.Source, SourceSeq: a.SourceSeq, OccurredAt: a.DecidedAt,
	}
	for _, l := range a.Lines {
		if l.Accepted > 0 {
			s.Status, s.Final = event.FulfilmentStatusAccepted, false
		}
		s.Word = cmp.Or(s.Word, l.Reason)
	}
	return s
}
