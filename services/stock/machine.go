package stock

import "github.com/millrace/millrace/schemas/event"

// State of a reservation; absent is one that was never made. The states
// themselves are explained in event.ReservationState.
type State = event.ReservationState

const absent State = ""

// Input is what happens to a reservation.
type Input string

// The inputs. What an order asks is judged first and reaches its
// reservations as one of these.
const (
	Grant   Input = "grant"   // all the units are there and are held until a commit
	Promise Input = "promise" // units are there and are promised at once
	Hold    Input = "hold"    // units are there and are kept for a basket
	Await   Input = "await"   // units that are to come are claimed
	Enqueue Input = "enqueue" // a claim joins the queue
	Serve   Input = "serve"   // the first claim of the queue gets its units
	Deny    Input = "deny"    // the first claim of the queue can never get them
	Fill    Input = "fill"    // the claimed units have come
	Lapse   Input = "lapse"   // the time of the hold is over
	Commit  Input = "commit"  // the order promises what it holds
	Release Input = "release" // the order gives back what it holds or waits for
	Consign Input = "consign" // the node was asked to ship the units
	Recall  Input = "recall"  // the order asks the node's units back
	Return  Input = "return"  // the node, or a person, says that units stay there
	Consume Input = "consume" // units were shipped under the reservation
)

// Inputs lists all inputs in the order of a reservation's life.
var Inputs = []Input{Grant, Promise, Hold, Await, Enqueue, Serve, Deny, Fill, Lapse, Commit, Release, Consign, Recall, Return, Consume}

// States lists all states in the order of a reservation's life.
var States = []State{absent, event.ReservationStateBackordered, event.ReservationStateWaiting, event.ReservationStateHeld, event.ReservationStateTentative, event.ReservationStateCommitted, event.ReservationStateAtNode, event.ReservationStateClosed}

// Rule is one line of the transition table.
type Rule struct {
	From   State
	On     Input
	If     *Guard // nil: always
	To     State
	Effect *Effect
	Why    string
}

// Guard is a condition on the reservation and the units of the input.
type Guard struct {
	Name  string
	holds func(r *event.StockReservation, units int64) bool
}

// Effect says what becomes of a reservation's open units. It returns units that
// were shipped above them. The sums of the node follow from the states: open
// units count for the state the reservation is in (Book.move).
type Effect struct {
	Name  string
	apply func(r *event.StockReservation, units int64) (over int64)
}

var (
	leavesSome = &Guard{"units < open", func(r *event.StockReservation, units int64) bool { return units < open(r) }}
	takesAll   = &Guard{"units >= open", func(r *event.StockReservation, units int64) bool { return units >= open(r) }}

	shippedInTime = &Guard{"something was consumed and nothing lapsed", func(r *event.StockReservation, _ int64) bool {
		return r.Consumed > 0 && r.ExpiresAt == nil
	}}

	keep    = &Effect{"-", func(*event.StockReservation, int64) int64 { return 0 }}
	askBack = &Effect{"pending = min(units, open)", func(r *event.StockReservation, units int64) int64 {
		r.Pending = min(units, open(r))
		return 0
	}}
	giveBack = &Effect{"given back += min(units, open)", func(r *event.StockReservation, units int64) int64 {
		units = min(units, open(r))
		r.GivenBack += units
		r.Pending = max(0, r.Pending-units)
		return 0
	}}
	consume = &Effect{"consumed += min(units, open); the rest is over-shipped", func(r *event.StockReservation, units int64) int64 {
		own := min(units, open(r))
		r.Consumed += own
		r.Pending = min(r.Pending, open(r))
		return units - own
	}}
	overShip = &Effect{"units are over-shipped", func(_ *event.StockReservation, units int64) int64 { return units }}
)

