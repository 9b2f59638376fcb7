package availability_test

import (
	"slices"
	"testing"

	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/cachetest"
)

func TestMemoryIsACache(t *testing.T) {
	cachetest.Run(t, func(*testing.T) availability.Cache { return new(availability.Memory) })
}

func TestRowsOfAnEarlierProcessAreShownUntilTheCacheIsWhole(t *testing.T) {
	var m availability.Memory
	m.Keep(slices.Values([]availability.Row{cachetest.Row("lamp", 9, 4), cachetest.Row("gone", 9, 4)}))
	shows := func(lamp, gone int64, wanted bool) {
		t.Helper()
		rows, whole, err := m.Get(t.Context(), "lamp", "gone")
		if err != nil || whole != wanted || rows[0].Version != lamp || rows[1].Version != gone || rows[1].SKU != "gone" {
			t.Errorf("%+v whole %t, %v", rows, whole, err)
		}
	}
	shows(9, 9, false)
	if _, err := m.Put(t.Context(), cachetest.Row("lamp", 1, 7)); err != nil {
		t.Fatal(err)
	}
	shows(1, 9, false) // what is said now counts, whatever its version
	if err := m.Fill(t.Context(), slices.Values([]availability.Row(nil))); err != nil {
		t.Fatal(err)
	}
	shows(1, 0, true)
}
