// Package nodestream is the topology "nodes": it carries requests to the places
// that ship and brings back what they say.
//
//   - release (key order id): fulfilment.requested, purchase.requested and
//     fulfilment.cancel become documents to the node; what a node refuses is reported
//     in its word.
//   - feed (key node): reads the node's events without end; they become
//     fulfilment.reported, purchase.accepted and inventory.movement.
//   - count (key node): asks suppliers again and again what they have free, which
//     becomes a baseline of their node.
//   - inbound (key sku): inventory.supply and corrections that a file stated are
//     announced to the node, so that its books know them.
//
// Requests to nodes that are not configured here belong to somebody else's
// connector and are passed over. All documents are on record in
// partner.outbound and partner.inbound. A node that is down keeps its work
// waiting in order; nothing is lost and nothing is done twice.
package nodestream

import (
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// Node is a configured node and the vendor that speaks to it.
type Node struct {
	Partner partner.Config // with its Node
	Vendor  connector.Node
	Wait    time.Duration // longest wait of the node for its next event; default 2 s
}

// Room is the topology and what can be looked up in it.
type Room struct {
	Topology *streams.Topology
	// Feeds tells how far each node's feed was read, by node.
	Feeds *streams.Entity[event.NodeFeedRecord]

	nodes    map[string]*wired
	products *streams.Table[event.ProductPublished]

	reported  streams.Topic[event.FulfilmentReported]
	movements streams.Topic[event.InventoryMovement]
	decisions streams.Topic[event.PurchaseAccepted]
	baselines streams.Topic[event.InventoryBaseline]
	manifests streams.Topic[event.InventoryBaselineBatch]
	alerts    streams.Topic[event.AlertRaised]
	outbound  streams.Topic[event.PartnerOutbound]
	inbound   streams.Topic[event.PartnerInbound]
}

// wired is a node with its destinations: one for documents, one for its feed, so
// that a long wait for events never holds up a release, and of a supplier one for its
// counts.
type wired struct {
	Node
	id       string
	supplier connector.Supplier // nil when the node is none
	calls    streams.Destination[connector.Document, connector.Reply]
	feed     streams.Destination[connector.Document, connector.Reply]
	counts   streams.Destination[connector.Document, connector.Reply]
}

// New declares the topology for some nodes.
func New(schemas *codec.Schemas, nodes ...Node) *Room {
	r := &Room{
		Topology: streams.NewTopology("nodes"), nodes: make(map[string]*wired),
		reported:  of[event.FulfilmentReported](schemas, topic.FulfilmentReported),
		movements: of[event.InventoryMovement](schemas, topic.InventoryMovement),
		decisions: of[event.PurchaseAccepted](schemas, topic.PurchaseAccepted),
		baselines: of[event.InventoryBaseline](schemas, topic.InventoryBaseline),
		manifests: of[event.InventoryBaselineBatch](schemas, topic.InventoryBaselineBatch),
		alerts:    of[event.AlertRaised](schemas, topic.AlertRaised),
		outbound:  of[event.PartnerOutbound](schemas, topic.PartnerOutbound),
		inbound:   of[event.PartnerInbound](schemas, topic.PartnerInbound),
	}
	r.products = streams.NewTable(r.Topology, of[event.ProductPublished](schemas, topic.ProductPublished))
	var seeds []streams.EntityOption[event.NodeFeedRecord]
	var counted []streams.EntityOption[event.NodeCountRecord]
	for _, n := range nodes {
		id := n.Partner.Node.ID
		client := connector.NewClient(n.Partner)
		w := &wired{Node: n, id: id, calls: client.Destination(id), feed: client.Destination(id + ".events")}
		w.feed.Concurrent = 1
		r.nodes[id] = w
		seeds = append(seeds, streams.WithSeed[event.NodeFeedRecord](id, pollTimer))
		if w.supplier, _ = n.Vendor.(connector.Supplier); w.supplier != nil {
			w.counts = client.Destination(id + ".counts")
			counted = append(counted, streams.WithSeed[event.NodeCountRecord](id, countTimer))
		}
	}
	releases := streams.NewEntity(r.Topology, "release", codec.State[event.NodeReleaseRecord](schemas, "node_release"), r.release)
	items := streams.NewEntity(r.Topology, "inbound", codec.State[event.NodeItemRecord](schemas, "node_item"), r.announce)
	r.Feeds = streams.NewEntity(r.Topology, "feed", codec.State[event.NodeFeedRecord](schemas, "node_feed"), r.read, seeds...)
	counts := streams.NewEntity(r.Topology, "count", codec.State[event.NodeCountRecord](schemas, "node_count"), r.count, counted...)
	for _, n := range nodes {
		w := r.nodes[n.Partner.Node.ID]
		if w.supplier != nil {
			streams.Calls(counts, w.counts)
		}
		streams.Calls(releases, w.calls)
		streams.Calls(items, w.calls)
		streams.Calls(r.Feeds, w.feed)
	}
	connector.TellSettled(releases, schemas)
	connector.TellSettled(items, schemas)
	connector.TellSettled(r.Feeds, schemas)
	connector.TellSettled(counts, schemas)
	streams.Receive(releases, of[event.FulfilmentRequested](schemas, topic.FulfilmentRequested))
	streams.Receive(releases, of[event.FulfilmentCancel](schemas, topic.FulfilmentCancel))
	streams.Receive(releases, of[event.PurchaseRequested](schemas, topic.PurchaseRequested))
	streams.Receive(items, of[event.InventorySupply](schemas, topic.InventorySupply))
	streams.Receive(items, streams.Topic[event.InventoryMovement]{Name: r.movements.Name, Value: connector.Containing(r.movements.Value, fromFile, fromReturns)})
	streams.Send(releases, r.reported)
	streams.Send(releases, r.outbound)
	streams.Send(items, r.outbound)
	streams.Send(r.Feeds, r.reported)
	streams.Send(r.Feeds, r.movements)
	streams.Send(r.Feeds, r.inbound)
	streams.Send(r.Feeds, r.decisions)
	streams.Send(counts, r.baselines)
	streams.Send(counts, r.manifests)
	streams.Send(counts, r.alerts)
	streams.Send(counts, r.inbound)
	return r
}

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// cases looks up how many units of an item make a case.
func (r *Room) cases(sku string) int64 {
	if p, ok := r.products.Get(sku); ok && p.UnitsPerCase > 0 {
		return p.UnitsPerCase
	}
	return 1
}

// ask sends a document to a node and puts it on record, made because of id.
func (r *Room) ask(ctx streams.Ctx, w *wired, d connector.Document, id string) {
	w.calls.Ask(ctx, effectName{d.Kind, w.id, id}.String(), d)
	key, record := connector.Outbound(w.Partner.ID, d, ctx.Now(), id)
	r.outbound.Send(ctx, key, record)
}
