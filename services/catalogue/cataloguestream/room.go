// Package cataloguestream joins the catalogue of package catalogue to topics: an
// entity a row reads catalog.submit and catalog.resolve, writes catalog.judged
// and the row's own topic, the latest only. Products, prices, customers and
// cross-references are also tables, of which every process holds a whole copy to answer from.
//
// The entity of a cross-reference also keeps the orders that wait for it
// (crossref.wanted), published or not, and tells each what its number means
// (crossref.found): since one writer knows both, no order is forgotten between them.
package cataloguestream

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/streams"
)

// Name is the application id of the topology and the name of its target.
const Name = "catalog"

// Room is the catalogue's topology and the way to read what it keeps.
type Room struct {
	Topology *streams.Topology

	rows   *streams.Entity[event.CatalogRow]
	judged streams.Topic[event.CatalogJudged]
	kinds  map[event.CatalogKind]kind

	products  *streams.Table[event.ProductPublished]
	prices    *streams.Table[event.PricePublished]
	customers *streams.Table[event.CustomerPublished]
	crossrefs *streams.Table[event.CrossrefPublished]

	wanting   *streams.Children[event.CatalogWanting]
	published streams.Codec[event.CrossrefPublished]
	found     streams.Topic[event.CrossrefFound]
	alert     streams.Topic[event.AlertRaised]
}

// kind is what the room does with rows of one type.
type kind interface {
	catalogue.Kind
	// send publishes a row.
	send(ctx streams.Ctx, key string, d *catalogue.Decision) error
}

// New makes the room. schemas must know the ids of all topics and states before
// the topology runs.
func New(schemas *codec.Schemas) *Room {
	r := &Room{Topology: streams.NewTopology(Name), judged: typed[event.CatalogJudged](schemas, topic.CatalogJudged)}
	r.rows = streams.NewEntity(r.Topology, "row", codec.State[event.CatalogRow](schemas, "catalog_row"), r.handle)
	streams.Receive(r.rows, typed[event.CatalogSubmit](schemas, topic.CatalogSubmit))
	streams.Receive(r.rows, typed[event.CatalogResolve](schemas, topic.CatalogResolve))
	streams.Send(r.rows, r.judged)
	r.wire(schemas)
	r.kinds = map[event.CatalogKind]kind{
		event.CatalogKindProduct:  newKind(r, typed[event.ProductPublished](schemas, topic.ProductPublished), catalogue.CheckProduct),
		event.CatalogKindPrice:    newKind(r, typed[event.PricePublished](schemas, topic.PricePublished), catalogue.CheckPrice),
		event.CatalogKindCustomer: newKind(r, typed[event.CustomerPublished](schemas, topic.CustomerPublished), catalogue.CheckCustomer),
		event.CatalogKindNode:     newKind(r, typed[event.NodePublished](schemas, topic.NodePublished), catalogue.CheckNode),
		event.CatalogKindLane:     newKind(r, typed[event.LanePublished](schemas, topic.LanePublished), catalogue.CheckLane),
		event.CatalogKindCrossref: newKind(r, typed[event.CrossrefPublished](schemas, topic.CrossrefPublished), catalogue.CheckCrossref),
	}
	r.products = streams.NewTable(r.Topology, typed[event.ProductPublished](schemas, topic.ProductPublished))
	r.prices = streams.NewTable(r.Topology, typed[event.PricePublished](schemas, topic.PricePublished))
	r.customers = streams.NewTable(r.Topology, typed[event.CustomerPublished](schemas, topic.CustomerPublished))
	r.crossrefs = streams.NewTable(r.Topology, typed[event.CrossrefPublished](schemas, topic.CrossrefPublished))
	return r
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// Key is the key of a row's entity.
func Key(kind event.CatalogKind, rowKey string) string { return string(kind) + "/" + rowKey }

func (r *Room) handle(ctx streams.Ctx, row *event.CatalogRow, in streams.Input) error {
	if ok, err := r.wants(ctx, row, in); ok {
		return err
	}
	var of event.CatalogKind
	var key string
	var d catalogue.Decision
	switch in := in.(type) {
	case streams.Record[event.CatalogSubmit]:
		of, key = in.Value.Kind, in.Value.RowKey
		if err := r.check(ctx, of, key); err != nil {
			return err
		}
		d = catalogue.Submit(row, &in.Value, r.kinds[of], ctx.Now())
	case streams.Record[event.CatalogResolve]:
		of, key = in.Value.Kind, in.Value.RowKey
		if err := r.check(ctx, of, key); err != nil {
			return err
		}
		d = catalogue.Resolve(row, &in.Value, r.kinds[of], ctx.Now())
	default:
		return fmt.Errorf("input %T is not known", in)
	}
	if d.Publish != nil {
		if err := r.kinds[of].send(ctx, key, &d); err != nil {
			return err
		}
	}
	for i := range d.Judged {
		r.judged.Send(ctx, ctx.Key(), &d.Judged[i])
	}
	return r.look(ctx, row)
}

// check wants an input to be of the entity that gets it.
func (r *Room) check(ctx streams.Ctx, of event.CatalogKind, key string) error {
	if r.kinds[of] == nil {
		return fmt.Errorf("there are no rows of kind %q", of)
	}
	if want := Key(of, key); ctx.Key() != want {
		return fmt.Errorf("the record's key is %q, its row belongs to %q", ctx.Key(), want)
	}
	return nil
}

// rowsOf are the rows of one type.
type rowsOf[V any] struct {
	topic streams.Topic[V]
	check func(key string, before, after *V) catalogue.Findings
}

func newKind[V any](r *Room, topic streams.Topic[V], check func(key string, before, after *V) catalogue.Findings) kind {
	streams.SendLatest(r.rows, topic)
	return rowsOf[V]{topic, check}
}

// Compare implements catalogue.Kind.
func (k rowsOf[V]) Compare(key string, published, submitted []byte) (findings []catalogue.Finding, changed []string) {
	after := new(V)
	if err := k.topic.Value.Decode(submitted, after); err != nil {
		return []catalogue.Finding{{Code: catalogue.Unreadable, Detail: err.Error(), Fatal: true}}, nil
	}
	if len(published) == 0 {
		return k.check(key, nil, after), nil
	}
	before := new(V)
	if err := k.topic.Value.Decode(published, before); err != nil {
		return []catalogue.Finding{{Code: catalogue.Unreadable, Detail: "The published row cannot be read: " + err.Error(), Fatal: true}}, nil
	}
	return k.check(key, before, after), catalogue.Diff(before, after)
}

func (k rowsOf[V]) send(ctx streams.Ctx, key string, d *catalogue.Decision) error {
	row := new(V)
	if err := k.topic.Value.Decode(d.Publish, row); err != nil {
		return fmt.Errorf("publishing %s: %w", ctx.Key(), err)
	}
	catalogue.Stamp(row, d.Version, d.Changed, ctx.Now().UTC().Truncate(time.Microsecond))
	k.topic.Send(ctx, key, row)
	return nil
}
