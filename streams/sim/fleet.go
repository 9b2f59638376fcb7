package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/sim/internal/wire"
)

// fleet is everything of one run. follow works on one goroutine; the processes
// call back from theirs.
type fleet struct {
	plan     Plan
	program  Program
	app      string // known from the first start on
	trace    *trace
	logLevel zerolog.Level

	network  *network
	brokers  *brokers
	partners *partners

	// The fleet's own client, on a link that only the brokers' end cuts.
	client *kgo.Client
	inputs *rand.Rand
	sent   int

	processes []*process
	tasks     sync.WaitGroup // goroutines of the run
	quit      func()         // ends those that watch
	acting    atomic.Int32   // parts of the plan that are under way
	faults    []*kfake.FaultHandle

	mu         sync.Mutex
	random     *rand.Rand // of what happens, beside the plan
	violations []string
	report     Report
}

func newFleet(p Program, plan Plan, dir string) *fleet {
	plan = plan.withDefaults()
	f := &fleet{
		plan: plan, program: p, logLevel: zerolog.WarnLevel,
		trace:    &trace{begun: time.Now()},
		network:  &network{calm: plan.Calm},
		partners: &partners{documents: make(map[string]*Document)},
		quit:     func() {},
		inputs:   rand.New(rand.NewPCG(plan.Seed, 1)), random: rand.New(rand.NewPCG(plan.Seed, 2)),
		report: newReport(plan),
	}
	f.brokers = &brokers{network: f.network, number: plan.Brokers}
	if os.Getenv("SIM_LOG") != "" {
		f.logLevel = zerolog.InfoLevel
		f.brokers.logger = brokerLog{f.trace}
	}
	if plan.Durable {
		f.brokers.dir = dir + "/kafka"
	}
	for i := range plan.Brokers {
		f.brokers.addrs = append(f.brokers.addrs, fmt.Sprintf("127.0.0.1:%d", firstPort+i))
	}
	return f
}

// begin starts the brokers and the first processes.
func (f *fleet) begin() error {
	if err := f.brokers.open(); err != nil {
		return err
	}
	cl, err := kgo.NewClient(f.clientOptions()...)
	if err != nil {
		return fmt.Errorf("making the fleet's client: %w", err)
	}
	f.client = cl
	for _, topic := range f.program.Topics {
		if err := f.brokers.cluster.CreateTopic(topic, f.plan.Partitions, nil); err != nil {
			return fmt.Errorf("creating topic %s: %w", topic, err)
		}
	}
	f.app = f.program.New(&Process{life: &life{process: newProcess(f, 0), link: wire.New(nil)}}).Name()
	for range f.plan.Processes {
		f.add()
	}
	var ctx context.Context
	ctx, f.quit = context.WithCancel(context.Background())
	f.goes(func() { f.unjam(ctx) })
	return nil
}

func (f *fleet) add() {
	p := newProcess(f, len(f.processes))
	f.processes = append(f.processes, p)
	p.start()
}

// follow does what the plan says, when it says so.
func (f *fleet) follow() error {
	for _, item := range f.plan.Items {
		time.Sleep(item.At - time.Since(f.trace.begun))
		if item.Do != Send {
			f.trace.add("", "plan: %s", item)
		}
		if err := f.do(item); err != nil {
			return err
		}
		if f.program.Progress != nil {
			f.program.Progress(time.Since(f.trace.begun))
		}
	}
	return nil
}

// goes runs fn on a goroutine that end waits for.
func (f *fleet) goes(fn func()) { f.tasks.Go(fn) }

// acts runs a part of the plan on a goroutine of its own; healing waits for it.
func (f *fleet) acts(fn func()) {
	f.acting.Add(1)
	f.goes(func() {
		defer f.acting.Add(-1)
		fn()
	})
}

// after runs fn after d of virtual time.
func (f *fleet) after(d time.Duration, fn func()) {
	f.acts(func() {
		time.Sleep(d)
		fn()
	})
}

// violate notes that something does not hold.
func (f *fleet) violate(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	f.trace.add("", "VIOLATION: %s", text)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.violations = append(f.violations, text)
}

// passed is told of each failpoint that is passed.
func (f *fleet) passed(at failpoint.Point, place failpoint.Place, who string) {
	where := place.Lane
	if where == "" {
		where = fmt.Sprintf("%s/%d", place.App, place.Partition)
	}
	f.trace.add(who, "%s: %s", where, at)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch at {
	case failpoint.AfterEnd:
		f.report.Transactions++
	case failpoint.BeforeRenew:
		f.report.GivenUp++
	}
}

// meet counts a fault that came to be.
func (f *fleet) meet(who, name string) {
	f.trace.add(who, "meets: %s", name)
	f.count(name)
}

func (f *fleet) count(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Met[name]++
}

// chance returns a generator for one thing that happens.
func (f *fleet) chance() *rand.Rand {
	f.mu.Lock()
	defer f.mu.Unlock()
	return rand.New(rand.NewPCG(f.random.Uint64(), 3))
}

func (f *fleet) countPoint(at failpoint.Point) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Points[string(at)]++
}

// end stops everything and waits until every goroutine of the run is gone.
func (f *fleet) end() {
	for _, p := range f.processes {
		p.mu.Lock()
		p.removed = true
		p.mu.Unlock()
		if l := p.current(); l != nil {
			l.link.Thaw()
			l.cancel()
		}
	}
	f.quit()
	f.tasks.Wait()
	if f.client != nil {
		f.client.Close()
	}
	if f.brokers.cluster != nil {
		f.brokers.close()
	}
	time.Sleep(time.Minute) // what is on its way in the network arrives nowhere
}

// finish makes the report and, when something does not hold, its story.
func (f *fleet) finish() (Report, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Violations, f.report.Inputs, f.report.Virtual = f.violations, f.sent, time.Since(f.trace.begun)
	if len(f.violations) == 0 {
		return f.report, ""
	}
	return f.report, fmt.Sprintf("%s\n%s\n%s\nSIM_SEED=%d runs it again", f.plan, f.trace, strings.Join(f.violations, "\n"), f.plan.Seed)
}
