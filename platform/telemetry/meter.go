package telemetry

import (
	"fmt"
	"strings"
	"time"
)

// rateWindow is how far back the rate looks: long enough to be calm, short
// enough to show a stall.
const rateWindow = 5 * time.Second

// meter computes rate and time left from samples. It has no clock.
type meter struct {
	total   int64 // 0 when it is not known
	began   time.Time
	samples []sample // within rateWindow, oldest first, never empty
}

type sample struct {
	at   time.Time
	done int64
}

func newMeter(total int64, began time.Time) *meter {
	return &meter{total: total, began: began, samples: []sample{{at: began}}}
}

// observe adds what is done at a time no earlier than the last.
func (m *meter) observe(at time.Time, done int64) {
	m.samples = append(m.samples, sample{at, done})
	for len(m.samples) > 2 && at.Sub(m.samples[1].at) >= rateWindow {
		m.samples = m.samples[1:]
	}
}

func (m *meter) last() sample { return m.samples[len(m.samples)-1] }

// rate is what is done in a second over the window.
func (m *meter) rate() float64 {
	return perSecond(m.samples[0], m.last())
}

func perSecond(from, to sample) float64 {
	seconds := to.at.Sub(from.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(to.done-from.done) / seconds
}

// left is the time to the total at the present rate; ok is false while that
// cannot be told.
func (m *meter) left() (left time.Duration, ok bool) {
	rate := m.rate()
	if m.total == 0 || rate <= 0 {
		return 0, false
	}
	seconds := float64(max(m.total-m.last().done, 0)) / rate
	if seconds > (1000 * time.Hour).Seconds() {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second), true
}

// line is the progress in one line, such as
// "importing 1,200 of 5,000 orders (24 %), 400/s, 10s left".
func (m *meter) line(doing, things string) string {
	text := doing + " " + grouped(m.last().done)
	if m.total > 0 {
		percent := min(100*float64(m.last().done)/float64(m.total), 100)
		text += fmt.Sprintf(" of %s %s (%.0f %%)", grouped(m.total), things, percent)
	} else {
		text += " " + things
	}
	text += ", " + grouped(int64(m.rate())) + "/s"
	if left, ok := m.left(); ok {
		text += fmt.Sprintf(", %s left", left)
	}
	return text
}

// summary is the line after the end, with the rate over the whole time.
func (m *meter) summary(doing, things string) string {
	end := m.last()
	took := end.at.Sub(m.began).Round(10 * time.Millisecond)
	overall := perSecond(sample{at: m.began}, end)
	return fmt.Sprintf("%s %s %s in %s, %s/s", doing, grouped(end.done), things, took, grouped(int64(overall)))
}

// grouped writes n with a comma at each thousand.
func grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	digits := fmt.Sprint(n)
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
