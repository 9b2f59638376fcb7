package effect

import "time"

// daily is a budget a day: a calendar day in UTC, since that is when most
// vendors count anew. What was used is not stored: a process knows nothing of
// the calls of its life before, nor of those of the process that had a task
// before. So only a share that is there at midnight may be used at any time of
// the day; of one that comes during the day a hundredth is granted at once and
// the rest evenly, so that processes that restart all the time cannot spend the
// budget over and over.
type daily struct {
	ends time.Time
	used int

	// granted grows by pace a second since a time.
	granted, pace float64
	since         time.Time
}

// atOnce is the part of a budget that a new share may use without waiting.
const atOnce = 100

func newDaily(now time.Time) daily {
	d := daily{since: now}
	d.ends = midnight(now)
	return d
}

func midnight(now time.Time) time.Time {
	return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// turn begins a new day, with all of calls granted, if the last one is over.
func (d *daily) turn(now time.Time, calls float64) bool {
	if now.Before(d.ends) {
		return false
	}
	*d = daily{ends: midnight(now), granted: calls, since: now}
	return true
}

// setShare changes the part of perDay calls from before to share.
func (d *daily) setShare(perDay, before, share float64, now time.Time) {
	d.granted, d.since = d.total(now), now
	if share >= before {
		part := perDay * (share - before)
		d.granted += part / atOnce
		d.pace += part * (1 - 1.0/atOnce) / (24 * time.Hour).Seconds()
		return
	}
	keep := share / before
	if left := d.granted - float64(d.used); left > 0 {
		d.granted -= left * (1 - keep)
	}
	d.pace *= keep
}

// total is how many calls of the day are granted by now.
func (d *daily) total(now time.Time) float64 {
	return d.granted + d.pace*now.Sub(d.since).Seconds()
}

// at is when so many calls of the day are granted; at the latest, when the next
// day begins.
func (d *daily) at(calls int) time.Time {
	missing := float64(calls) - d.granted - epsilon
	if missing <= 0 {
		return d.since
	}
	if d.pace <= 0 {
		return d.ends
	}
	if at := d.since.Add(time.Duration(missing / d.pace * float64(time.Second))); at.Before(d.ends) {
		return at.Add(1)
	}
	return d.ends
}
