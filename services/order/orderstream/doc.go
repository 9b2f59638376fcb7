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
	momentMismatch        = "IDEMPOTENCY_MISMATCH"
	momentAmend           = "AMEND_TOO_LATE"
	momentStale           = "AMEND_STALE"
	momentFaulty          = "AMEND_FAULTY"
	momentTooLate         = "CANCEL_TOO_LATE"
	momentNoSuchLine      = "CANCEL_NO_SUCH_LINE"
	momentHold            = "HOLD_TOO_LATE"
	momentNothingWaits    = "NOTHING_WAITS"
	momentNothingToGiveUp = "NOTHING_TO_GIVE_UP"
	momentUnmapped        = "RESUME_UNMAPPED"
	momentFrozen          = "RESUME_FROZEN"
	momentUnknownAction   = "RESOLVE_UNKNOWN"
)

// refusals names a refused request in the timeline.
var refusals = map[order.Input]string{
	order.Amend: momentAmend, order.Cancel: momentTooLate, order.Reduce: momentTooLate,
	order.Halt: momentHold, order.PlanAgain: momentNothingWaits,
}
