package orderstream

import (
	"errors"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams"
)

// Config of the room.
type Config struct {
	// Nodes ship the orders of channels without nodes of their own, in the order
	// in which they are tried. At least one.
	Nodes []string
	// ChannelNodes are the nodes of a channel, in the order in which they are tried.
	ChannelNodes map[string][]string
	// CancelWait is how long a cancel waits for the order's submission. Default 7 days.
	CancelWait time.Duration
}

func (c Config) nodesOf(channel string) []string {
	if nodes := c.ChannelNodes[channel]; len(nodes) > 0 {
		return nodes
	}
	return c.Nodes
}

// Room is the order room: its topology, and its rows for readers.
type Room struct {
	Topology *streams.Topology

	cfg          Config
	orders       *streams.Entity[order.Record]
	items        *streams.Children[order.Item]
	charges      *streams.Children[order.Charge]
	consignments *streams.Children[order.Consignment]
	fulfilments  *streams.Children[order.Fulfilment]
	shipments    *streams.Children[order.Shipment]
	invoices     *streams.Children[order.Invoice]
	moments      *streams.Children[order.Moment]
	products     *streams.Table[event.ProductPublished]
	out          outputs
}

// outputs are the topics that the room writes.
type outputs struct {
	accepted    streams.Topic[event.OrderAccepted]
	rejected    streams.Topic[event.OrderRejected]
	validated   streams.Topic[event.OrderValidated]
	allocated   streams.Topic[event.OrderAllocated]
	backordered streams.Topic[event.OrderBackordered]
	released    streams.Topic[event.OrderReleased]
	completed   streams.Topic[event.OrderCompleted]
	cancelled   streams.Topic[event.OrderCancelled]
	state       streams.Topic[event.OrderState]
	command     streams.Topic[event.InventoryCommand]
	movement    streams.Topic[event.InventoryMovement]
	requested   streams.Topic[event.FulfilmentRequested]
	cancel      streams.Topic[event.FulfilmentCancel]
}

// New makes the room. The error is about the configuration.
func New(cfg Config, schemas *codec.Schemas) (*Room, error) {
	if len(cfg.Nodes) == 0 {
		return nil, errors.New("configuring orders: no node ships them; name at least one")
	}
	if cfg.CancelWait == 0 {
		cfg.CancelWait = 7 * 24 * time.Hour
	}
	r := &Room{Topology: streams.NewTopology(App), cfg: cfg, out: outputs{
		accepted:    typed[event.OrderAccepted](schemas, topic.OrderAccepted),
		rejected:    typed[event.OrderRejected](schemas, topic.OrderRejected),
		validated:   typed[event.OrderValidated](schemas, topic.OrderValidated),
		allocated:   typed[event.OrderAllocated](schemas, topic.OrderAllocated),
		backordered: typed[event.OrderBackordered](schemas, topic.OrderBackordered),
		released:    typed[event.OrderReleased](schemas, topic.OrderReleased),
		completed:   typed[event.OrderCompleted](schemas, topic.OrderCompleted),
		cancelled:   typed[event.OrderCancelled](schemas, topic.OrderCancelled),
		state:       typed[event.OrderState](schemas, topic.OrderState),
		command:     typed[event.InventoryCommand](schemas, topic.InventoryCommand),
		movement:    typed[event.InventoryMovement](schemas, topic.InventoryMovement),
		requested:   typed[event.FulfilmentRequested](schemas, topic.FulfilmentRequested),
		cancel:      typed[event.FulfilmentCancel](schemas, topic.FulfilmentCancel),
	}}
	r.orders = streams.NewEntity(r.Topology, "order", codec.State[order.Record](schemas, "order"), r.handle, streams.WithNew(order.New))
	r.items = streams.NewChildren(r.orders, "item", codec.State[order.Item](schemas, "order_item"))
	r.charges = streams.NewChildren(r.orders, "charge", codec.State[order.Charge](schemas, "order_charge"))
	r.consignments = streams.NewChildren(r.orders, "consignment", codec.State[order.Consignment](schemas, "order_consignment"))
	r.fulfilments = streams.NewChildren(r.orders, "fulfilment", codec.State[order.Fulfilment](schemas, "order_fulfilment"))
	r.shipments = streams.NewChildren(r.orders, "shipment", codec.State[order.Shipment](schemas, "order_shipment"))
	r.invoices = streams.NewChildren(r.orders, "invoice", codec.State[order.Invoice](schemas, "order_invoice"))
	r.moments = streams.NewChildren(r.orders, "moment", codec.State[order.Moment](schemas, "order_moment"))
	r.products = streams.NewTable(r.Topology, typed[event.ProductPublished](schemas, topic.ProductPublished))
	r.wire(schemas)
	return r, nil
}

// wire declares what the room reads and writes.
func (r *Room) wire(schemas *codec.Schemas) {
	streams.Receive(r.orders, typed[event.OrderSubmit](schemas, topic.OrderSubmit))
	streams.Receive(r.orders, typed[event.OrderCancel](schemas, topic.OrderCancel))
	streams.Receive(r.orders, typed[event.OrderAmend](schemas, topic.OrderAmend))
	streams.Receive(r.orders, typed[event.InventoryAnswer](schemas, topic.InventoryAnswer))
	streams.Receive(r.orders, typed[event.FulfilmentStatusChanged](schemas, topic.FulfilmentStatus))
	streams.Receive(r.orders, typed[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed))
	streams.Receive(r.orders, typed[event.InvoicePosted](schemas, topic.InvoicePosted))
	streams.Receive(r.orders, typed[event.OrderRegistered](schemas, topic.OrderRegistered))
	streams.Send(r.orders, r.out.accepted)
	streams.Send(r.orders, r.out.rejected)
	streams.Send(r.orders, r.out.validated)
	streams.Send(r.orders, r.out.allocated)
	streams.Send(r.orders, r.out.backordered)
	streams.Send(r.orders, r.out.released)
	streams.Send(r.orders, r.out.completed)
	streams.Send(r.orders, r.out.cancelled)
	streams.SendLatest(r.orders, r.out.state)
	streams.Send(r.orders, r.out.command)
	streams.Send(r.orders, r.out.movement)
	streams.Send(r.orders, r.out.requested)
	streams.Send(r.orders, r.out.cancel)
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// timerExpire ends the wait for the submission of a cancelled order.
const timerExpire = "expire"

// handle gives an input to the machine.
func (r *Room) handle(ctx streams.Ctx, o *order.Record, in streams.Input) error {
	t := &turn{Room: r, ctx: ctx, id: ctx.Key(), o: o}
	switch in := in.(type) {
	case streams.Record[event.OrderSubmit]:
		t.submit(&in.Value)
	case streams.Record[event.OrderCancel]:
		t.reason = in.Value.Reason
		t.raise(order.Cancel, order.View{})
	case streams.Record[event.OrderAmend]:
		t.raise(order.Amend, order.View{})
	case streams.Record[event.InventoryAnswer]:
		t.answer(&in.Value)
	case streams.Record[event.FulfilmentStatusChanged]:
		t.status(&in.Value)
	case streams.Record[event.ShipmentConfirmed]:
		t.shipment(&in.Value)
	case streams.Record[event.InvoicePosted]:
		t.invoice(&in.Value)
	case streams.Record[event.OrderRegistered]:
		t.registered(&in.Value)
	case streams.Timer:
		t.raise(order.Expire, order.View{})
	}
	t.flush()
	return nil
}
