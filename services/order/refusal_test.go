package order

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/calendar"
)

// TestEveryNodeIsAskedAgainWhenItWorks: whatever the hours of the nodes that did not
// ship, at the moment of the retry one of them is asked at least, none whose next
// working day is another one, and none on the day on which it refused.
func TestEveryNodeIsAskedAgainWhenItWorks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		works := map[string]*calendar.Calendar{}
		i := &Item{Sku: "a"}
		for _, node := range []string{"north", "south", "depot"} {
			row := &event.NodePublished{Node: node, TimeZone: rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York"}).Draw(t, "zone")}
			for day := 1; day <= 7; day++ {
				if rapid.IntRange(0, 2).Draw(t, "works") > 0 {
					opens := rapid.IntRange(0, 20).Draw(t, "opens") * 60
					row.Hours = append(row.Hours, event.WorkingDay{Weekday: day, Opens: opens, Closes: opens + 120, Cutoff: opens + 60})
				}
			}
			var err error
			if works[node], err = calendar.Of(row); err != nil {
				t.Fatal(err)
			}
			i.Excluded = append(i.Excluded, node)
		}
		opens := func(node string, after time.Time) time.Time {
			at, ok := works[node].OpensAfter(after)
			if !ok {
				t.Fatalf("%s never works", node)
			}
			return at
		}
		since := time.Date(2026, 1, 5, rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, time.UTC)
		at := RetryAt([]*Item{i}, since, opens)
		before := slices.Clone(i.Excluded)
		forgiven := Forgive(i, since, at, opens)
		if !at.After(since) || len(forgiven) == 0 || len(forgiven)+len(i.Excluded) != len(before) {
			t.Fatalf("at %s, since %s, of %v %v are asked again and %v are not", at, since, before, forgiven, i.Excluded)
		}
		for _, node := range before {
			if late := opens(node, since).Sub(at); slices.Contains(forgiven, node) != (late < sameDay) || late < 0 {
				t.Fatalf("%s begins %s after %s; asked again: %v", node, late, at, forgiven)
			}
		}
	})
}

func TestWhatWaitsForNodesIsOnlyWhatTheBuyerWaitsFor(t *testing.T) {
	wants := func(dropped int64) *Item {
		return &Item{Sku: "a", Excluded: []string{"north"}, Lines: []event.ItemLine{{Line: event.OrderLine{LineID: "1", Qty: 5}, Dropped: dropped}}}
	}
	waits, hasty := &Record{Shortage: event.ShortagePolicyBackorder, Phase: backordered}, &Record{Shortage: event.ShortagePolicyCancel, Phase: backordered}
	over := &Record{Shortage: event.ShortagePolicyBackorder, Phase: completed}
	served := &SupplyClaim{State: event.ClaimStateServed, Qty: 5}
	for _, x := range []struct {
		o    *Record
		i    *Item
		c    *SupplyClaim
		want bool
	}{
		{waits, wants(0), nil, true},
		{waits, wants(0), &SupplyClaim{State: event.ClaimStateWaiting, Qty: 5}, true},
		{waits, wants(5), nil, false},
		{waits, wants(0), served, false},
		{hasty, wants(0), nil, false},
		{over, wants(0), nil, false},
		{waits, &Item{Lines: wants(0).Lines}, nil, false},
	} {
		if got := Refused(x.o, x.i, x.c); got != x.want {
			t.Errorf("%+v %+v %+v: %t", x.o, x.i, x.c, got)
		}
	}
	if RefusedForGood(waits, wants(0), nil) || ForgoReason(waits, wants(0), nil) != ReasonPromisePassed {
		t.Error("it is asked again on later days")
	}
	waits.Retries = MaxRetries
	if !RefusedForGood(waits, wants(0), nil) || ForgoReason(waits, wants(0), nil) != ReasonRefused {
		t.Error("only people ask again")
	}
}
