package returns

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// unit is one unit that was bought, in a model that knows no quantities.
type unit struct {
	purchase int
	back     bool
}

func TestNoUnitIsMatchedTwiceAndTheNewestGoFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var all []*Purchase
		var units []unit // in the order of purchase; the newest are at the end
		for n := range rapid.IntRange(0, 6).Draw(t, "purchases") {
			p := &Purchase{
				OrderID: fmt.Sprint(n), LineID: "1", OrderedAt: day.AddDate(0, 0, n), Qty: rapid.Int64Range(1, 4).Draw(t, "qty"),
				Sku: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "sku"), UnitPriceE6: rapid.Int64Range(1, 2).Draw(t, "price"),
			}
			all = append(all, p)
			for range p.Qty {
				units = append(units, unit{purchase: n})
			}
		}
		for range rapid.IntRange(0, 6).Draw(t, "returns") {
			l := Line{Sku: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "sku"), UnitPriceE6: rapid.Int64Range(1, 2).Draw(t, "price"), Qty: rapid.Int64Range(1, 5).Draw(t, "back"), AskedAt: day.AddDate(1, 0, 0)}
			want, known, left := make(map[string]int64), false, l.Qty
			for n := len(units) - 1; n >= 0; n-- {
				p := all[units[n].purchase]
				if p.Sku != l.Sku || p.UnitPriceE6 != l.UnitPriceE6 {
					continue
				}
				known = true
				if !units[n].back && left > 0 {
					units[n].back = true
					want[p.OrderID]++
					left--
				}
			}
			outcome := Matched
			switch {
			case left > 0 && known:
				outcome = Over
			case left > 0:
				outcome = Unmatched
			}
			parts, over, got := Match(rapid.Permutation(all).Draw(t, "stored"), l)
			found := make(map[string]int64)
			for _, p := range parts {
				found[p.Purchase.OrderID] += p.Qty
			}
			if over != left || got != outcome || fmt.Sprint(found) != fmt.Sprint(want) {
				t.Fatalf("%+v: %v found, %d over, %s; want %v, %d, %s", l, found, over, got, want, left, outcome)
			}
		}
	})
}
