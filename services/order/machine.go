package order

import "github.com/millrace/millrace/schemas/event"

// Short names of the phases, for the table.
const (
	none        = event.OrderPhaseNone
	recalled    = event.OrderPhaseRecalled
	reserving   = event.OrderPhaseReserving
	claiming    = event.OrderPhaseClaiming
	committing  = event.OrderPhaseCommitting
	returning   = event.OrderPhaseReturning
	released    = event.OrderPhaseReleased
	backordered = event.OrderPhaseBackordered
	completed   = event.OrderPhaseCompleted
	cancelled   = event.OrderPhaseCancelled
	rejected    = event.OrderPhaseRejected
)

const (
	// anyPhase stands in From for every phase without a line of its own.
	anyPhase Phase = "*"
	// same stands in To for the phase the order is in.
	same Phase = ""
)

// Phases lists the phases in the order of an order's life.
var Phases = []Phase{none, recalled, reserving, returning, claiming, committing, released, backordered, completed, cancelled, rejected}

// Input is what can happen to an order.
type Input string

// The inputs of the machine.
const (
	Submit   Input = "submit"   // a channel submits it
	Cancel   Input = "cancel"   // somebody asks to cancel what has not left
	Amend    Input = "amend"    // a channel asks for other lines
	Round    Input = "round"    // the last answer of stock that the phase waits for came
	Progress Input = "progress" // a fact about fulfilment, shipment or invoice was booked
	Expire   Input = "expire"   // the submission that a cancel waits for did not come in time
)

// Inputs lists all inputs.
var Inputs = []Input{Submit, Cancel, Amend, Round, Progress, Expire}

// Effect is what a transition does besides changing the phase; package
// orderstream carries it out.
type Effect string

// The effects.
const (
	Accept     Effect = "accept"      // keep the order, say order.accepted
	Reject     Effect = "reject"      // say order.rejected with all faults
	Validate   Effect = "validate"    // say order.validated, naming the waived guards
	Ask        Effect = "ask"         // make the next plan, ask stock for every item that lacks units
	Claim      Effect = "claim"       // ask stock to let the next item wait in its queue
	Commit     Effect = "commit"      // ask stock to make every grant firm
	GiveBack   Effect = "give back"   // ask stock to take back whatever was asked or granted
	Allocate   Effect = "allocate"    // say order.allocated, and order.backordered for what waits
	Release    Effect = "release"     // say order.released and ask each node
	Backorder  Effect = "backorder"   // say order.backordered
	End        Effect = "end"         // say order.cancelled
	Complete   Effect = "complete"    // say order.completed
	Recall     Effect = "recall"      // ask each node that has not ended to stop
	Remember   Effect = "remember"    // keep the reason of the cancel
	Wait       Effect = "wait"        // set the timer that forgets the cancel
	Forget     Effect = "forget"      // delete what is kept
	Mismatch   Effect = "mismatch"    // count a submission with another body
	Refuse     Effect = "refuse"      // note in the timeline that the request was refused
	Publish    Effect = "publish"     // say order.state
	CountShort Effect = "count short" // count the lines that stock could not give
)

// View is what the guards look at.
type View struct {
	Order   *Record
	Faults  int     // faults of the submission
	Goods   int     // lines of the submission that stock must give
	Body    string  // hash of the submission's body
	Outcome Outcome // of the round that ended
}

// Guard is a condition of a transition.
type Guard struct {
	Name  string
	Holds func(v View) bool
}

// Transition is a line of the table.
type Transition struct {
	From    Phase
	On      Input
	If      *Guard // nil: always
	To      Phase
	Goal    Goal // of the phase returning
	Effects []Effect
	Why     string
}

// Waived are the guards of validation that nothing is attached to: they count as
// satisfied, and order.validated names them.
var Waived = []string{"payment", "fraud", "credit", "address"}

