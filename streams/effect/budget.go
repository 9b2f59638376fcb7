package effect

import (
	"math"
	"time"

	"github.com/millrace/millrace/streams/task"
)

// growthPause is after when a larger share of a budget counts: by then the calls
// of the process that had it are out of every second that has calls of this one.
const growthPause = time.Second

// budget is what this process may use of the limits of a destination, as a pure
// account: time comes in. Limits are the fleet's; the process has its share, and
// a class has at most its share of that.
type budget struct {
	spec  *task.Destination
	share float64
	// A share that grows is next from growAt on.
	next   float64
	growAt time.Time

	second  gate
	day     daily
	running int
	classes []classBudget
}

type classBudget struct {
	share   float64
	second  gate
	used    int // today
	running int
}

// newBudget makes the account of a destination, at least one class.
func newBudget(spec *task.Destination, share float64, now time.Time) *budget {
	b := &budget{spec: spec, day: newDaily(now)}
	for _, c := range spec.Classes {
		b.classes = append(b.classes, classBudget{share: portion(c.Share)})
	}
	if len(b.classes) == 0 {
		b.classes = []classBudget{{share: 1}}
	}
	b.apply(share, now)
	return b
}

// portion is a share that is left out when it is all.
func portion(share float64) float64 {
	if share <= 0 || share > 1 {
		return 1
	}
	return share
}

// setShare changes the process's share. A smaller one counts at once.
func (b *budget) setShare(share float64, now time.Time) {
	b.advance(now)
	if share <= b.share {
		b.growAt = time.Time{}
		b.apply(share, now)
		return
	}
	if b.growAt.IsZero() || share > b.next {
		b.growAt = now.Add(growthPause)
	}
	b.next = share
}

// advance lets what is due by now count.
func (b *budget) advance(now time.Time) {
	if !b.growAt.IsZero() && !now.Before(b.growAt) {
		b.growAt = time.Time{}
		b.apply(b.next, now)
	}
	if b.day.turn(now, float64(b.spec.PerDay)*b.share) {
		for i := range b.classes {
			b.classes[i].used = 0
		}
	}
}

func (b *budget) apply(share float64, now time.Time) {
	b.day.setShare(float64(b.spec.PerDay), b.share, share, now)
	b.share = share
	b.second.set(b.spec.PerSecond, share)
	for i := range b.classes {
		b.classes[i].second.set(b.spec.PerSecond, share*b.classes[i].share)
	}
}

// admits says whether a call of a class may start now; if not, at is when that
// may change by itself, zero if only a call's end or another share changes it.
// With a shared limiter only the calls under way count here.
func (b *budget) admits(class int, now time.Time, shared bool) (ok bool, at time.Time) {
	b.advance(now)
	c := &b.classes[class]
	if b.running >= whole(b.spec.Concurrent, b.share) || c.running >= whole(b.spec.Concurrent, b.share*c.share) {
		return false, b.growAt
	}
	if shared {
		return true, now
	}
	at = later(b.second.at(), c.second.at())
	if b.spec.PerDay > 0 {
		at = later(at, b.day.at(b.day.used+1))
		if c.share < 1 {
			at = later(at, b.day.at(int(float64(c.used+1)/c.share)))
		}
	}
	switch {
	case !at.After(now):
		return true, now
	case at.Equal(never):
		return false, b.growAt
	case !b.growAt.IsZero() && b.growAt.Before(at):
		return false, b.growAt
	}
	return false, at
}

// start takes a call that was admitted into account; end says that it ended. A
// shared limiter counts the seconds itself, and may yet refuse the call.
func (b *budget) start(class int, now time.Time, shared bool) {
	if !shared {
		b.second.take(now)
		b.classes[class].second.take(now)
	}
	b.day.used++
	b.classes[class].used++
	b.running++
	b.classes[class].running++
}

func (b *budget) end(class int) {
	b.running--
	b.classes[class].running--
}

// refund gives back what a call took of the day that was not made.
func (b *budget) refund(class int) {
	b.day.used = max(b.day.used-1, 0)
	b.classes[class].used = max(b.classes[class].used-1, 0)
}

// whole is a part of a limit, at least one.
func whole(limit int, share float64) int { return max(1, int(float64(limit)*share+epsilon)) }

// epsilon makes good what sums of shares lose.
const epsilon = 1e-9

// never is a time that does not come.
var never = time.Unix(math.MaxInt32<<16, 0)

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// gate spaces calls: in any second there are never more than its limit, rounded
// down; for a limit below one, never more than one in the time that is for one.
// The zero value is open.
type gate struct {
	every time.Duration // between calls; 0: open, below 0: closed
	slack time.Duration // how much earlier a call may come, to catch up
	due   time.Time     // of the next call, if none caught up
}

// set makes the gate let a share of perSecond calls pass; 0 calls is no limit.
func (g *gate) set(perSecond, share float64) {
	limit := perSecond * share
	switch {
	case perSecond <= 0:
		g.every = 0
	case limit <= epsilon:
		g.every = -1
	case limit < 1-epsilon:
		g.every, g.slack = time.Duration(math.Ceil(float64(time.Second)/limit)), 0
	default:
		// burst calls at once and then one each interval are calls in a second.
		calls := math.Floor(limit + epsilon)
		burst := max(1, math.Floor(calls/50))
		g.every = time.Duration(math.Ceil(float64(time.Second) / (calls - burst + 1)))
		g.slack = time.Duration(burst-1) * g.every
	}
}

// at is when the next call may pass.
func (g *gate) at() time.Time {
	if g.every < 0 {
		return never
	}
	if g.every == 0 {
		return time.Time{}
	}
	return g.due.Add(-g.slack)
}

func (g *gate) take(now time.Time) {
	if g.every > 0 {
		g.due = later(g.due, now).Add(g.every)
	}
}
