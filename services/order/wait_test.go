package order

import "testing"

// A node that shipped more of one line than it was asked for is waited for with the
// other line, though as many units left as were asked for in all.
func TestANodeThatOwesALineIsWaitedForWhateverElseItShipped(t *testing.T) {
	f := &Facts{
		Order:       &Record{Phase: released, Units: 3, InFlight: 1, Shipped: 2},
		Fulfilments: []*Fulfilment{{FulfilmentID: "f", Node: "north", Round: 1, Units: 2, Shipped: 2}},
		Parts:       []*Part{{FulfilmentID: "f", LineID: "1", Asked: 1, Shipped: 2}, {FulfilmentID: "f", LineID: "2", Asked: 1}},
	}
	if waits := Waits(f); len(waits) != 1 || waits[0].Cause != WaitNode || waits[0].Who != "north" {
		t.Errorf("it waits for %+v, want the node", waits)
	}
	f.Parts[1].Shipped = 1
	f.Fulfilments[0].Shipped = 3
	if waits := Waits(f); len(waits) != 0 {
		t.Errorf("with all shipped it waits for %+v", waits)
	}
}
