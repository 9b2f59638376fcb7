package returns

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// State is how far a return is.
type State = event.ReturnState

// View is what the rows of a return say, as far as its state depends on it.
type View struct {
	Known    bool // it was asked for
	Here     bool // goods arrived
	Judged   bool // every line was searched, and every order has answered
	Found    bool // some unit fits an order, or a person credits it without one
	Allowed  bool // some unit that fits may come back: by the policy and the system of record, or by a person's word
	Asks     bool // some unit may come by the policy, and the system of record has not ruled yet
	Informs  bool // some unit may come by the policy, and the system of record wants to know more
	Barred   bool // some unit may come by the policy, and the system of record says no
	Calls    bool // a person says that it does not take place
	Lost     bool // a person says that it was lost on the way
	Refused  bool // a person says that no line of it is worth money
	Overdue  bool // nothing arrived in the time given
	Finished bool // everything that came is judged, paid and explained, and no more is expected
}

// Rule is a line of the table: in one of the states, and when the rows say so,
// the return is in another state.
type Rule struct {
	From []State
	If   string // what must hold, in words
	When func(v View) bool
	To   State
	Why  string
}

// Shorter names.
const (
	none      = event.ReturnStateNone
	requested = event.ReturnStateRequested
	asking    = event.ReturnStateInfoNeeded
	allowed   = event.ReturnStateAuthorised
	declined  = event.ReturnStateDeclined
	arrived   = event.ReturnStateArrived
	closed    = event.ReturnStateClosed
	cancelled = event.ReturnStateCancelled
	lost      = event.ReturnStateLost
	expired   = event.ReturnStateExpired
	pending   = event.ReturnStatePending
)

// States lists the states in the order of their course.
var States = []State{none, requested, asking, pending, allowed, declined, cancelled, lost, expired, arrived, closed}

// Table is every transition. Rules are tried from above until none fires.
var Table = []Rule{
	{
		[]State{none, requested, asking, pending, allowed, declined, cancelled, lost, expired},
		"goods are here",
		func(v View) bool { return v.Here }, arrived, "goods that are here are a fact, announced or not",
	},
	{[]State{arrived}, "everything is settled", func(v View) bool { return v.Finished }, closed, "nothing is open any more"},
	{[]State{closed}, "something is open", func(v View) bool { return !v.Finished }, arrived, "a fact came after the end"},
	{[]State{none}, "it was asked for", func(v View) bool { return v.Known }, requested, "somebody wants to give goods back"},
	{
		[]State{requested, asking, pending, allowed, declined, expired, lost},
		"a person called it off",
		func(v View) bool { return v.Calls && !v.Here }, cancelled, "the buyer keeps the goods; what was claimed is free again",
	},
	{
		[]State{requested, asking, pending, allowed, declined, expired, cancelled},
		"a person says it is lost",
		func(v View) bool { return v.Lost && !v.Here }, lost, "who pays for it is decided elsewhere; what was claimed is free again",
	},
	{[]State{allowed}, "nothing arrived in time", func(v View) bool { return v.Overdue }, expired, "what was claimed is free again"},
	{
		[]State{requested, asking, pending, allowed},
		"a person refused every line",
		func(v View) bool { return v.Refused && !over(v) }, declined, "no money is given, so nothing needs to come",
	},
	{
		[]State{requested, asking, pending, declined},
		"a unit fits an order, and may come",
		func(v View) bool { return v.Judged && v.Allowed && !v.Overdue && !v.Refused && !over(v) }, allowed, "the rest, if any, is for a person",
	},
	{
		[]State{requested, asking, allowed, declined},
		"a unit may come by the policy, and the system of record has not ruled",
		func(v View) bool {
			return v.Judged && v.Asks && !v.Allowed && !v.Overdue && !v.Refused && !over(v)
		}, pending, "it is asked; while it is away the return waits, and goes on by itself",
	},
	{
		[]State{requested, pending, allowed, declined},
		"the system of record wants to know more",
		func(v View) bool { return v.Judged && v.Informs && !v.Allowed && !v.Refused && !over(v) }, asking, "a person finds out and has it asked again",
	},
	{
		[]State{requested, asking, pending, allowed},
		"units fit, but none may come any more",
		func(v View) bool {
			return v.Judged && v.Found && !v.Allowed && !v.Asks && !v.Informs && !over(v)
		}, declined, "it is too late for all of them, or the system of record says no",
	},
	{
		[]State{requested, pending, allowed, declined},
		"no unit fits an order",
		func(v View) bool { return v.Judged && !v.Found && !v.Refused && !over(v) }, asking, "a person matches it or refuses it",
	},
}

// over says that a person ended it before anything came.
func over(v View) bool { return v.Calls || v.Lost }

// next finds the rule that fires, nil for none.
func next(from State, v View) *Rule {
	for i := range Table {
		if r := &Table[i]; slices.Contains(r.From, from) && r.When(v) {
			return r
		}
	}
	return nil
}

// advance moves a state as far as the rows say.
func advance(from State, v View) State {
	for range len(States) {
		r := next(from, v)
		if r == nil {
			break
		}
		from = r.To
	}
	return from
}

// outcomes says how a return ended, by the states that are ends.
var outcomes = map[State]event.ReturnOutcome{
	declined: event.ReturnOutcomeDeclined, cancelled: event.ReturnOutcomeCancelled, lost: event.ReturnOutcomeLost, expired: event.ReturnOutcomeExpired,
}

// decisions says what the buyer is told, by the states that tell him.
var decisions = map[State]event.ReturnDecision{
	allowed: event.ReturnDecisionAuthorised, declined: event.ReturnDecisionDeclined, asking: event.ReturnDecisionInfoNeeded,
}
