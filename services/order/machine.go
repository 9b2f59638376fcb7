package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

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
	validating  = event.OrderPhaseValidating
	allocated   = event.OrderPhaseAllocated
	asking      = event.OrderPhaseBasketAsking
	queueing    = event.OrderPhaseBasketClaiming
	yielding    = event.OrderPhaseBasketReturning
	kept        = event.OrderPhaseBasketKept
)

const (
	// anyPhase stands in From for every phase without a line of its own.
	anyPhase Phase = "*"
	// same stands in To for the phase the order is in.
	same Phase = ""
)

// Phases lists the phases in the order of an order's life.
var Phases = []Phase{none, asking, yielding, queueing, kept, recalled, validating, reserving, returning, claiming, committing, allocated, released, backordered, completed, cancelled, rejected}

// Input is what can happen to an order.
type Input string

// The inputs of the machine.
const (
	Reserve   Input = "reserve"    // a channel asks to keep units for a basket
	Extend    Input = "extend"     // it asks to keep them longer
	LetGo     Input = "let go"     // it no longer wants them, or their time is over
	Submit    Input = "submit"     // a channel submits it
	Cancel    Input = "cancel"     // somebody asks to cancel what has not left
	Reduce    Input = "reduce"     // somebody asks to cancel some units
	Amend     Input = "amend"      // a channel asks for other lines
	Halt      Input = "hold"       // somebody asks that it waits
	Resume    Input = "resume"     // a hold ended
	PlanAgain Input = "plan again" // somebody asks to ask stock again for what waits, or others have it
	Overdue   Input = "overdue"    // a promised date passed, and the units are not there
	Forgo     Input = "forgo"      // the channel waits no longer for units whose promised date passed
	GiveUp    Input = "give up"    // somebody decides that a node will not ship the rest
	Round     Input = "round"      // the last answer of stock that the phase waits for came
	Gate      Input = "gate"       // the plan is settled
	Lack      Input = "lack"       // stock lacks units that it granted for good
	Progress  Input = "progress"   // a fact was booked, or a decision changed what is wanted
	Secure    Input = "secure"     // the buyer's money or credit came, or a place in a node's day
	Expire    Input = "expire"     // the submission that a cancel waits for did not come in time
)

// Inputs lists all inputs.
var Inputs = []Input{Reserve, Extend, LetGo, Submit, Cancel, Reduce, Amend, Halt, Resume, PlanAgain, Overdue, Forgo, GiveUp, Round, Gate, Lack, Progress, Secure, Expire}

// Effect is what a transition does besides changing the phase; package
// orderstream carries it out.
type Effect string

