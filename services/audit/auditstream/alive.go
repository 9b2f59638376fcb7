package auditstream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

const (
	// lookEach is how often the canary is looked at, and the shared cache.
	lookEach = time.Minute
	// stuckAfter is how long the auditor may come no further before it is not ready.
	// One that has much to read comes further all the time.
	stuckAfter = 5 * time.Minute
)

// alive is whether the auditor reads and finds.
type alive struct {
	mu     sync.Mutex
	read   time.Time // when it last came further
	canary time.Time // when the canary was last found
	dead   error     // why it was not
}

func (l *alive) further(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.read = now
}

func (l *alive) looked(now time.Time, dead error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead = dead; dead == nil {
		l.canary = now
	}
}

func (l *alive) found() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.canary
}

func (l *alive) err(now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if stood := now.Sub(l.read); !l.read.IsZero() && stood > stuckAfter {
		return fmt.Errorf("the auditor has read nothing for %s: its log says why", stood.Round(time.Second))
	}
	return l.dead
}

// Check says why nobody may rely on the auditor just now: it came no further for some
// minutes, or does not find what is known to be wrong.
func (r *Room) Check(context.Context) error { return r.alive.err(time.Now()) }

// lookAtCanary puts a violation that is known before an auditor like this one, through
// the same schemas.
func (r *Room) lookAtCanary(now time.Time) {
	err := r.canary(now)
	if err != nil {
		r.config.Logger.Error().Err(err).Msg("the auditor is blind")
	}
	r.alive.looked(now, err)
}

func (r *Room) canary(now time.Time) error {
	value, err := codec.Of[event.OrderValidated](r.config.Schemas, topic.OrderValidated).Append(nil, &event.OrderValidated{OrderID: "canary", OrderVersion: 1, ValidatedAt: now})
	if err != nil {
		return fmt.Errorf("writing the canary: %w", err)
	}
	first := audit.Record{Topic: topic.OrderValidated.Name, Key: []byte("canary"), Value: value, Time: now}
	again := first
	again.Offset++
	return audit.Canary(audit.Config{Schema: r.config.Schemas.Text, Limits: r.config.Limits}, &first, &again)
}

// shelf is the shared cache as the auditor asks it: what was published some time ago
// has to be there.
type shelf struct {
	// ask returns the version of each item, 0 for one that is not there; whole says
	// that the cache holds everything. nil asks nobody.
	ask  func(ctx context.Context, skus ...string) (versions []int64, whole bool, err error)
	due  map[string]int64 // versions that have to be there at the next look
	next map[string]bool  // items to look at after that
}

// maxLooks bounds the items of a look.
const maxLooks = 100

// noted hears of an item whose position is read.
func (s *shelf) noted(sku string) {
	if s.ask == nil || len(s.next) >= maxLooks {
		return
	}
	if s.next == nil {
		s.next = make(map[string]bool)
	}
	s.next[sku] = true
}

// look holds the cache against the books, and notes what is to be there at the next
// look. A cache that is away or being filled shows nothing to anybody.
func (s *shelf) look(ctx context.Context, a *audit.Auditor, now time.Time) error {
	if s.ask == nil {
		return nil
	}
	skus := make([]string, 0, len(s.due))
	for sku := range s.due {
		skus = append(skus, sku)
	}
	var failed error
	if len(skus) > 0 {
		versions, whole, err := s.ask(ctx, skus...)
		for n := range versions {
			if err == nil && whole {
				a.ObserveCache(skus[n], s.due[skus[n]], versions[n], now)
			}
		}
		failed = err
	}
	s.due = make(map[string]int64, len(s.next))
	for sku := range s.next {
		s.due[sku] = a.Newest(sku)
	}
	clear(s.next)
	return failed
}
