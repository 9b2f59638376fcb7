package streams

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/streams/task"
)

// Ctx is what a handler has besides its state and input; see task.Ctx for its
// methods. It is valid only during the call.
type Ctx = *task.Ctx

// Header is a header of a record.
type Header = task.Header

// Cause is what made a handler run: a record, a timer or an answer.
type Cause = task.Cause

// Topology is a program: entities, processors and windows, the topics they read
// and write, the tables they look things up in, and the destinations they call. Its name is the
// application id: consumer group, prefix of transactional ids and of the
// internal topics NAME.changelog, NAME.redrive and NAME.dlq.
type Topology struct {
	compiled task.Topology
	faults   []error
}

// NewTopology makes an empty topology. The name must not change once it has run.
func NewTopology(name string) *Topology {
	t := &Topology{compiled: task.Topology{App: name}}
	if name == "" {
		t.fault("a topology needs a name")
	}
	return t
}

// Name is the application id.
func (t *Topology) Name() string { return t.compiled.App }

// Spec returns the topology without its Go types, or all faults of its
// declaration. The runtime and the test driver call it.
func (t *Topology) Spec() (*task.Topology, error) {
	if faults := slices.Concat(t.faults, t.unfinished(), t.revived()); len(faults) > 0 {
		return nil, fmt.Errorf("topology %s: %w", t.compiled.App, errors.Join(faults...))
	}
	return &t.compiled, nil
}

func (t *Topology) fault(format string, args ...any) {
	t.faults = append(t.faults, fmt.Errorf(format, args...))
}

// Handler decides what an input does to an entity. It must be pure but for what
// it does through ctx: no clock but ctx.Now, no goroutine, no call outside. An
// error, or a panic, rolls back everything this call did and dead-letters the
// input; one made by Retry parks it.
type Handler[S any] func(ctx Ctx, state *S, in Input) error

// Input is what a handler gets: a Record, a Timer or an Answer.
type Input any

// Record is an input record with its decoded key and value.
type Record[V any] struct {
	Key       string
	Value     V
	Headers   []Header
	Topic     string
	Partition int32
	Offset    int64
	Timestamp time.Time // as the topic has it: of its creation, or of its arrival
}

// Timer is the input of a timer that fired. It comes when it is Due or later, and
// is not set any more.
type Timer struct {
	Name string    // that it was set under
	Due  time.Time // UTC, in microseconds
}

// Answer is the outcome of an effect. Err is a final failure: the destination
// refused for good, or all attempts failed.
type Answer[A any] struct {
	Name     string // the name it was asked under
	Value    A      // zero when Err is set
	Err      error
	Attempts int // calls that were made
}

// Entity is a kind of keyed state with its handler.
type Entity[S any] struct {
	topology *Topology
	spec     *task.Entity
	codec    Codec[S]
}

// NewEntity declares an entity. A key's state is the zero S, or what WithNew
// makes, until the first input was handled.
func NewEntity[S any](t *Topology, name string, codec Codec[S], handle Handler[S], opts ...EntityOption[S]) *Entity[S] {
	e := &Entity[S]{topology: t, codec: codec, spec: &task.Entity{
		Name: name, Schema: schemaOf(codec),
		New:          func() any { return new(S) },
		Append:       func(dst []byte, state any) ([]byte, error) { return codec.Append(dst, state.(*S)) },
		Decode:       func(b []byte, state any) error { return codec.Decode(b, state.(*S)) },
		Handle:       func(ctx *task.Ctx, state, input any) error { return handle(ctx, state.(*S), input) },
		Timer:        func(name string, due time.Time) any { return Timer{Name: name, Due: due} },
		Destinations: make(map[string]*task.Destination),
	}}
	for _, opt := range opts {
		opt(e)
	}
	t.add(e.spec)
	return e
}

// EntityOption changes an entity's declaration.
type EntityOption[S any] func(*Entity[S])

