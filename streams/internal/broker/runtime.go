package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/store"
)

// startTimeout bounds how long faults of the network may delay the start.
const startTimeout = 30 * time.Second

// drainTimeout bounds how long Run goes on after its context has ended.
const drainTimeout = 20 * time.Second

// Runtime runs one topology in this process. Make it with New.
type Runtime struct {
	opts Options
	log  zerolog.Logger

	ctx    context.Context // ends when Run returns or Kill is called
	cancel context.CancelFunc
	wg     sync.WaitGroup

	// Set by start, before any goroutine.
	cluster     cluster
	member      *member
	reader      *reader
	tail        *tail
	lanes       []*lane
	tablesReady chan struct{}

	mu        sync.Mutex
	slots     map[int32]*slot
	closing   bool // no task becomes active any more
	producers map[*lane]*kgo.Client
	started   bool
}

// New makes a runtime that does nothing until Run.
func New(opts Options) *Runtime {
	opts = opts.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	return &Runtime{
		opts: opts, ctx: ctx, cancel: cancel,
		log:         opts.Logger.With().Str("app", opts.Topology.App).Logger(),
		slots:       make(map[int32]*slot),
		producers:   make(map[*lane]*kgo.Client),
		tablesReady: make(chan struct{}),
	}
}

// Run joins the group and runs the tasks it gets until ctx ends; then it gives
// them back in order, within 20 s. It returns an error when it cannot start: a
// broker or topic that does not fit, in which case the error says what to do.
func (r *Runtime) Run(ctx context.Context) error {
	defer r.close()
	if err := r.start(ctx); err != nil {
		if ctx.Err() != nil || r.ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("starting topology %s: %w", r.opts.Topology.App, err)
	}
	var fenced <-chan struct{}
	if !r.onlyTables() {
		fenced = r.member.fenced
	}
	for {
		select {
		case <-ctx.Done():
			r.drain()
			return nil
		case <-r.ctx.Done():
			return nil
		case <-fenced:
			if err := r.replaceMember(); err != nil {
				return err
			}
		}
	}
}

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
	if err := r.followTables(ctx); err != nil {
		return err
	}
	r.goes(r.tail.run)
	r.goes(r.reader.run)
	for _, l := range r.lanes {
		r.goes(l.run)
	}
	r.member = newMember(&r.opts, r)
	r.mu.Lock()
	r.started = true
	r.mu.Unlock()
	return r.member.join()
}

// onlyTables says that the topology copies tables and has no tasks: it needs no
// group, no producer and no topics of its own.
func (r *Runtime) onlyTables() bool {
	return len(r.opts.Topology.Entities) == 0 && len(r.opts.Topology.Tables) > 0
}

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
			if err := fence(ctx, r.tail.client, &r.opts, id); err != nil {
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
		case time.Now().After(deadline) || sleep(ctx, backoff(try+1)) != nil:
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

// goes runs fn on a goroutine that close waits for.
func (r *Runtime) goes(fn func()) { r.wg.Go(fn) }

// replaceMember makes a new group client after another process took the static
// id: the old one's member id would be refused for ever.
func (r *Runtime) replaceMember() error {
	r.log.Error().Msg("another process uses this instance id; give each process a state directory of its own")
	r.member.close()
	if sleep(r.ctx, time.Second) != nil {
		return nil
	}
	return r.member.join()
}

// drain gives every task back in order. The group is not left, so that a
// restart takes the tasks back without a rebalance.
func (r *Runtime) drain() {
	ctx, cancel := context.WithTimeout(r.ctx, drainTimeout)
	defer cancel()
	r.mu.Lock()
	r.closing = true
	slots := r.all()
	r.mu.Unlock()
	r.giveBack(ctx, slots)
	if err := r.opts.Store.Flush(); err != nil {
		r.log.Error().Err(err).Msg("flushing store failed; the changelog has what it lacks")
	}
}

// Kill ends everything at once, as a crash would: open transactions stay open,
// tasks are not given back. Run returns.
func (r *Runtime) Kill() {
	r.cancel()
}

// close ends all clients and goroutines.
func (r *Runtime) close() {
	r.mu.Lock()
	r.closing = true
	producers := make([]*kgo.Client, 0, len(r.producers))
	for _, cl := range r.producers {
		producers = append(producers, cl)
	}
	slots, started := r.all(), r.started
	r.mu.Unlock()
	r.cancel()
	for _, cl := range producers {
		cl.Close()
	}
	for _, s := range slots {
		s.cancel()
	}
	if started {
		r.member.close()
	}
	if r.reader != nil {
		r.reader.client.Close()
	}
	if r.tail != nil {
		r.tail.client.Close()
	}
	r.wg.Wait()
	for _, s := range slots {
		r.forget(s)
	}
}

// setProducer keeps a lane's client so that close can end it.
func (r *Runtime) setProducer(l *lane, cl *kgo.Client) {
	l.producer = cl
	r.mu.Lock()
	r.producers[l] = cl
	r.mu.Unlock()
	if r.ctx.Err() != nil {
		cl.Close()
	}
}

// identity is what the local rows of this topology were filled from.
func (r *Runtime) identity() store.Identity {
	return store.Identity{Cluster: r.cluster.id, TopicID: r.cluster.topicIDs[r.opts.Topology.ChangelogTopic()], Format: localFormat}
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
