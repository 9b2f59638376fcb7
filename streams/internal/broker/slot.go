package broker

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// phase says who has a slot.
type phase uint8

const (
	// restoring: its activation goroutine has it. Left to active, stopped, or
	// forgotten when it is revoked meanwhile.
	restoring phase = iota
	// active: its lane has it. Left to restoring when the lane recovers, to
	// expelled, or forgotten when it is revoked.
	active
	// expelled: the group took it from a former self of this member. Left when
	// the group answers the rejoin.
	expelled
	// stopped: it cannot go on without an operator; err says why. Left when it
	// is revoked or the process restarts.
	stopped
)

func (p phase) String() string {
	return [...]string{"restoring", "active", "expelled", "stopped"}[p]
}

// slot is one assigned task, from its assignment until it is given back.
type slot struct {
	task     store.Task
	memberID string // under which it was assigned
	ctx      context.Context
	cancel   context.CancelFunc // called when it leaves
	gone     chan struct{}      // closed when it was forgotten

	// Guarded by Runtime.mu.
	phase   phase
	leaving bool
	err     error // of a stopped slot, or of the last attempt to restore
	lane    *lane
	retries int
	restore *restore         // under way; nil when none is
	asked   map[string]int64 // committed offsets at the last activation

	// Owned by the activation goroutine while restoring, by the lane while active.
	lease   store.Lease
	rows    store.Partition
	tables  map[string]*tableCopy // set by the first activation
	core    *task.Task
	inbox   *inbox
	passed  map[string]int64 // next offset to handle, by input, markers included
	marks   time.Time        // since when markers were passed that are not committed; zero: none
	seed    bool             // Seed is still to be called
	legacy  legacy           // effects that are still to be started
	doubts  int              // reasons to stop that restoring met in a row
	release bool             // give it back with the next commit
	quiet   bool             // no effect is under way, once it is given back
	halting bool             // effects are being revoked, start none
	ran     bool             // its effects were started in this process
	foreign time.Time        // until when calls of an owner before may be under way
	fired   bool             // timers fired in this transaction
	// measures says that the transaction before had too large a record: until one
	// commits, the core finds out which input makes it.
	measures bool
	beat     time.Time     // when to commit although nothing happened
	rest     []*kgo.Record // of the batch at hand

	intake  intake
	newest  atomic.Int64 // time of the newest record that is committed, Unix milliseconds
	crowded atomic.Bool  // too many inputs are parked; its lane says so

	progress progress
}

// pass tells tests that the task is at a point of its life.
func (r *Runtime) pass(at failpoint.Point, s *slot) {
	r.opts.Failpoint.Pass(at, failpoint.Place{App: s.task.App, Partition: s.task.Partition})
}

// stopError ends a task until somebody acts.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

func stop(err error) error { return &stopError{err} }

func isStop(err error) bool {
	var s *stopError
	return errors.As(err, &s)
}

// idleCommit is after how long a task commits that it has passed markers and
// nothing else: before retention can remove them, which would look like a loss.
const idleCommit = 10 * time.Minute

// wants says whether the task has something to commit.
func (s *slot) wants(now time.Time) bool {
	return s.core.Pending() > 0 || s.release || len(s.legacy.effects) > 0 ||
		!s.marks.IsZero() && now.Sub(s.marks) >= idleCommit || !now.Before(s.beat)
}

// publish tells waiters how far the slot is. Nothing may be pending.
func (s *slot) publish() { s.progress.set(s.passed) }

// progress is how far a task has committed, by input topic; safe for concurrent
// use.
type progress struct {
	mu      sync.Mutex
	next    map[string]int64
	changed chan struct{} // nil when nobody waits
}

func (p *progress) set(next map[string]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		p.next = make(map[string]int64, len(next))
	}
	maps.Copy(p.next, next)
	p.wake()
}

func (p *progress) wake() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// reached says whether the record at offset is committed; if not, changed is
// closed at the next progress.
func (p *progress) reached(topic string, offset int64) (ok bool, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next[topic] > offset {
		return true, nil
	}
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return false, p.changed
}

func (p *progress) get(topic string) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next[topic]
}
