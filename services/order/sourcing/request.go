package sourcing

import (
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/calendar"
	"github.com/millrace/millrace/services/order/capacity"
)

// Request is what is to be shipped, and everything that is known when it is
// decided from where.
type Request struct {
	Channel  string
	Company  string         // legal entity that sells, empty for the only one
	Class    string         // class of the customer, such as wholesale; empty for none
	ShipTo   event.PartyRef // country, region and postal area are read
	Service  string         // level of service that was sold, empty for any
	NeededBy time.Time      // day by which it must arrive; zero for none
	Whole    bool           // all units leave, or none
	At       time.Time      // the moment of the decision
	Needs    []Need
	Sites    []Site
	Lanes    []event.LanePublished
	Used     []Used // parcels that the order has already
}

// Need is what the order lacks of one item.
type Need struct {
	Product  event.ProductPublished // weight and classes are read; only the sku must be given
	Qty      int64                  // base units
	Amount   int64                  // value of these units, minor units of the order's currency
	Group    string                 // needs of one group leave one node together; empty for none
	Stock    []event.NodeQty        // what each node could give
	Version  int64                  // of the position that says so, 0 when unknown
	Excluded []string               // nodes not to be asked for this item
}

// Site is a node with what changes from hour to hour.
type Site struct {
	event.NodePublished
	// Leaves is when an order released now would leave, in the node's zone; zero
	// when the node does not work within its calendar.
	Leaves time.Time
	// Taken is what it is to release that day already; read when its capacity is
	// bounded.
	Taken event.DayLoad
	// Excluded says why the node is not to be asked at all, empty when it may be.
	Excluded string
}

// limit is what it can release in a day.
func (s *Site) limit() capacity.Limit { return capacity.LimitOf(&s.NodePublished) }

// Full says whether nothing more can leave with what leaves next.
func (s *Site) Full() bool { return !s.limit().Fits(s.Taken, 1) }

// full tells how full the day is.
func (s *Site) full() string {
	var bounds []string
	if n := s.Capacity; n > 0 {
		bounds = append(bounds, fmt.Sprintf("%d of %d orders", s.Taken.Orders, n))
	}
	if n := s.CapacityUnits; n > 0 {
		bounds = append(bounds, fmt.Sprintf("%d of %d units", s.Taken.Units, n))
	}
	return strings.Join(bounds, " and ") + " are taken"
}

// Used is a parcel that the order has already: its node is asked for no second
// handling, and freight is only what the weight adds.
type Used struct {
	Node  string
	Grams int64
}

// wanted is how many units the request is about.
func (req *Request) wanted() int64 {
	sum := int64(0)
	for i := range req.Needs {
		sum += req.Needs[i].Qty
	}
	return sum
}

// at is the quantity of one node.
func at(quantities []event.NodeQty, node string) int64 {
	for _, q := range quantities {
		if q.Node == node {
			return q.Qty
		}
	}
	return 0
}

// NewSite is a node as it stands at a moment: its calendar says when an order
// would leave. A node whose calendar cannot be read is excluded, with the fault as
// the reason.
func NewSite(node event.NodePublished, at time.Time) Site {
	site := Site{NodePublished: node}
	c, err := calendar.Of(&node)
	if err != nil {
		site.Excluded = err.Error()
		return site
	}
	site.Leaves, _ = c.Leaves(at)
	return site
}
