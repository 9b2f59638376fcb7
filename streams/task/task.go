package task

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// Options says where a task lives.
type Options struct {
	Partition  int32
	Partitions int32 // of every input of the topology
	Instance   string
	// Stamp adds headers to an output, given what caused it and its number
	// among the outputs of that cause; nil adds none.
	Stamp func(dst []Header, cause *Cause, out *Out, ordinal int) []Header
	// Span makes spans of handlers whose input belongs to a sampled trace; nil
	// passes traces on as they are.
	Span Span
	// CacheBytes bounds the decoded states kept between transactions. Default 64
	// MiB; see BoundCache.
	CacheBytes int
	// PartitionOf tells the partition of a key, to place seeds and to know which
	// lookups in tables can succeed.
	PartitionOf func(key []byte, partitions int32) int32
	// MaxRecordBytes bounds one output, dead letters included, and one row: key,
	// value and headers. Default 900,000.
	MaxRecordBytes int
	// MaxParked and MaxParkedBytes bound the parked inputs of all entities: when
	// one is reached the task is crowded. Defaults 100,000 and 256 MiB.
	MaxParked, MaxParkedBytes int
	// Tables has the task's partition of each partitioned table, by topic.
	Tables map[string]store.Partition
}

// Task is one partition of a topology with its rows. It is not safe for
// concurrent use.
type Task struct {
	topology *Topology
	rows     store.Partition
	opts     Options

	mark      changelog.Mark
	committed changelog.Mark
	hasMark   bool

	cache   *cache
	touched []*instance
	ctx     Ctx
	// processor stands for the instance while a processor runs, closed while a
	// late record is handed to a window.
	processor, closed instance
	windows           []*windowCall // reused for each record
	intervals         []Interval    // of the record at hand

	arena     arena
	outs      []Out
	expected  int            // outputs, after those of the last transaction
	latest    map[string]int // topic, 0, key -> index in outs
	asked     []Effect
	cancelled []changelog.ID
	counts    Counts
	bytes     int

	parking parking

	// layout is what the topology keeps, written what the rows say; describes that
	// the transaction brings them together.
	layout, written []byte
	describes       bool
	sweep           sweep

	timers   timers
	broken   error
	dropped  int
	measures bool
}

// New makes a task over its committed rows.
func New(t *Topology, rows store.Partition, opts Options) (*Task, error) {
	setDefault(&opts.CacheBytes, 64<<20)
	setDefault(&opts.MaxRecordBytes, 900_000)
	setDefault(&opts.MaxParked, 100_000)
	setDefault(&opts.MaxParkedBytes, 256<<20)
	task := &Task{topology: t, rows: rows, opts: opts, cache: newCache(opts.CacheBytes), latest: make(map[string]int)}
	task.ctx = Ctx{task: task, rows: make(map[string][]byte)}
	b, err := rows.Get(changelog.MarkKey)
	if err != nil {
		return nil, fmt.Errorf("reading mark of %s/%d: %w", t.App, opts.Partition, err)
	}
	if b != nil {
		if task.mark, err = changelog.ReadMark(b); err != nil {
			return nil, fmt.Errorf("reading mark of %s/%d: %w", t.App, opts.Partition, err)
		}
		task.hasMark = true
	}
	task.committed = task.mark
	task.committed.Positions = append([]changelog.Position(nil), task.mark.Positions...)
	task.timers.reset()
	if err := task.adapt(); err != nil {
		return nil, err
	}
	task.parking.maxCount, task.parking.maxBytes = opts.MaxParked, opts.MaxParkedBytes
	return task, task.parking.load(t, rows)
}

// Mark is the last committed mark; ok is false when the task never committed.
func (t *Task) Mark() (m changelog.Mark, ok bool) { return t.committed, t.hasMark }

// Record handles one input record. A handler's failure is dead-lettered; an
// error means that the task itself is broken and the transaction must abort.
func (t *Task) Record(r *Record, now time.Time) error {
	in := t.topology.Input(r.Topic)
	if in == nil && r.Topic != t.topology.RedriveTopic() {
		return fmt.Errorf("handling record of topic %s: %w", r.Topic, ErrUndeclared)
	}
	t.position(r)
	if in == nil { // it came long ago: its return moves no clock
		return t.redrive(r, now)
	}
	if r.Timestamp.After(t.mark.StreamTime) {
		t.mark.StreamTime = earlier(r.Timestamp, now.Add(time.Minute))
	}
	return t.record(in, &arrival{kind: changelog.RecordInput, cause: Cause{Record: r, Attempt: 1}}, now)
}

