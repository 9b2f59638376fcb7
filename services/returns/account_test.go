package returns

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// findings says what each want found.
func findings(wants []*Want) string {
	text := ""
	for _, w := range wants {
		text += fmt.Sprintln(w.ReturnID, w.ReturnLine, w.Known, w.Found)
	}
	return text
}

func TestWhatIsFoundDependsOnWhatThereIsNotOnWhatCameFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.IntRange(0, 6)
		price := rapid.Int64Range(1, 2)
		var bought []*Bought
		for n := range rapid.IntRange(0, 5).Draw(t, "bought") {
			at := monday.AddDate(0, 0, day.Draw(t, "ordered"))
			bought = append(bought, &Bought{OrderID: fmt.Sprint("o", n), LineID: "1", UnitPriceE6: price.Draw(t, "price"), Qty: rapid.Int64Range(1, 3).Draw(t, "qty"), OrderedAt: at, ShippedAt: at})
		}
		var asked []Want
		for n := range rapid.IntRange(1, 5).Draw(t, "wants") {
			asked = append(asked, Want{ReturnID: fmt.Sprint("r", n), ReturnLine: "1", Qty: rapid.Int64Range(1, 4).Draw(t, "back"), UnitPriceE6: price.Draw(t, "paid"), RequestedAt: monday.AddDate(0, 0, day.Draw(t, "asked"))})
		}
		at := func(order []int) string {
			wants := make([]*Want, len(asked))
			for n := range asked {
				w := asked[n]
				wants[n] = &w
			}
			var goods []*Bought
			var open []*Want
			for _, n := range order {
				if n < len(bought) {
					goods = append(goods, bought[n])
				} else {
					open = append(open, wants[n-len(bought)])
				}
				Search(goods, open)
			}
			if again := Search(goods, open); len(again) > 0 {
				t.Fatalf("searched twice, %d answers change", len(again))
			}
			return findings(wants)
		}
		in := make([]int, len(bought)+len(asked))
		for n := range in {
			in[n] = n
		}
		if one, other := at(in), at(rapid.Permutation(in).Draw(t, "order")); one != other {
			t.Fatalf("in one order\n%sin another\n%s", one, other)
		}
	})
}

func TestWhatIsFixedStaysThoughAnEarlierReturnComes(t *testing.T) {
	bought := []*Bought{{OrderID: "o1", LineID: "1", Qty: 2, OrderedAt: monday, ShippedAt: monday}}
	late := &Want{ReturnID: "late", ReturnLine: "1", Qty: 2, RequestedAt: monday.AddDate(0, 0, 9), Fixed: true}
	Search(bought, []*Want{late})
	early := &Want{ReturnID: "early", ReturnLine: "1", Qty: 1, RequestedAt: monday.AddDate(0, 0, 1)}
	if changed := Search(bought, []*Want{early, late}); !slices.Equal(changed, []*Want{early}) || len(early.Found) > 0 || !early.Known {
		t.Errorf("%d answers changed, the earlier return found %v", len(changed), early.Found)
	}
	late.Qty = 1 // fewer came than were asked for
	Search(bought, []*Want{early, late})
	if len(early.Found) != 1 || early.Found[0].Qty != 1 || late.Found[0].Qty != 1 {
		t.Errorf("of 2 units one return holds %v, the other %v", late.Found, early.Found)
	}
}

func TestWhatAnOrderGaveToOthersIsNotFound(t *testing.T) {
	bought := []*Bought{{OrderID: "o1", LineID: "1", Qty: 3, OrderedAt: monday, ShippedAt: monday, Taken: []event.ReturnTaken{{ReturnID: "named", ReturnLine: "1", Qty: 2}}}}
	w := &Want{ReturnID: "r", ReturnLine: "1", Qty: 3, RequestedAt: monday}
	if Search(bought, []*Want{w}); len(w.Found) != 1 || w.Found[0].Qty != 1 {
		t.Errorf("found %v, want the one unit that no return has", w.Found)
	}
}

func TestAnOrderGivesTheUnitsThatLeftAndTheFirstClaimKeepsThem(t *testing.T) {
	a := "a"
	l := &SaleLine{LineID: "1"}
	claim := func(id string, qty, revision int64, shipment *string) int64 {
		c := &event.OrderReturn{ClaimID: id, ReturnID: id, Revision: revision}
		k := Claimed(l, c, &event.ReturnClaim{ReturnLine: "1", LineID: "1", Qty: qty, ShipmentID: shipment})
		Deal(l)
		return k.Accepted
	}
	if got := claim("early", 2, 1, nil); got != 0 {
		t.Errorf("%d units are given before any left", got)
	}
	Left(l, "a", 3, monday)
	if Left(l, "a", 3, monday) {
		t.Error("a shipment is booked twice")
	}
	Deal(l)
	for _, step := range []struct {
		id       string
		qty, rev int64
		shipment *string
		want     int64
	}{
		{"second", 5, 1, nil, 1},
		{"early", 3, 2, nil, 2}, // what the second has stays with it
		{"second", 5, 1, nil, 1},
		{"second", 0, 2, nil, 0},
		{"second", 5, 1, nil, 0}, // an older revision says nothing
		{"early", 3, 2, nil, 3},
		{"named", 1, 1, &a, 0},
	} {
		if got := claim(step.id, step.qty, step.rev, step.shipment); got != step.want {
			t.Errorf("claim %s of %d in revision %d gets %d units, want %d", step.id, step.qty, step.rev, got, step.want)
		}
	}
	Left(l, "b", 1, monday)
	Deal(l)
	if got := claim("named", 1, 1, &a); got != 1 {
		t.Errorf("a claim on shipment a gets %d units, want the one that the other claim can take from b", got)
	}
}
