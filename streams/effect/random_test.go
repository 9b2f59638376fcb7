package effect_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// outcome is how one try ends, and how long it takes.
type outcome struct {
	Kind byte // 'o'k, 'f'ailure, 'p'ermanent failure, 'r'etry after 3 s, 'n'ot heeding its context
	Took time.Duration
}

// asking is one effect to be asked; its tries end as listed, then well.
type asking struct {
	Key, To  int
	Class    string
	Outcomes []outcome
}

// step is one thing that happens to an executor, in this order.
type step struct {
	Sleep  time.Duration
	Ask    []asking
	Cancel int           // cancel the so-manieth pending effect, if there is one
	Lose   bool          // the lease is taken by somebody else and comes back
	Revoke time.Duration // revoke within this time, and activate again
}

var drawStep = rapid.Custom(func(t *rapid.T) step {
	ms := func(most int) *rapid.Generator[time.Duration] {
		return rapid.Map(rapid.IntRange(0, most), func(n int) time.Duration { return time.Duration(n) * time.Millisecond })
	}
	s := step{Sleep: ms(3000).Draw(t, "sleep"), Cancel: -1}
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		s.Cancel = rapid.IntRange(0, 20).Draw(t, "cancel")
	case 1:
		s.Revoke = ms(2000).Draw(t, "revoke") + 1
	case 2:
		s.Lose = true
	default:
		s.Ask = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) asking {
			return asking{
				Key: rapid.IntRange(0, 2).Draw(t, "key"), To: rapid.IntRange(0, 2).Draw(t, "to"), Class: rapid.SampledFrom([]string{"", "urgent", "slow"}).Draw(t, "class"),
				Outcomes: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) outcome {
					return outcome{Kind: rapid.SampledFrom([]byte("ooffprn")).Draw(t, "kind"), Took: ms(1500).Draw(t, "took")}
				}), 1, 3).Draw(t, "outcomes"),
			}
		}), 1, 5).Draw(t, "ask")
	}
	return s
})

// world is what the effects are for: the rows of a task and the other side.
type world struct {
	x      *effect.Executor
	leases store.Leases
	to     [3]*task.Destination

	mu       sync.Mutex
	seq      uint64
	outcomes map[changelog.ID][]outcome
	pending  map[changelog.ID]task.Effect
	ended    map[changelog.ID]bool // answered, or cancelled and answered
	inside   map[string]int        // calls under way by key and destination
	answered map[string]uint64     // the last answered sequence by the same
	active   bool
	faults   []string
}

func newWorld() *world {
	w := &world{
		x: effect.New(effect.Options{}), outcomes: make(map[changelog.ID][]outcome),
		pending: make(map[changelog.ID]task.Effect), ended: make(map[changelog.ID]bool),
		inside: make(map[string]int), answered: make(map[string]uint64),
	}
	for i := range w.to {
		name := fmt.Sprint("to", i)
		w.to[i] = &task.Destination{
			Name: name, Concurrent: 1 + i, BackoffMax: 2 * time.Second, Timeout: 2 * time.Second,
			Call: func(ctx context.Context, r []byte) (any, error) { return w.call(ctx, name, string(r)) },
		}
	}
	batching := w.to[2]
	batching.MaxBatch, batching.MaxWait = 3, 400*time.Millisecond
	batching.PerSecond, batching.Classes = 8, []task.Class{{Name: "urgent"}, {Name: "slow", Share: 0.5}}
	batching.CallBatch = func(ctx context.Context, batch []task.Request) []task.Outcome {
		out := make([]task.Outcome, len(batch))
		var all sync.WaitGroup
		for i, r := range batch {
			all.Go(func() { out[i].Answer, out[i].Err = w.call(effect.WithID(ctx, r.ID), batching.Name, string(r.Body)) })
		}
		all.Wait()
		return out
	}
	return w
}

