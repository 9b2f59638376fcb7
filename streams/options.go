package streams

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/internal/broker"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// Options says how an App runs its topologies. Brokers and one of StateDir and
// Store are required; the zero value of every other field is its default.
type Options struct {
	// Brokers are the seed addresses, host:port.
	Brokers []string
	// Kafka adds options to every client.
	Kafka []KafkaOption

	// StateDir holds the local copies of states and the instance's identity. It
	// belongs to one process at a time and may be lost: the changelogs fill it.
	StateDir string
	// Store is used in place of StateDir, by tests; then Instance is required.
	Store store.Store
	// Instance names this process in its groups, the same over restarts. Default
	// is an id kept in StateDir. Letters, digits, dot, dash and underscore.
	Instance string
	// Advertise is the address that other processes name as the owner of this
	// one's tasks.
	Advertise string

	// Lanes is how many goroutines run the tasks of one topology, each with a
	// transactional producer. Default GOMAXPROCS.
	Lanes int
	// CommitInterval is the longest that handled inputs wait for their commit
	// when commits are slow; fast ones follow after 4 ms. Default 100 ms.
	CommitInterval time.Duration
	// TransactionTimeout is after how long the broker ends a silent transaction.
	// Default 10 s.
	TransactionTimeout time.Duration
	// SessionTimeout is after how long other processes get the tasks of a silent
	// one. Default 10 s, at least 6 s.
	SessionTimeout time.Duration
	// RebalanceTimeout bounds how long a task takes to be given back. Default 30 s.
	RebalanceTimeout time.Duration
	// MaxTransactionRecords and MaxTransactionBytes bound what a lane gathers for
	// one transaction. Defaults 20,000 and 16 MiB.
	MaxTransactionRecords, MaxTransactionBytes int
	// MaxRecordBytes bounds one output and one state row: key, value and headers. An
	// input that makes a larger one becomes a dead letter. Default 900,000, a tenth
	// below what brokers take by default; with more, raise max.message.bytes too.
	MaxRecordBytes int
	// CacheBytes bounds the decoded states in memory, of all tasks of a topology in
	// this process. Default 64 MiB.
	CacheBytes int

	// MaxParked and MaxParkedBytes bound the parked inputs of one task (see Retry):
	// when one is reached the task reads no more until a tenth of them was handled.
	// Defaults 100,000 and 256 MiB.
	MaxParked, MaxParkedBytes int

	// Standbys is how many other processes follow the changelog of each task on
	// their disks, so that one of them goes on at once when a process dies, without
	// a restore. Default 0. Processes of one topology should agree.
	Standbys int
	// AcceptableLag is how many changelog records a copy may lack for its task to
	// be moved to it. Default 10,000.
	AcceptableLag int64
	// Leave makes the end of Run give the tasks to other processes for good: for
	// scaling in. Else they wait for this process to come back, until its session
	// ends, which is right for a restart.
	Leave bool

	// OffsetsMayLag is for a broker that may lose the offsets of a transaction
	// whose records it keeps, as an embedded one does that is killed while it
	// commits: the changelog decides then where to go on, instead of stopping the
	// task. No real Kafka needs it.
	OffsetsMayLag bool
	// Partitions is how many the internal topics of a topology get that has no
	// other input than its redrive topic. Default 4.
	Partitions int32
	// Replication of internal topics. Default is the broker's.
	Replication int16

	// Logger is told what an operator may want to know; its zero value is silent.
	Logger zerolog.Logger
	// Metrics registers the runtime's metrics; nil keeps none.
	Metrics prometheus.Registerer
	// Stamp adds headers to an output, given what caused it and its number among
	// the outputs of that cause.
	Stamp func(dst []Header, cause *Cause, out *task.Out, ordinal int) []Header
	// Limiter is a budget that all processes share, asked before each call of a
	// destination with PerSecond or PerDay; nil: each process has the share of its
	// partitions.
	Limiter effect.Limiter
	// TracerProvider makes spans of handler runs and effect calls that belong to
	// a sampled trace; nil makes none. Traces are passed on in either case.
	TracerProvider trace.TracerProvider
	// EffectStatus is told the course of every effect; it must be quick.
	EffectStatus func(effect.Status)
	// Failpoint is for tests only: it is called at the points that package
	// failpoint names and may freeze the runtime there. Leave it nil.
	Failpoint failpoint.Hook
}

var instancePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,200}$`)

func (o *Options) check() error {
	var faults []error
	if len(o.Brokers) == 0 {
		faults = append(faults, errors.New("Brokers: name at least one, host:port"))
	}
	if o.StateDir == "" && o.Store == nil {
		faults = append(faults, errors.New("StateDir: name a directory for this process"))
	}
	if o.Store != nil && o.Instance == "" {
		faults = append(faults, errors.New("Instance: required with Store"))
	}
	if o.Instance != "" && !instancePattern.MatchString(o.Instance) {
		faults = append(faults, fmt.Errorf("Instance %q: letters, digits, dot, dash and underscore only, at most 200", o.Instance))
	}
	if o.SessionTimeout != 0 && o.SessionTimeout < 6*time.Second {
		faults = append(faults, fmt.Errorf("SessionTimeout %s: brokers refuse less than 6 s", o.SessionTimeout))
	}
	if o.Standbys < 0 || o.AcceptableLag < 0 {
		faults = append(faults, errors.New("Standbys and AcceptableLag: must not be negative"))
	}
	return errors.Join(faults...)
}

// runtime returns the options of one topology's runtime.
func (o *Options) runtime(t *task.Topology) broker.Options {
	return broker.Options{
		Topology: t, Brokers: o.Brokers, Client: o.Kafka,
		Store: o.Store, Instance: o.Instance, Address: o.Advertise,
		Lanes: o.Lanes, CommitInterval: o.CommitInterval, TransactionTimeout: o.TransactionTimeout,
		MaxRecordBytes: o.MaxRecordBytes,
		SessionTimeout: o.SessionTimeout, RebalanceTimeout: o.RebalanceTimeout,
		MaxTransactionRecords: o.MaxTransactionRecords, MaxTransactionBytes: o.MaxTransactionBytes,
		CacheBytes: o.CacheBytes, MaxParked: o.MaxParked, MaxParkedBytes: o.MaxParkedBytes, OffsetsMayLag: o.OffsetsMayLag, Partitions: o.Partitions, Replication: o.Replication,
		Standbys: o.Standbys, AcceptableLag: o.AcceptableLag, Leave: o.Leave,
		Logger: o.Logger, Stamp: o.Stamp, Failpoint: o.Failpoint,
	}
}
