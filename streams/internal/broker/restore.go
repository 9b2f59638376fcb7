package broker

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// tellRestore is how often the log says how far a restore is.
const tellRestore = 5 * time.Second

// restore is how far the restore of one task is. Its tail's goroutine counts,
// others read.
type restore struct {
	from, end int64 // changelog offsets
	began     time.Time
	next      atomic.Int64
	rows      atomic.Int64
}

func newRestore(from, end int64, now time.Time) *restore {
	p := &restore{from: from, end: end, began: now}
	p.next.Store(from)
	return p
}

func (p *restore) applied(rows int, next int64) {
	p.rows.Add(int64(rows))
	p.next.Store(next)
}

// offsetsLeft is how many changelog offsets are still to be read.
func (p *restore) offsetsLeft() int64 { return max(0, p.end-p.next.Load()) }

// timeLeft guesses from the pace so far; known is false before anything was read.
func (p *restore) timeLeft(now time.Time) (left time.Duration, known bool) {
	done := p.next.Load() - p.from
	if done <= 0 {
		return 0, false
	}
	return time.Duration(float64(now.Sub(p.began)) / float64(done) * float64(p.offsetsLeft())), true
}

// await returns when the restore has ended, and tells the log about it meanwhile.
// It gives up when nothing comes for longer than a live owner's transaction may be
// open: then the owner has to be fenced.
func (p *restore) await(ctx context.Context, patience time.Duration, reached <-chan error, log zerolog.Logger) error {
	tick := time.NewTicker(tellRestore)
	defer tick.Stop()
	next, since := p.next.Load(), time.Now()
	for {
		select {
		case err := <-reached:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case now := <-tick.C:
			p.tell(log, now)
			if n := p.next.Load(); n != next {
				next, since = n, now
			} else if now.Sub(since) > patience {
				return fmt.Errorf("nothing was read of the changelog for %s although %d offsets are left: a transaction is open there, or its broker does not answer", patience, p.offsetsLeft())
			}
		}
	}
}

func (p *restore) tell(log zerolog.Logger, now time.Time) {
	rows := p.rows.Load()
	event := log.Info().Int64("rows", rows).Float64("rows_per_second", float64(rows)/now.Sub(p.began).Seconds()).
		Int64("offsets_left", p.offsetsLeft())
	if left, known := p.timeLeft(now); known {
		event = event.Dur("left", left.Round(time.Second))
	}
	event.Msg("restoring task")
}
