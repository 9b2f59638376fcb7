package broker

import (
	"context"
	"runtime"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// Options says how to run a topology. Fields without a default are required.
type Options struct {
	Topology *task.Topology
	// Brokers are the seed addresses, host:port.
	Brokers []string
	// Client adds options to every client: TLS, SASL, a dialer.
	Client []kgo.Opt

	Store   store.Store
	Leases  *store.Leases
	Effects Effects

	// Instance is the static member id; the same as long as Store lives.
	Instance string
	// Address is told to the other members as the owner of this one's tasks.
	Address string
	// Fence lists transactional ids that this instance used in earlier lives.
	Fence []string
	// Remember keeps a transactional id for the next life's Fence, on disk
	// before it returns. It may be nil.
	Remember func(transactionalID string) error

	// Lanes is the number of goroutines with a producer. Default GOMAXPROCS.
	Lanes int
	// CommitInterval is the longest wait before handled inputs are committed,
	// when commits take so long that committing more often would not pay.
	// Default 100 ms.
	CommitInterval time.Duration
	// TransactionTimeout is after how long the broker ends a transaction whose
	// owner is silent. Default 10 s.
	TransactionTimeout time.Duration
	// SessionTimeout is after how long the group gives a silent member's tasks
	// to others. Default 10 s; brokers refuse less than 6 s.
	SessionTimeout time.Duration
	// RebalanceTimeout bounds how long a revoked task may take to finish.
	// Default 30 s.
	RebalanceTimeout time.Duration
	// MaxTransactionRecords and MaxTransactionBytes end the gathering of one
	// transaction early. Defaults 20,000 and 16 MiB.
	MaxTransactionRecords, MaxTransactionBytes int
	// MaxRecordBytes bounds one output and one row: key, value and headers. Default
	// 900,000, a tenth below what brokers take by default.
	MaxRecordBytes int
	// BufferBytes bounds the fetched inputs that wait in memory, per task.
	// Default 8 MiB.
	BufferBytes int
	// CacheBytes bounds the decoded states kept, over all tasks. Default 64 MiB.
	CacheBytes int

	// MaxParked and MaxParkedBytes bound the parked inputs of one task; 0 is
	// task's default.
	MaxParked, MaxParkedBytes int
	// Standbys is how many other processes follow the changelog of each task, so
	// that one of them can take it over at once. Default 0.
	Standbys int
	// AcceptableLag is how many changelog offsets a copy may lack for its task to
	// be moved to it. Default 10,000.
	AcceptableLag int64

	// Inspect is how often the runtime looks at what nobody tells it: whether its
	// inputs are still the topics they were, and how far behind it is. Default 10 s.
	Inspect time.Duration
	// Beat is after how long a task commits although nothing happened: brokers
	// forget transactional ids that were not used for 7 days, and a copy that took
	// nothing for as long as tombstones live is restored from the start. Default
	// 24 h.
	Beat time.Duration
	// Leave makes the end of Run give the tasks to the other members for good; else
	// they wait for this instance to come back, until its session ends.
	Leave bool

	// OffsetsMayLag says that the broker may lose the offsets of a transaction
	// whose records it keeps; the mark in the changelog decides then.
	OffsetsMayLag bool

	// PurgeInterval is how often handled records are deleted from repartition
	// topics. Default 30 s.
	PurgeInterval time.Duration
	// Partitions is how many the internal topics get when no input says it.
	// Default 4.
	Partitions int32
	// Replication of internal topics; default -1, the broker's default.
	Replication int16

	Logger  zerolog.Logger
	Metrics *Metrics
	// Failpoint is for tests: it is called at the points that package failpoint
	// names. Nil in production.
	Failpoint failpoint.Hook
	// Stamp and Span are passed on to the tasks.
	Stamp func(dst []task.Header, cause *task.Cause, out *task.Out, ordinal int) []task.Header
	Span  task.Span

	inputs []string // the topics that make tasks, see withDefaults
}

// Effects makes the calls of tasks after their commits.
type Effects interface {
	// Start queues effects; nothing is called without the lease, and what is
	// inherited not before calls of another process must have ended, which is
	// at until.
	Start(t store.Task, lease store.Lease, deliver func(task.Answer), effects []task.Effect, inherited bool) (until time.Time)
	// Cancel ends effects that did not start.
	Cancel(t store.Task, ids []changelog.ID)
	// Revoke starts none any more, waits for the calls under way and delivers
	// their answers before it returns.
	Revoke(ctx context.Context, t store.Task) error
	// Extend says until when no other process can have this one's tasks, given
	// the session timeout. Nothing is called after; a zero until is the past.
	Extend(until time.Time, length time.Duration)
	// SetShare says which part of every budget is for this process.
	SetShare(share float64)
}

// warmUps bounds the copies that a process fills at a time for tasks that are to
// move to it.
const warmUps = 2

func (o Options) withDefaults() Options {
	setDefault(&o.Lanes, runtime.GOMAXPROCS(0))
	setDefault(&o.CommitInterval, 100*time.Millisecond)
	setDefault(&o.TransactionTimeout, 10*time.Second)
	setDefault(&o.SessionTimeout, 10*time.Second)
	setDefault(&o.RebalanceTimeout, 30*time.Second)
	setDefault(&o.MaxTransactionRecords, 20_000)
	setDefault(&o.MaxTransactionBytes, 16<<20)
	setDefault(&o.MaxRecordBytes, 900_000)
	setDefault(&o.BufferBytes, 8<<20)
	setDefault(&o.PurgeInterval, 30*time.Second)
	setDefault(&o.CacheBytes, 64<<20)
	setDefault(&o.AcceptableLag, 10_000)
	setDefault(&o.Beat, 24*time.Hour)
	setDefault(&o.Inspect, 10*time.Second)
	setDefault(&o.Partitions, 4)
	setDefault(&o.Replication, -1)
	o.inputs = nil
	for _, in := range o.Topology.Inputs {
		o.inputs = append(o.inputs, in.Topic)
	}
	// Dead letters come back to every topology; one that seeds alone start has no
	// other input, and its tasks are the partitions of this one.
	o.inputs = append(o.inputs, o.Topology.RedriveTopic())
	if o.Leases == nil {
		o.Leases = new(store.Leases)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
