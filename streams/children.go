package streams

import (
	"fmt"

	"github.com/millrace/millrace/streams/task"
)

// Children is what of an entity grows: reservations of a stock item, lines of an
// order. Each child has a changelog record of its own, so that a change costs
// the same with a hundred thousand children as with ten.
type Children[C any] struct {
	app, entity, name string
	codec             Codec[C]
}

// NewChildren declares a collection of an entity.
func NewChildren[S, C any](e *Entity[S], name string, codec Codec[C]) *Children[C] {
	for _, taken := range e.spec.Children {
		if taken.Name == name {
			e.topology.fault("collection %s of entity %s is declared twice", name, e.spec.Name)
		}
	}
	e.spec.Children = append(e.spec.Children, task.Collection{Name: name, Schema: schemaOf(codec)})
	return &Children[C]{app: e.topology.Name(), entity: e.spec.Name, name: name, codec: codec}
}

// Get returns a child, a copy of the caller's own, or nil when there is none.
func (c *Children[C]) Get(ctx Ctx, id string) *C {
	b := ctx.ChildGet(c.name, id)
	if b == nil {
		return nil
	}
	return c.decode(ctx, id, b)
}

// Put stores a child under id.
func (c *Children[C]) Put(ctx Ctx, id string, child *C) {
	b, err := c.codec.Append(nil, child)
	if err != nil {
		ctx.Fail(fmt.Errorf("encoding %s %q: %w", c.name, id, err))
		return
	}
	ctx.ChildPut(c.name, id, b)
}

// Delete removes a child; one that is not there stays not there.
func (c *Children[C]) Delete(ctx Ctx, id string) { ctx.ChildDelete(c.name, id) }

// Range calls fn with each child from id from on ("" for all), in the order of
// ids, until fn returns false. fn may change what it is given, but must not Put
// or Delete in the same collection.
func (c *Children[C]) Range(ctx Ctx, from string, fn func(id string, child *C) bool) {
	ctx.ChildScan(c.name, from, func(id string, b []byte) bool {
		child := c.decode(ctx, id, b)
		return child != nil && fn(id, child)
	})
}

// All returns the children in the order of ids.
func (c *Children[C]) All(ctx Ctx) []*C {
	var all []*C
	c.Range(ctx, "", func(_ string, child *C) bool {
		all = append(all, child)
		return true
	})
	return all
}

func (c *Children[C]) decode(ctx Ctx, id string, b []byte) *C {
	child := new(C)
	if err := c.codec.Decode(b, child); err != nil {
		ctx.Fail(fmt.Errorf("decoding %s %q: %w", c.name, id, err))
		return nil
	}
	return child
}