// record hands a record, fresh or redriven, to the part of the topology that
// reads its topic.
func (t *Task) record(in *Input, a *arrival, now time.Time) error {
	failure, err := a.read(in)
	if err != nil {
		return err
	}
	if failure != nil {
		t.counts.Consumed++
		a.cause.Entity = in.Entity.Name
		t.deadLetter(a, firstFailure(failure, now), failure)
		return nil
	}
	switch {
	case in.Entity.Stateless:
		return t.process(in.Entity, a, now)
	case in.Entity.Windows != nil:
		return t.window(in.Entity, a, now)
	}
	inst, err := t.load(in.Entity, string(a.cause.Record.Key))
	if err != nil {
		return err
	}
	return t.take(inst, a, now)
}

// temporary says whether err will pass without anybody's doing, such as a
// registry that cannot be asked: no reason to set a record aside.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// Answer handles the outcome of an effect. One whose row is gone, because it
// was cancelled or answered before, is dropped and counted; so is one whose row
// waits for an answer that came before.
func (t *Task) Answer(a Answer, now time.Time) error {
	k, err := changelog.Parse(a.Key)
	if err != nil {
		return err
	}
	spec := t.topology.Entity(k.Entity)
	if spec == nil || spec.Destinations[k.Collection] == nil {
		return fmt.Errorf("answering %s of entity %s: %w", k.Collection, k.Entity, ErrUndeclared)
	}
	inst, err := t.load(spec, k.Key)
	if err != nil {
		return err
	}
	sub := string(a.Key[len(inst.prefix):])
	value, err := t.committedOr(inst, sub)
	if err != nil {
		return err
	}
	if value == nil {
		t.dropped++
		return nil
	}
	row, err := changelog.ReadEffect(value)
	if err != nil {
		return err
	}
	if row.ID != a.ID || row.Waiting {
		t.dropped++
		return nil
	}
	if err := t.tellSettled(inst, &row, k.Collection, &a, now); err != nil {
		return err
	}
	input := spec.Destinations[k.Collection].Answer(row.Name, a.Value, a.Err, a.Attempts)
	return t.take(inst, &arrival{
		kind: changelog.AnswerInput, cause: Cause{ID: row.ID, Trace: row.Trace, Attempt: 1}, input: input, sub: sub, row: value,
		name: row.Name, destination: k.Collection, calls: a.Attempts, value: a.Value, failure: a.Err,
	}, now)
}

// committedOr returns a row as the transaction sees it.
func (t *Task) committedOr(inst *instance, sub string) ([]byte, error) {
	if v, ok := inst.rows[sub]; ok {
		return v, nil
	}
	v, err := t.rows.Get(inst.rowKey(sub))
	if err != nil {
		return nil, fmt.Errorf("reading row of %s %q: %w", inst.spec.Name, inst.key, err)
	}
	return v, nil
}

// load finds an entity in the cache or reads it from the committed rows.
func (t *Task) load(spec *Entity, key string) (*instance, error) {
	var room [128]byte
	prefix := changelog.AppendEntity(room[:0], spec.Name, key)
	if i := t.cache.get(prefix); i != nil {
		return i, nil
	}
	i := newInstance(spec, prefix, len(key))
	if !spec.Stateless {
		if err := t.read(i); err != nil {
			return nil, err
		}
	}
	i.queue = t.parking.of(prefix)
	t.cache.put(i)
	return i, nil
}

// read gives an instance its committed state.
func (t *Task) read(i *instance) (err error) {
	if i.committed, err = t.rows.Get(i.stateKey); err != nil {
		return fmt.Errorf("reading state of %s %q: %w", i.spec.Name, i.key, err)
	}
	return i.restore(i.committed)
}

