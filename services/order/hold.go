package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Barrier is where a hold stops an order.
type Barrier int

// The barriers.
const (
	// AtValidation: the order says what cannot be planned, so stock is not asked.
	AtValidation Barrier = iota + 1
	// AtRelease: stock is kept for the buyer, and no node is asked.
	AtRelease
)

// Reasons under which an order waits for money.
const (
	HoldCredit  = "CREDIT"
	HoldPayment = "PAYMENT"
)

// HoldFrozen is the reason of an order whose books do not add up: nothing is done for
// it until somebody has looked and thaws it.
const HoldFrozen = "FROZEN"

// Barriers says where each reason of a hold stops an order.
var Barriers = map[string]Barrier{
	"ADDRESS":       AtValidation,
	"PRICE":         AtValidation,
	HoldUnmapped:    AtValidation,
	HoldFrozen:      AtValidation,
	HoldPayment:     AtRelease,
	"FRAUD":         AtRelease,
	HoldCredit:      AtRelease,
	"STOCK":         AtRelease,
	"COMPLIANCE":    AtRelease,
	"CUSTOMER":      AtRelease,
	"EXCHANGE_ITEM": AtRelease,
	"DELIVERY_DATE": AtRelease,
	"PARTNER_DOWN":  AtRelease,
	"MANUAL":        AtRelease,
}

// Stopped says whether a hold stands at a barrier. One at validation stops the
// release too.
func Stopped(o *Record, at Barrier) bool {
	return slices.ContainsFunc(o.Holds, func(reason string) bool { return Barriers[reason] <= at })
}

// AddHold counts a hold; false when it stands already or the reason is unknown.
func AddHold(o *Record, reason string) bool {
	at, found := slices.BinarySearch(o.Holds, reason)
	if found || Barriers[reason] == 0 {
		return false
	}
	o.Holds = slices.Insert(o.Holds, at, reason)
	return true
}

// EndHold takes a hold off; false when there is none of the reason.
func EndHold(o *Record, reason string) bool {
	at, found := slices.BinarySearch(o.Holds, reason)
	if found {
		o.Holds = slices.Delete(o.Holds, at, at+1)
	}
	return found
}

// FaultsOfAmendment lists what is wrong with the lines of an amendment; none
// means that they can stand in place of the order's own.
func FaultsOfAmendment(o *Record, a *event.OrderAmend) []event.OrderFault {
	if len(a.Lines) == 0 || len(a.Lines) > MaxLines {
		return []event.OrderFault{{Pointer: "/lines", Code: FaultRange, Detail: "an amendment has all lines of the order"}}
	}
	faults := checkLines(a.Lines)
	if a.Currency != "" && a.Currency != o.Currency {
		faults = append(faults, event.OrderFault{Pointer: "/currency", Code: FaultRange, Detail: "an order keeps its currency " + o.Currency})
	}
	return faults
}
