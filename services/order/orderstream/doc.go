// Package orderstream wires the order machine to topics: application order, one
// entity a order id. See package order for what it decides.
//
// The entity's state is of bounded size. Lines, fulfilments, shipments, invoices
// and the timeline are children; an answer of stock touches the one item it is
// about, and all items are looked at only when a round of answers is complete.
package orderstream

import "github.com/millrace/millrace/services/order"

// App is the application id of the topology.
const App = "order"

// Events of the timeline that are not named after a topic.
const (
	momentMismatch   = "IDEMPOTENCY_MISMATCH"
	momentAmend      = "AMEND_UNSUPPORTED"
	momentTooLate    = "CANCEL_TOO_LATE"
	momentUnknown    = "SHIPMENT_UNASKED"
	momentOver       = "OVER_SHIPPED"
	momentAfterEnd   = "SHIPPED_AFTER_END"
	momentRecallLost = "CANCEL_REFUSED"
)

// refusals names a refused request in the timeline.
var refusals = map[order.Input]string{order.Amend: momentAmend, order.Cancel: momentTooLate}
