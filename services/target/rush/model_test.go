//go:build unix

package rush_test

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/millrace/millrace/schemas/event"
)

const (
	maxOrders = 128 // of one item in a history
	opening   = 45  // units of each item
)

// asked is what a client did: it reserves for an order, or commits or gives back
// what the order has. expire is no command: from its call on a hold may end.
type asked struct {
	action string // reserve, commit, release or expire
	order  int
	hold   bool // reserve only until a time
}

// heard is the answer; a client that heard none does not know whether anything
// happened.
type heard struct {
	known   bool
	verdict event.StockVerdict
	free    int64 // what the answer says is left
	late    bool  // the hold was over when its reserve was written
}

// units that an order wants.
func units(order int) int64 { return int64(1 + order%3) }

// What an order has of the item.
const (
	nothing uint8 = iota
	held
	promised
	lapsed
	gone // it was given back, so no reserve is heard any more
)

// shelf is all that stock has to know of one item: what is free, and what each
// order has.
type shelf struct {
	free   int64
	orders [maxOrders]uint8
}

// sequential is stock as if one client asked after the other. Every answer tells
// what is left, so that a unit that is counted wrongly shows at once. Whether a hold
// ends at a moment at which it may is not said.
var sequential = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{shelf{free: opening}} },
	Step: func(state, input, output any) []any {
		s, in, out := state.(shelf), input.(asked), output.(heard)
		verdict := s.do(in)
		switch {
		case in.action == "expire", !out.known:
			return []any{state, s}
		case out.late:
			return []any{state}
		case out.verdict == verdict && out.free == s.free:
			return []any{s}
		}
		return nil
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
	DescribeState:     func(state any) string { return fmt.Sprint(state.(shelf).free, " free") },
}).ToModel()

// do changes the shelf and says how stock answers.
func (s *shelf) do(in asked) event.StockVerdict {
	has, qty := &s.orders[in.order], units(in.order)
	switch in.action {
	case "reserve":
		switch {
		case *has == gone:
			return event.StockVerdictRefused
		case s.free < qty:
			return event.StockVerdictShort
		}
		s.free -= qty
		if *has = promised; in.hold {
			*has = held
		}
		return event.StockVerdictGranted
	case "commit":
		if *has == held {
			*has = promised
		}
		if *has == promised {
			return event.StockVerdictCommitted
		}
		return event.StockVerdictRefused
	case "release":
		if *has == held || *has == promised {
			s.free += qty
		}
		*has = gone
		return event.StockVerdictReleased
	}
	if *has == held {
		s.free += qty
		*has = lapsed
	}
	return ""
}