// Table is every transition of an order. The first line that fits decides, lines
// for any phase come last; a pair that no line fits changes nothing.
var Table = []Transition{
	{none, Submit, faulty, rejected, "", []Effect{Reject}, "refused before acceptance"},
	{none, Submit, nothingToReserve, released, "", []Effect{Accept, Validate, Release, Publish}, "charges and services go straight to the invoice"},
	{none, Submit, nil, reserving, "", []Effect{Accept, Validate, Ask}, "payment, fraud, credit and address count as satisfied: not attached"},
	{none, Cancel, nil, recalled, "", []Effect{Remember, Wait}, "the first to come makes the order; its submission may be on the way"},
	{none, Amend, nil, none, "", []Effect{Forget}, "nothing to amend"},

	{recalled, Submit, faulty, rejected, "", []Effect{Reject}, "refused before acceptance"},
	{recalled, Submit, nil, cancelled, "", []Effect{Accept, End, Publish}, "cancelled before it came"},
	{recalled, Cancel, nil, same, "", nil, "asked twice"},
	{recalled, Expire, nil, none, "", []Effect{Forget}, "the submission never came"},

	{reserving, Round, allFirm, released, "", []Effect{Allocate, Release, Publish}, "every unit is granted for good"},
	{reserving, Round, allHeld, committing, "", []Effect{Commit}, "every item is held; a commit cannot be refused"},
	{reserving, Round, partsAndPlan, reserving, "", []Effect{Ask}, "a second node may give the rest"},
	{reserving, Round, partsGranted, released, "", []Effect{Allocate, Release, Publish}, "what stock gives goes; the rest by the buyer's choice"},
	{reserving, Round, partsNone, returning, event.OrderGoalShortage, []Effect{CountShort, GiveBack}, "stock gives nothing"},
	{reserving, Round, canReplan, returning, event.OrderGoalReplan, []Effect{GiveBack}, "other nodes may give it all"},
	{reserving, Round, contended, returning, event.OrderGoalClaim, []Effect{GiveBack}, "others may give units back; waiting goes by item, so that no two orders wait for each other"},
	{reserving, Round, nil, returning, event.OrderGoalShortage, []Effect{CountShort, GiveBack}, "all or nothing, and nothing covers all"},
	{reserving, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember, GiveBack}, "nothing has left stock"},

	{returning, Round, toReplan, reserving, "", []Effect{Ask}, "all is given back"},
	{returning, Round, toClaim, claiming, "", []Effect{Claim}, "all is given back, so nothing is held while waiting out of turn"},
	{returning, Round, toCancel, cancelled, "", []Effect{End, Publish}, "all is given back"},
	{returning, Round, toShortCancel, cancelled, "", []Effect{End, Publish}, "the buyer does not wait for supply"},
	{returning, Round, nil, backordered, "", []Effect{Backorder, Publish}, "the buyer waits for supply"},
	{returning, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember}, "it is being given back already"},

	{claiming, Round, allHeld, committing, "", []Effect{Commit}, "the last item came"},
	{claiming, Round, oneHeld, claiming, "", []Effect{Claim}, "the next item in turn"},
	{claiming, Round, canReplan, returning, event.OrderGoalReplan, []Effect{GiveBack}, "other nodes may give it all"},
	{claiming, Round, nil, returning, event.OrderGoalShortage, []Effect{CountShort, GiveBack}, "others took it for good"},
	{claiming, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember, GiveBack}, "nothing has left stock"},

	{committing, Round, nil, released, "", []Effect{Allocate, Release, Publish}, "every commit is acknowledged"},
	{committing, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember, GiveBack}, "nothing has left stock"},

	{released, Progress, waiting, same, "", nil, "nodes or stock have not ended"},
	{released, Progress, nothingLeft, cancelled, "", []Effect{End, Publish}, "no unit left, none waits"},
	{released, Progress, unbilled, same, "", nil, "an invoice is missing"},
	{released, Progress, restWaits, backordered, "", []Effect{Publish}, "what could go has gone"},
	{released, Progress, nil, completed, "", []Effect{Complete, Publish}, "everything left or was taken off, and is billed"},
	{released, Cancel, asked, same, "", nil, "asked twice"},
	{released, Cancel, nil, released, "", []Effect{Remember, Recall}, "units at a node come back by the node's word only"},

	{backordered, Cancel, neverShipped, cancelled, "", []Effect{Remember, End, Publish}, "nothing is held for it"},
	{backordered, Cancel, nil, completed, "", []Effect{Remember, Complete, Publish}, "the rest is taken off"},

	{anyPhase, Submit, sameBody, same, "", nil, "a repeat; the first answer stands"},
	{anyPhase, Submit, nil, same, "", []Effect{Mismatch}, "one id, two orders: the first stands"},
	{anyPhase, Cancel, nil, same, "", []Effect{Refuse}, "the order has ended"},
	{anyPhase, Amend, nil, same, "", []Effect{Refuse}, "lines cannot be changed after acceptance"},
	{anyPhase, Progress, nil, same, "", nil, "a fact is booked in every phase"},
}

// Next returns the transition of an order in a phase, nil when there is none.
func Next(v View, on Input) *Transition {
	for i := range Table {
		t := &Table[i]
		if (t.From == v.Order.Phase || t.From == anyPhase) && t.On == on && (t.If == nil || t.If.Holds(v)) {
			return t
		}
	}
	return nil
}
