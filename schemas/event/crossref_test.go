package event_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

func TestACrossReferenceCountsFromItsFirstMomentUpToItsEnd(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	until := noon.Add(time.Hour)
	c := event.CrossrefPublished{ValidFrom: &noon, ValidUntil: &until}
	for at, want := range map[time.Time]bool{noon.Add(-1): false, noon: true, until.Add(-1): true, until: false} {
		if c.Counts(at) != want {
			t.Errorf("at %s it counts: %v, want %v", at, !want, want)
		}
	}
	if always := (&event.CrossrefPublished{}); !always.Counts(noon) {
		t.Error("one without bounds does not count")
	}
}
