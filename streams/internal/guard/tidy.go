package guard

import (
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/store"
)

// tidy drops the rows of tasks that nobody here has used for longer than life.
func (g *Guard) tidy(now time.Time, life time.Duration) {
	tasks, err := g.opts.Store.Tasks()
	if err != nil {
		g.opts.Logger.Warn().Err(err).Msg("listing local rows failed")
		return
	}
	for _, t := range tasks {
		if g.opts.Leases.Current(t).Role != store.Warm {
			g.used[t] = now
		}
	}
	if !g.opts.Settled() {
		return
	}
	for _, t := range tasks {
		if err := g.drop(t, now, life); err != nil {
			g.opts.Logger.Warn().Err(err).Str("app", t.App).Int32("partition", t.Partition).Msg("dropping local rows failed")
		}
	}
}

// drop removes a task's rows in one batch, if they are unused for long. Whoever
// begins to use them meanwhile takes the lease away, and they stay.
func (g *Guard) drop(t store.Task, now time.Time, life time.Duration) error {
	rows, err := g.opts.Store.Open(t.App, t.Partition)
	if err != nil {
		return fmt.Errorf("opening rows: %w", err)
	}
	lease, free := g.opts.Leases.TakeWarm(t)
	if !free {
		return nil
	}
	cursor, _, err := rows.Cursor()
	if err != nil {
		return fmt.Errorf("reading cursor: %w", err)
	}
	used := g.used[t]
	if cursor.AppliedAt.After(used) {
		used = cursor.AppliedAt
	}
	if now.Sub(used) < life {
		return nil
	}
	if err := rows.Wipe(lease); errors.Is(err, store.ErrLeaseLost) {
		return nil
	} else if err != nil {
		return err
	}
	delete(g.used, t)
	g.opts.Metrics.dropped.Inc()
	g.opts.Logger.Info().Str("app", t.App).Int32("partition", t.Partition).Time("used", used).Msg("rows that no task here uses were dropped")
	return nil
}
