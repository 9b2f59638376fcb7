package stock

import (
	"os"
	"slices"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

func TestReportIsUpToDate(t *testing.T) {
	written, err := os.ReadFile("machine.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != Report() {
		t.Error("machine.md differs from machine.go: run go generate in this package")
	}
}

func TestRulesOfOnePairExcludeEachOther(t *testing.T) {
	for _, s := range States {
		for _, in := range Inputs {
			for units := int64(0); units <= 5; units++ {
				for consumed := int64(0); consumed <= 3; consumed++ {
					r := event.StockReservation{State: s, Qty: 3, Consumed: consumed}
					if n := len(applying(&r, in, units)); n > 1 {
						t.Errorf("%d rules apply to %s in state %q with %d of 3 consumed and %d units", n, in, s, consumed, units)
					}
				}
			}
		}
	}
}

func applying(r *event.StockReservation, in Input, units int64) []Rule {
	return slices.DeleteFunc(slices.Clone(Table), func(rule Rule) bool {
		return rule.From != r.State || rule.On != in || (rule.If != nil && !rule.If.holds(r, units))
	})
}

// A shipment is a fact, so no state of a reservation that exists may refuse it.
func TestAShipmentIsNeverRefused(t *testing.T) {
	for _, s := range States[1:] {
		for units := int64(1); units <= 5; units++ {
			if next(&event.StockReservation{State: s, Qty: 3}, Consume, units) == nil {
				t.Errorf("%s refuses a shipment of %d out of 3", s, units)
			}
		}
	}
}

// What is open must be held by somebody: a closed reservation has nothing open.
func TestRulesThatCloseLeaveNothingOpen(t *testing.T) {
	for _, rule := range Table {
		if rule.To != event.ReservationStateClosed {
			continue
		}
		r := event.StockReservation{State: rule.From, Qty: 3}
		if rule.From == event.ReservationStateClosed {
			r.Consumed, r.GivenBack = 2, 1
		}
		over := rule.Effect.apply(&r, 5)
		if open(&r) != 0 || r.Consumed+r.GivenBack != r.Qty {
			t.Errorf("%s on %s leaves %d open", rule.From, rule.On, open(&r))
		}
		if rule.On == Consume && over+r.Consumed < 5 {
			t.Errorf("%s on %s loses shipped units", rule.From, rule.On)
		}
	}
}

func TestEveryStateIsReachedAndLeft(t *testing.T) {
	for _, s := range States[1:] {
		if !slices.ContainsFunc(Table, func(r Rule) bool { return r.To == s && r.From != s }) {
			t.Errorf("no rule leads to %s", s)
		}
		if s != event.ReservationStateClosed && !slices.ContainsFunc(Table, func(r Rule) bool { return r.From == s && r.To != s }) {
			t.Errorf("no rule leads out of %s", s)
		}
	}
}