// WithNew says how the state of keys that have none yet is made.
func WithNew[S any](create func() *S) EntityOption[S] {
	return func(e *Entity[S]) { e.spec.New = func() any { return create() } }
}

// WithSeed sets a timer for a key that has no state yet, as soon as its task
// becomes active for the first time: the start of pollers and schedules, which
// no record starts.
func WithSeed[S any](key, timer string) EntityOption[S] {
	return func(e *Entity[S]) { e.spec.Seeds = append(e.spec.Seeds, task.Seed{Key: key, Timer: timer}) }
}

// Topic is a topic with the type of its values; keys are strings. A part of a
// topology may read or write it where Receive, Send and the like declare so.
type Topic[V any] struct {
	Name  string
	Value Codec[V] // of its values
}

// Receive makes an entity read a topic: each record is handled by the entity
// whose key is the record's. All inputs of a topology need the same number of
// partitions.
func Receive[S, V any](e *Entity[S], topic Topic[V]) {
	e.topology.input(e.spec, topic.Name, topic.read)
}

// Send declares that a part of a topology writes a topic.
func Send[V any](from Sender, topic Topic[V]) { output(from, topic.Name, false) }

// SendLatest declares that a part of a topology writes a compacted topic: of
// several values for one key in one transaction only the last is produced.
func SendLatest[V any](from Sender, topic Topic[V]) { output(from, topic.Name, true) }

// Settled is how an effect ended that did not go at once: it failed before, or for
// good, or was taken over from another process.
type Settled struct {
	App, Entity, Key  string
	Destination, Name string // who was called, and what the handler asked under
	ID                string // as EffectID
	Attempts          int    // tries made by the process that has the answer
	Err               error  // of a final failure
	At                time.Time
}

// SendSettled declares that a topic is told how each effect of an entity ended that
// did not go at once. The record is written in the transaction that takes the
// answer, so there is one for each; what fails meanwhile is Options.EffectStatus's.
func SendSettled[S, V any](e *Entity[S], topic Topic[V], tell func(s Settled) (key string, value V)) {
	output(e, topic.Name, false)
	e.spec.Settled = func(s *task.Settled) (task.Out, error) {
		key, value := tell(Settled{
			App: s.App, Entity: s.Entity, Key: s.Key, Destination: s.Destination, Name: s.Name, ID: uuid.UUID(s.ID).String(), Attempts: s.Attempts, Err: s.Err, At: s.At,
		})
		b, err := topic.Value.Append(nil, &value)
		if err != nil {
			return task.Out{}, fmt.Errorf("encoding value for %s: %w", topic.Name, err)
		}
		return task.Out{Topic: topic.Name, Key: []byte(key), Value: b}, nil
	}
}

func output(from Sender, topic string, latest bool) {
	t, writer := from.part()
	for _, o := range t.compiled.Outputs {
		if o.Topic == topic {
			if o.Latest != latest {
				t.fault("topic %s is sent both as events and as latest values", topic)
			}
			o.Writers = append(o.Writers, writer)
			return
		}
	}
	t.compiled.Outputs = append(t.compiled.Outputs, &task.Output{
		Topic: topic, Latest: latest, KeepsTime: t.compiled.Repartitions[topic], Writers: []*task.Entity{writer},
	})
}

// Send produces a value when the transaction of this call commits. The topic
// must be declared by Send or SendLatest. A value that cannot be encoded fails
// the handler.
func (t Topic[V]) Send(ctx Ctx, key string, value *V) {
	b, err := t.Value.Append(ctx.Room(), value)
	if err != nil {
		ctx.Fail(fmt.Errorf("encoding value for %s: %w", t.Name, err))
		return
	}
	b = ctx.Keep(b)
	ctx.Send(t.Name, ctx.Keep(append(ctx.Room(), key...)), b)
}

// SendTombstone deletes a key from a compacted topic.
func (t Topic[V]) SendTombstone(ctx Ctx, key string) { ctx.Send(t.Name, []byte(key), nil) }
