package capacity

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// weekdays is a node that works from Monday to Friday.
func weekdays(day string) (string, bool) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "", false
	}
	for t = t.AddDate(0, 0, 1); t.Weekday() == time.Saturday || t.Weekday() == time.Sunday; {
		t = t.AddDate(0, 0, 1)
	}
	return t.Format(time.DateOnly), true
}

// TestNoDayHasMoreThanTheNodeCanRelease: against a model that keeps every place by
// itself, whatever is booked and given back, a place is on the first day with room.
func TestNoDayHasMoreThanTheNodeCanRelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 3).Draw(t, "limit")
		type place struct {
			day   string
			units int64
		}
		l, places, n := &Load{}, map[string]place{}, 0
		taken := func(day string) (orders, units int64) {
			for _, p := range places {
				if p.day == day {
					orders++
					units += p.units
				}
			}
			return orders, units
		}
		t.Repeat(map[string]func(*rapid.T){
			"book": func(t *rapid.T) {
				day := time.Date(2026, 1, rapid.SampledFrom([]int{5, 6, 7, 8, 9}).Draw(t, "day"), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
				units, want := rapid.Int64Range(1, 9).Draw(t, "units"), day
				for orders, _ := taken(want); orders >= limit; orders, _ = taken(want) {
					want, _ = weekdays(want)
				}
				got := Book(l, day, units, limit, weekdays)
				if got != want && n < horizon {
					t.Fatalf("a place on %s, want %s: %+v", got, want, l)
				}
				n++
				places[fmt.Sprint(n)] = place{got, units}
			},
			"free": func(t *rapid.T) {
				if len(places) == 0 {
					t.Skip("no place is taken")
				}
				id := rapid.SampledFrom(slices.Sorted(maps.Keys(places))).Draw(t, "place")
				Free(l, places[id].day, places[id].units)
				delete(places, id)
			},
			"": func(t *rapid.T) {
				for n, d := range l.Days {
					orders, units := taken(d.Day)
					if d.Orders != orders || d.Units != units || orders == 0 || n > 0 && l.Days[n-1].Day >= d.Day {
						t.Fatalf("day %+v, the model has %d orders of %d units: %+v", d, orders, units, l)
					}
				}
			},
		})
	})
}

func TestWhatIsBeyondTheHorizonIsTakenAllTheSame(t *testing.T) {
	l := &Load{}
	day := "2026-01-05"
	for range 3 * horizon {
		day = Book(l, "2026-01-05", 1, 1, weekdays)
	}
	if Orders(l, day) < horizon || len(l.Days) > horizon+1 {
		t.Errorf("%d days, %d orders on the last", len(l.Days), Orders(l, day))
	}
	if Forget(l, day); len(l.Days) != 1 {
		t.Errorf("%+v", l)
	}
	if got := Book(&Load{}, "2026-01-05", 1, 1, func(string) (string, bool) { return "", false }); got != "2026-01-05" {
		t.Errorf("a node that has no other day: %s", got)
	}
}
