// Package availabilitystream keeps the caches of package availability equal to
// the topic inventory.position. The topology has no entity: it is two tables,
// positions and products, of which every process holds a whole copy.
package availabilitystream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/streams"
)

// Name is the application id of the topology and the name of its target.
const Name = "availability"

// Disk is a cache that outlives the process.
type Disk interface {
	availability.Cache
	All() iter.Seq[availability.Row]
	Reset() error
	Close() error
}

// Config says where availability is kept.
type Config struct {
	// Shared is a cache that other processes and channels read too; nil keeps
	// availability in this process only. The room writes it and reads it back, so
	// that its answers are theirs.
	Shared availability.Cache
	// Disk opens what has the answers that a process starts with; Run closes it. nil
	// starts with none.
	Disk func() (Disk, error)
	// Ends asks Kafka for the next offset of each partition of inventory.position,
	// by which the room knows how old its copy is; nil takes it for current.
	Ends func(context.Context) (map[int32]int64, error)
	// Now is the clock of ages; nil is time.Now.
	Now func() time.Time
	// Channels say after how long availability is stale for each; none is never told.
	Channels map[string]availability.Staleness
	// Write writes an alert to its topic; nil writes none.
	Write gateway.Writer
	// Log gets a line when a cache goes away, comes back or is filled.
	Log zerolog.Logger
}

// Room is the projection. Its topology and Run must both be running.
type Room struct {
	Topology *streams.Topology

	table  *streams.Table[event.InventoryPosition]
	goods  *streams.Table[event.ProductPublished]
	local  availability.Memory
	seen   *progress
	fresh  freshness
	watch  *watch
	mirror *mirror // nil without a shared cache
	disk   func() (Disk, error)
	store  atomic.Pointer[mirror] // writes the disk; nil without one
	log    zerolog.Logger

	mu   sync.RWMutex
	kits availability.Kits
}

// New makes the room.
func New(config Config, schemas *codec.Schemas) *Room {
	if config.Now == nil {
		config.Now = time.Now
	}
	r := &Room{Topology: streams.NewTopology(Name), seen: newProgress(), disk: config.Disk, log: config.Log}
	r.fresh = freshness{ends: config.Ends, seen: r.seen, now: config.Now}
	r.fresh.fresh.Store(config.Now().UnixNano())
	r.watch = newWatch(&config, r.fresh.age, schemas)
	if config.Shared != nil {
		r.mirror = newMirror("shared", config.Shared, &r.local, r.seen, config.Log)
	}
	r.table = streams.NewTable(r.Topology, typed[event.InventoryPosition](schemas, topic.InventoryPosition), streams.Follow(r.follow))
	r.goods = streams.NewTable(r.Topology, typed[event.ProductPublished](schemas, topic.ProductPublished), streams.Follow(r.catalogue))
	return r
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// follow takes a position from the topic. Stock never deletes one; if somebody
// does, the last known answer goes on being served.
func (r *Room) follow(_ string, p *event.InventoryPosition, at streams.Position) {
	if p != nil {
		row := availability.RowOf(p, availability.Source(at))
		_, _ = r.local.Put(context.Background(), row) // memory does not fail
		if store := r.store.Load(); store != nil {
			store.note(row)
		}
		if r.mirror != nil {
			r.mirror.note(row)
			return
		}
	}
	r.seen.reach(at.Partition, at.Offset)
}

// catalogue takes a product from the topic.
func (r *Room) catalogue(sku string, p *event.ProductPublished, _ streams.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p == nil {
		r.kits.Delete(sku)
		return
	}
	r.kits.Put(p)
}

// Run serves until ctx ends: it shows what is on disk until the tables are read
// to their end, and keeps the caches equal to them from then on. ready, if not
// nil, is called when answers are no longer stale for that reason.
func (r *Room) Run(ctx context.Context, ready func()) (err error) {
	mirrors := []*mirror{r.mirror}
	var disk Disk
	if r.disk != nil {
		if disk, err = r.disk(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, disk.Close()) }()
		r.local.Keep(disk.All())
		store := newMirror("disk", disk, &r.local, newProgress(), r.log)
		r.store.Store(store)
		mirrors = append(mirrors, store)
	}
	for _, read := range []<-chan struct{}{r.goods.Ready(), r.table.Ready()} {
		select {
		case <-ctx.Done():
			return nil
		case <-read:
		}
	}
	if err := r.local.Fill(ctx, func(func(availability.Row) bool) {}); err != nil {
		return err
	}
	if disk != nil {
		if err := disk.Reset(); err != nil { // the topic has what counts
			return fmt.Errorf("beginning with the topic: %w", err)
		}
	}
	if ready != nil {
		ready()
	}
	var parts sync.WaitGroup
	parts.Go(func() { r.fresh.run(ctx) })
	parts.Go(func() { r.watch.run(ctx) })
	for _, m := range mirrors {
		if m != nil {
			parts.Go(func() { m.run(ctx) })
		}
	}
	<-ctx.Done()
	parts.Wait()
	return nil
}

// Await blocks until Read shows what stood in a partition of inventory.position
// up to an offset, and reports whether it does; it gives up when ctx ends.
func (r *Room) Await(ctx context.Context, partition int32, offset int64) bool {
	return r.seen.wait(ctx, partition, offset)
}
