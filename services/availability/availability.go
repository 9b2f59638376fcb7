// Package availability answers "can I sell this?" from a projection of
// inventory.position. It promises nothing: only a reservation does.
//
// # What lives where
//
//   - Cache is the projection, as a contract with its tests in package cachetest.
//     Memory is one in this process and the feed of its changes, package diskcache
//     what it starts with the next time, package rediscache one that processes and
//     channels share.
//   - Kits are sold as one and shipped as their parts: what can be sold of them is
//     worked out from the rows of the parts at each read.
//   - View is what a channel is shown; Staleness what it wants when answers are old.
//   - Package availabilitystream keeps the caches equal to the topic, package
//     availabilityhttp is the HTTP edge.
//
// On failure the last known answer goes on being served, marked stale: when a
// shared cache is away, from the copy that each process has; when it was
// emptied, until it is full again, which happens by itself; when Kafka is away,
// as long as that takes, by each channel's policy; when a process starts, from
// its disk until the topic is read.
package availability

import (
	"context"
	"iter"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Row is what can be sold of an item. The zero Version is an item that was never
// heard of.
type Row struct {
	SKU     string
	Version int64 // of the item's position; rows only move forward
	AsOf    time.Time
	Source  Source
	Nodes   []NodeUnits
}

// NodeUnits is what a node could promise to all buyers together, in base units;
// below zero it lacks units for what it has promised.
type NodeUnits struct {
	Node      string
	Available int64             // but for what is set aside for backorders
	Pools     []event.PoolShare `json:",omitempty"` // of Available, what is kept for some
}

// Offer is what buyers of a class could be promised through a channel: the sum by
// which stock grants.
func (n *NodeUnits) Offer(channel, class string) int64 {
	return n.Available - event.KeptFromOthers(n.Pools, channel, class)
}

// Source is the record that a row was made from.
type Source struct {
	Topic     string
	Partition int32
	Offset    int64
}

// RowOf projects a position. Nothing can be sold of what is frozen.
func RowOf(p *event.InventoryPosition, from Source) Row {
	row := Row{SKU: p.Sku, Version: p.Version, AsOf: p.AsOf, Source: from, Nodes: make([]NodeUnits, len(p.Nodes))}
	for i, n := range p.Nodes {
		row.Nodes[i] = NodeUnits{Node: n.Node, Available: n.Available - n.Claimed, Pools: n.Pools}
		if p.Frozen {
			row.Nodes[i] = NodeUnits{Node: n.Node, Available: min(0, n.Available-n.Claimed)}
		}
	}
	return row
}

// Cache keeps the newest row of each item. It is safe for concurrent use.
type Cache interface {
	// Put stores rows; one that is not newer than the stored one changes nothing.
	// It reports whether the cache is whole.
	Put(ctx context.Context, rows ...Row) (whole bool, err error)
	// Get returns a row for each sku, in their order, and reports whether the
	// cache is whole: has been filled, and has lost nothing since. The rows are
	// shared and must not be changed.
	Get(ctx context.Context, skus ...string) (rows []Row, whole bool, err error)
	// Fill puts all rows there are; then the cache is whole.
	Fill(ctx context.Context, rows iter.Seq[Row]) error
}
