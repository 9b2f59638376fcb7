package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// office works from nine to five on weekdays, with a cutoff at two.
func office(closed ...string) *event.NodePublished {
	node := &event.NodePublished{Node: "north", TimeZone: "Europe/Berlin", ClosedOn: closed}
	for day := 1; day <= 5; day++ {
		node.Hours = append(node.Hours, event.WorkingDay{Weekday: day, Opens: 9 * 60, Closes: 17 * 60, Cutoff: 14 * 60})
	}
	return node
}

func calendarOf(t testing.TB, node *event.NodePublished) *Calendar {
	t.Helper()
	c, err := Of(node)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	m, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOrdersLeaveOnTheDayWhoseCutoffTheyMake(t *testing.T) {
	always := &event.NodePublished{Node: "robot", TimeZone: "UTC", ClosedOn: []string{"2026-01-06"}}
	for name, c := range map[string]struct {
		node       *event.NodePublished
		from, want string
	}{
		"before the cutoff":           {office(), "2026-01-05T13:59:00+01:00", "2026-01-05T17:00:00+01:00"},
		"at the cutoff":               {office(), "2026-01-05T14:00:00+01:00", "2026-01-05T17:00:00+01:00"},
		"after the cutoff":            {office(), "2026-01-05T14:00:01+01:00", "2026-01-06T17:00:00+01:00"},
		"on a Friday after it":        {office(), "2026-01-09T15:00:00+01:00", "2026-01-12T17:00:00+01:00"},
		"before a closed day":         {office("2026-01-06"), "2026-01-05T15:00:00+01:00", "2026-01-07T17:00:00+01:00"},
		"in the node's zone":          {office(), "2026-01-05T13:30:00Z", "2026-01-06T17:00:00+01:00"},
		"over the start of summer":    {office(), "2026-03-27T15:00:00+01:00", "2026-03-30T17:00:00+02:00"},
		"without hours, at once":      {always, "2026-01-05T23:00:00Z", "2026-01-05T23:00:00Z"},
		"without hours, a closed day": {always, "2026-01-06T09:00:00Z", "2026-01-07T00:00:00Z"},
	} {
		got, ok := calendarOf(t, c.node).Leaves(moment(t, c.from))
		if want := moment(t, c.want); !ok || !got.Equal(want) {
			t.Errorf("%s: leaves %s (%t), want %s", name, got, ok, want)
		}
	}
}

func TestNodeThatNeverWorksShipsNothing(t *testing.T) {
	node := office()
	node.Hours = node.Hours[:1]
	node.ClosedOn = nil
	for monday := moment(t, "2026-01-05T00:00:00Z"); monday.Year() < 2028; monday = monday.AddDate(0, 0, 7) {
		node.ClosedOn = append(node.ClosedOn, monday.Format(time.DateOnly))
	}
	if at, ok := calendarOf(t, node).Leaves(moment(t, "2026-01-05T08:00:00Z")); ok {
		t.Errorf("it leaves at %s", at)
	}
}

// TestWorkingTimeIsTheMinutesInWhichTheNodeIsOpen counts them one by one.
func TestWorkingTimeIsTheMinutesInWhichTheNodeIsOpen(t *testing.T) {
	c := calendarOf(t, office("2026-03-31"))
	start := moment(t, "2026-03-26T00:00:00Z")
	rapid.Check(t, func(t *rapid.T) {
		from := start.Add(time.Duration(rapid.IntRange(0, 4*24*60).Draw(t, "from")) * time.Minute)
		minutes := rapid.IntRange(1, 16*60).Draw(t, "minutes")
		at := from
		for worked := 0; worked < minutes; at = at.Add(time.Minute) {
			local := at.In(c.zone)
			weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
			if !weekend && local.Format(time.DateOnly) != "2026-03-31" && local.Hour() >= 9 && local.Hour() < 17 {
				worked++
			}
		}
		if got, ok := c.Add(from, time.Duration(minutes)*time.Minute); !ok || !got.Equal(at) {
			t.Fatalf("%d working minutes after %s is %s (%t), want %s", minutes, from, got, ok, at)
		}
	})
}

func TestTransitLeavesWeekendsOut(t *testing.T) {
	friday := moment(t, "2026-01-09T17:00:00Z")
	for days, want := range map[int]string{0: "2026-01-09", 1: "2026-01-12", 5: "2026-01-16", 6: "2026-01-19"} {
		if got := Arrives(friday, days).Format(time.DateOnly); got != want {
			t.Errorf("%d days after Friday is %s, want %s", days, got, want)
		}
	}
}

func TestFaultsOfACalendarAreNamed(t *testing.T) {
	for name, node := range map[string]*event.NodePublished{
		"zone":       {TimeZone: "Mars/Base"},
		"weekday":    {TimeZone: "UTC", Hours: []event.WorkingDay{{Weekday: 8, Closes: 60}}},
		"hours":      {TimeZone: "UTC", Hours: []event.WorkingDay{{Weekday: 1, Opens: 60, Closes: 60}}},
		"closed day": {TimeZone: "UTC", ClosedOn: []string{"25.12.2026"}},
	} {
		if _, err := Of(node); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestNextDayIsTheFirstOnWhichTheNodeWorks: and what is released when it begins
// leaves on it.
func TestNextDayIsTheFirstOnWhichTheNodeWorks(t *testing.T) {
	c, err := Of(&event.NodePublished{
		Node: "north", TimeZone: "Europe/Berlin", ClosedOn: []string{"2026-03-30"},
		Hours: []event.WorkingDay{{Weekday: 1, Opens: 480, Closes: 960, Cutoff: 900}, {Weekday: 5, Opens: 480, Closes: 960, Cutoff: 900}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[string]string{"2026-03-26": "2026-03-27", "2026-03-27": "2026-04-03", "2026-04-03": "2026-04-06"} {
		next, ok := c.Next(after)
		leaves, _ := c.Leaves(c.Begins(next))
		if !ok || next != want || leaves.Format(time.DateOnly) != want {
			t.Errorf("after %s: %s, leaves %s, want %s", after, next, leaves, want)
		}
		for _, hour := range []time.Duration{0, 23} {
			if opens, ok := c.OpensAfter(c.Begins(after).Add(hour * time.Hour)); !ok || opens.Format("2006-01-02 15:04") != want+" 08:00" {
				t.Errorf("after hour %d of %s work begins at %s, want %s", hour, after, opens, want)
			}
		}
	}
	if _, ok := c.Next("soon"); ok || !c.Begins("soon").IsZero() {
		t.Error("what is no day has a next one")
	}
}
