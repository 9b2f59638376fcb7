package effect

import (
	"context"
	"errors"
	"time"
)

// Limiter is a budget that all processes of a fleet ask before each call, such
// as one in Redis. Without one, each process has the share of its partitions.
type Limiter interface {
	// Take asks for one call to a destination, which takes perSecond calls a
	// second and perDay a day (0: no limit), of which calls of class are at most
	// the given share. It returns 0 when the call may be made, else for how long
	// there is no use in asking again.
	Take(ctx context.Context, destination, class string, share, perSecond float64, perDay int) (wait time.Duration, err error)
}

const (
	// limiterTimeout bounds how long the limiter may take to answer.
	limiterTimeout = time.Second
	// limiterPause is for how long a limiter that failed is not asked: the share
	// of the partitions counts meanwhile.
	limiterPause = 5 * time.Second
	// longestLimit bounds how long a limiter is believed that wants no call.
	longestLimit = time.Minute
)

// errBusy is the end of a call that the shared limiter did not let pass.
var errBusy = errors.New("effect put back: the budget is used up")

// asksLimiter says whether the shared limiter decides about calls now.
func (d *destination) asksLimiter(now time.Time) bool {
	return (d.spec.PerSecond > 0 || d.spec.PerDay > 0) && !now.Before(d.localUntil)
}

// askLimiter asks for the call of a batch that was admitted without the share of
// this process, and returns nil if it may be made.
func (x *Executor) askLimiter(d *destination, b *batch) error {
	if !b.shared {
		return nil
	}
	share, name := 1.0, ""
	if len(d.spec.Classes) > 0 {
		share, name = portion(d.spec.Classes[b.class].Share), d.spec.Classes[b.class].Name
	}
	ctx, cancel := context.WithTimeout(context.Background(), limiterTimeout)
	defer cancel()
	wait, err := x.opts.Limiter.Take(ctx, d.spec.Name, name, share, d.spec.PerSecond, d.spec.PerDay)
	if err == nil && wait <= 0 {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil {
		x.opts.Logger.Warn().Err(err).Str("destination", d.spec.Name).Msg("asking the limiter failed, this process keeps to its share")
		d.localUntil = time.Now().Add(limiterPause)
		return errBusy
	}
	d.classes[b.class].pausedUntil = time.Now().Add(min(wait, longestLimit))
	return errBusy
}