// The effects.
const (
	Fill       Effect = "fill"         // keep what the basket wants
	Keeps      Effect = "keeps"        // keep who keeps the basket, and until when
	Prolong    Effect = "prolong"      // ask stock to keep it longer
	Swap       Effect = "swap"         // ask stock to hold for the basket what is granted to it
	TakeOver   Effect = "take over"    // ask stock to swap what the basket has for the order's own
	TurnDown   Effect = "turn down"    // keep why the basket is refused
	Yield      Effect = "yield"        // have stock take all back that the basket has or asked
	Again      Effect = "again"        // decide the same input once more
	Accept     Effect = "accept"       // keep the order, say order.accepted
	Reject     Effect = "reject"       // say order.rejected with all faults
	Validate   Effect = "validate"     // say order.validated, naming the waived guards
	Ask        Effect = "ask"          // make the next plan, ask stock for every item that lacks units
	AskAnew    Effect = "ask anew"     // open a round of planning, and ask
	Claim      Effect = "claim"        // ask stock to let the next item wait in its queue
	Commit     Effect = "commit"       // have stock make every grant firm
	GiveBack   Effect = "give back"    // ask stock to take back whatever the round asked or was granted
	Allocate   Effect = "allocate"     // say order.allocated, and order.backordered for what waits
	Pass       Effect = "pass"         // go to the gate of the release
	Release    Effect = "release"      // say order.released and ask each node
	Backorder  Effect = "backorder"    // say order.backordered, claim stock to come
	End        Effect = "end"          // say order.cancelled
	Collect    Effect = "collect"      // take the units of served claims for granted
	Complete   Effect = "complete"     // say order.completed
	Drop       Effect = "drop"         // take the named units off
	DropShort  Effect = "drop short"   // take off what nobody ships
	Undo       Effect = "undo"         // count what is granted as not allocated
	GiveUpLost Effect = "give up lost" // ask stock to take back just what it lacks
	AskMore    Effect = "ask more"     // open a round of planning for what lacks beside what is granted
	Trim       Effect = "trim"         // ask stock to take back what is granted beyond what is wanted
	Recall     Effect = "recall"       // ask nodes not to ship what they have beyond what is wanted
	Forsake    Effect = "forsake"      // count the fulfilment as ended by decision
	Settle     Effect = "settle"       // see what is left to do
	Remember   Effect = "remember"     // keep the reason of the cancel, take everything off
	Keep       Effect = "keep"         // keep the amendment until stock has everything back
	Apply      Effect = "apply"        // put the amendment's lines in place, say order.amended
	Shrink     Effect = "shrink"       // take off what the amendment's lines lack, say order.amended
	Stop       Effect = "stop"         // keep the hold, say order.held
	Wait       Effect = "wait"         // set the timer that forgets what waits for a submission
	Forget     Effect = "forget"       // delete what is kept
	Mismatch   Effect = "mismatch"     // count a submission with another body
	Refuse     Effect = "refuse"       // note in the timeline that the request was refused
	Publish    Effect = "publish"      // say order.state
	CountShort Effect = "count short"  // count the lines that stock could not give
)

