package business

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams/streamstest"
)

// wish is an order as the outside asked for it.
type wish struct {
	submit    *event.OrderSubmit // the first body
	faulty    bool
	cancelled bool // somebody asked to cancel, whenever
}

// sku names an item so that keys spread over partitions.
func sku(n int) string { return fmt.Sprintf("item-%d", n) }

// fromCount is the source of corrections.
const fromCount = "file:count"

func (c *chain) submit(w *wish) { streamstest.Send(c.Driver, onSubmit, w.submit.OrderID, w.submit) }

func (c *chain) cancel(id string) {
	c.asked[id].cancelled = true
	streamstest.Send(c.Driver, onCancel, id, &event.OrderCancel{OrderID: id, Reason: "CUSTOMER", RequestedBy: "test", RequestedAt: c.Now()})
}
