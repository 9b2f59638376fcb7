package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/millrace/millrace/streams/changelog"
)

// heal ends every fault, waits for what is under way, and lets the fleet have
// its full size.
func (f *fleet) heal() {
	f.trace.add("", "heals")
	f.partners.set(func() { f.partners.down, f.partners.silent, f.partners.slow = 0, 0, 0 })
	for _, p := range f.processes {
		p.mu.Lock()
		clear(p.armed)
		p.removed, p.rules = false, nil
		l := p.life
		p.mu.Unlock()
		if l != nil {
			l.link.Clear()
		}
	}
	for _, fault := range f.faults {
		fault.Remove()
	}
	for f.acting.Load() > 0 {
		time.Sleep(100 * time.Millisecond)
	}
}

// converge waits until nothing is left to do, and returns what is missing when
// that takes too long.
func (f *fleet) converge() error {
	const step = 500 * time.Millisecond
	deadline := time.Now().Add(f.plan.Converge)
	for {
		err := f.settled()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the fleet did not converge within %s of the healing: %w", f.plan.Converge, err)
		}
		time.Sleep(step)
	}
}

// settled returns what is missing until nothing is left to do.
func (f *fleet) settled() error {
	owned := make(map[int32]string)
	for _, p := range f.processes {
		l := p.current()
		if l == nil {
			p.start()
			return fmt.Errorf("%s is down", p.name)
		}
		if err := l.app.Ready(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	group, err := f.group(context.Background())
	if err != nil {
		return err
	}
	if in := len(group.Members); in != len(f.processes) { // one that froze has yet to hear that it was thrown out
		return fmt.Errorf("%d of %d processes are in the group", in, len(f.processes))
	}
	for _, m := range group.Members {
		assigned, _ := m.Assigned.AsConsumer()
		if assigned == nil {
			continue
		}
		for _, t := range assigned.Topics {
			for _, partition := range t.Partitions {
				who := *m.InstanceID
				if other := owned[partition]; other != "" && other != who {
					return fmt.Errorf("task %d is %s's and %s's", partition, other, who)
				}
				owned[partition] = who
			}
		}
	}
	if len(owned) != int(f.plan.Partitions) {
		return fmt.Errorf("%d of %d tasks have an owner", len(owned), f.plan.Partitions)
	}
	return f.idle()
}

func (f *fleet) group(ctx context.Context) (kadm.DescribedGroup, error) {
	groups, err := kadm.NewClient(f.client).DescribeGroups(ctx, f.app)
	if err != nil {
		return kadm.DescribedGroup{}, fmt.Errorf("describing the group: %w", err)
	}
	g := groups[f.app]
	if g.Err != nil || g.State != "Stable" {
		return g, fmt.Errorf("the group is %s: %w", g.State, errors.Join(g.Err, errUnstable))
	}
	return g, nil
}

var errUnstable = errors.New("not stable")

// idle says what inputs, effects and timers are not done.
func (f *fleet) idle() error {
	for _, p := range f.processes {
		l := p.current()
		if l == nil {
			return fmt.Errorf("%s is down", p.name)
		}
		lags, err := l.app.Lag(context.Background())
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if lags[f.app] > 0 {
			return fmt.Errorf("%s: %d inputs are not handled", p.name, lags[f.app])
		}
		if err := l.pending(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// pending says what rows tell of work to come.
func (l *life) pending() error {
	rows, err := l.app.AllRows(l.process.fleet.app)
	if err != nil {
		return fmt.Errorf("reading rows: %w", err)
	}
	counts := make(map[changelog.Kind]int)
	for _, task := range rows {
		err = errors.Join(err, task.Scan(nil, nil, func(key, _ []byte) bool {
			if k, err := changelog.Parse(key); err == nil {
				counts[k.Kind]++
			}
			return true
		}))
	}
	for kind, what := range map[changelog.Kind]string{changelog.Effect: "effects", changelog.Parked: "parked inputs", changelog.Timer: "timers"} {
		if n := counts[kind]; n > 0 {
			err = errors.Join(err, fmt.Errorf("%d %s are left", n, what))
		}
	}
	return err
}
