// Package partystream keeps a copy of the topic party.v1 in memory, and of each
// party no more than what the topic holds now: an erased one is gone with its
// tombstone.
package partystream

import (
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// Name is the application id of the topology and the name of its target.
const Name = "party"

// Room is the copy. It has personal data, so it runs in a target of its own.
type Room struct {
	Topology *streams.Topology
	parties  *streams.Table[event.Party]
}

// New makes the room.
func New(schemas *codec.Schemas) *Room {
	t := streams.NewTopology(Name)
	parties := streams.Topic[event.Party]{Name: topic.Party.Name, Value: codec.Of[event.Party](schemas, topic.Party)}
	return &Room{Topology: t, parties: streams.NewTable(t, parties)}
}

// Party looks a party up.
func (r *Room) Party(id string) (event.Party, bool) { return r.parties.Get(id) }

// Ready says whether the copy has reached the topic's end once.
func (r *Room) Ready() bool {
	select {
	case <-r.parties.Ready():
		return true
	default:
		return false
	}
}
