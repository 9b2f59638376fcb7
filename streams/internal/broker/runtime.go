package broker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/store"
)

// drainTimeout bounds how long Run goes on after its context has ended.
const drainTimeout = 20 * time.Second

// fightsLost is how often another process may take this one's instance id before
// it gives up. Once or twice can be a former self, whose answers were lost.
const fightsLost = 3

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
	standing    *tail // of standbys: restoring must not wait for it
	lanes       []*lane
	tablesReady chan struct{}

	cacheShare atomic.Int64 // bytes of each active task

	mu        sync.Mutex
	slots     map[int32]*slot
	standbys  map[int32]*standby
	closing   bool // no task becomes active any more
	producers map[*lane]*kgo.Client
	started   bool
	held      error // why nothing is taken in; nil when it is
}

// New makes a runtime that does nothing until Run.
func New(opts Options) *Runtime {
	opts = opts.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	return &Runtime{
		opts: opts, ctx: ctx, cancel: cancel,
		log:         opts.Logger.With().Str("app", opts.Topology.App).Logger(),
		slots:       make(map[int32]*slot),
		standbys:    make(map[int32]*standby),
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
	if r.inGroup() {
		fenced = r.member.fenced
	}
	for taken := 0; ; {
		select {
		case <-ctx.Done():
			r.drain()
			return nil
		case <-r.ctx.Done():
			return nil
		case <-fenced:
			if taken++; taken > fightsLost {
				return fmt.Errorf("another process keeps taking instance %s in group %s: two processes have the same id; give each a state directory, or an Instance, of its own", r.opts.Instance, r.opts.Topology.App)
			}
			if err := r.replaceMember(); err != nil {
				return err
			}
		}
	}
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

// drain gives every task back in order. The group is not left unless the options
// say so: a restart then takes the tasks back without a rebalance.
func (r *Runtime) drain() {
	ctx, cancel := context.WithTimeout(r.ctx, drainTimeout)
	defer cancel()
	leave := r.opts.Leave && r.inGroup()
	if leave {
		r.giveAway(ctx)
	}
	r.mu.Lock()
	r.closing = true
	slots := r.all()
	r.mu.Unlock()
	r.giveBack(ctx, slots)
	if leave {
		if err := r.member.leave(ctx, r.tail.client); err != nil {
			r.log.Error().Err(err).Msg("tasks stay with this instance until its session ends")
		}
	}
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
	for _, t := range []*tail{r.tail, r.standing} {
		if t != nil {
			t.client.Close()
		}
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