// Table is every transition a reservation can make. A pair of state and input
// that is not here is refused, and nothing changes.
var Table = []Rule{
	{absent, Grant, nil, event.ReservationStateTentative, keep, "of several items, each must be held before any is promised"},
	{absent, Promise, nil, event.ReservationStateCommitted, keep, "with one item, or a part allowed, the first answer is final"},
	{absent, Enqueue, nil, event.ReservationStateWaiting, keep, "others hold the units only tentatively, so waiting makes sense"},
	{absent, Hold, nil, event.ReservationStateHeld, keep, "a buyer is at the till"},
	{absent, Await, nil, event.ReservationStateBackordered, keep, "the buyer waits for what is to come"},

	{event.ReservationStateBackordered, Fill, nil, event.ReservationStateCommitted, keep, "the units are there and nobody stands before"},
	{event.ReservationStateBackordered, Release, leavesSome, event.ReservationStateBackordered, giveBack, "the order wants fewer"},
	{event.ReservationStateBackordered, Release, takesAll, event.ReservationStateClosed, giveBack, "the order does not wait any more"},
	{event.ReservationStateBackordered, Consume, nil, event.ReservationStateBackordered, overShip, "shipped without a promise; a fact all the same"},

	{event.ReservationStateHeld, Commit, nil, event.ReservationStateCommitted, keep, "the basket became an order in time"},
	{event.ReservationStateHeld, Lapse, nil, event.ReservationStateClosed, giveBack, "the basket was left"},
	{event.ReservationStateHeld, Release, leavesSome, event.ReservationStateHeld, giveBack, "the basket holds fewer"},
	{event.ReservationStateHeld, Release, takesAll, event.ReservationStateClosed, giveBack, "the basket was emptied, or the order swapped it for its own plan"},
	{event.ReservationStateHeld, Consume, leavesSome, event.ReservationStateHeld, consume, "shipped before the promise; a fact all the same"},
	{event.ReservationStateHeld, Consume, takesAll, event.ReservationStateClosed, consume, "shipped before the promise; a fact all the same"},

	{event.ReservationStateWaiting, Serve, nil, event.ReservationStateTentative, keep, "the units are free and nobody stands before"},
	{event.ReservationStateWaiting, Deny, nil, event.ReservationStateClosed, giveBack, "what others committed does not come back"},
	{event.ReservationStateWaiting, Release, nil, event.ReservationStateClosed, giveBack, "the order does not wait any more"},
	{event.ReservationStateWaiting, Consume, nil, event.ReservationStateWaiting, overShip, "shipped without a promise; a fact all the same"},

	{event.ReservationStateTentative, Commit, nil, event.ReservationStateCommitted, keep, "all items of the order are held"},
	{event.ReservationStateTentative, Release, leavesSome, event.ReservationStateTentative, giveBack, "only these units will not be shipped"},
	{event.ReservationStateTentative, Release, takesAll, event.ReservationStateClosed, giveBack, "another item of the order was short or contended"},
	{event.ReservationStateTentative, Consume, leavesSome, event.ReservationStateTentative, consume, "shipped before the promise; a fact all the same"},
	{event.ReservationStateTentative, Consume, takesAll, event.ReservationStateClosed, consume, "shipped before the promise; a fact all the same"},

	{event.ReservationStateCommitted, Commit, nil, event.ReservationStateCommitted, keep, "a repeated commit changes nothing"},
	{event.ReservationStateCommitted, Release, leavesSome, event.ReservationStateCommitted, giveBack, "only these units will not be shipped; the rest may be on its way"},
	{event.ReservationStateCommitted, Release, takesAll, event.ReservationStateClosed, giveBack, "cancelled, or the plan was left behind"},
	{event.ReservationStateCommitted, Consume, leavesSome, event.ReservationStateCommitted, consume, "a part shipment uses its own units"},
	{event.ReservationStateCommitted, Consume, takesAll, event.ReservationStateClosed, consume, "the shipment used up the promise"},

	{event.ReservationStateCommitted, Consign, nil, event.ReservationStateAtNode, keep, "the node may be packing from now on"},

	{event.ReservationStateAtNode, Commit, nil, event.ReservationStateAtNode, keep, "a repeated commit changes nothing"},
	{event.ReservationStateAtNode, Consign, nil, event.ReservationStateAtNode, keep, "a repeated request changes nothing"},
	{event.ReservationStateAtNode, Recall, nil, event.ReservationStateAtNode, askBack, "they may be packed: only the node's word, or a person's, frees them"},
	{event.ReservationStateAtNode, Return, leavesSome, event.ReservationStateAtNode, giveBack, "the node will not ship these"},
	{event.ReservationStateAtNode, Return, takesAll, event.ReservationStateClosed, giveBack, "the node will not ship any"},
	{event.ReservationStateAtNode, Consume, leavesSome, event.ReservationStateAtNode, consume, "a part shipment uses its own units"},
	{event.ReservationStateAtNode, Consume, takesAll, event.ReservationStateClosed, consume, "the shipment used up the promise"},

	{event.ReservationStateClosed, Consign, shippedInTime, event.ReservationStateClosed, keep, "the shipment was faster than the request"},
	{event.ReservationStateClosed, Recall, nil, event.ReservationStateClosed, keep, "nothing is at the node any more"},
	{event.ReservationStateClosed, Commit, shippedInTime, event.ReservationStateClosed, keep, "the shipment was faster than the commit"},
	{event.ReservationStateClosed, Release, nil, event.ReservationStateClosed, keep, "a repeated release changes nothing"},
	{event.ReservationStateClosed, Consume, nil, event.ReservationStateClosed, overShip, "nothing is open; a fact all the same"},
}

// next finds the rule for an input, nil when it is refused. units is the
// quantity of a Deny, Release, Recall, Return or Consume and unused otherwise.
func next(r *event.StockReservation, on Input, units int64) *Rule {
	for i := range Table {
		rule := &Table[i]
		if rule.From == r.State && rule.On == on && (rule.If == nil || rule.If.holds(r, units)) {
			return rule
		}
	}
	return nil
}

// open is how many units of a reservation are neither consumed nor given back.
func open(r *event.StockReservation) int64 { return r.Qty - r.Consumed - r.GivenBack }
