// Package streamstest runs topologies without a broker, on a manual clock:
// records in, records out, several partitions, many topologies that feed each
// other. Order between partitions, sizes of transactions and aborts are chosen
// by a seed, so that a failing run is run again exactly.
//
// The driver uses the same core as the runtime (package task), and real
// encoding of every key, row and value; only Kafka is missing.
package streamstest

import (
	"cmp"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/task"
)

// T is what a driver needs of a test: every testing.TB is one. A program that
// plays topologies outside of tests brings its own, whose Fatal and Fatalf do not
// return.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Options of a driver. The zero value is good for most tests.
type Options struct {
	Partitions int32     // of every topic; default 4
	Seed       uint64    // of all choices
	Start      time.Time // of the clock; default 2026-01-05 09:00 UTC
	// AbortRate is the share of transactions that are handled, dropped and
	// handled again, as after a failed commit.
	AbortRate float64
	// CrashRate is the share of transactions after which the task is opened
	// anew from its committed rows.
	CrashRate float64
	// HoldEffects makes effects wait until Release.
	HoldEffects bool
	// MaxParked bounds the parked inputs of one task, as in streams.Options.
	MaxParked int
	// MaxRecordBytes bounds one output and one row, as in streams.Options.
	MaxRecordBytes int
	// Stamp adds headers to outputs, as in streams.Options.
	Stamp func(dst []task.Header, cause *task.Cause, out *task.Out, ordinal int) []task.Header
	// Appended is told every record that comes into a topic, in that order.
	Appended func(*task.Record)
	// Committed is told when a transaction has ended well, Aborted that all which was
	// stamped since the last end of one is void. Committed may produce records.
	Committed, Aborted func()
	// Forget drops records that every topology has read, but no dead letters, so
	// that a long run needs no more memory than its state; Read and Of return what
	// is left. Upgrade finds no tables then.
	Forget bool
}

// Driver runs topologies. It is not safe for concurrent use.
type Driver struct {
	tb       T
	opts     Options
	rng      *rand.Rand
	now      time.Time
	programs []*program
	topics   map[string][]log // by partition
	held     bool
	steps    int // transactions so far
}

type program struct {
	spec    *task.Topology
	redrive string // topic by which dead letters come back
	store   store.Store
	tasks   []*running
	written int64 // bytes of committed rows
}

// running is a task with the outside of it: what the shell keeps in a process.
type running struct {
	*task.Task
	rows    store.Partition
	lease   store.Lease
	copies  map[string]store.Partition // of partitioned tables, by topic
	next    map[string]int64
	tables  map[*task.Table][]int64
	effects *calls
	answers []task.Answer
	seeded  bool
	// sweeping says that rows of retired parts are left.
	sweeping bool
	late     int
	parked   int // as the commits say
}

// New makes a driver over topologies.
func New(tb T, opts Options, topologies ...*streams.Topology) *Driver {
	tb.Helper()
	opts.Partitions = cmp.Or(opts.Partitions, 4)
	if opts.Start.IsZero() {
		opts.Start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	}
	d := &Driver{tb: tb, opts: opts, rng: rand.New(rand.NewPCG(opts.Seed, 1)), now: opts.Start, topics: make(map[string][]log), held: opts.HoldEffects}
	for _, t := range topologies {
		spec, err := t.Spec()
		if err != nil {
			tb.Fatal(err)
		}
		p := &program{spec: spec, redrive: spec.RedriveTopic(), store: memstore.New()}
		for n := range opts.Partitions {
			r, err := d.open(p, n, nil)
			d.check(err)
			p.tasks = append(p.tasks, r)
		}
		d.programs = append(d.programs, p)
	}
	return d
}

