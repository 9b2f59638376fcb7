package availability

import (
	"fmt"
	"slices"
	"time"
)

// What is shown to a channel when availability may be older than it accepts.
const (
	// StaleServe shows the last known answer.
	StaleServe = "serve"
	// StaleReduce shows a part of it, since others may have sold meanwhile.
	StaleReduce = "reduce"
	// StaleRefuse shows nothing.
	StaleRefuse = "refuse"
)

// Staleness is what a channel accepts.
type Staleness struct {
	// After is how old an answer may be; 0 is DefaultStaleAfter.
	After time.Duration
	// Policy is serve, reduce or refuse; "" is serve.
	Policy string
	// Percent of the units is shown while the policy is to reduce.
	Percent int64
}

// DefaultStaleAfter is how old an answer may be unless a channel says.
const DefaultStaleAfter = 30 * time.Second

// Check finds what is wrong with a channel's wishes.
func (s Staleness) Check() error {
	switch {
	case s.After < 0:
		return fmt.Errorf("stale after %s: it cannot be below zero", s.After)
	case !slices.Contains([]string{"", StaleServe, StaleReduce, StaleRefuse}, s.Policy):
		return fmt.Errorf("when stale, a channel wants %s, %s or %s, not %q", StaleServe, StaleReduce, StaleRefuse, s.Policy)
	case s.Percent < 0 || s.Percent > 100:
		return fmt.Errorf("%d percent of the units cannot be shown", s.Percent)
	}
	return nil
}

// Old says whether an answer of an age is stale.
func (s Staleness) Old(age time.Duration) bool {
	if s.After == 0 {
		return age > DefaultStaleAfter
	}
	return age > s.After
}

// View is what somebody is shown of rows. The zero View shows all.
type View struct {
	// Locations are the nodes that count; nil counts all.
	Locations []string
	// Reduced shows Percent of a node's units, rounded down.
	Reduced bool
	Percent int64
	// Bought says that what pools keep for others than buyers of Class through
	// Channel does not count.
	Bought         bool
	Channel, Class string
}

// Shows says whether a node counts.
func (v View) Shows(node string) bool {
	return v.Locations == nil || slices.Contains(v.Locations, node)
}

// Offered is what of a node's units the asker could be promised.
func (v View) Offered(n *NodeUnits) int64 {
	if !v.Bought {
		return n.Available
	}
	return n.Offer(v.Channel, v.Class)
}

// Units is what is shown of a node's units; what it lacks is shown whole.
func (v View) Units(n *NodeUnits) int64 {
	available := v.Offered(n)
	if !v.Reduced || available <= 0 {
		return available
	}
	return available/100*v.Percent + available%100*v.Percent/100
}

// Total is the sum over the nodes that count; one that lacks units takes nothing
// from what others have.
func (v View) Total(row Row) (sum int64) {
	for i := range row.Nodes {
		if n := &row.Nodes[i]; v.Shows(n.Node) {
			sum += max(0, v.Units(n))
		}
	}
	return sum
}
