package sim

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/millrace/millrace/streams/sim/internal/wire"
)

// network knows the links of all lives, so that the brokers' end of it can go
// away under all of them at once.
type network struct {
	virtual kfake.VirtualNetwork
	calm    time.Duration

	mu    sync.Mutex
	links []*wire.Link
	down  bool
}

// life makes the network of one life of a process.
func (n *network) life() *wire.Link {
	l := n.link()
	l.Calm = n.calm
	return l
}

// link makes a network that only the brokers' end cuts.
func (n *network) link() *wire.Link {
	l := wire.New(n.virtual.DialContext)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		l.Cut()
	}
	n.links = append(n.links, l)
	return l
}

// cut takes the brokers from everybody, in the middle of whatever they answer.
func (n *network) cut() {
	n.mu.Lock()
	n.down = true
	links := n.links
	n.mu.Unlock()
	for _, l := range links {
		l.Cut()
	}
}

// mend gives them back.
func (n *network) mend() {
	n.mu.Lock()
	n.down = false
	links := n.links
	n.mu.Unlock()
	for _, l := range links {
		l.Mend()
	}
}
