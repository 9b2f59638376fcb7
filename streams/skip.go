package streams

import (
	"context"

	"github.com/millrace/millrace/streams/internal/broker"
)

// ErrTaskIsLive is returned by Skip while a process runs the task.
var ErrTaskIsLive = broker.ErrTaskIsLive

// InputPartition names one partition of an input of a topology, for Skip.
type InputPartition struct {
	App, Topic string // of the topology and of its input
	Partition  int32
}

// Skip is an operator's tool: it moves the position of one input, in the group
// and in the changelog, in one transaction, so that the records between are left
// out, or handled again. It returns the offset before; -1 is none.
//
// The task must not run: it is stopped by an error that names this tool, or no
// process has it. Else Skip refuses with ErrTaskIsLive. A stopped task goes on by
// itself within seconds. Of opts, Brokers and Kafka count.
func Skip(ctx context.Context, opts Options, in InputPartition, to int64) (before int64, err error) {
	return broker.Skip{
		Brokers: opts.Brokers, Client: opts.Kafka, App: in.App, Topic: in.Topic, Partition: in.Partition, To: to,
	}.Run(ctx)
}
