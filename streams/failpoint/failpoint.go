// Package failpoint names the places of the runtime at which tests stop, watch
// or kill it: the windows of the commit cycle in which a crash leaves different
// things behind. A test gives a Hook to streams.Options; production gives none,
// and then a point costs one comparison.
package failpoint

// Point is a place in the runtime.
type Point string

// The points of a lane's commit cycle, in their order. They are passed once a
// transaction, AfterBatch once for each task that has a part in it.
const (
	// BeforeFlush: outputs, rows and marks are on their way, none is sure.
	BeforeFlush Point = "before flush"
	// AfterFlush: every record is acknowledged, no offset is sent.
	AfterFlush Point = "after flush"
	// AfterOffsets: the group took the offsets.
	AfterOffsets Point = "after offsets"
	// BeforeEnd: EndTxn is about to be sent.
	BeforeEnd Point = "before end"
	// AfterEnd: EndTxn was answered, with whatever result.
	AfterEnd Point = "after end"
	// BeforeBatch: the transaction committed, the store does not know it.
	BeforeBatch Point = "before batch"
	// AfterBatch: the store has a task's rows, none of its effects is started.
	AfterBatch Point = "after batch"
	// BeforeRenew: a transaction is given up and its producer still open.
	BeforeRenew Point = "before renew"
	// AfterRenew: the lane has a new producer, its tasks are not read back.
	AfterRenew Point = "after renew"
)

// The points of a task's life.
const (
	// BeforeFence: the task is assigned, what its last owner left open still is.
	BeforeFence Point = "before fence"
	// BeforeRestore: the positions are final, the local rows old.
	BeforeRestore Point = "before restore"
	// AfterRestore: the rows are at the changelog's end, the task is not active.
	AfterRestore Point = "after restore"
	// BeforeRevoke: the group asked for the task back, nothing was done yet.
	BeforeRevoke Point = "before revoke"
	// AfterRevoke: the task was given back, the group does not know it yet.
	AfterRevoke Point = "after revoke"
	// OnLost: the task is another's by now, nothing was done yet.
	OnLost Point = "on lost"
)

// The points of an effect.
const (
	// BeforeCall: the effect is about to be called, under the task's lease.
	BeforeCall Point = "before call"
	// AfterCall: the call returned, the task does not have its answer.
	AfterCall Point = "after call"
)

// Cycle, Life and Calls list all points, in their order.
var (
	Cycle = []Point{BeforeFlush, AfterFlush, AfterOffsets, BeforeEnd, AfterEnd, BeforeBatch, AfterBatch, BeforeRenew, AfterRenew}
	Life  = []Point{BeforeFence, BeforeRestore, AfterRestore, BeforeRevoke, AfterRevoke, OnLost}
	Calls = []Point{BeforeCall, AfterCall}
)

// Place says who passed a point.
type Place struct {
	App string
	// Lane is the transactional id, for the points of the commit cycle.
	Lane string
	// Partition is the task, for the points of a task's life and of an effect.
	Partition int32
}

// Hook is called at each point by the goroutine that passes it, which goes on
// when the hook returns: a hook that waits freezes it there. No lock is held.
// A nil Hook does nothing.
type Hook func(Point, Place)

// Pass calls the hook.
func (h Hook) Pass(at Point, place Place) {
	if h != nil {
		h(at, place)
	}
}
