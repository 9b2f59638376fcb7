package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// startTimeout bounds how long faults of the network may delay the start.
const startTimeout = 30 * time.Second

// start checks the cluster, ends what earlier lives of this instance left open,
// and only then joins.
func (r *Runtime) start(ctx context.Context) error {
	if err := r.opts.check(); err != nil {
		return err
	}
	cl, err := r.opts.newReader("tail")
	if err != nil {
		return err
	}
	r.tail = newTail(cl, r.log)
	if r.onlyTables() {
		r.goes(r.tail.run)
		return r.followTables(ctx)
	}
	if r.cluster, err = setUp(ctx, cl, &r.opts); err != nil {
		return err
	}
	if err := r.startLanes(ctx); err != nil {
		return err
	}
	inputs, err := r.opts.newReader("reader")
	if err != nil {
		return err
	}
	r.reader = newReader(inputs, r.log, r.unreadable)
	standing, err := r.opts.newReader("standby")
	if err != nil {
		return err
	}
	r.standing = newTail(standing, r.log)
	r.standing.before, r.standing.most = r.patient, standbyPoll
	if err := r.followTables(ctx); err != nil {
		return err
	}
	r.goes(r.tail.run)
	r.goes(r.standing.run)
	r.goes(r.reader.run)
	r.goes(r.purge)
	r.goes(r.inspect)
	for _, l := range r.lanes {
		r.goes(l.run)
	}
	if r.opts.Effects != nil {
		r.opts.Effects.SetShare(0)
	}
	r.member = newMember(&r.opts, r, r.cluster.partitions)
	r.mu.Lock()
	r.started = true
	r.applyHold()
	r.mu.Unlock()
	return r.member.join()
}

// onlyTables says that the topology copies tables and has no tasks: it needs no
// group, no producer and no topics of its own.
func (r *Runtime) onlyTables() bool {
	return len(r.opts.Topology.Entities) == 0 && len(r.opts.Topology.Tables) > 0
}

func (r *Runtime) inGroup() bool { return !r.onlyTables() }

// startLanes makes the producers. Getting their ids ends what this instance's
// last life left open under them; ids that have no lane now are fenced.
func (r *Runtime) startLanes(ctx context.Context) error {
	own := make(map[string]bool)
	for n := range r.opts.Lanes {
		l := newLane(r, n)
		own[l.id] = true
		if r.opts.Remember != nil {
			if err := r.opts.Remember(l.id); err != nil {
				return fmt.Errorf("remembering transactional id: %w", err)
			}
		}
		if err := r.firstProducer(ctx, l); err != nil {
			return err
		}
		r.lanes = append(r.lanes, l)
	}
	for _, id := range r.opts.Fence {
		if !own[id] {
			if err := fence(ctx, r.tail.client, &r.opts, r.log, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// firstProducer gives a lane its producer, in spite of faults that pass.
func (r *Runtime) firstProducer(ctx context.Context, l *lane) error {
	deadline := time.Now().Add(startTimeout)
	for try := 1; ; try++ {
		err := l.renew()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
			return fmt.Errorf("getting a producer id for %s: %w", l.id, denied(err, r.opts.Topology.App))
		case r.ctx.Err() != nil || time.Now().After(deadline) || sleep(ctx, backoff(try+1)) != nil:
			return fmt.Errorf("getting a producer id for %s: %w", l.id, err)
		}
		r.log.Warn().Err(err).Str("transactional_id", l.id).Msg("getting a producer id failed, trying again")
	}
}

// followTables copies every table; tablesReady is closed when all have reached
// the end that they have now.
func (r *Runtime) followTables(ctx context.Context) error {
	var waiting sync.WaitGroup
	for _, table := range r.opts.Topology.Tables {
		c, err := describeTable(ctx, r.tail.client, table.Topic)
		if err != nil {
			return err
		}
		var copied sync.WaitGroup
		mu := new(sync.Mutex)
		for p, log := range c.logs {
			f := &follower{
				topic: table.Topic, partition: p, from: log.start, end: log.end, forever: true,
				apply:   applyTable(table, c.id, mu, r.log),
				reached: func(error) { copied.Done() },
			}
			copied.Add(1)
			if log.start >= log.end {
				f.finish(nil)
			}
			r.tail.follow(f)
		}
		waiting.Go(func() {
			copied.Wait()
			if table.Ready != nil {
				table.Ready()
			}
		})
	}
	go func() { waiting.Wait(); close(r.tablesReady) }()
	return nil
}

func (o *Options) check() error {
	switch {
	case len(o.Topology.Entities) == 0 && len(o.Topology.Tables) == 0:
		return errors.New("the topology has neither entities nor tables, so it has nothing to do")
	case o.Instance == "":
		return errors.New("the instance has no id")
	case o.SessionTimeout < 6*time.Second:
		return fmt.Errorf("session timeout %s: brokers refuse less than 6 s", o.SessionTimeout)
	}
	return nil
}
