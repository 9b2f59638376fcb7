package order

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// TestShelfDateIsSoManyDaysAfterTheDayOnWhichGoodsAreWanted: whole days, counted from
// the order at least.
func TestShelfDateIsSoManyDaysAfterTheDayOnWhichGoodsAreWanted(t *testing.T) {
	const day = 24 * time.Hour
	rapid.Check(t, func(t *rapid.T) {
		moment := func(name string) time.Time {
			zone := time.FixedZone("", rapid.IntRange(-12, 12).Draw(t, name+" zone")*3600)
			return epoch.Add(time.Duration(rapid.Int64Range(0, 1e6).Draw(t, name)) * time.Second).In(zone)
		}
		ordered, days := moment("ordered"), rapid.Int64Range(-2, 2*MaxShelfDays).Draw(t, "days")
		var needed *time.Time
		if rapid.Bool().Draw(t, "says when") {
			needed = new(moment("needed"))
		}
		date := ShelfDate(days, ordered, needed)
		if days <= 0 {
			if date != nil {
				t.Fatalf("%d days demand %s", days, date)
			}
			return
		}
		from := ordered
		if needed != nil && needed.After(ordered) {
			from = *needed
		}
		if !date.Equal(date.Truncate(day)) || date.Sub(from.Truncate(day)) != time.Duration(min(days, MaxShelfDays))*day {
			t.Fatalf("%s is %d days after %s", date, days, from)
		}
	})
}

// TestDateIsThatOfGoodsThatNameNone: what a line says wins, charges have no age, and
// what is given stays as it was.
func TestDateIsThatOfGoodsThatNameNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event.OrderLine {
			l := event.OrderLine{Kind: rapid.SampledFrom([]event.LineKind{event.LineKindGoods, event.LineKindCharge, event.LineKindService, event.LineKindKit}).Draw(t, "kind")}
			if rapid.Bool().Draw(t, "says") {
				l.MinExpiry = new(epoch.AddDate(0, 0, rapid.IntRange(0, 9).Draw(t, "its day")))
			}
			return l
		}), 0, 5).Draw(t, "lines")
		var date *time.Time
		if rapid.Bool().Draw(t, "demanded") {
			date = new(epoch.AddDate(0, 0, 5))
		}
		before := slices.Clone(lines)
		dated := Lasting(lines, date)
		if !reflect.DeepEqual(lines, before) {
			t.Fatalf("the lines that were given are changed: %+v", lines)
		}
		for n, l := range dated {
			want := before[n].MinExpiry
			if want == nil && Reservable(l.Kind) {
				want = date
			}
			if !SameDate(l.MinExpiry, want) {
				t.Fatalf("%+v becomes %v, want %v", before[n], l.MinExpiry, want)
			}
		}
	})
}