func (w *world) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// call is the other side.
func (w *world) call(ctx context.Context, to, key string) (any, error) {
	queue := to + "/" + key
	w.mu.Lock()
	if w.inside[queue]++; w.inside[queue] > 1 {
		w.fault("two calls at a time for %s", queue)
	}
	now := outcome{Kind: 'o'}
	if left := w.outcomes[effect.ID(ctx)]; len(left) > 0 {
		now, w.outcomes[effect.ID(ctx)] = left[0], left[1:]
	}
	w.mu.Unlock()
	if now.Kind == 'n' {
		time.Sleep(now.Took)
	} else {
		select {
		case <-ctx.Done():
		case <-time.After(now.Took):
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inside[queue]--
	switch now.Kind {
	case 'f':
		return nil, errNo
	case 'p':
		return nil, effect.Permanent(errNo)
	case 'r':
		return nil, effect.RetryAfter(errNo, 3*time.Second)
	}
	return "done", nil
}

func (w *world) deliver(a task.Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended[a.ID] {
		w.fault("%x was answered twice", a.ID)
	}
	if !w.active {
		w.fault("%x was answered after Revoke", a.ID)
	}
	w.ended[a.ID] = true
	delete(w.pending, a.ID)
	key, _ := changelog.Parse(a.Key)
	queue := key.Collection + "/" + key.Key
	if key.Seq <= w.answered[queue] {
		w.fault("%s: %d was answered after %d", queue, key.Seq, w.answered[queue])
	}
	w.answered[queue] = key.Seq
}

func (w *world) ask(a asking) task.Effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq++
	e := ask(w.to[a.To], fmt.Sprint("k", a.Key), w.seq)
	e.Row.ID = changelog.ID{0: byte(w.seq >> 8), 1: byte(w.seq)}
	e.Row.Request, e.Row.Class = []byte(e.EntityKey), a.Class
	w.outcomes[e.Row.ID] = a.Outcomes
	w.pending[e.Row.ID] = e
	return e
}

// activate starts what is pending under a new lease.
func (w *world) activate() {
	w.mu.Lock()
	w.active = true
	inherited := w.sorted()
	w.mu.Unlock()
	w.x.Start(owner, w.leases.Take(owner, store.Active), w.deliver, inherited, true)
}

func (w *world) sorted() []task.Effect {
	var all []task.Effect
	for _, e := range w.pending {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b task.Effect) int { return cmp.Compare(string(a.Row.ID[:]), string(b.Row.ID[:])) })
	return all
}

func (w *world) run(s step) {
	time.Sleep(s.Sleep)
	var asked []task.Effect
	for _, a := range s.Ask {
		asked = append(asked, w.ask(a))
	}
	w.x.Start(owner, w.leases.Current(owner), w.deliver, asked, false)
	if s.Cancel >= 0 {
		w.mu.Lock()
		var ids []changelog.ID
		if all := w.sorted(); s.Cancel < len(all) {
			ids = append(ids, all[s.Cancel].Row.ID)
			delete(w.pending, ids[0])
		}
		w.mu.Unlock()
		w.x.Cancel(owner, ids)
	}
	if s.Lose {
		w.leases.Take(owner, store.Standby)
		time.Sleep(s.Sleep)
	}
	if s.Lose || s.Revoke > 0 {
		w.revoke(s.Revoke)
		time.Sleep(s.Sleep)
		w.activate()
	}
}

func (w *world) revoke(within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	_ = w.x.Revoke(ctx, owner)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active = false
}

func TestEffectsAreOrderedAnsweredOnceAndNeverLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(drawStep, 1, 30).Draw(rt, "steps")
		var faults []string
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.activate()
			for _, s := range steps {
				w.run(s)
			}
			settle(24 * time.Hour)
			if len(w.pending) > 0 {
				w.fault("%d effects were never answered: %v", len(w.pending), w.sorted()[0].Row.ID)
			}
			if waiting := w.x.Waiting(); waiting["to0"]+waiting["to1"]+waiting["to2"] != 0 {
				w.fault("waiting in the end: %v", waiting)
			}
			if err := w.x.Close(); err != nil {
				w.fault("closing: %v", err)
			}
			faults = w.faults
		})
		if len(faults) > 0 {
			rt.Fatalf("%q", faults)
		}
	})
}
