package streams

import (
	"fmt"

	"github.com/millrace/millrace/streams/task"
)

// Sender is a part of a topology that sends records: an Entity, a Processor or
// a window.
type Sender interface {
	part() (*Topology, *task.Entity)
}

// Processor handles records one by one and keeps nothing: what maps, filters,
// branches or rekeys a topic. It reads and writes no state, so it costs no
// changelog record; what it sends is committed with the record's offset, exactly
// once.
type Processor struct {
	topology *Topology
	spec     *task.Entity
}

// NewProcessor declares a processor of a topic. Its handler may Send and look up
// tables; timers, children and effects need an Entity. To map, send what the
// record becomes; to filter, send or do not; to branch, send to one topic or
// another:
//
//	p := streams.NewProcessor(t, "by size", orders, func(ctx streams.Ctx, r streams.Record[Order]) error {
//		if r.Value.Amount >= 1000 {
//			large.Send(ctx, r.Key, &r.Value)
//		}
//		return nil
//	})
//	streams.Send(p, large)
func NewProcessor[V any](t *Topology, name string, topic Topic[V], handle func(ctx Ctx, in Record[V]) error) *Processor {
	spec := &task.Entity{
		Name: name, Stateless: true,
		Handle: func(ctx *task.Ctx, _, input any) error { return handle(ctx, input.(Record[V])) },
	}
	t.add(spec)
	t.input(spec, topic.Name, topic.read)
	return &Processor{topology: t, spec: spec}
}

func (p *Processor) part() (*Topology, *task.Entity) { return p.topology, p.spec }
func (e *Entity[S]) part() (*Topology, *task.Entity) { return e.topology, e.spec }
func (t *Topology) input(to *task.Entity, topic string, decode func(*task.Record) (any, error)) {
	if t.compiled.Input(topic) != nil {
		t.fault("topic %s is received twice", topic)
		return
	}
	t.compiled.Inputs = append(t.compiled.Inputs, &task.Input{Topic: topic, Entity: to, Decode: decode})
}

// add takes an entity, processor or window, under a name of its own.
func (t *Topology) add(spec *task.Entity) {
	if spec.Name == "" || t.compiled.Entity(spec.Name) != nil {
		t.fault("entity %q: the name is empty or taken", spec.Name)
	}
	t.compiled.Entities = append(t.compiled.Entities, spec)
}

// read makes a handler's input of a record.
func (t Topic[V]) read(r *task.Record) (any, error) {
	in := Record[V]{Key: string(r.Key), Headers: r.Headers, Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp}
	if err := t.Value.Decode(r.Value, &in.Value); err != nil {
		return nil, fmt.Errorf("reading value of %s/%d@%d: %w", r.Topic, r.Partition, r.Offset, err)
	}
	return in, nil
}
