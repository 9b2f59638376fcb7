package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Endpoint is somebody who is told what can be sold through a channel.
type Endpoint struct {
	// ID is the partner's.
	ID, Channel string
	// Nodes are those that ship for the channel; nil are all.
	Nodes []string
}

// telling is the book of an endpoint and an item: the newest message, and what the
// newest position would have the endpoint told.
type telling struct {
	Asked
	Seq     int64
	ID      string
	SHA256  string
	Version int64
	Says    string
	// State is that of the message, Answered is where it was answered.
	State    string
	Answered Place
	// Sells is what can be sold as of the position at Sold, in the words of Says;
	// empty while no position was read.
	Sells string
	Sold  Asked
}

// Asked is where and when something was written.
type Asked struct {
	Place
	At time.Time
}

const (
	stateAsked   = "asked"
	stateTaken   = "taken"
	stateRefused = "refused"
)

// telling returns the book of a key made by tellingKey.
func (a *Auditor) telling(key string) *telling {
	a.touch(rowTelling + key)
	t := a.tellings[key]
	if t == nil {
		t = new(telling)
		a.tellings[key] = t
	}
	return t
}

func tellingKey(endpoint, sku string) string { return endpoint + sep + sku }

// about is the key of a book as people read it.
func about(key string) string {
	endpoint, sku := cut(key)
	return endpoint + " about " + sku
}

// endpoint returns an endpoint that is owed messages, nil for another.
func (a *Auditor) endpoint(id string) *Endpoint {
	for i := range a.config.Endpoints {
		if a.config.Endpoints[i].ID == id {
			return &a.config.Endpoints[i]
		}
	}
	return nil
}

// sells says what can be sold of a position to buyers of no class through the channel,
// a node after the other: what is available and not set aside, less what pools keep
// for others. Of what is frozen nothing can.
func (e *Endpoint) sells(position row) string {
	var all []string
	for _, n := range position.rows("nodes") {
		if e.Nodes != nil && !slices.Contains(e.Nodes, n.text("node")) {
			continue
		}
		units := n.number("available") - n.number("claimed")
		switch {
		case position.flag("frozen"):
			units = min(0, units)
		default:
			units -= keptFrom(n.rows("pools"), e.Channel)
		}
		all = append(all, at(n.text("node"), units))
	}
	return joined(all)
}

// keptFrom is what pools keep from buyers of no class through a channel.
func keptFrom(pools []row, channel string) (sum int64) {
	for _, p := range pools {
		channels, classes := p.texts("channels"), p.texts("classes")
		if len(channels) > 0 && !slices.Contains(channels, channel) || len(classes) > 0 {
			sum += p.number("units")
		}
	}
	return sum
}

// says is what a message says of each location.
func says(message row) string {
	var all []string
	for _, l := range message.rows("locations") {
		all = append(all, at(l.text("location"), l.number("available")))
	}
	return joined(all)
}

func at(node string, units int64) string { return fmt.Sprintf("%d at %s", units, node) }

func joined(all []string) string {
	if len(all) == 0 {
		return "nothing anywhere"
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