// View is what the guards look at.
type View struct {
	Order   *Record
	Faults  int     // faults of the submission
	Goods   int     // lines of the submission that stock must give
	Body    string  // hash of the submission's body
	Outcome Outcome // of the round that ended
	Grows   bool    // the amendment asks for more of something
	Fits    bool    // stock keeps just the goods of the submission for its basket
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

// Table is every transition of an order. The first line that fits decides, lines
// for any phase come last; a pair that no line fits changes nothing.
var Table = slices.Concat(checkout, []Transition{
	{none, Submit, faulty, rejected, "", []Effect{Reject}, "refused before acceptance"},
	{none, Submit, stoppedAtValidation, validating, "", []Effect{Accept, Publish}, "somebody has to look before it can be planned"},
	{none, Submit, nothingToReserve, allocated, "", []Effect{Accept, Validate, Pass}, "charges and services need no stock"},
	{none, Submit, nil, reserving, "", []Effect{Accept, Validate, AskAnew}, "money is asked for meanwhile; guards that nothing is attached to are named"},
	{none, Cancel, nil, recalled, "", []Effect{Remember, Wait}, "the first to come makes the order; its submission may be on the way"},
	{none, Halt, nil, same, "", []Effect{Stop, Wait}, "it holds the submission when that comes"},
	{none, Amend, nil, same, "", []Effect{Keep, Wait}, "it is applied when the submission comes"},
	{none, Resume, nil, same, "", nil, "the hold is taken off before the submission comes"},
	{none, Expire, nil, none, "", []Effect{Forget}, "the submission never came"},

	{recalled, Submit, faulty, rejected, "", []Effect{Reject}, "refused before acceptance"},
	{recalled, Submit, nil, released, "", []Effect{Accept, Remember, Settle}, "cancelled before it came"},
	{recalled, Cancel, nil, same, "", nil, "asked twice"},
	{recalled, Amend, nil, same, "", nil, "it will be cancelled"},
	{recalled, Expire, nil, none, "", []Effect{Forget}, "the submission never came"},

	{validating, Resume, stoppedAtValidation, same, "", []Effect{Publish}, "another hold stands"},
	{validating, Resume, nil, reserving, "", []Effect{Validate, AskAnew}, "nothing stops it"},
	{validating, Cancel, nil, released, "", []Effect{Remember, Settle}, "nothing is held for it"},
	{validating, Reduce, nil, same, "", []Effect{Drop, Publish}, "nothing is held for it"},
	{validating, Amend, nil, same, "", []Effect{Keep, Apply, Publish}, "nothing is held for it"},

	{reserving, Round, allFirm, allocated, "", []Effect{Allocate, Pass}, "every unit is granted for good"},
	{reserving, Round, allHeld, allocated, "", []Effect{Commit, Allocate, Pass}, "every item is held, and no commit is refused: nobody waits for its answer"},
	{reserving, Round, partsAndPlan, reserving, "", []Effect{Ask}, "a second node may give the rest"},
	{reserving, Round, partsGranted, allocated, "", []Effect{Allocate, Pass}, "what stock gives goes; the rest by the buyer's choice"},
	{reserving, Round, canReplan, returning, event.OrderGoalReplan, []Effect{GiveBack}, "other nodes may give it all"},
	{reserving, Round, contended, returning, event.OrderGoalClaim, []Effect{GiveBack}, "others may give units back; waiting goes by item, so that no two orders wait for each other"},
	{reserving, Round, nil, returning, event.OrderGoalShortage, []Effect{CountShort, GiveBack}, "nothing covers all, and of parts stock gives nothing"},
	{reserving, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember, GiveBack}, "what no node was asked for comes back at once"},
	{reserving, Reduce, nil, returning, event.OrderGoalAmend, []Effect{Drop, GiveBack}, "stock is asked anew for what is left"},
	{reserving, Amend, neverReleased, returning, event.OrderGoalAmend, []Effect{Keep, GiveBack}, "stock is asked anew"},
	{reserving, Amend, onlyLess, returning, event.OrderGoalAmend, []Effect{Shrink, GiveBack}, "what nodes were asked for can only shrink"},

	{returning, Round, toReplan, reserving, "", []Effect{Ask}, "all is given back"},
	{returning, Round, toClaim, claiming, "", []Effect{Claim}, "all is given back, so nothing is held while waiting out of turn"},
	{returning, Round, toCancel, released, "", []Effect{Settle}, "all is given back; what is at nodes comes by their word"},
	{returning, Round, onlyFlight, released, "", []Effect{Settle}, "all that is wanted is at nodes"},
	{returning, Round, amendAt, validating, "", []Effect{Apply, Publish}, "all is given back"},
	{returning, Round, toAmend, reserving, "", []Effect{Apply, AskAnew}, "all is given back"},
	{returning, Round, toDrop, released, "", []Effect{DropShort, Settle}, "the buyer does not wait for supply"},
	{returning, Round, nil, released, "", []Effect{Backorder, Settle}, "the buyer waits for supply"},
	{returning, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember}, "it is being given back already"},
	{returning, Reduce, toCancel, same, "", nil, "everything is being cancelled"},
	{returning, Reduce, nil, returning, event.OrderGoalAmend, []Effect{Drop}, "it is being given back already"},
	{returning, Amend, toCancel, same, "", []Effect{Refuse}, "everything is being cancelled"},
	{returning, Amend, neverReleased, returning, event.OrderGoalAmend, []Effect{Keep}, "it is being given back already"},
	{returning, Amend, onlyLess, returning, event.OrderGoalAmend, []Effect{Shrink}, "it is being given back already"},

	{claiming, Round, allHeld, allocated, "", []Effect{Commit, Allocate, Pass}, "the last item came, and no commit is refused"},
	{claiming, Round, oneHeld, claiming, "", []Effect{Claim}, "the next item in turn"},
	{claiming, Round, canReplan, returning, event.OrderGoalReplan, []Effect{GiveBack}, "other nodes may give it all"},
	{claiming, Round, nil, returning, event.OrderGoalShortage, []Effect{CountShort, GiveBack}, "others took it for good"},
	{claiming, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember, GiveBack}, "what no node was asked for comes back at once"},
	{claiming, Reduce, nil, returning, event.OrderGoalAmend, []Effect{Drop, GiveBack}, "stock is asked anew for what is left"},
	{claiming, Amend, neverReleased, returning, event.OrderGoalAmend, []Effect{Keep, GiveBack}, "stock is asked anew"},
	{claiming, Amend, onlyLess, returning, event.OrderGoalAmend, []Effect{Shrink, GiveBack}, "what nodes were asked for can only shrink"},

	{committing, Round, nil, allocated, "", []Effect{Allocate, Pass}, "the state of a former version, which waited for these answers"},

	{allocated, Gate, toMend, reserving, "", []Effect{Undo, GiveUpLost, AskMore}, "stock lacks some of it; the rest stays, and others may give what lacks"},
	{allocated, Gate, toPlanAgain, returning, event.OrderGoalAmend, []Effect{Undo, GiveBack}, "stock lacks some of it; others may give it"},
	{allocated, Gate, stoppedAtRelease, same, "", []Effect{Publish}, "stock is kept while somebody looks"},
	{allocated, Gate, unsecured, same, "", []Effect{Publish}, "stock is kept until the buyer's money or credit is there"},
	{allocated, Gate, crowded, same, "", []Effect{Publish}, "stock is kept until the nodes can release it"},
	{allocated, Gate, nil, released, "", []Effect{Release, Publish, Settle}, "nothing stops it"},
	{allocated, Lack, toMend, reserving, "", []Effect{Undo, GiveUpLost, AskMore}, "no node was asked for it; the rest stays, and others may give what lacks"},
	{allocated, Lack, nil, returning, event.OrderGoalAmend, []Effect{Undo, GiveBack}, "no node was asked for it; others may give all of it"},
	{allocated, Resume, stoppedAtRelease, same, "", []Effect{Publish}, "another hold stands"},
	{allocated, Resume, unsecured, same, "", []Effect{Publish}, "the buyer's money or credit is awaited"},
	{allocated, Resume, crowded, same, "", []Effect{Publish}, "the nodes cannot release it yet"},
	{allocated, Resume, nil, released, "", []Effect{Release, Publish, Settle}, "nothing stops it"},
	{allocated, Secure, stoppedAtRelease, same, "", []Effect{Publish}, "a hold stands"},
	{allocated, Secure, unsecured, same, "", []Effect{Publish}, "it is not enough"},
	{allocated, Secure, crowded, same, "", []Effect{Publish}, "the nodes cannot release it yet"},
	{allocated, Secure, nil, released, "", []Effect{Release, Publish, Settle}, "nothing stops it"},
	{allocated, Progress, nil, same, "", []Effect{Trim}, "what left meanwhile need not be shipped again"},
	{allocated, Cancel, nil, returning, event.OrderGoalCancel, []Effect{Remember, GiveBack}, "what no node was asked for comes back at once"},
	{allocated, Reduce, nil, same, "", []Effect{Drop, Trim, Publish}, "the rest stays granted"},
	{allocated, Forgo, nil, same, "", []Effect{Drop, Trim, Publish}, "what is granted stays; nobody waits for the rest"},
	{allocated, Amend, neverReleased, returning, event.OrderGoalAmend, []Effect{Keep, GiveBack}, "stock is asked anew"},
	{allocated, Amend, onlyLess, same, "", []Effect{Shrink, Trim, Publish}, "what nodes were asked for can only shrink"},

	{released, Progress, excess, same, "", []Effect{Recall}, "units at a node come back by the node's word only"},
	{released, Progress, supplied, allocated, "", []Effect{Collect, Allocate, Pass}, "what waited for supply is there"},
	{released, Progress, cameBack, reserving, "", []Effect{AskAnew}, "without the nodes that did not ship"},
	{released, Progress, restOff, same, "", []Effect{DropShort, Settle}, "the buyer does not wait for supply"},
	{released, Progress, waiting, same, "", nil, "nodes or stock have not ended"},
	{released, Progress, nothingLeft, cancelled, "", []Effect{End, Publish}, "no unit left, none is wanted"},
	{released, Progress, unbilled, same, "", nil, "an invoice is missing"},
	{released, Progress, restBack, backordered, "", []Effect{Backorder, Publish}, "what came back waits for supply"},
	{released, Progress, restWaits, backordered, "", []Effect{Publish}, "what could go has gone"},
	{released, Progress, nil, completed, "", []Effect{Complete, Publish}, "everything left or was taken off, and is billed"},
	{released, Cancel, asked, same, "", nil, "asked twice"},
	{released, Cancel, nil, same, "", []Effect{Remember, Settle}, "units at a node come back by the node's word only"},
	{released, Reduce, nil, same, "", []Effect{Drop, Settle}, "units at a node come back by the node's word only"},
	{released, Amend, onlyLess, same, "", []Effect{Shrink, Settle}, "what nodes were asked for can only shrink"},
	{released, PlanAgain, restWaits, reserving, "", []Effect{AskAnew}, "somebody knows better"},
	{released, Overdue, patient, reserving, "", []Effect{AskAnew}, "others may have it meanwhile"},
	{released, Forgo, nil, same, "", []Effect{Drop, Settle}, "nobody waits for it any more; what is at nodes goes on"},

	{backordered, Progress, supplied, allocated, "", []Effect{Collect, Allocate, Pass}, "what waited for supply is there"},
	{backordered, Progress, restWaits, same, "", nil, "supply is missing"},
	{backordered, Progress, nil, released, "", []Effect{Settle}, "what was missing left all the same"},
	{backordered, PlanAgain, nil, reserving, "", []Effect{AskAnew}, "supply came"},
	{backordered, Overdue, patient, reserving, "", []Effect{AskAnew}, "others may have it meanwhile"},
	{backordered, Forgo, nil, released, "", []Effect{Drop, Settle}, "nobody waits for it any more"},
	{backordered, Cancel, nil, released, "", []Effect{Remember, Settle}, "nothing is held for it"},
	{backordered, Reduce, nil, released, "", []Effect{Drop, Settle}, "nothing is held for it"},
	{backordered, Amend, neverReleased, reserving, "", []Effect{Keep, Apply, AskAnew}, "nothing is held for it"},
	{backordered, Amend, onlyLess, released, "", []Effect{Shrink, Settle}, "what nodes were asked for can only shrink"},

	{anyPhase, Submit, sameBody, same, "", nil, "a repeat; the first answer stands"},
	{anyPhase, Submit, nil, same, "", []Effect{Mismatch}, "one id, two orders: the first stands"},
	{anyPhase, Cancel, nil, same, "", []Effect{Refuse}, "the order has ended"},
	{anyPhase, Reduce, nil, same, "", []Effect{Refuse}, "the order has ended"},
	{anyPhase, Amend, nil, same, "", []Effect{Refuse}, "the order has ended, or nodes were asked and a line grows"},
	{anyPhase, Halt, ended, same, "", []Effect{Refuse}, "the order has ended"},
	{anyPhase, Halt, nil, same, "", []Effect{Stop, Publish}, "it stops before its next gate"},
	{anyPhase, Resume, nil, same, "", []Effect{Publish}, "it is at no gate"},
	{anyPhase, Secure, nil, same, "", nil, "it is not at the gate of the release"},
	{anyPhase, Lack, nil, same, "", nil, "the gate of the release looks at it, or it is at nodes"},
	{anyPhase, GiveUp, nil, same, "", []Effect{Forsake, Settle}, "a person takes the node's word for given"},
	{anyPhase, PlanAgain, nil, same, "", []Effect{Refuse}, "nothing waits for supply"},
	{anyPhase, Overdue, nil, same, "", nil, "it is being planned, or so many dates have passed that people decide"},
	{anyPhase, Forgo, nil, same, "", nil, "it is being planned, or has ended"},
	{anyPhase, Progress, nil, same, "", nil, "a fact is booked in every phase"},
})

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
