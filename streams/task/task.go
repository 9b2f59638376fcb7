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
	// CacheBytes bounds the decoded states kept between transactions. Default 8 MiB.
	CacheBytes int
	// PartitionOf tells the partition of a key, to place seeds.
	PartitionOf func(key []byte, partitions int32) int32
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
	// processor stands for the instance while a processor runs.
	processor instance

	outs      []Out
	latest    map[string]int // topic, 0, key -> index in outs
	asked     []Effect
	cancelled []changelog.ID
	handled   int
	dead      int
	bytes     int

	timers  timers
	broken  error
	dropped int
}

// New makes a task over its committed rows.
func New(t *Topology, rows store.Partition, opts Options) (*Task, error) {
	if opts.CacheBytes == 0 {
		opts.CacheBytes = 8 << 20
	}
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
	return task, nil
}

// Mark is the last committed mark; ok is false when the task never committed.
func (t *Task) Mark() (m changelog.Mark, ok bool) { return t.committed, t.hasMark }

// Record handles one input record. A handler's failure is dead-lettered; an
// error means that the task itself is broken and the transaction must abort.
func (t *Task) Record(r *Record, now time.Time) error {
	in := t.topology.Input(r.Topic)
	if in == nil {
		return fmt.Errorf("handling record of topic %s: %w", r.Topic, ErrUndeclared)
	}
	t.position(r.Topic, r.Offset+1)
	if r.Timestamp.After(t.mark.StreamTime) {
		t.mark.StreamTime = earlier(r.Timestamp, now.Add(time.Minute))
	}
	t.handled++
	input, err := in.Decode(r)
	if temporary(err) {
		return fmt.Errorf("reading %s/%d@%d: %w", r.Topic, r.Partition, r.Offset, err)
	}
	if err != nil {
		t.deadLetter(&Cause{App: t.topology.App, Record: r}, fmt.Errorf("decoding: %w", err))
		return nil
	}
	if in.Entity.Stateless {
		return t.process(in.Entity, input, r, now)
	}
	inst, err := t.load(in.Entity, string(r.Key))
	if err != nil {
		return err
	}
	return t.call(inst, input, Cause{Record: r}, now, nil)
}

// temporary says whether err will pass without anybody's doing, such as a
// registry that cannot be asked: no reason to set a record aside.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// Answer handles the outcome of an effect. One whose row is gone, because it
// was cancelled or answered before, is dropped and counted.
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
	if row.ID != a.ID {
		t.dropped++
		return nil
	}
	t.handled++
	input := spec.Destinations[k.Collection].Answer(row.Name, a.Value, a.Err, a.Attempts)
	return t.call(inst, input, Cause{ID: row.ID}, now, []string{sub})
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
	i := &instance{spec: spec, key: key, prefix: append([]byte(nil), prefix...), rows: make(map[string][]byte)}
	var err error
	if i.committed, err = t.rows.Get(i.rowKey(string(changelog.State))); err != nil {
		return nil, fmt.Errorf("reading state of %s %q: %w", spec.Name, key, err)
	}
	if err := i.restore(i.committed); err != nil {
		return nil, err
	}
	t.cache.put(i)
	return i, nil
}

// call runs the handler on an instance and merges what it did, or rolls back.
// consumed lists the rows that the input uses up: they go in either case.
func (t *Task) call(inst *instance, input any, cause Cause, now time.Time, consumed []string) error {
	if !inst.touched {
		inst.touched = true
		t.touched = append(t.touched, inst)
	}
	for _, sub := range consumed {
		inst.rows[sub] = nil
	}
	savepoint, err := t.savepoint(inst)
	if err != nil {
		return err
	}
	cause.App, cause.Entity, cause.Key = t.topology.App, inst.spec.Name, inst.key
	c := &t.ctx
	c.begin(inst, cause, now, t.mark.EffectSeq)
	err = invoke(c, inst, input)
	if t.broken != nil {
		return t.broken
	}
	if err != nil {
		if err := inst.restore(savepoint); err != nil {
			return err
		}
		t.deadLetter(&c.cause, err)
		return nil
	}
	t.merge(c)
	return nil
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
	clear(c.rows)
	*c = Ctx{
		task: c.task, inst: inst, cause: cause, now: now.UTC().Truncate(time.Microsecond), rows: c.rows,
		outs: c.outs[:0], latest: c.latest[:0], asked: c.asked[:0], cancelled: c.cancelled[:0], effectSeq: effectSeq,
	}
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
		inst.rows[sub] = v
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
func (t *Task) emit(cause *Cause, out Out, latest bool, ordinal int) {
	if t.opts.Stamp != nil {
		out.Headers = t.opts.Stamp(out.Headers, cause, &out, ordinal)
	}
	if latest {
		key := out.Topic + "\x00" + string(out.Key)
		if at, again := t.latest[key]; again {
			t.outs[at] = out
			return
		}
		t.latest[key] = len(t.outs)
	}
	t.bytes += len(out.Key) + len(out.Value)
	t.outs = append(t.outs, out)
}

func (t *Task) position(topic string, next int64) {
	for i := range t.mark.Positions {
		if t.mark.Positions[i].Topic == topic {
			t.mark.Positions[i].Next = next
			return
		}
	}
	t.mark.Positions = append(t.mark.Positions, changelog.Position{Topic: topic, Next: next})
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
