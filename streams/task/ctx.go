package task

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/trace"
)

// Ctx is what a handler has besides its state and input. It is valid only
// during the call. What is done through it takes effect when the handler
// returns nil, and not at all when it returns an error.
//
// The methods with untyped parameters serve the typed wrappers of package
// streams; handlers use Key to Cause.
type Ctx struct {
	task  *Task
	inst  *instance
	now   time.Time
	cause Cause

	rows      map[string][]byte // sub-key to value; nil deletes
	outs      []Out
	latest    []bool // by index of outs
	asked     []Effect
	cancelled []changelog.ID
	effectSeq uint64
	ordinal   int // counts timers and effects of this call
	failed    error

	traced       bool // trace was looked up
	trace        trace.Context
	traceHeaders []Header // of trace, once an output needed them
}

// Errors a handler gets from its Ctx.
var (
	// ErrPending is returned by asking under a name that has no answer yet.
	ErrPending = errors.New("an effect of this name is pending")
	// ErrUndeclared is wrapped by using a topic, collection or destination that
	// the topology does not declare for the entity.
	ErrUndeclared = errors.New("not declared in the topology")
	// ErrStateless is wrapped by using state, timers or effects in a processor.
	ErrStateless = errors.New("a processor keeps nothing: declare an entity")
)

// Key is the entity's key.
func (c *Ctx) Key() string { return c.inst.key }

// Now is the time of this call: the wall clock of the process, UTC, in
// microseconds so that it survives being stored.
func (c *Ctx) Now() time.Time { return c.now }

// StreamTime is the highest timestamp of the records the task has handled.
func (c *Ctx) StreamTime() time.Time { return c.task.mark.StreamTime }

// Exists says whether the entity had a state before this call.
func (c *Ctx) Exists() bool { return c.inst.exists }

// Delete removes the entity's state when the handler returns. Children, timers
// and effects stay and must be removed by their own calls.
func (c *Ctx) Delete() { c.rows[string(changelog.State)] = nil }

// Cause is what made the handler run.
func (c *Ctx) Cause() *Cause { return &c.cause }

// SetTimer makes a Timer input come under name after d; a timer already set
// under that name is void from then on.
func (c *Ctx) SetTimer(name string, d time.Duration) {
	c.setTimer(name, changelog.WallClock, c.now.Add(d))
}

// SetTimerAt is SetTimer at a point of the wall clock.
func (c *Ctx) SetTimerAt(name string, at time.Time) { c.setTimer(name, changelog.WallClock, at) }

// SetEventTimer makes a Timer input come when the stream time has reached at.
func (c *Ctx) SetEventTimer(name string, at time.Time) { c.setTimer(name, changelog.EventTime, at) }

// ClearTimer removes a timer; clearing one that is not set does nothing.
func (c *Ctx) ClearTimer(name string) { c.delete(string(changelog.AppendTimer(nil, name))) }

// TimerSet says whether a timer is set under name.
func (c *Ctx) TimerSet(name string) bool {
	return c.row(string(changelog.AppendTimer(nil, name))) != nil
}

func (c *Ctx) setTimer(name string, clock changelog.Clock, at time.Time) {
	c.ordinal++
	row := changelog.TimerRow{Due: at.UTC().Truncate(time.Microsecond), Clock: clock, Setting: c.cause.Derive("timer "+name, c.ordinal), Trace: c.Trace()}
	c.rows[string(changelog.AppendTimer(nil, name))] = row.Append(nil)
}

// Send adds an output. A nil value is a tombstone. Key and value are kept.
func (c *Ctx) Send(topic string, key, value []byte) {
	out := c.task.topology.Output(topic)
	if out == nil {
		c.Fail(fmt.Errorf("sending to topic %s: %w: add streams.Send", topic, ErrUndeclared))
		return
	}
	c.outs = append(c.outs, Out{Topic: topic, Key: key, Value: value, Timestamp: c.timeOf(out)})
	c.latest = append(c.latest, out.Latest)
}

