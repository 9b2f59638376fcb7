package task

import (
	"context"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// Topology is a program of entities without its Go types, as the runtime sees
// it. The typed constructors of package streams make it.
type Topology struct {
	// App is the application id: consumer group, prefix of transactional ids,
	// of the changelog topic and of the redrive topic.
	App      string
	Entities []*Entity
	Inputs   []*Input
	Outputs  []*Output
	Tables   []*Table
	// Partitioned are the topics of which each task follows its own partition.
	Partitioned []string
	// Retired are parts of earlier programs whose rows are to be deleted.
	Retired []changelog.Part
	// Repartitions are the topics between parts of this topology.
	Repartitions map[string]bool
}

// ChangelogTopic is the compacted topic that holds the rows of all tasks.
func (t *Topology) ChangelogTopic() string { return t.App + ".changelog" }

// RedriveTopic is an input of every topology with entities that no other reads:
// dead letters come back through it, and a topology with no other input gets its
// tasks from it.
func (t *Topology) RedriveTopic() string { return t.App + ".redrive" }

// DeadLetterTopic takes the inputs that could not be handled.
func (t *Topology) DeadLetterTopic() string { return t.App + ".dlq" }

// RepartitionTopic is the topic that a repartition of the given name goes through.
func (t *Topology) RepartitionTopic(name string) string { return t.App + "." + name + ".repartition" }

// Internal says that an input belongs to this topology alone, so that the
// runtime makes it.
func (t *Topology) Internal(topic string) bool {
	return topic == t.RedriveTopic() || t.Repartitions[topic]
}

// Input returns the input that reads topic, or nil.
func (t *Topology) Input(topic string) *Input {
	for _, in := range t.Inputs {
		if in.Topic == topic {
			return in
		}
	}
	return nil
}

// Output returns the output that writes topic, or nil.
func (t *Topology) Output(topic string) *Output {
	for _, o := range t.Outputs {
		if o.Topic == topic {
			return o
		}
	}
	return nil
}

// Entity returns the entity named name, or nil.
func (t *Topology) Entity(name string) *Entity {
	for _, e := range t.Entities {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Entity is a kind of keyed state with its handler.
type Entity struct {
	Name string
	// Stateless says that it is a processor: Handle gets no state, and its Ctx
	// reads and writes no rows. Only Name and Handle are set then.
	Stateless bool
	// New makes the state of a key that has none yet.
	New func() any
	// Append and Decode are the state's codec; both get what New made.
	Append func(dst []byte, state any) ([]byte, error)
	Decode func(b []byte, state any) error
	// Handle is the user's function; input is what an Input's Decode, an
	// Answer or FireTimers made.
	Handle func(ctx *Ctx, state any, input any) error
	// Timer makes the input of a timer that fired.
	Timer func(name string, due time.Time) any
	// Destinations it may ask, by name.
	Destinations map[string]*Destination
	// Settled makes the record about an effect that is settled and did not go at
	// once; nil says nothing. Its topic is among the outputs.
	Settled func(s *Settled) (Out, error)
	// Children are its collections.
	Children []Collection
	// Schema is what the state's codec tells.
	Schema Schema
	// Windows is set when its instances are windows of record keys.
	Windows *Windows
	// Seeds are set as due timers for keys that have no state when their task
	// first becomes active.
	Seeds []Seed
	// Retries is what happens when a handler returns Retry.
	Retries Retries
}

// Collection is a kind of children.
type Collection struct {
	Name   string
	Schema Schema
}

// Seed starts an entity that no record starts: a poller, a schedule.
type Seed struct{ Key, Timer string }

// Input is one topic read by one entity.
type Input struct {
	Topic  string
	Entity *Entity
	// Decode makes the handler's input from a record; an error is a poison record.
	Decode func(r *Record) (any, error)
}

// Output is a topic written to. Latest topics get one record a key and
// transaction, the last one; others get every record.
type Output struct {
	Topic  string
	Latest bool
	// KeepsTime gives its records the time of what caused them, not of their
	// production.
	KeepsTime bool
	Writers   []*Entity
}

// Table is a compacted topic that every process copies whole.
type Table struct {
	Topic string
	// Apply takes one record, or the deletion of its key when value is nil.
	// It is called by one goroutine at a time.
	Apply func(r *Record) error
	// Ready is called once when the copy has reached the topic's end.
	Ready func()
}

// Destination is a place outside that effects call.
type Destination struct {
	Name string
	// Schema is what the codec of requests tells.
	Schema Schema
	// Call makes the call; it must respect ctx. The effect's id is in ctx.
	Call func(ctx context.Context, request []byte) (answer any, err error)
	// Answer makes the handler's input of an outcome.
	Answer func(name string, answer any, err error, attempts int) any
	// Append and Decode are the codec of answers, for those that have to wait for
	// other inputs of their entity, or become dead letters.
	Append func(dst []byte, answer any) ([]byte, error)
	Decode func(b []byte) (answer any, err error)
	// Timeout bounds one attempt. Default 10 s.
	Timeout time.Duration
	// CallBatch makes one call for several effects, at most MaxBatch, and returns
	// an outcome for each; it is used in place of Call when it is set. The first
	// effect waits at most MaxWait for others.
	CallBatch func(ctx context.Context, batch []Request) []Outcome
	MaxBatch  int
	MaxWait   time.Duration
	// Concurrent bounds the calls under way, PerSecond those started in a second
	// and PerDay those of a calendar day in UTC. They are the fleet's: a process
	// has the share of its partitions. Concurrent is 8 by default, the others are
	// unlimited when 0.
	Concurrent int
	PerSecond  float64
	PerDay     int
	// Classes are the kinds of effects that share the budget, the most urgent
	// first. Effects of no class belong to the last one.
	Classes []Class
	// Attempts bounds the tries of one effect; 0 tries until it answers.
	Attempts int
	// BackoffMin and BackoffMax bound the wait between tries of one effect.
	BackoffMin, BackoffMax time.Duration
}

// Class is a kind of effects to one destination. It may use what those before it
// leave, but at most its share of each limit; 0 is all.
type Class struct {
	Name  string
	Share float64
}

// Request is one effect of a batch; ID is its idempotency key.
type Request struct {
	ID   changelog.ID
	Body []byte
}

// Outcome is how the call ended for one effect of a batch.
type Outcome struct {
	Answer any
	Err    error
}

// Header is a record header.
type Header = changelog.Header

// Record is an input record.
type Record struct {
	Topic     string
	TopicID   [16]byte
	Partition int32
	Offset    int64
	Timestamp time.Time
	Key       []byte
	Value     []byte
	Headers   []Header
}

// Answer is the outcome of an effect, brought by the executor. The zero Err
// means success; a final failure is an answer too.
type Answer struct {
	Key      []byte // changelog key of the effect's row
	ID       changelog.ID
	Value    any
	Err      error
	Attempts int
	// Troubled says that others know of the call: it failed before, or it is taken
	// over from a process that may have said so.
	Troubled bool
}

// Settled is an effect whose end a transaction holds.
type Settled struct {
	App, Entity, Key string
	Destination      string
	Name             string // the handler asked under it
	ID               changelog.ID
	Attempts         int   // tries made by the process that has the answer
	Err              error // of one that failed for good
	At               time.Time
}

// Out is a record to produce. Partition is by the key's murmur2 hash.
type Out struct {
	Topic   string
	Key     []byte
	Value   []byte // nil is a tombstone
	Headers []Header
	// Timestamp of the record; zero is when it is produced.
	Timestamp time.Time
}

// Effect is a row that becomes a call after the commit.
type Effect struct {
	Key         []byte // changelog key
	Entity      string
	EntityKey   string
	Destination *Destination
	Row         changelog.EffectRow
	// Restored says that it was asked for before the task became active here.
	Restored bool
}

// Commit is all that one transaction makes durable, in this order: Outputs and
// Rows are produced, then the Positions are sent, then, after the transaction
// committed, Rows go into the store, Asked effects start and Cancelled ones end.
type Commit struct {
	Outputs   []Out
	Rows      []changelog.Row // the mark is the last one
	Positions []changelog.Position
	// Transaction is the mark's counter.
	Transaction uint64
	Asked       []Effect
	Cancelled   []changelog.ID
	Counts
}

// Counts accounts for the inputs of a transaction, so that none is ever lost:
// Consumed is the sum of all others.
type Counts struct {
	Consumed     int // came in: records, timers and answers
	Handled      int // by a handler that returned nil
	Filtered     int // nobody wanted them any more when their turn came
	DeadLettered int
	// Late counts the closed windows that records came for.
	Late int
	// Parked counts those that were parked, less those that left: it may be
	// negative.
	Parked int
}
