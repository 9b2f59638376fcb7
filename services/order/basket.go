package order

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Basket is what stock keeps for an order before it is submitted.
type Basket = event.OrderBasketRecord

// Bounds of a basket.
const (
	// MaxKept bounds how long units are kept for a basket.
	MaxKept = 12 * time.Hour
	// KeptGrace is how long after their end units of a basket may still be taken
	// over by an order that was written in time.
	KeptGrace = 30 * time.Second
	// ConfirmWithin is how long units are kept at least from the moment at which an
	// order for them is written.
	ConfirmWithin = 5 * time.Minute
)

// Reasons for which a basket is refused.
const (
	BasketFaulty = "MALFORMED" // nothing is asked, too much, or without an end
	BasketShort  = "SHORT"     // stock has too little
)

// InBasket says whether the order is not submitted and stock keeps units for it,
// or was asked to.
func InBasket(o *Record) bool {
	switch o.Phase {
	case asking, queueing, yielding, kept:
		return true
	}
	return false
}

// FaultOfBasket says why a request to keep units makes no sense; empty when it does.
func FaultOfBasket(orderID string, r *event.OrderReserve) string {
	wrong := func(l event.BasketLine) bool { return l.Sku == "" || l.Qty < 1 || l.Qty > MaxQty }
	switch {
	case orderID != event.OrderID(r.Channel, r.ExternalID), r.Until == nil,
		len(r.Lines) == 0, len(r.Lines) > MaxLines, slices.ContainsFunc(r.Lines, wrong):
		return BasketFaulty
	}
	return ""
}

// Fits says whether the goods of lines are those that are kept for a basket, and live
// as long as the lines demand, so that the order can take them over as they are.
func Fits(b *Basket, lines []event.OrderLine) bool {
	if b == nil || b.State != event.BasketStateKept {
		return false
	}
	lives := make(map[string]time.Time) // all units of an item are kept for its latest date
	for _, l := range b.Lines {
		if at := l.MinExpiry; at != nil && at.After(lives[l.Sku]) {
			lives[l.Sku] = *at
		}
	}
	units := make(map[string]int64)
	for _, l := range lines {
		if !Reservable(l.Kind) {
			continue
		}
		if at := l.MinExpiry; at != nil && at.After(lives[l.Sku]) {
			return false
		}
		units[l.Sku] += l.Qty
	}
	for _, g := range b.Grants {
		units[g.Sku] -= g.Qty
	}
	for _, rest := range units {
		if rest != 0 {
			return false
		}
	}
	return true
}

// checkout is every transition of an order that is not submitted yet and whose
// basket stock keeps. It is asked for as an order is, all or nothing; the units are
// held instead of promised, and the order swaps them for its own, item by item, so
// that they are never free in between. What the order does not take goes back.
var checkout = []Transition{
	{none, Reserve, faulty, same, "", []Effect{TurnDown, Wait}, "it asks for nothing that could be kept"},
	{none, Reserve, nil, asking, "", []Effect{Fill, AskAnew}, "a buyer is at the till"},

	{asking, Round, allHeld, kept, "", []Effect{Keeps}, "every unit is kept"},
	{asking, Round, canReplan, yielding, event.OrderGoalReplan, []Effect{GiveBack}, "other nodes may give it all"},
	{asking, Round, contended, yielding, event.OrderGoalClaim, []Effect{GiveBack}, "others may give units back; waiting goes by item, so that no two baskets wait for each other"},
	{asking, Round, nil, none, "", []Effect{TurnDown, Yield, Wait}, "all or nothing, and nothing covers all"},
	{asking, LetGo, nil, none, "", []Effect{Yield, Wait}, "nobody wants it, or its time is over"},
	{asking, Submit, nil, none, "", []Effect{Yield, Again}, "the order does not wait for what its basket asked"},
	{asking, Cancel, nil, none, "", []Effect{Yield, Again}, "nothing is to be kept"},
	{asking, Amend, nil, same, "", []Effect{Keep}, "it is applied when the submission comes"},

	{yielding, Round, toReplan, asking, "", []Effect{Ask}, "all is given back"},
	{yielding, Round, nil, queueing, "", []Effect{Claim}, "all is given back, so nothing is held while waiting out of turn"},
	{yielding, LetGo, nil, none, "", []Effect{Yield, Wait}, "nobody wants it, or its time is over"},
	{yielding, Submit, nil, none, "", []Effect{Yield, Again}, "the order does not wait for what its basket asked"},
	{yielding, Cancel, nil, none, "", []Effect{Yield, Again}, "nothing is to be kept"},
	{yielding, Amend, nil, same, "", []Effect{Keep}, "it is applied when the submission comes"},

	{queueing, Round, allHeld, asking, "", []Effect{Swap}, "the last item came; from here on its time is bounded"},
	{queueing, Round, oneHeld, queueing, "", []Effect{Claim}, "the next item in turn"},
	{queueing, Round, canReplan, yielding, event.OrderGoalReplan, []Effect{GiveBack}, "other nodes may give it all"},
	{queueing, Round, nil, none, "", []Effect{TurnDown, Yield, Wait}, "others took it for good"},
	{queueing, LetGo, nil, none, "", []Effect{Yield, Wait}, "nobody wants it, or its time is over"},
	{queueing, Submit, nil, none, "", []Effect{Yield, Again}, "the order does not wait for what its basket asked"},
	{queueing, Cancel, nil, none, "", []Effect{Yield, Again}, "nothing is to be kept"},
	{queueing, Amend, nil, same, "", []Effect{Keep}, "it is applied when the submission comes"},

	{kept, Extend, nil, same, "", []Effect{Prolong}, "the buyer takes longer"},
	{kept, Round, allHeld, same, "", []Effect{Keeps}, "stock keeps it longer"},
	{kept, Round, nil, none, "", []Effect{Yield, Wait}, "stock let go of it before it was asked"},
	{kept, LetGo, nil, none, "", []Effect{Yield, Wait}, "nobody wants it, or its time is over"},
	{kept, Submit, takesBasket, reserving, "", []Effect{Accept, Validate, TakeOver}, "what is kept becomes the order's own, and is free at no moment"},
	{kept, Submit, nil, none, "", []Effect{Yield, Again}, "the order is for other goods, or cannot be planned yet"},
	{kept, Cancel, nil, none, "", []Effect{Yield, Again}, "nothing is to be kept"},
	{kept, Amend, nil, same, "", []Effect{Keep}, "it is applied when the submission comes"},
}
