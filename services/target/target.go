// Package target is the wiring table: which target runs which room, what each
// room is made of, and which routes it serves. `millrace dev` and `millrace run`
// differ only in what they pass in.
package target

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/audit/auditstream"
	"github.com/millrace/millrace/services/audit/canary"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilityhook"
	"github.com/millrace/millrace/services/availability/availabilityhttp"
	"github.com/millrace/millrace/services/availability/availabilitystream"
	"github.com/millrace/millrace/services/availability/diskcache"
	"github.com/millrace/millrace/services/availability/rediscache"
	"github.com/millrace/millrace/services/catalogue/cataloguehttp"
	"github.com/millrace/millrace/services/catalogue/cataloguestream"
	"github.com/millrace/millrace/services/credit/creditstream"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/services/fulfilment/fulfilmenthttp"
	"github.com/millrace/millrace/services/fulfilment/fulfilmentstream"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/services/party/partyhttp"
	"github.com/millrace/millrace/services/party/partystream"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/returns/returnshttp"
	"github.com/millrace/millrace/services/returns/returnsstream"
	"github.com/millrace/millrace/services/settlement/settlementhttp"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/stock/stockhttp"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams"
)

// Config is what an installation decides about the rooms.
type Config struct {
	// Nodes ship orders, in the order in which they are tried.
	Nodes []string
	// Channels may post orders; their orders are shipped by their own nodes.
	Channels []gateway.Channel
	// Words are the partners' status tables, by partner.
	Words map[string]fulfilment.Table
	// Carriers say where parcels are.
	Carriers []fulfilmenthttp.Carrier
	// Rules choose the nodes of orders, Shadow rules decide beside them without
	// effect; nil is the default rules, and no shadow.
	Rules, Shadow func() *sourcing.Rules
	// QuoteKey signs the quotes of promises; all processes have the same.
	QuoteKey []byte
	// Stock are the rules of the stock room.
	Stock stock.Rules
	// Webhooks are told what channels can sell.
	Webhooks availabilityhook.Config
	// Returns says which returns are taken; without a window it is that of every
	// installation.
	Returns returns.Policy
	// Redis is the address of the shared availability cache, host:port; none
	// keeps availability in memory.
	Redis string
	// Dir is the folder of what rooms keep beside their topologies; none keeps
	// nothing.
	Dir string
	// Ends asks Kafka for the next offset of each partition of a topic; nil asks
	// nobody, and no copy is ever known to be behind.
	Ends func(ctx context.Context, topic string) (map[int32]int64, error)
	Log  zerolog.Logger
	// Audited is the log that the auditor reads, Write how it writes violations.
	Audited auditstream.Log
	Write   gateway.Writer
	// Freeze are the invariants whose violations freeze what they are about.
	Freeze []audit.Invariant
	// Canary says which orders the auditor has go the whole way; nil has none.
	Canary *canary.Config
}

// Runtime is what edges ask of the process: committed rows, and when a command
// they wrote was handled. A streams.App is one.
type Runtime = orderhttp.Runtime

// Serving is what edges are made of once the process is there.
type Serving struct {
	Runtime Runtime
	Write   gateway.Writer
	// Together writes several records in one transaction.
	Together gateway.Together
	Schemas  *codec.Schemas
}

// Room is a part that a process can run.
type Room struct {
	Name string
	// Topology is nil for a room that only reads.
	Topology *streams.Topology
	// Metrics are the room's own; nil when it has none.
	Metrics prometheus.Collector
	// Routes adds the room's HTTP edge; nil when it has none.
	Routes func(mux *http.ServeMux, with Serving)
	// Express are reads of the edge that are answered before its routes.
	Express []httpd.Express
	// Run is what the room does beside its topology until ctx ends; nil when
	// there is nothing. It calls ready when it serves.
	Run func(ctx context.Context, ready func()) error
	// Check says why the room cannot serve just now; nil when it always can.
	Check func(context.Context) error
	// Close releases what the room holds; nil when that is nothing.
	Close func() error
}

// table makes each room by its target's name.
var table = []struct {
	name string
	make func(Config, *codec.Schemas) (Room, error)
}{
	{"order", newOrder},
	{"stock", newStock},
	{"availability", newAvailability},
	{availabilityhook.Name, newWebhooks},
	{"catalog", newCatalog},
	{"party", newParty},
	{"fulfilment", newFulfilment},
	{"settlement", newSettlement},
	{"credit", newCredit},
	{"returns", newReturns},
	{"audit", newAudit},
}

