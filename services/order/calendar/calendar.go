// Package calendar tells when a node works and when what it is given leaves, by
// the hours, closed days and time zone of its master row. It is pure: the moment
// it starts from is an argument.
package calendar

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// horizon bounds how far ahead a working day is looked for, in days. A node that
// has none in a year does not work.
const horizon = 366

// Calendar is the working time of one node.
type Calendar struct {
	zone   *time.Location
	always bool
	week   [8]*event.WorkingDay // by weekday, 1 is Monday; nil on a day without work
	closed map[string]bool
}

// Of reads a node's calendar. The error names what its master row says wrong.
func Of(node *event.NodePublished) (*Calendar, error) {
	zone, err := time.LoadLocation(node.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("reading the calendar of node %s: time zone %q: %w", node.Node, node.TimeZone, err)
	}
	c := &Calendar{zone: zone, always: len(node.Hours) == 0, closed: make(map[string]bool, len(node.ClosedOn))}
	for i := range node.Hours {
		day := &node.Hours[i]
		if day.Weekday < 1 || day.Weekday > 7 || day.Opens < 0 || day.Opens >= day.Closes || day.Closes > 24*60 || day.Cutoff > day.Closes {
			return nil, fmt.Errorf("reading the calendar of node %s: hours %+v: want a weekday from 1 to 7, opens before closes, both within the day, and a cutoff not after closes", node.Node, *day)
		}
		c.week[day.Weekday] = day
	}
	for _, day := range node.ClosedOn {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, fmt.Errorf("reading the calendar of node %s: closed day %q: want YYYY-MM-DD", node.Node, day)
		}
		c.closed[day] = true
	}
	return c, nil
}

// Leaves returns when an order that is released at the moment from leaves: at the
// close of the first working day whose cutoff is not past; at once for a node
// without hours on an open day, else when its next open day begins. The result is
// in the node's zone. It is false for a node that does not work within a year.
func (c *Calendar) Leaves(from time.Time) (time.Time, bool) {
	from = from.In(c.zone)
	for n := range horizon {
		day := c.day(from, n)
		hours, open := c.hours(day)
		switch {
		case !open:
		case hours == nil && n == 0:
			return from, true
		case hours == nil:
			return day, true
		case n > 0 || !at(day, hours.Cutoff).Before(from):
			return at(day, hours.Closes), true
		}
	}
	return time.Time{}, false
}

// Add returns the moment at which the node has worked for d since from; d counts
// opening hours only. It is false when that is more than a year ahead.
func (c *Calendar) Add(from time.Time, d time.Duration) (time.Time, bool) {
	from = from.In(c.zone)
	for n := range horizon {
		day := c.day(from, n)
		hours, open := c.hours(day)
		if !open {
			continue
		}
		opens, closes := day, c.day(day, 1)
		if hours != nil {
			opens, closes = at(day, hours.Opens), at(day, hours.Closes)
		}
		if opens.Before(from) {
			opens = from
		}
		if left := closes.Sub(opens); left >= d {
			return opens.Add(d), true
		} else if left > 0 {
			d -= left
		}
	}
	return time.Time{}, false
}

// Next is the first day after one on which the node works, both as YYYY-MM-DD; it
// is false for a node that does not work within a year, or for what is no day.
func (c *Calendar) Next(after string) (string, bool) {
	from, err := time.ParseInLocation(time.DateOnly, after, c.zone)
	if err != nil {
		return "", false
	}
	for n := 1; n < horizon; n++ {
		day := c.day(from, n)
		if _, open := c.hours(day); open {
			return day.Format(time.DateOnly), true
		}
	}
	return "", false
}

// OpensAfter returns when work begins on the first working day after the one that
// holds a moment. It is false for a node that does not work within a year.
func (c *Calendar) OpensAfter(from time.Time) (time.Time, bool) {
	from = from.In(c.zone)
	for n := 1; n < horizon; n++ {
		day := c.day(from, n)
		if hours, open := c.hours(day); open && hours != nil {
			return at(day, hours.Opens), true
		} else if open {
			return day, true
		}
	}
	return time.Time{}, false
}

// Begins is when a day begins at the node; zero for what is no day.
func (c *Calendar) Begins(day string) time.Time {
	begins, err := time.ParseInLocation(time.DateOnly, day, c.zone)
	if err != nil {
		return time.Time{}
	}
	return begins
}

// day is the start of the day n days after the one that holds t.
func (c *Calendar) day(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, c.zone)
}

// hours are those of a day, nil for one that is open throughout.
func (c *Calendar) hours(day time.Time) (hours *event.WorkingDay, open bool) {
	if c.closed[day.Format(time.DateOnly)] {
		return nil, false
	}
	if c.always {
		return nil, true
	}
	hours = c.week[weekday(day)]
	return hours, hours != nil
}

// weekday is 1 for Monday to 7 for Sunday.
func weekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

// at is the moment so many minutes by the clock after midnight: on the day that
// loses an hour, nine o'clock is still nine o'clock.
func at(day time.Time, minutes int) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, minutes, 0, 0, day.Location())
}

// Arrives returns when what leaves then has been carried for so many days;
// Saturdays and Sundays do not count.
func Arrives(leaves time.Time, days int) time.Time {
	for days > 0 {
		leaves = leaves.AddDate(0, 0, 1)
		if !slices.Contains([]time.Weekday{time.Saturday, time.Sunday}, leaves.Weekday()) {
			days--
		}
	}
	return leaves
}
