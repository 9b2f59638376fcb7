package streams

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/internal/broker"
	"github.com/millrace/millrace/streams/internal/guard"
	"github.com/millrace/millrace/streams/internal/span"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/pebblestore"
)

// ErrRestoring is returned for a task that this process has but that is not
// active yet; it is worth trying again.
var ErrRestoring = broker.ErrRestoring

// NotOwnerError is returned for a task that another process has; it names the
// address that process advertises.
type NotOwnerError = broker.NotOwnerError

// App runs topologies in this process. Make it with Open and call Run once.
type App struct {
	store    store.Store
	owned    bool // the store was opened here
	runtimes map[string]*broker.Runtime
	effects  []*effect.Executor
	names    []string
	guard    *guard.Guard
}

// identity is what a store on disk also keeps.
type identity interface {
	Instance() string
	TransactionalIDs() []string
	RememberTransactionalID(id string) error
}

// Open opens the state directory and prepares the topologies. It does not talk
// to Kafka. Close the App if Run is never called.
func Open(opts Options, topologies ...*Topology) (*App, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("checking options: %w", err)
	}
	a := &App{store: opts.Store, runtimes: make(map[string]*broker.Runtime)}
	if a.store == nil {
		disk, err := pebblestore.Open(opts.StateDir, pebblestore.Options{Logger: opts.Logger})
		if err != nil {
			return nil, fmt.Errorf("opening state directory: %w", err)
		}
		a.store, a.owned = disk, true
	}
	opts.Store = a.store
	if err := a.prepare(opts, topologies); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) prepare(opts Options, topologies []*Topology) error {
	id, _ := a.store.(identity)
	if opts.Instance == "" {
		opts.Instance = id.Instance()
	}
	leases, metrics := new(store.Leases), broker.NewMetrics(opts.Metrics)
	a.guard = guard.New(guard.Options{
		Store: a.store, Leases: leases, Hold: a.hold, Settled: a.settled, Logger: opts.Logger, Metrics: guard.NewMetrics(opts.Metrics),
	})
	for _, t := range topologies {
		spec, err := t.Spec()
		if err != nil {
			return err
		}
		if a.runtimes[spec.App] != nil {
			return fmt.Errorf("topology %s is given twice", spec.App)
		}
		tracer := span.New(opts.TracerProvider, spec.App)
		executor := effect.New(effect.Options{Logger: opts.Logger, Status: opts.EffectStatus, Span: tracer.Call, Limiter: opts.Limiter, Metrics: opts.Metrics, App: spec.App, Failpoint: opts.Failpoint})
		a.effects = append(a.effects, executor)
		o := opts.runtime(spec)
		o.Span = tracer.Handler()
		o.Leases, o.Metrics, o.Effects = leases, metrics, executor
		if id != nil {
			o.Remember, o.Fence = id.RememberTransactionalID, own(id.TransactionalIDs(), spec.App)
		}
		a.runtimes[spec.App] = broker.New(o)
		a.names = append(a.names, spec.App)
	}
	return nil
}

// own lists the transactional ids that a topology used.
func own(ids []string, app string) []string {
	var list []string
	for _, id := range ids {
		if strings.HasPrefix(id, app+"-") {
			list = append(list, id)
		}
	}
	return list
}

// Run joins the groups and handles inputs until ctx ends. Then it finishes what
// is at hand and gives the tasks back within 20 s, without leaving the groups
// (unless Options.Leave says so): a restart takes them back at once. It returns an
// error when a topology cannot start, which names what does not fit and what to
// do, or when the state on disk is damaged: run the process again then. The App is
// closed after.
func (a *App) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range a.names {
		group.Go(func() error { return a.runtimes[name].Run(ctx) })
	}
	watch, stop := context.WithCancel(ctx)
	var watchers errgroup.Group
	watchers.Go(func() error { return a.endIfDamaged(watch) })
	watchers.Go(func() error { a.guard.Run(watch); return nil })
	err := group.Wait()
	stop()
	return errors.Join(err, watchers.Wait(), a.Close())
}

// Kill ends everything at once, as a crash would: open transactions stay open
// and no task is given back. It is for tests; Run returns.
func (a *App) Kill() {
	for _, r := range a.runtimes {
		r.Kill()
	}
}

func (a *App) hold(why error) {
	for _, name := range a.names {
		a.runtimes[name].Hold(why)
	}
}

func (a *App) settled() bool {
	for _, name := range a.names {
		if !a.runtimes[name].Settled() {
			return false
		}
	}
	return true
}

// Close releases the state directory. Run does it by itself; a second Close does
// nothing.
func (a *App) Close() error {
	var errs []error
	for _, x := range a.effects {
		errs = append(errs, x.Close())
	}
	a.effects = nil
	if a.owned {
		a.owned = false
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// Ready returns nil when every task that this process was assigned is active and
// all tables are copied, else what is missing.
func (a *App) Ready() error {
	missing := []error{a.guard.Err()}
	for _, name := range a.names {
		missing = append(missing, a.runtimes[name].Ready())
	}
	return errors.Join(missing...)
}

func (a *App) runtime(app string) (*broker.Runtime, error) {
	r := a.runtimes[app]
	if r == nil {
		return nil, fmt.Errorf("topology %s does not run in this process", app)
	}
	return r, nil
}

// Partition returns the partition of a key of a topology's inputs, as Kafka's
// own producers place it (murmur2); -1 before Run has asked how many there are.
func (a *App) Partition(app string, key []byte) int32 {
	r := a.runtimes[app]
	if r == nil || r.Partitions() == 0 {
		return -1
	}
	return broker.PartitionOf(key, r.Partitions())
}

// Await implements Awaiter; AtLeast is the way to use it.
func (a *App) Await(ctx context.Context, app string, at Position) error {
	r, err := a.runtime(app)
	if err != nil {
		return err
	}
	return r.Await(ctx, at.Topic, at.Partition, at.Offset)
}

// Rows implements Committed.
func (a *App) Rows(app, key string) (store.Reader, error) {
	r, err := a.runtime(app)
	if err != nil {
		return nil, err
	}
	p := a.Partition(app, []byte(key))
	if p < 0 {
		return nil, ErrRestoring
	}
	return r.Rows(p)
}

// TaskRows returns the committed rows of a task that is active here, else
// ErrRestoring or a NotOwnerError.
func (a *App) TaskRows(app string, partition int32) (store.Reader, error) {
	r, err := a.runtime(app)
	if err != nil {
		return nil, err
	}
	return r.Rows(partition)
}

// AllRows implements Committed.
func (a *App) AllRows(app string) ([]store.Reader, error) {
	r, err := a.runtime(app)
	if err != nil {
		return nil, err
	}
	return r.AllRows(), nil
}

// TableRows implements Committed.
func (a *App) TableRows(app, topic, key string) (store.Reader, int32, error) {
	r, err := a.runtime(app)
	if err != nil {
		return nil, 0, err
	}
	p := a.Partition(app, []byte(key))
	if p < 0 {
		return nil, 0, ErrRestoring
	}
	rows, err := r.TableRows(topic, p)
	return rows, p, err
}

// Lag returns by topology how many offsets of the inputs the tasks of this
// process have not committed yet.
func (a *App) Lag(ctx context.Context) (map[string]int64, error) {
	lag := make(map[string]int64, len(a.names))
	for _, name := range a.names {
		n, err := a.runtimes[name].Lag(ctx)
		if err != nil {
			return nil, fmt.Errorf("measuring lag of %s: %w", name, err)
		}
		lag[name] = n
	}
	return lag, nil
}