// Room returns an empty slice that keys and values of outputs may be appended
// to; Keep then returns what was appended, to be sent. They spare an allocation.
func (c *Ctx) Room() []byte { return c.task.arena.room() }

// Keep ends the use of Room.
func (c *Ctx) Keep(b []byte) []byte { return c.task.arena.keep(b) }

// ChildGet returns the encoded child, or nil.
func (c *Ctx) ChildGet(collection, id string) []byte {
	return c.row(string(changelog.AppendChild(nil, collection, id)))
}

// ChildPut stores an encoded child; value is kept and must not be empty.
func (c *Ctx) ChildPut(collection, id string, value []byte) {
	c.rows[string(changelog.AppendChild(nil, collection, id))] = value
}

// ChildDelete removes a child; one that is not there stays not there.
func (c *Ctx) ChildDelete(collection, id string) {
	c.delete(string(changelog.AppendChild(nil, collection, id)))
}

// ChildScan calls fn with each child from id from on, in the order of ids,
// until fn returns false. fn must not change the collection.
func (c *Ctx) ChildScan(collection, from string, fn func(id string, value []byte) bool) {
	prefix := string(changelog.AppendChild(nil, collection, ""))
	c.scan(prefix, prefix+from, func(sub string, value []byte) bool { return fn(sub[len(prefix):], value) })
}

// Ask stores an effect that is called after the commit, in a class of its
// destination's budget; an empty one is the last. It returns the effect's id.
func (c *Ctx) Ask(destination, name, class string, request []byte) (changelog.ID, error) {
	dest := c.inst.spec.Destinations[destination]
	if dest == nil {
		return changelog.ID{}, fmt.Errorf("asking destination %s: %w: add streams.Calls", destination, ErrUndeclared)
	}
	if sub, _ := c.pending(destination, name); sub != "" {
		return changelog.ID{}, fmt.Errorf("asking %s for %q: %w", destination, name, ErrPending)
	}
	c.ordinal++
	seq := c.effectSeq
	c.effectSeq++
	row := changelog.EffectRow{ID: c.cause.Derive("effect "+destination, c.ordinal), Name: name, AskedAt: c.now, Class: class, Trace: c.Trace(), Request: request}
	sub := string(changelog.AppendEffect(nil, destination, seq))
	c.rows[sub] = row.Append(nil)
	c.asked = append(c.asked, Effect{Key: c.inst.rowKey(sub), Entity: c.inst.spec.Name, EntityKey: c.inst.key, Destination: dest, Row: row})
	return row.ID, nil
}

// CancelEffect withdraws what was asked under name; if its call has begun, its
// answer will be dropped. It says whether anything was pending.
func (c *Ctx) CancelEffect(destination, name string) bool {
	sub, row := c.pending(destination, name)
	if sub == "" {
		return false
	}
	c.delete(sub)
	c.cancelled = append(c.cancelled, row.ID)
	return true
}

// EffectPending says whether what was asked under name has no answer yet.
func (c *Ctx) EffectPending(destination, name string) bool {
	sub, _ := c.pending(destination, name)
	return sub != ""
}

// pending finds the unanswered effect of a name.
func (c *Ctx) pending(destination, name string) (sub string, row changelog.EffectRow) {
	prefix := string(changelog.AppendEffect(nil, destination, 0))
	prefix = prefix[:len(prefix)-8]
	c.scan(prefix, prefix, func(s string, value []byte) bool {
		r, err := changelog.ReadEffect(value)
		if err != nil {
			c.Fail(err)
			return false
		}
		if r.Name == name {
			sub, row = s, r
		}
		return sub == ""
	})
	return sub, row
}

// Fail makes the call fail whatever the handler returns; the first failure counts.
func (c *Ctx) Fail(err error) {
	if c.failed == nil {
		c.failed = err
	}
}

