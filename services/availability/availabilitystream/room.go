// Package availabilitystream keeps a cache of package availability equal to the
// topic inventory.position. The topology has no entity: it is one table, of which
// every process holds a whole copy.
package availabilitystream

import (
	"context"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/streams"
)

// Name is the application id of the topology and the name of its target.
const Name = "availability"

// Config says where availability is kept.
type Config struct {
	// Shared is a cache that other processes and channels read too; nil keeps
	// availability in this process only. The room writes it and reads it back, so
	// that its answers are theirs.
	Shared availability.Cache
	// Log gets a line when the shared cache goes away, comes back or is filled.
	Log zerolog.Logger
}

// Room is the projection. Its topology and Run must both be running.
type Room struct {
	Topology *streams.Topology

	table  *streams.Table[event.InventoryPosition]
	local  availability.Memory
	seen   *progress
	mirror *mirror // nil without a shared cache
}

// New makes the room.
func New(config Config, schemas *codec.Schemas) *Room {
	r := &Room{Topology: streams.NewTopology(Name), seen: newProgress()}
	if config.Shared != nil {
		r.mirror = newMirror(config.Shared, &r.local, r.seen, config.Log)
	}
	positions := streams.Topic[event.InventoryPosition]{
		Name: topic.InventoryPosition.Name, Value: codec.Of[event.InventoryPosition](schemas, topic.InventoryPosition),
	}
	r.table = streams.NewTable(r.Topology, positions, streams.Follow(r.follow))
	return r
}

// follow takes a position from the topic. Stock never deletes one; if somebody
// does, the last known answer goes on being served.
func (r *Room) follow(_ string, p *event.InventoryPosition, at streams.Position) {
	if p != nil {
		row := availability.RowOf(p, availability.Source(at))
		_, _ = r.local.Put(context.Background(), row) // memory does not fail
		if r.mirror != nil {
			r.mirror.note(row)
			return
		}
	}
	r.seen.reach(at.Partition, at.Offset)
}

// Run serves until ctx ends: it waits until the table is read to its end, and
// keeps the shared cache equal to it from then on. ready, if not nil, is called
// when answers are no longer stale for that reason.
func (r *Room) Run(ctx context.Context, ready func()) error {
	select {
	case <-ctx.Done():
		return nil
	case <-r.table.Ready():
	}
	if err := r.local.Fill(ctx, func(func(availability.Row) bool) {}); err != nil {
		return err
	}
	if ready != nil {
		ready()
	}
	if r.mirror != nil {
		r.mirror.run(ctx)
	}
	<-ctx.Done()
	return nil
}

// Read returns a row for each sku, in their order. stale says that they may be
// older than they should be: the topic is not read to its end yet, or the shared
// cache is away or being filled again.
func (r *Room) Read(ctx context.Context, skus ...string) (rows []availability.Row, stale bool, err error) {
	own, whole, err := r.local.Get(ctx, skus...)
	if err != nil || r.mirror == nil {
		return own, !whole, err
	}
	rows, whole = r.mirror.read(ctx, skus)
	if rows == nil {
		return own, true, nil
	}
	for i := range rows {
		if rows[i].Version == 0 { // lost there, or never known anywhere
			rows[i] = own[i]
		}
	}
	return rows, !whole, nil
}

// Await blocks until Read shows what stood in a partition of inventory.position
// up to an offset, and reports whether it does; it gives up when ctx ends.
func (r *Room) Await(ctx context.Context, partition int32, offset int64) bool {
	return r.seen.wait(ctx, partition, offset)
}
