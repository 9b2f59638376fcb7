// Package target is the wiring table: which target runs which room, what each
// room is made of, and which routes it serves. `millrace dev` and `millrace run`
// differ only in what they pass in.
package target

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/services/fulfilment/fulfilmentstream"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/services/stock/stockhttp"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams"
)

// Config is what an installation decides about the rooms.
type Config struct {
	// Nodes ship orders, in the order in which they are tried.
	Nodes []string
	// ChannelNodes are the nodes of channels that do not use all.
	ChannelNodes map[string][]string
	// Words are the partners' status tables, by partner.
	Words map[string]fulfilment.Table
}

// Room is a part that a process can run.
type Room struct {
	Name     string
	Topology *streams.Topology
	// Routes adds the room's HTTP edge; nil when it has none.
	Routes func(mux *http.ServeMux, rows streams.Committed)
}

// table makes each room by its target's name.
var table = []struct {
	name string
	make func(Config, *codec.Schemas) (Room, error)
}{
	{"order", newOrder},
	{"stock", newStock},
	{"fulfilment", newFulfilment},
	{"settlement", newSettlement},
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
	room, err := orderstream.New(orderstream.Config{Nodes: config.Nodes, ChannelNodes: config.ChannelNodes}, schemas)
	if err != nil {
		return Room{}, err
	}
	return Room{Name: "order", Topology: room.Topology}, nil
}

func newStock(_ Config, schemas *codec.Schemas) (Room, error) {
	room := stockstream.New(stockstream.Config{}, schemas)
	return Room{Name: "stock", Topology: room.Topology, Routes: func(mux *http.ServeMux, rows streams.Committed) {
		stockhttp.New(room, rows).Routes(mux)
	}}, nil
}

func newFulfilment(config Config, schemas *codec.Schemas) (Room, error) {
	room, err := fulfilmentstream.New(fulfilmentstream.Config{Tables: config.Words}, schemas)
	if err != nil {
		return Room{}, err
	}
	return Room{Name: "fulfilment", Topology: room.Topology}, nil
}

func newSettlement(_ Config, schemas *codec.Schemas) (Room, error) {
	return Room{Name: "settlement", Topology: settlementstream.New(schemas).Topology}, nil
}