func (c *Ctx) delete(sub string) {
	if c.row(sub) != nil {
		c.rows[sub] = nil
	}
}

// row finds a row in this call, in the transaction, or among the committed.
func (c *Ctx) row(sub string) []byte {
	if c.inst.spec.Stateless {
		c.Fail(fmt.Errorf("reading a row in %s: %w", c.inst.spec.Name, ErrStateless))
		return nil
	}
	if v, ok := c.rows[sub]; ok {
		return v
	}
	if v, ok := c.inst.rows[sub]; ok {
		return v
	}
	if c.whole() && sub[0] != byte(changelog.Parked) {
		return c.inst.known[sub]
	}
	if v, ok := c.inst.known[sub]; ok {
		return v
	}
	v, err := c.task.rows.Get(c.inst.rowKey(sub))
	if err != nil {
		c.task.broke(err)
		c.Fail(err)
	}
	return v
}

// scan visits the entity's rows with the prefix, from `from` on, as this call
// sees them.
func (c *Ctx) scan(prefix, from string, fn func(sub string, value []byte) bool) {
	if c.inst.spec.Stateless {
		c.Fail(fmt.Errorf("reading rows in %s: %w", c.inst.spec.Name, ErrStateless))
		return
	}
	over := c.overlaid(prefix, from)
	if c.whole() && prefix[0] != byte(changelog.Parked) {
		c.scanKnown(over, prefix, from, fn)
		return
	}
	next := 0
	more := true
	skip := len(c.inst.prefix)
	err := c.task.rows.Scan(c.inst.rowKey(prefix), c.inst.rowKey(from), func(key, value []byte) bool {
		sub := string(key[skip:])
		for more && next < len(over) && over[next] < sub {
			more = c.visit(over[next], fn)
			next++
		}
		if more && next < len(over) && over[next] == sub {
			more = c.visit(sub, fn)
			next++
		} else if more {
			more = fn(sub, append([]byte(nil), value...))
		}
		return more
	})
	if err != nil {
		c.task.broke(err)
		c.Fail(err)
		return
	}
	for ; more && next < len(over); next++ {
		more = c.visit(over[next], fn)
	}
}

// whole says that all rows of the entity are known, which the first call that
// reads any finds out.
func (c *Ctx) whole() bool {
	if !c.inst.looked {
		before := c.inst.cost()
		if err := c.inst.learn(c.task.rows); err != nil {
			c.task.broke(err)
			c.Fail(err)
		}
		c.task.cache.size += c.inst.cost() - before
	}
	return c.inst.whole
}

// scanKnown is scan over an entity whose rows are all known; over is what this
// call or the transaction wrote, in order.
func (c *Ctx) scanKnown(over []string, prefix, from string, fn func(sub string, value []byte) bool) {
	subs := slices.Clip(over)
	for sub := range c.inst.known {
		if !strings.HasPrefix(sub, prefix) || sub < from {
			continue
		}
		if _, again := slices.BinarySearch(over, sub); !again {
			subs = append(subs, sub)
		}
	}
	slices.Sort(subs)
	for _, sub := range subs {
		if !c.visit(sub, fn) {
			return
		}
	}
}

func (c *Ctx) visit(sub string, fn func(string, []byte) bool) bool {
	if v := c.row(sub); v != nil {
		return fn(sub, v)
	}
	return true
}

// overlaid lists the sub-keys that this call or the transaction wrote.
func (c *Ctx) overlaid(prefix, from string) []string {
	var subs []string
	for sub := range c.inst.rows {
		if _, again := c.rows[sub]; !again && strings.HasPrefix(sub, prefix) && sub >= from {
			subs = append(subs, sub)
		}
	}
	for sub := range c.rows {
		if strings.HasPrefix(sub, prefix) && sub >= from {
			subs = append(subs, sub)
		}
	}
	slices.Sort(subs)
	return subs
}
