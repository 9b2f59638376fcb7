package returns

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// mostLoose is what the channel credits a return without an order.
const mostLoose = 500

// checkLoose holds what must hold of credits without an order, and returns the units.
func (w *world) checkLoose(seed uint64) (units int64) {
	total := int64(0)
	for _, key := range w.books.Asks.Keys() {
		a := w.books.Asks.Get(key)
		if a.OrderID != "" {
			continue
		}
		units += a.Qty
		total += a.Allowance
		if word := w.books.wordOn(a.ReturnLine, nil); a.Qty < 1 || word == nil || word.Action == event.ReturnResolutionWithoutReference && a.Qty > word.Qty {
			w.t.Fatalf("world %d: %+v is credited on the word %+v", seed, a, word)
		}
	}
	if total > mostLoose {
		w.t.Fatalf("world %d: %d are credited without an order, at most %d may be", seed, total, mostLoose)
	}
	return units
}

// credited says lines 1 and 2 of a return are credited without an order, for amounts.
func credited(first, second int64) *Books {
	b := NewBooks("R1", policy, New())
	b.Return.Channel, b.Return.Currency = "shop", "EUR"
	for line, amount := range map[string]int64{"1": first, "2": second} {
		b.Words.Load(line, &Word{RequestID: line, Action: event.ReturnResolutionWithoutReference, ReturnLine: line, Qty: 1, Amount: amount, Currency: "EUR"})
	}
	return b
}

func TestTheWordsOfAReturnCreditNoMoreThanItsChannelGives(t *testing.T) {
	for _, c := range []struct {
		first, second, paid int64
		over                string
	}{{200, 300, 0, ""}, {201, 300, 0, "2"}, {501, 300, 0, "1"}, {200, 300, 201, "2"}, {200, 300, 200, ""}} {
		b := credited(c.first, c.second)
		if c.paid > 0 {
			b.Asks.Load("a", &Ask{RequestID: "a", ReturnLine: "1", Qty: 1, Allowance: c.paid})
		}
		over := b.excess()
		if c.over == "" && len(over) > 0 || c.over != "" && (!over[c.over] || len(over) != 1) {
			t.Errorf("of %+v are over: %v", c, over)
		}
	}
	b := credited(1, 1)
	b.Return.Currency = "CHF"
	if len(b.excess()) != 2 {
		t.Error("a word in another currency than the return's holds")
	}
}
