package txn

import "fmt"

// State is where a lane is in its cycle.
type State uint8

const (
	// Gathering: inputs are handled, everything is held in memory. Left when a
	// commit is due.
	Gathering State = iota
	// Producing: outputs, rows and marks are on their way. Left when all are
	// acknowledged, or one failed.
	Producing
	// Positioning: the offsets of the handled inputs are sent to the group.
	// Left when the group took or refused them.
	Positioning
	// Ending: EndTxn is on its way. Left when the broker answered, or did not.
	Ending
	// Applying: the committed rows go into the store. Left when they are there.
	Applying
	// Recovering: the transaction is given up. Left when the lane has a new
	// producer, which proves that the old transaction has ended.
	Recovering
)

// Event is what came of an action.
type Event uint8

const (
	// Due: there is something to commit and it is time.
	Due Event = iota
	// Empty: nothing is left to commit, and nothing was produced.
	Empty
	// Flushed: every record was acknowledged.
	Flushed
	// Failed: a record was refused, or not acknowledged in time.
	Failed
	// Taken: the group took the offsets.
	Taken
	// Again: the group is between two generations, or its coordinator moves.
	Again
	// Refused: the group refused the offsets for another reason.
	Refused
	// Expelled: this process is no longer the member that got the tasks, or its
	// producer was barred by another.
	Expelled
	// Committed: the broker answered that the transaction committed.
	Committed
	// Unknown: EndTxn ended with any other error.
	Unknown
	// Applied: the rows are in the store, or their lease was lost.
	Applied
	// Broken: the store did not take the rows.
	Broken
	// Recreated: a new producer has its id.
	Recreated
	// Unreachable: the new producer got no id yet.
	Unreachable
)

// Action is what the lane does next.
type Action uint8

const (
	// Produce sends outputs, rows and marks and waits until all are acknowledged.
	Produce Action = iota
	// Position sends the offsets under the member's id and generation.
	Position
	// End sends EndTxn with commit.
	End
	// Apply writes the rows of each task in one batch under its lease, publishes
	// the new positions, and starts the effects.
	Apply
	// Gather goes back to handling inputs.
	Gather
	// Drop forgets everything in memory and makes the producer anew; the tasks
	// stay assigned.
	Drop
	// Forfeit is Drop, with every task of the member given back as lost.
	Forfeit
	// Reopen reads the tasks back from their changelogs and goes on.
	Reopen
)

// Step is one row of the table.
type Step struct {
	From State
	On   Event
	To   State
	Do   Action
	Why  string
}

// Cycle is the table. A pair of state and event that is missing cannot happen.
var Cycle = []Step{
	{Gathering, Due, Producing, Produce, "outputs wait in memory until here, so that a failed handler leaves none"},

	{Producing, Flushed, Positioning, Position, "the inputs belong to the transaction of their outputs"},
	{Producing, Failed, Recovering, Drop, "a commit would succeed although an output is missing"},
	{Producing, Expelled, Recovering, Forfeit, "somebody barred this producer, as the next owner of a dead process's tasks does"},
	{Producing, Empty, Gathering, Gather, "the tasks that had something can have no part in it any more"},

	{Positioning, Taken, Ending, End, "everything is in the transaction"},
	{Positioning, Again, Positioning, Position, "member and tasks are the same; only the generation or the coordinator changes"},
	{Positioning, Refused, Recovering, Drop, "the inputs would be handled again"},
	{Positioning, Expelled, Recovering, Forfeit, "another process may own the tasks by now"},

	{Ending, Committed, Applying, Apply, "the changelog has the rows for good"},
	{Ending, Expelled, Recovering, Forfeit, "somebody barred this producer, as the next owner of a dead process's tasks does"},
	{Ending, Unknown, Recovering, Drop, "it may have committed or not: only the changelog tells"},

	{Applying, Applied, Gathering, Gather, "the store agrees with the changelog"},
	{Applying, Broken, Recovering, Drop, "the changelog has what the store lacks"},

	{Recovering, Recreated, Gathering, Reopen, "the old transaction has ended, so the changelog's end is final"},
	{Recovering, Unreachable, Recovering, Drop, "without a new producer id the old transaction may still be open"},
}

// Next returns the step from a state on an event. It panics when the table has
// none: the lane reported what its state excludes, and to go on would be a guess.
func Next(from State, on Event) Step {
	for _, s := range Cycle {
		if s.From == from && s.On == on {
			return s
		}
	}
	panic(fmt.Sprintf("txn: event %v in state %v", on, from))
}

// String implements fmt.Stringer.
func (s State) String() string {
	return [...]string{"gathering", "producing", "positioning", "ending", "applying", "recovering"}[s]
}

// String implements fmt.Stringer.
func (e Event) String() string {
	return [...]string{
		"due", "empty", "flushed", "failed", "taken", "again", "refused", "expelled",
		"committed", "unknown", "applied", "broken", "recreated", "unreachable",
	}[e]
}