// Names lists the targets in the order of an order's way.
func Names() []string {
	names := make([]string, len(table))
	for i, t := range table {
		names[i] = t.name
	}
	return names
}

// Rooms makes the rooms of the named targets.
func Rooms(names []string, config Config, schemas *codec.Schemas) ([]Room, error) {
	for _, name := range names {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("there is no target %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	var rooms []Room
	for _, t := range table {
		if !slices.Contains(names, t.name) {
			continue
		}
		room, err := t.make(config, schemas)
		if err != nil {
			return nil, fmt.Errorf("making room %s: %w", t.name, err)
		}
		rooms = append(rooms, room)
	}
	return rooms, nil
}

func newOrder(config Config, schemas *codec.Schemas) (Room, error) {
	channels, err := gateway.NewChannels(config.Channels...)
	if err != nil {
		return Room{}, err
	}
	own := orderstream.Config{
		Nodes: config.Nodes, ChannelNodes: make(map[string][]string), Patience: make(map[string]time.Duration), MinShelfLife: make(map[string]int64),
		Redress: make(map[string]order.Redress), Rules: config.Rules, Shadow: config.Shadow,
	}
	for id, c := range channels {
		own.ChannelNodes[id], own.Patience[id], own.MinShelfLife[id], own.Redress[id] = c.Nodes, c.Patience, c.MinShelfLife, order.Redress(c.Lost)
	}
	room, err := orderstream.New(own, schemas)
	if err != nil {
		return Room{}, err
	}
	return Room{Name: "order", Topology: room.Topology, Routes: func(mux *http.ServeMux, with Serving) {
		orderhttp.New(orderhttp.Config{
			Room: room, Runtime: with.Runtime, Write: with.Write, Together: with.Together, Channels: channels, Schemas: with.Schemas, Now: time.Now, QuoteKey: config.QuoteKey,
		}).Routes(mux)
	}}, nil
}

func newStock(config Config, schemas *codec.Schemas) (Room, error) {
	room := stockstream.New(stockstream.Config{Rules: config.Stock}, schemas)
	return Room{Name: "stock", Topology: room.Topology, Routes: func(mux *http.ServeMux, with Serving) {
		stockhttp.New(stockhttp.Config{Room: room, Rows: with.Runtime, Write: with.Write, Schemas: with.Schemas, Now: time.Now}).Routes(mux)
	}}, nil
}

func newAvailability(config Config, schemas *codec.Schemas) (Room, error) {
	channels, err := gateway.NewChannels(config.Channels...)
	if err != nil {
		return Room{}, err
	}
	own := availabilitystream.Config{Log: config.Log, Write: config.Write, Channels: make(map[string]availability.Staleness)}
	for id, c := range channels {
		own.Channels[id] = availabilityhttp.StalenessOf(c)
	}
	release := func() error { return nil }
	if config.Redis != "" {
		shared := rediscache.New(rediscache.Config{Addr: config.Redis})
		own.Shared, release = shared, shared.Close
	}
	if config.Dir != "" {
		own.Disk = func() (availabilitystream.Disk, error) {
			return diskcache.Open(filepath.Join(config.Dir, availabilitystream.Name), config.Log)
		}
	}
	if config.Ends != nil {
		own.Ends = func(ctx context.Context) (map[int32]int64, error) {
			return config.Ends(ctx, topic.InventoryPosition.Name)
		}
	}
	room := availabilitystream.New(own, schemas)
	edge, err := availabilityhttp.New(room, channels)
	if err != nil {
		return Room{}, errors.Join(err, release())
	}
	return Room{
		Name: "availability", Topology: room.Topology, Run: room.Run, Close: release,
		Routes: func(mux *http.ServeMux, _ Serving) { edge.Routes(mux) }, Express: []httpd.Express{edge.Express()},
	}, nil
}

// newWebhooks makes a room that does nothing when there is nobody to tell.
func newWebhooks(config Config, schemas *codec.Schemas) (Room, error) {
	room := Room{Name: availabilityhook.Name}
	if len(config.Webhooks.Endpoints) > 0 || len(config.Webhooks.Retired) > 0 {
		room.Topology = availabilityhook.New(config.Webhooks, schemas).Topology
	}
	return room, nil
}

func newCatalog(_ Config, schemas *codec.Schemas) (Room, error) {
	room := cataloguestream.New(schemas)
	return Room{Name: "catalog", Topology: room.Topology, Routes: func(mux *http.ServeMux, with Serving) {
		cataloguehttp.New(cataloguehttp.Config{Room: room, Rows: with.Runtime, Write: with.Write, Schemas: with.Schemas, Now: time.Now}).Routes(mux)
	}}, nil
}

func newParty(_ Config, schemas *codec.Schemas) (Room, error) {
	room := partystream.New(schemas)
	return Room{Name: "party", Topology: room.Topology, Routes: func(mux *http.ServeMux, with Serving) {
		partyhttp.New(partyhttp.Config{Room: room, Write: with.Write, Schemas: with.Schemas, Now: time.Now}).Routes(mux)
	}}, nil
}

func newFulfilment(config Config, schemas *codec.Schemas) (Room, error) {
	room, err := fulfilmentstream.New(fulfilmentstream.Config{Tables: config.Words}, schemas)
	if err != nil {
		return Room{}, err
	}
	return Room{Name: "fulfilment", Topology: room.Topology, Routes: func(mux *http.ServeMux, with Serving) {
		fulfilmenthttp.New(fulfilmenthttp.Config{Carriers: config.Carriers, Together: with.Together, Schemas: with.Schemas, Now: time.Now}).Routes(mux)
	}}, nil
}

func newSettlement(_ Config, schemas *codec.Schemas) (Room, error) {
	room := settlementstream.New(schemas)
	return Room{Name: "settlement", Topology: room.Topology, Routes: func(mux *http.ServeMux, with Serving) {
		settlementhttp.New(settlementhttp.Config{Room: room, Rows: with.Runtime}).Routes(mux)
	}}, nil
}

func newCredit(_ Config, schemas *codec.Schemas) (Room, error) {
	return Room{Name: "credit", Topology: creditstream.New(schemas).Topology}, nil
}

func newReturns(config Config, schemas *codec.Schemas) (Room, error) {
	policy := config.Returns
	if policy.Window == 0 {
		policy = returns.Usual
	}
	room := returnsstream.New(policy, schemas)
	return Room{Name: "returns", Topology: room.Topology, Routes: func(mux *http.ServeMux, with Serving) {
		returnshttp.New(returnshttp.Config{Room: room, Runtime: with.Runtime, Write: with.Write, Schemas: with.Schemas, Now: time.Now}).Routes(mux)
	}}, nil
}

func newAudit(config Config, schemas *codec.Schemas) (Room, error) {
	own, release := auditstream.Config{
		Log: config.Audited, Schemas: schemas, Write: config.Write, Dir: filepath.Join(config.Dir, auditstream.Name),
		IssueByMovement: config.Stock.IssueByMovement, Endpoints: Endpoints(config.Webhooks), Freeze: config.Freeze, Canary: config.Canary, Logger: config.Log,
	}, func() error { return nil }
	if config.Redis != "" {
		shared := rediscache.New(rediscache.Config{Addr: config.Redis})
		own.Cache, release = versions(shared), shared.Close
	}
	room := auditstream.New(own)
	return Room{
		Name: auditstream.Name, Metrics: room, Run: room.Run, Check: room.Check, Close: release, Routes: func(mux *http.ServeMux, _ Serving) { room.Routes(mux) },
	}, nil
}

// Endpoints are who is owed messages, as the auditor knows them.
func Endpoints(webhooks availabilityhook.Config) []audit.Endpoint {
	var all []audit.Endpoint
	for _, e := range webhooks.Endpoints {
		all = append(all, audit.Endpoint{ID: e.ID, Channel: e.Channel, Nodes: e.View.Locations})
	}
	return all
}

// versions asks a cache for the versions of items alone.
func versions(cache availability.Cache) func(ctx context.Context, skus ...string) ([]int64, bool, error) {
	return func(ctx context.Context, skus ...string) ([]int64, bool, error) {
		rows, whole, err := cache.Get(ctx, skus...)
		all := make([]int64, len(rows))
		for n := range rows {
			all[n] = rows[n].Version
		}
		return all, whole, err
	}
}
