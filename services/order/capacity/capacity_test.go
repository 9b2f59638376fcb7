package capacity

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
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

// place is what the model keeps of one part.
type place struct {
	day   string
	units int64
}

// model keeps every place by itself.
type model struct {
	limit  Limit
	places map[string]place
}

func (m *model) taken(day string) (orders, units int64) {
	for _, p := range m.places {
		if p.day == day {
			orders++
			units += p.units
		}
	}
	return orders, units
}

// room says whether the model has room for units on a day.
func (m *model) room(day string, units int64) bool {
	orders, taken := m.taken(day)
	switch {
	case orders == 0:
		return true
	case m.limit.Orders > 0 && orders+1 > m.limit.Orders:
		return false
	}
	return m.limit.Units == 0 || taken+units <= m.limit.Units
}

// TestNoDayHasMoreThanTheNodeCanRelease: against a model that keeps every place by
// itself, whatever is booked, shrunk and given back, a place is on the first day with
// room for all of it, and no day has more than the limit, but for a part that is
// larger than a day and alone.
func TestNoDayHasMoreThanTheNodeCanRelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := Limit{Orders: rapid.Int64Range(0, 3).Draw(t, "orders a day"), Units: rapid.Int64Range(0, 12).Draw(t, "units a day")}
		m := &model{limit, map[string]place{}}
		l, n := &Load{}, 0
		t.Repeat(map[string]func(*rapid.T){
			"book": func(t *rapid.T) {
				if len(m.places) == horizon {
					t.Skip("what is beyond the horizon is another test")
				}
				day := time.Date(2026, 1, rapid.SampledFrom([]int{5, 6, 7, 8, 9}).Draw(t, "day"), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
				units, want := rapid.Int64Range(1, 15).Draw(t, "units"), day
				for !m.room(want, units) {
					want, _ = weekdays(want)
				}
				if got := Book(l, day, units, limit, weekdays); got != want {
					t.Fatalf("a place on %s, want %s: %+v", got, want, l)
				}
				n++
				m.places[fmt.Sprint(n)] = place{want, units}
			},
			"shrink": func(t *rapid.T) {
				id, p := m.one(t)
				less := rapid.Int64Range(0, p.units).Draw(t, "less")
				Shrink(l, p.day, less)
				m.places[id] = place{p.day, p.units - less}
			},
			"free": func(t *rapid.T) {
				id, p := m.one(t)
				Free(l, p.day, p.units)
				delete(m.places, id)
			},
			"": func(t *rapid.T) { m.check(t, l) },
		})
	})
}

// one draws a place that is taken.
func (m *model) one(t *rapid.T) (string, place) {
	if len(m.places) == 0 {
		t.Skip("no place is taken")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(m.places))).Draw(t, "place")
	return id, m.places[id]
}

func (m *model) check(t *rapid.T, l *Load) {
	for n, d := range l.Days {
		orders, units := m.taken(d.Day)
		if d.Orders != orders || d.Units != units || orders == 0 || n > 0 && l.Days[n-1].Day >= d.Day {
			t.Fatalf("day %+v, the model has %d orders of %d units: %+v", d, orders, units, l)
		}
		if m.limit.Orders > 0 && d.Orders > m.limit.Orders || m.limit.Units > 0 && d.Units > m.limit.Units && d.Orders > 1 {
			t.Fatalf("day %+v is beyond %+v", d, m.limit)
		}
	}
}

// TestOrderInWhichPlacesAreGivenBackDoesNotMatter: whatever is booked, giving the
// same places back in any order leaves the same days.
func TestOrderInWhichPlacesAreGivenBackDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := Limit{Orders: rapid.Int64Range(0, 3).Draw(t, "orders a day"), Units: rapid.Int64Range(0, 12).Draw(t, "units a day")}
		l := &Load{}
		var back []place
		for _, units := range rapid.SliceOfN(rapid.Int64Range(1, 15), 1, 8).Draw(t, "parts") {
			if day := Book(l, "2026-01-05", units, limit, weekdays); rapid.Bool().Draw(t, "comes back") {
				back = append(back, place{day, units})
			}
		}
		one, other := &Load{Days: slices.Clone(l.Days)}, &Load{Days: slices.Clone(l.Days)}
		for _, p := range back {
			Free(one, p.day, p.units)
		}
		for _, p := range rapid.Permutation(back).Draw(t, "in another order") {
			Shrink(other, p.day, p.units) // what is shrunk to nothing and then given back is given back
			Free(other, p.day, 0)
		}
		if !slices.Equal(one.Days, other.Days) {
			t.Fatalf("%+v and %+v", one, other)
		}
	})
}

func TestPartLargerThanADayHasADayToItself(t *testing.T) {
	l, limit := &Load{}, Limit{Units: 100}
	for _, x := range []struct {
		units int64
		day   string
	}{
		{30, "2026-01-05"},
		{250, "2026-01-06"}, // the first day that is empty
		{70, "2026-01-05"},  // what is left of the first day is not lost
		{1, "2026-01-07"},   // both days are full
		{250, "2026-01-08"},
	} {
		if got := Book(l, "2026-01-05", x.units, limit, weekdays); got != x.day {
			t.Errorf("%d units on %s, want %s: %+v", x.units, got, x.day, l)
		}
	}
	Shrink(l, "2026-01-06", 200) // most of it was cancelled
	if got := Book(l, "2026-01-06", 50, limit, weekdays); got != "2026-01-06" {
		t.Errorf("what a cancel gave back is not dealt again: %s, %+v", got, l)
	}
}

func TestLimitOfANodeWithoutBoundsBoundsNothing(t *testing.T) {
	if m := LimitOf(&event.NodePublished{}); m.Bounded() || !m.Fits(event.DayLoad{Orders: 1 << 40, Units: 1 << 40}, 1<<40) {
		t.Errorf("%+v", m)
	}
	for _, n := range []event.NodePublished{{Capacity: 1}, {CapacityUnits: 1}} {
		if m := LimitOf(&n); !m.Bounded() || m.Fits(event.DayLoad{Orders: 1, Units: 1}, 1) {
			t.Errorf("%+v", m)
		}
	}
}

func TestWhatIsBeyondTheHorizonIsTakenAllTheSame(t *testing.T) {
	l := &Load{}
	day := "2026-01-05"
	for range 3 * horizon {
		day = Book(l, "2026-01-05", 1, Limit{Orders: 1}, weekdays)
	}
	if On(l.Days, day).Orders < horizon || len(l.Days) > horizon+1 {
		t.Errorf("%d days, %d orders on the last", len(l.Days), On(l.Days, day).Orders)
	}
	if Forget(l, day); len(l.Days) != 1 {
		t.Errorf("%+v", l)
	}
	if got := Book(&Load{}, "2026-01-05", 1, Limit{Orders: 1}, func(string) (string, bool) { return "", false }); got != "2026-01-05" {
		t.Errorf("a node that has no other day: %s", got)
	}
}