// open makes a task from its committed rows; before is its life before a crash.
func (d *Driver) open(p *program, n int32, before *running) (*running, error) {
	rows, err := p.store.Open(p.spec.App, n)
	d.check(err)
	copies := d.openCopies(p, n)
	core, err := task.New(p.spec, rows, task.Options{
		Partition: n, Partitions: d.opts.Partitions, Instance: "driver", Stamp: d.opts.Stamp, PartitionOf: partitionOf,
		MaxParked: d.opts.MaxParked, MaxRecordBytes: d.opts.MaxRecordBytes, Tables: copies,
	})
	if err != nil {
		return nil, err
	}
	core.MeasureCalls(true) // a transaction that has to be done again ends the same way
	var leases store.Leases
	r := &running{Task: core, rows: rows, copies: copies, lease: leases.Take(store.Task{App: p.spec.App, Partition: n}, store.Active), next: make(map[string]int64), effects: newCalls()}
	if m, ok := core.Mark(); ok {
		for _, pos := range m.Positions {
			r.next[pos.Topic] = pos.Next
		}
	}
	if before != nil {
		r.tables, r.seeded, r.parked, r.late = before.tables, !before.sweeping, before.parked, before.late
	}
	return r, core.Effects(func(e task.Effect) bool {
		r.effects.add(e)
		return true
	})
}

// Now is the driver's clock.
func (d *Driver) Now() time.Time { return d.now }

// Produce adds a record to a topic, with the clock's time, and returns its offset.
func (d *Driver) Produce(topic, key string, value []byte, headers ...task.Header) int64 {
	return d.append(task.Out{Topic: topic, Key: []byte(key), Value: value, Headers: headers})
}

// ProduceAt is Produce with a time of the caller's choice.
func (d *Driver) ProduceAt(at time.Time, topic, key string, value []byte, headers ...task.Header) int64 {
	return d.append(task.Out{Topic: topic, Key: []byte(key), Value: value, Headers: headers, Timestamp: at})
}

// Run works until no topology has anything left to do at the present time.
func (d *Driver) Run() {
	d.tb.Helper()
	limit := d.steps + 10_000_000
	for {
		busy := d.busy()
		if len(busy) == 0 {
			for _, p := range d.programs {
				d.readTables(p)
			}
			return
		}
		if d.steps++; d.steps > limit {
			d.tb.Fatal("streamstest: ten million transactions without coming to rest")
		}
		pick := busy[d.rng.IntN(len(busy))]
		d.transaction(pick.program, pick.partition)
	}
}

// Advance moves the clock forward by span, stopping at each timer and each
// effect's next try on the way, and runs everything that comes due.
func (d *Driver) Advance(span time.Duration) {
	d.tb.Helper()
	end := d.now.Add(span)
	for {
		d.Run()
		at, ok := d.nextEvent()
		if !ok || at.After(end) {
			break
		}
		if at.After(d.now) {
			d.now = at
		}
	}
	d.now = end
	d.Run()
}

// Settle advances until nothing is left to do and no timer is due within limit.
func (d *Driver) Settle(limit time.Duration) {
	d.tb.Helper()
	end := d.now.Add(limit)
	for {
		d.Run()
		at, ok := d.nextEvent()
		if !ok || at.After(end) {
			return
		}
		if at.After(d.now) {
			d.now = at
		}
	}
}

type place struct {
	program   *program
	partition int32
}

func (d *Driver) busy() []place {
	var busy []place
	for _, p := range d.programs {
		for n, r := range p.tasks {
			if d.hasWork(p, int32(n), r) {
				busy = append(busy, place{p, int32(n)})
			}
		}
	}
	return busy
}

func (d *Driver) hasWork(p *program, n int32, r *running) bool {
	if !r.seeded || len(r.answers) > 0 || d.readyEffect(r) != nil {
		return true
	}
	if at := r.NextTimer(); !at.IsZero() && !at.After(d.now) || r.EventTimerDue() {
		return true
	}
	if r.Crowded() {
		return false
	}
	for _, in := range p.spec.Inputs {
		if d.unread(r, in.Topic, n) {
			return true
		}
	}
	return d.unread(r, p.redrive, n)
}

// unread says whether a topic has records that a task has not read.
func (d *Driver) unread(r *running, topic string, n int32) bool {
	parts := d.topics[topic]
	return parts != nil && r.next[topic] < parts[n].end()
}

