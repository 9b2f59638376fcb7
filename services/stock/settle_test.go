package stock

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// entered adds up the entries that count at north, also those that are settled.
func (i *item) entered() (sum int64) {
	contract := i.rules.Contracts[wms]
	for _, kept := range []map[string]event.StockEntry{i.rows.entries, i.rows.settled} {
		for _, e := range kept {
			if !e.Excluded {
				sum += contract.effect(&e)
			}
		}
	}
	return sum
}

// What is there is the sum of what was entered, whatever is counted, told or
// acknowledged, early, late or twice.
func TestEntriesAddUpToWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := newCounted(t)
		i.told("opening", wms, 1, 20, start)
		seq := int64(1)
		for step := range rapid.IntRange(1, 40).Draw(t, "steps") {
			i.now = i.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hours")) * time.Hour)
			when := i.now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(t, "late")) * time.Hour)
			qty := rapid.Int64Range(-5, 5).Draw(t, "qty")
			source := rapid.SampledFrom([]string{wms, "order", "supplier"}).Draw(t, "source")
			seq++
			switch rapid.SampledFrom([]string{"count", "tell", "tell", "again"}).Draw(t, "what") {
			case "count":
				i.count(wms, rapid.Int64Range(0, 30).Draw(t, "counted"), 0, seq, when)
			case "tell":
				if qty != 0 {
					i.told(fmt.Sprint("e", step), source, seq, qty, when)
				}
			case "again":
				if qty != 0 {
					i.told(fmt.Sprint("e", rapid.IntRange(0, step).Draw(t, "which")), source, seq, qty, when)
				}
			}
			if p := i.position("north"); p.OnHand != i.entered() {
				t.Fatalf("step %d: %d on hand, entries say %d", step, p.OnHand, i.entered())
			}
		}
	})
}

func TestWhatAnAccountContainsForLongIsNotLookedAtAgain(t *testing.T) {
	i := newCounted(t)
	for n := range int64(500) {
		i.told(fmt.Sprint("e", n), wms, n+1, 1, start)
	}
	i.count(wms, 500, 0, 500, start.Add(day))
	if len(i.rows.entries) != 500 {
		t.Fatalf("%d entries are judged after a day", len(i.rows.entries))
	}
	i.count(wms, 490, 0, 500, start.Add(3*day))
	if len(i.rows.entries) != 1 || len(i.rows.settled) != 500 {
		t.Fatalf("%d entries are judged, %d settled; want the correction only", len(i.rows.entries), len(i.rows.settled))
	}
	i.told("e7", wms, 8, 1, start)     // sent again
	i.told("e7", "order", 0, 1, start) // somebody takes note late
	i.expect(490, 0)
	i.count(wms, 490, 0, 500, start.Add(4*day))
	if v := i.last.Variances(); len(v) != 0 {
		t.Errorf("variances %+v of an account that agrees", v)
	}
}

// A mistake may come long after what it repeats.
func TestADifferenceIsExplainedByWhatIsSettled(t *testing.T) {
	for _, c := range []struct {
		counted int64
		want    event.VarianceClass
	}{{170, event.VarianceClassDuplicate}, {30, event.VarianceClassMissingEvent}, {93, event.VarianceClassUnknown}} {
		i := newCounted(t)
		i.told("opening", wms, 1, 30, start)
		i.told("delivery", wms, 2, 70, start)
		i.count(wms, 100, 0, 2, start.Add(3*day))
		if len(i.rows.settled) != 2 {
			t.Fatalf("%d entries are settled", len(i.rows.settled))
		}
		i.count(wms, c.counted, 0, 2, start.Add(4*day))
		if v := i.last.Variances(); len(v) != 1 || v[0].Class != c.want {
			t.Errorf("counted %d: %+v, want %s", c.counted, v, c.want)
		}
	}
}
