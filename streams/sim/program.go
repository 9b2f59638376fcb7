package sim

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/streams"
)

// Program is what is simulated: a topology with its inputs and what must hold.
type Program struct {
	// New makes the topology of one process. It is called for each start; calls
	// to the outside go through process.Call.
	New func(process *Process) *streams.Topology
	// Topics are created before the first start, with the plan's partitions.
	Topics []string
	// Input makes the n-th input of a run, counted from 0; r is seeded.
	Input func(r *rand.Rand, n int) Record
	// Check returns what does not hold after the fleet has converged; nil checks
	// only what holds for every topology.
	Check func(*Result) []error
	// Options changes the options of each process; nil leaves them.
	Options func(*streams.Options)
	// Progress is told, after each item of the plan, how much virtual time has
	// passed; nil when nobody wants to know.
	Progress func(virtual time.Duration)
}

// Record is an input, or a record of a committed log.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Key       string
	Value     []byte // nil is a tombstone
	Headers   map[string]string
}

// Process is what a topology knows of where it runs.
type Process struct {
	life *life
}

// Call asks a partner, from a Destination's Call, and returns its document. A
// partner makes one document per effect id, takes its time, and may be down,
// silent or slow, as the plan says. No call of a killed process arrives.
func (p *Process) Call(ctx context.Context, partner, request string) (string, error) {
	return p.life.process.fleet.partners.call(ctx, p.life, partner, request)
}

// Result is what a run left behind.
type Result struct {
	App       string
	Plan      Plan
	Sent      int        // inputs
	Documents []Document // of all partners, oldest first
	logs      map[string]map[int32][]Record
}

// Log returns the committed records of a topic by partition, in offset order,
// without tombstones' values and without markers.
func (r *Result) Log(topic string) map[int32][]Record { return r.logs[topic] }