// nextEvent is when the next timer or retry comes due.
func (d *Driver) nextEvent() (at time.Time, ok bool) {
	consider := func(t time.Time) {
		if !t.IsZero() && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	for _, p := range d.programs {
		for _, r := range p.tasks {
			consider(r.NextTimer())
			if !d.held {
				consider(r.effects.next())
			}
		}
	}
	return at, ok
}

// transaction handles some of what a task has, and commits, aborts or crashes.
func (d *Driver) transaction(p *program, n int32) {
	r := p.tasks[n]
	d.readTables(p)
	if l := d.readyEffect(r); l != nil {
		d.callEffect(r, l)
	}
	size := 1 + d.rng.IntN(8)
	if d.opts.AbortRate > 0 && d.rng.Float64() < d.opts.AbortRate {
		d.handle(p, n, r, size)
		if r.Pending() > 0 {
			_, err := r.Prepare(false)
			d.check(err)
		}
		r.Aborted()
		if d.opts.Aborted != nil {
			d.opts.Aborted()
		}
	}
	taken, read := d.handle(p, n, r, size)
	r.seeded = !r.sweeping
	if r.Pending() == 0 {
		r.answers = r.answers[taken:]
		return
	}
	commit, err := r.Prepare(false)
	d.check(err)
	d.account(r, commit)
	r.late += commit.Late
	for _, out := range commit.Outputs {
		d.append(out)
	}
	for _, row := range commit.Rows {
		p.written += int64(len(row.Key) + len(row.Value))
	}
	d.check(r.rows.Apply(r.lease, store.Batch{Rows: commit.Rows, Cursor: store.Cursor{Next: int64(d.steps), AppliedAt: d.now}}))
	r.Committed()
	r.answers = r.answers[taken:]
	for topic, next := range read {
		r.next[topic] = next
	}
	for _, e := range commit.Asked {
		r.effects.add(e)
	}
	r.effects.drop(commit.Cancelled)
	d.forget()
	if d.opts.Committed != nil {
		d.opts.Committed()
	}
	if d.opts.CrashRate > 0 && d.rng.Float64() < d.opts.CrashRate {
		p.tasks[n], err = d.open(p, n, r)
		d.check(err)
	}
}

// handle gives a task its answers, timers and up to size records.
func (d *Driver) handle(p *program, n int32, r *running, size int) (answers int, read map[string]int64) {
	if !r.seeded {
		more, err := r.Sweep(size)
		d.check(err)
		if r.sweeping = more; more {
			return 0, nil
		}
		d.check(r.Seed(d.now))
	}
	for _, a := range r.answers {
		d.check(r.Answer(a, d.now))
	}
	_, err := r.FireTimers(d.now, 1000)
	d.check(err)
	read = make(map[string]int64)
	inputs := d.inputs(p)
	d.rng.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
	for _, topic := range inputs {
		parts := d.topics[topic]
		if parts == nil {
			continue
		}
		next := r.next[topic]
		for ; size > 0 && !r.Crowded() && next < parts[n].end(); next++ {
			record := parts[n].at(next)
			d.check(r.Record(&record, d.now))
			size--
		}
		if next > r.next[topic] {
			read[topic] = next
		}
	}
	return len(r.answers), read
}

// readTables brings the program's tables up to date.
func (d *Driver) readTables(p *program) {
	for n, r := range p.tasks {
		d.readCopies(p, int32(n), r)
	}
	owner := p.tasks[0]
	if owner.tables == nil {
		owner.tables = make(map[*task.Table][]int64)
		for _, table := range p.spec.Tables {
			owner.tables[table] = make([]int64, d.opts.Partitions)
			defer table.Ready()
		}
	}
	for _, table := range p.spec.Tables {
		for n, records := range d.topics[table.Topic] {
			for ; owner.tables[table][n] < records.end(); owner.tables[table][n]++ {
				record := records.at(owner.tables[table][n])
				d.check(table.Apply(&record))
			}
		}
	}
}

func (d *Driver) check(err error) {
	d.tb.Helper()
	if err != nil {
		d.tb.Fatalf("streamstest (seed %d): %v", d.opts.Seed, err)
	}
}