// call runs the handler on an instance and merges what it did, or rolls back and
// returns why. The row that the input uses up is gone in either case. An error
// means that the task itself is broken.
func (t *Task) call(inst *instance, a *arrival, now time.Time) (failure, err error) {
	if inst.spec.Stateless {
		return t.callProcessor(inst, a, now)
	}
	t.touch(inst)
	inst.consume(a)
	savepoint, err := t.savepoint(inst)
	if err != nil {
		return nil, err
	}
	c := &t.ctx
	c.begin(inst, a.cause, now, t.mark.EffectSeq)
	failure = traced(c, inst, a.input)
	if t.broken != nil {
		return nil, t.broken
	}
	if failure == nil {
		failure = t.finish(c)
	}
	if failure != nil {
		return failure, inst.restore(savepoint)
	}
	t.merge(c)
	return nil, nil
}

// savepoint returns the bytes to roll back to. The first touch of a transaction
// has the committed ones; later ones encode what the earlier made.
func (t *Task) savepoint(inst *instance) ([]byte, error) {
	if inst.dirty {
		return inst.encode()
	}
	return inst.committed, nil
}

func invoke(c *Ctx, inst *instance, input any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	if err := inst.spec.Handle(c, inst.state, input); err != nil {
		return err
	}
	return c.failed
}

func (c *Ctx) begin(inst *instance, cause Cause, now time.Time, effectSeq uint64) {
	if len(c.rows) > fewRows {
		// A map that was large once costs its size at each use.
		c.rows = make(map[string][]byte)
	}
	clear(c.rows)
	*c = Ctx{
		task: c.task, inst: inst, cause: cause, now: now.UTC().Truncate(time.Microsecond), rows: c.rows,
		outs: c.outs[:0], latest: c.latest[:0], asked: c.asked[:0], cancelled: c.cancelled[:0], effectSeq: effectSeq,
	}
}

// finish gives the outputs of a call that succeeded their headers, and fails it
// after all when it made too much.
func (t *Task) finish(c *Ctx) error {
	for n := range c.outs {
		out := &c.outs[n]
		if t.opts.Stamp != nil {
			out.Headers = t.opts.Stamp(out.Headers, &c.cause, out, n)
		}
		out.Headers = c.passOn(out.Headers)
	}
	return t.fits(c)
}

// merge makes what a successful call did part of the transaction.
func (t *Task) merge(c *Ctx) {
	inst := c.inst
	inst.exists, inst.dirty = true, true
	for sub, v := range c.rows {
		if sub == string(changelog.State) {
			inst.exists = false
			inst.state = inst.spec.New()
			continue
		}
		inst.write(sub, v)
		t.bytes += len(sub) + len(v)
		if sub[0] == byte(changelog.Timer) && v != nil {
			t.timers.set(v)
		}
	}
	t.mark.EffectSeq = c.effectSeq
	t.asked = append(t.asked, c.asked...)
	t.cancelled = append(t.cancelled, c.cancelled...)
	t.send(c)
}

// emit adds an output; on a latest topic it takes the place of the key's
// earlier one.
func (t *Task) emit(out Out, latest bool) {
	if latest {
		key := out.Topic + "\x00" + string(out.Key)
		if at, again := t.latest[key]; again {
			t.outs[at] = out
			return
		}
		t.latest[key] = len(t.outs)
	}
	t.bytes += len(out.Key) + len(out.Value)
	if t.outs == nil {
		t.outs = make([]Out, 0, t.expected+1)
	}
	t.outs = append(t.outs, out)
}

func (t *Task) position(r *Record) {
	for i := range t.mark.Positions {
		if p := &t.mark.Positions[i]; p.Topic == r.Topic {
			p.TopicID, p.Next = r.TopicID, r.Offset+1
			return
		}
	}
	t.mark.Positions = append(t.mark.Positions, changelog.Position{Topic: r.Topic, TopicID: r.TopicID, Next: r.Offset + 1})
}

// broke records a failure of the store under a handler's call.
func (t *Task) broke(err error) {
	if t.broken == nil {
		t.broken = fmt.Errorf("reading rows of %s/%d: %w", t.topology.App, t.opts.Partition, err)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// fewRows is how many rows a call may write for its map to be used again.
const fewRows = 64
