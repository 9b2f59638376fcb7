package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/sim/internal/wire"
	"github.com/millrace/millrace/streams/store/pebblestore"
)

// process is one member of the fleet, over its lives. Its disk outlives them.
type process struct {
	fleet  *fleet
	number int
	name   string

	mu      sync.Mutex
	disk    *vfs.MemFS
	life    *life // nil while it is down
	begins  bool  // a life is being made
	removed bool  // until the end
	armed   map[failpoint.Point][]func(*life)
	rules   []*wire.Rule // that a life did not meet, for the next
}

// life is a process from one start to its end.
type life struct {
	process *process
	link    *wire.Link
	app     *streams.App
	store   *pebblestore.Store
	cancel  context.CancelFunc
	dead    atomic.Bool
	ended   chan struct{}
}

func newProcess(f *fleet, number int) *process {
	return &process{
		fleet: f, number: number, name: fmt.Sprintf("p%d", number),
		disk: vfs.NewCrashableMem(), armed: make(map[failpoint.Point][]func(*life)),
	}
}

// start begins a life, unless one is under way.
func (p *process) start() {
	p.mu.Lock()
	busy := p.life != nil || p.begins || p.removed
	p.begins = p.begins || !busy
	disk, rules := p.disk, p.rules
	p.mu.Unlock()
	if busy {
		return
	}
	p.fleet.trace.add(p.name, "starts")
	l := &life{process: p, link: p.fleet.network.life(), ended: make(chan struct{})}
	l.link.Add(rules...)
	watchMembership(l.link, p.fleet.violate)
	l.link.Hit = func(name string) { p.fleet.meet(p.name, name) }
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	err := l.open(disk)
	p.mu.Lock()
	p.begins = false
	if err == nil {
		p.life = l
	}
	p.mu.Unlock()
	if err != nil {
		p.fleet.violate("%s cannot open: %v", p.name, err)
		cancel()
		return
	}
	p.fleet.goes(func() { l.run(ctx) })
}

// open opens the store on what the disk holds, and the app over it.
func (l *life) open(disk *vfs.MemFS) (err error) {
	p := l.process
	log := zerolog.New(p.fleet.trace.writer(p.name)).Level(p.fleet.logLevel)
	l.store, err = pebblestore.Open("state", pebblestore.Options{
		FS: disk, Logger: log, CacheBytes: 1 << 20, MemTableBytes: 256 << 10,
		Fatal: func(reason string) {
			p.fleet.violate("%s: the store ended the process: %s", p.name, reason)
			runtime.Goexit()
		},
	})
	if err != nil {
		return err
	}
	opts := streams.Options{
		Brokers: p.fleet.brokers.addrs, Kafka: []streams.KafkaOption{kgo.Dialer(l.link.DialContext)},
		Store: l.store, Instance: p.name, Advertise: p.name, Lanes: p.fleet.plan.Lanes,
		SessionTimeout: session, Replication: 1,
		Logger: log, Failpoint: l.pass, Stamp: provenance,
	}
	if p.fleet.program.Options != nil {
		p.fleet.program.Options(&opts)
	}
	l.app, err = streams.Open(opts, p.fleet.program.New(&Process{life: l}))
	return err
}

// session is how long a process may be silent.
const session = 6 * time.Second

// run is the life's goroutine.
func (l *life) run(ctx context.Context) {
	p := l.process
	err := l.app.Run(ctx)
	if closeErr := l.store.Close(); closeErr != nil && !l.dead.Load() {
		p.fleet.violate("%s: closing the store: %v", p.name, closeErr)
	}
	l.link.Kill()
	p.mu.Lock()
	again := p.life == l && err != nil
	if p.life == l {
		p.life, p.rules = nil, l.link.Clear()
	}
	p.mu.Unlock()
	close(l.ended)
	switch {
	case again:
		p.fleet.trace.add(p.name, "ended by itself: %v", err)
		p.fleet.after(time.Second, p.start)
	case !l.dead.Load():
		p.fleet.trace.add(p.name, "ended in order")
	}
}

// pass is the failpoint hook: it holds the frozen up and does what is armed.
func (l *life) pass(at failpoint.Point, place failpoint.Place) {
	l.link.Await()
	if l.dead.Load() {
		return
	}
	p := l.process
	p.fleet.passed(at, place, p.name)
	p.mu.Lock()
	var armed func(*life)
	if list := p.armed[at]; len(list) > 0 && p.life == l {
		armed, p.armed[at] = list[0], list[1:]
	}
	p.mu.Unlock()
	if armed != nil {
		p.fleet.countPoint(at)
		armed(l)
		l.link.Await()
	}
}

// arm does fn when the process passes a point next; "" is now.
func (p *process) arm(at failpoint.Point, fn func(*life)) {
	p.mu.Lock()
	l := p.life
	if at != "" {
		p.armed[at] = append(p.armed[at], fn)
	}
	p.mu.Unlock()
	if at == "" && l != nil {
		fn(l)
	}
}

// current returns the life under way, or nil.
func (p *process) current() *life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life
}

// kill ends the life at once; the disk is what a crash leaves of it: all that
// was written, when only the process died, or a part of what was not synced.
// keep 0 to 100 is that part, -1 an empty disk.
func (l *life) kill(keep int, r *rand.Rand, restart time.Duration) {
	p := l.process
	p.mu.Lock()
	if p.life != l {
		p.mu.Unlock()
		return
	}
	l.dead.Store(true)
	p.life, p.rules = nil, l.link.Clear()
	p.disk = p.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: max(keep, 0), RNG: r})
	if keep < 0 {
		p.disk = vfs.NewCrashableMem()
	}
	p.mu.Unlock()
	l.link.Kill()
	p.fleet.trace.add(p.name, "is killed")
	l.app.Kill()
	l.cancel()
	p.fleet.after(restart, p.start)
}

// stop ends the life in order and waits for it.
func (p *process) stop() {
	l := p.current()
	if l == nil {
		return
	}
	p.fleet.trace.add(p.name, "is stopped")
	l.cancel()
	<-l.ended
}

// freeze holds everything of the life up for a while.
func (l *life) freeze(d time.Duration) {
	l.process.fleet.trace.add(l.process.name, "is frozen for %s", d)
	l.link.Freeze()
	l.process.fleet.after(d, func() {
		l.link.Thaw()
		l.process.fleet.trace.add(l.process.name, "goes on")
	})
}
