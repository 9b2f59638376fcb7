// Package filestream is the topology "files": an entity a run, which reads the
// files of a partner and publishes what they say.
//
// In: partner.run. Out: product.published, inventory.supply, order.submit,
// return.requested, inventory.movement. Reading is an effect that answers with
// a chunk of entries; publishing a chunk and moving the run's position are one
// transaction, so each entry is published exactly once and a run goes on where
// it was after a crash. Files, configuration and seed make the same entries
// again, so a position means the same for ever.
//
// A run first publishes products and opening stock and waits until that stock
// can be seen in inventory.position. Then it publishes documents by date, never
// further ahead of the rooms that work on them than Config.Ahead records, and
// never a document before the goods that were due by its date were received: a
// year that is replayed in a minute must not outrun its own supplies.
package filestream

import (
	"context"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/file"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// The phases of a run.
const (
	Opening = "opening" // products and opening stock; ends when stock shows them
	Running = "running" // documents by date
	Done    = "done"    // everything is published
	Failed  = "failed"  // the files cannot be read; a new request tries again
)

// Config says where runs find what they need.
type Config struct {
	Schemas  *codec.Schemas
	Partners []partner.Config
	Dir      string // files of a run lie in Dir/<run id>; every process that runs "files" must see it
	// Backlog counts the records that the rooms behind have not worked on yet.
	// Nil lets runs publish as fast as they can.
	Backlog func(ctx context.Context) (int64, error)
	Ahead   int64 // largest backlog under which a run goes on; default 20,000 records
}

// Room is the topology and what can be looked up in it.
type Room struct {
	Topology *streams.Topology
	// Runs tells how far each run is, by run id.
	Runs *streams.Entity[event.FileRunRecord]
	// Refusals are the rows that a run refused, the first 10,000.
	Refusals *streams.Children[event.FileRefusalRecord]

	files streams.Destination[request, chunk]
	topics
}

type topics struct {
	products  streams.Topic[event.ProductPublished]
	supplies  streams.Topic[event.InventorySupply]
	submits   streams.Topic[event.OrderSubmit]
	returns   streams.Topic[event.ReturnRequested]
	movements streams.Topic[event.InventoryMovement]
}

const maxRefusals = 10_000 // kept of a run

// New declares the topology.
func New(config Config) *Room {
	s := config.Schemas
	t := streams.NewTopology("files")
	r := &Room{Topology: t, topics: topics{
		products: of[event.ProductPublished](s, topic.ProductPublished), supplies: of[event.InventorySupply](s, topic.InventorySupply),
		submits: of[event.OrderSubmit](s, topic.OrderSubmit), returns: of[event.ReturnRequested](s, topic.ReturnRequested),
		movements: of[event.InventoryMovement](s, topic.InventoryMovement),
	}}
	reader := &reader{config: config, stock: streams.NewTable(t, of[event.InventoryPosition](s, topic.InventoryPosition)), scripts: make(map[string]*session)}
	receipts := streams.Topic[event.InventoryMovement]{Name: r.movements.Name, Value: connector.Containing(r.movements.Value, connector.Receipt)}
	streams.NewTable(t, receipts, streams.Follow(reader.arrived.see))
	r.files = streams.Destination[request, chunk]{Name: "files", Call: reader.read, Concurrent: 2}
	r.Runs = streams.NewEntity(t, "run", codec.State[event.FileRunRecord](s, "file_run"), r.handle)
	r.Refusals = streams.NewChildren(r.Runs, "refusal", codec.State[event.FileRefusalRecord](s, "file_refusal"))
	streams.Calls(r.Runs, r.files)
	connector.TellSettled(r.Runs, s)
	streams.Receive(r.Runs, of[event.PartnerRun](s, topic.PartnerRun))
	streams.SendLatest(r.Runs, r.products)
	streams.Send(r.Runs, r.supplies)
	streams.Send(r.Runs, r.submits)
	streams.Send(r.Runs, r.returns)
	streams.Send(r.Runs, r.movements)
	return r
}

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// publish sends the event of an entry.
func (t topics) publish(ctx streams.Ctx, e file.Entry) {
	switch {
	case e.Product != nil:
		t.products.Send(ctx, e.Product.Sku, e.Product)
	case e.Supply != nil:
		t.supplies.Send(ctx, e.Supply.Sku, e.Supply)
	case e.Order != nil:
		t.submits.Send(ctx, e.Order.OrderID, e.Order)
	case e.Return != nil:
		t.returns.Send(ctx, e.Return.ReturnID, e.Return)
	case e.Adjustment != nil:
		t.movements.Send(ctx, e.Adjustment.Sku, e.Adjustment)
	}
}
