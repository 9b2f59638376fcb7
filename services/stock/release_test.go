package stock

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// away reserves units at north and has the node asked to ship them.
func (i *item) away(qty int64) (id string) {
	i.t.Helper()
	id = i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", qty))), granted).Grants[0].ReservationID
	i.one(i.command(act("c2", "o1", event.StockActionConsign, 1, id)), committed)
	return id
}

func TestUnitsAtANodeAreOnlyAskedBack(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 9)
	id := i.away(6)
	want := func(reserved, atNode, pending int64) {
		t.Helper()
		if p := i.position("north"); p.Reserved != reserved || p.AtNode != atNode || p.CancelPending != pending || p.Available != p.OnHand-reserved {
			t.Errorf("north %+v, want %d reserved, %d at the node, %d pending", p, reserved, atNode, pending)
		}
	}
	want(6, 6, 0)
	recall := act("c3", "o1", event.StockActionRecall, 1, id)
	recall.Nodes = []event.NodeQty{at("north", 4)}
	i.one(i.command(recall), event.StockVerdictPending)
	want(6, 6, 4)
	for _, c := range []event.InventoryCommand{act("c4", "o1", event.StockActionRelease, 1, id), act("c5", "o1", event.StockActionRelease, 9)} {
		i.one(i.command(c), event.StockVerdictPending)
		want(6, 6, 6)
	}
	stays := act("c6", "o1", event.StockActionRelease, 1, id)
	stays.Nodes, stays.Word = []event.NodeQty{at("north", 2)}, event.ReleaseWordNode
	i.one(i.command(stays), released)
	i.one(i.command(stays), released)
	want(4, 4, 4)
	i.ship("s1", "o1", id, "north", 3) // it was packed already
	want(1, 1, 1)
	gone := act("c7", "o1", event.StockActionRelease, 1, id)
	gone.Word = event.ReleaseWordPerson
	i.one(i.command(gone), released)
	want(0, 0, 0)
	i.one(i.command(recall), released)
	want(0, 0, 0)
}

func TestOnlyWhatIsPromisedGoesToANode(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 9)
	id := i.one(i.command(reserve("c1", "o1", event.ReserveModeTentative, 1, at("north", 2))), granted).Grants[0].ReservationID
	i.one(i.command(act("c2", "o1", event.StockActionConsign, 1, id)), refused)
	i.one(i.command(act("c3", "o1", event.StockActionConsign, 1, ReservationID("o2", "lamp", "north", 1))), refused)
	i.one(i.command(act("c4", "o1", event.StockActionCommit, 1, id)), committed)
	i.ship("s1", "o1", id, "north", 2) // faster than the request
	i.one(i.command(act("c5", "o1", event.StockActionConsign, 1, id)), committed)
	if p := i.position("north"); p.AtNode != 0 || p.Reserved != 0 {
		t.Errorf("north %+v", p)
	}
}

// An order that waits is planned again and again: what it gave back long ago takes no
// room, and is refused all the same when its reserve comes once more.
func TestPlansGivenBackByNameAreForgottenButNotGrantedAgain(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c0", "o1", event.ReserveModeCommit, 1, at("north", 2))), granted)
	for plan := int64(2); plan < 3*maxReservations; plan++ {
		i.one(i.command(reserve(fmt.Sprint("c", plan), "o1", event.ReserveModeCommit, plan, at("north", 3))), granted)
		i.one(i.command(act(fmt.Sprint("b", plan), "o1", event.StockActionRelease, plan, ReservationID("o1", "lamp", "north", plan))), released)
	}
	for _, plan := range []int64{2, maxReservations, 3*maxReservations - 1} {
		if a := i.one(i.command(reserve(fmt.Sprint("again", plan), "o1", event.ReserveModeCommit, plan, at("north", 3))), refused); a.Reason != ReasonReleased {
			t.Errorf("plan %d is refused because %s", plan, a.Reason)
		}
	}
	i.one(i.command(reserve("again", "o1", event.ReserveModeCommit, 1, at("north", 2))), granted)
	if p := i.position("north"); p.Reserved != 2 {
		t.Errorf("%d units are reserved, want those of the first plan", p.Reserved)
	}
}
