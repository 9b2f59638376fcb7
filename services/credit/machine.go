package credit

import "github.com/millrace/millrace/schemas/event"

// Input is what can happen to the credit of an order.
type Input string

// The inputs.
const (
	Ask     Input = "ask"     // the order asks for an amount, or for another one
	Room    Input = "room"    // something made room under the limit
	Release Input = "release" // the order needs no more
	Bill    Input = "bill"    // an invoice of the order was posted
)

// Inputs lists all inputs, States all states, in the order of an order's life.
var (
	Inputs = []Input{Ask, Room, Release, Bill}
	States = []State{event.HoldStateNone, event.HoldStateWaiting, event.HoldStateGranted, event.HoldStateReleased}
)

// Rule is a line of the transition table.
type Rule struct {
	From State
	On   Input
	Fits bool // only if the amount fits under the limit
	To   State
	Why  string
}

// Table is every transition of the credit of an order. The first line that holds
// decides; a pair without a line changes nothing.
var Table = []Rule{
	{event.HoldStateNone, Ask, true, event.HoldStateGranted, "it fits"},
	{event.HoldStateNone, Ask, false, event.HoldStateWaiting, "it would pass the limit"},
	{event.HoldStateNone, Release, false, event.HoldStateReleased, "cancelled before it asked"},
	{event.HoldStateNone, Bill, false, event.HoldStateNone, "the invoice was faster; a fact all the same"},
	{event.HoldStateWaiting, Ask, true, event.HoldStateGranted, "the order became smaller"},
	{event.HoldStateWaiting, Ask, false, event.HoldStateWaiting, "it keeps its turn"},
	{event.HoldStateWaiting, Room, true, event.HoldStateGranted, "others made room"},
	{event.HoldStateWaiting, Release, false, event.HoldStateReleased, "the order does not wait any more"},
	{event.HoldStateWaiting, Bill, false, event.HoldStateWaiting, "billed without credit; a fact all the same"},
	{event.HoldStateGranted, Ask, true, event.HoldStateGranted, "another amount"},
	{event.HoldStateGranted, Ask, false, event.HoldStateWaiting, "what was granted before stays granted"},
	{event.HoldStateGranted, Release, false, event.HoldStateReleased, "cancelled, or billed in full"},
	{event.HoldStateGranted, Bill, false, event.HoldStateGranted, "the invoice counts in place of the grant"},
	{event.HoldStateReleased, Ask, false, event.HoldStateReleased, "the order has ended; its question comes late"},
	{event.HoldStateReleased, Release, false, event.HoldStateReleased, "said twice"},
	{event.HoldStateReleased, Bill, false, event.HoldStateReleased, "an invoice after the end"},
}

// next finds the rule for an input, nil when it changes nothing.
func next(from State, on Input, fits bool) *Rule {
	for i := range Table {
		if r := &Table[i]; r.From == from && r.On == on && (fits || !r.Fits) {
			return r
		}
	}
	return nil
}
