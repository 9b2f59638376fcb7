package orderstream

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/capacity"
	"github.com/millrace/millrace/streams"
)

// keepPlaces is how long after its day a place is remembered, so that one that is
// given back late counts once.
const keepPlaces = 8 * 24 * time.Hour

// today is the day on which what a node is asked for now leaves, as YYYY-MM-DD in
// its zone.
func (r *Room) today(node string, now time.Time) string {
	if works := r.calendar(node); works != nil {
		if leaves, ok := works.Leaves(now); ok {
			return leaves.Format(time.DateOnly)
		}
	}
	return now.UTC().Format(time.DateOnly)
}

// begins is when a day begins at a node.
func (r *Room) begins(node, day string) time.Time {
	if works := r.calendar(node); works != nil {
		return works.Begins(day)
	}
	begins, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return begins
}

// queue asks each node that bounds its days for a place in one.
func (t *turn) queue() {
	units := make(map[string]int64)
	var nodes []string
	for _, i := range t.items() {
		for _, g := range i.Grants {
			if units[g.Node] == 0 {
				nodes = append(nodes, g.Node)
			}
			units[g.Node] += g.Qty
		}
	}
	for _, node := range nodes {
		if !t.limit(node).Bounded() {
			continue
		}
		id := order.FulfilmentID(t.id, node, t.o.Rounds+1)
		s := &event.OrderSlotRecord{RequestID: fmt.Sprint(id, "/", t.o.Plan), Node: node, Asked: t.today(node, t.ctx.Now()), Waits: true, Units: units[node]}
		t.o.Slots++
		t.slots.Put(t.ctx, id, s)
		t.out.capacity.Send(t.ctx, node, &event.CapacityRequest{
			RequestID: s.RequestID, Node: node, OrderID: t.id, FulfilmentID: id, Action: event.CapacityActionBook, Day: s.Asked, Units: units[node], RequestedAt: t.ctx.Now(),
		})
	}
}

// limit is what a node can release in a day; none when nothing is known of it.
func (r *Room) limit(node string) capacity.Limit {
	row, _ := r.nodes.Get(node)
	return capacity.LimitOf(&row)
}

// placed takes the day that a node found. An answer to a question that the order
// moved on from says nothing: what it was about was given back.
func (t *turn) placed(g *event.CapacityGranted) {
	s := t.slots.Get(t.ctx, g.FulfilmentID)
	if s == nil || s.RequestID != g.RequestID || s.Day != "" {
		return
	}
	s.Day = g.Day
	t.slots.Put(t.ctx, g.FulfilmentID, s)
	if begins := t.begins(s.Node, s.Day); s.Day > s.Asked && begins.After(t.ctx.Now()) {
		t.moment("capacity.granted", s.Node+" has a place on "+s.Day)
		t.ctx.SetTimerAt(timerSlot+g.FulfilmentID, begins)
		return
	}
	t.comes(g.FulfilmentID)
}

// comes sees how far the order can go once a place's day is there.
func (t *turn) comes(fulfilment string) {
	s := t.slots.Get(t.ctx, fulfilment)
	if s == nil || !s.Waits {
		return
	}
	s.Waits = false
	t.o.Slots--
	t.slots.Put(t.ctx, fulfilment, s)
	t.raise(order.Secure, order.View{})
}

// leaveQueue gives back every place of the round under way.
func (t *turn) leaveQueue() { t.leaveBut(t.o.Rounds+1, nil) }

// leaveBut gives back the places of a round, but for those by which a node was
// asked to ship.
func (t *turn) leaveBut(round int64, asked []event.FulfilmentRef) {
	var unused []string
	t.slots.Range(t.ctx, "", func(fulfilment string, s *event.OrderSlotRecord) bool {
		used := slices.ContainsFunc(asked, func(f event.FulfilmentRef) bool { return f.FulfilmentID == fulfilment })
		if !used && fulfilment == order.FulfilmentID(t.id, s.Node, round) {
			unused = append(unused, fulfilment)
		}
		return true
	})
	for _, fulfilment := range unused {
		t.leave(fulfilment, true)
	}
}

// keepPlace keeps of a fulfilment's place what may still leave or has left by it.
func (t *turn) keepPlace(f *order.Fulfilment, ended bool) {
	switch {
	case t.slots.Get(t.ctx, f.FulfilmentID) == nil:
	case ended && f.Shipped == 0:
		t.leave(f.FulfilmentID, true)
	default:
		units := int64(0)
		for _, p := range t.partsOf(f.FulfilmentID) {
			units += p.Shipped + order.Flight(p, ended)
		}
		t.lessen(f.FulfilmentID, units)
		if ended {
			t.leave(f.FulfilmentID, false)
		}
	}
}

// leave forgets a place, and gives it back when nothing left by it.
func (t *turn) leave(fulfilment string, back bool) {
	s := t.slots.Get(t.ctx, fulfilment)
	if s == nil {
		return
	}
	if s.Waits {
		t.o.Slots--
		t.ctx.ClearTimer(timerSlot + fulfilment)
	}
	t.slots.Delete(t.ctx, fulfilment)
	if back {
		t.out.capacity.Send(t.ctx, s.Node, &event.CapacityRequest{
			RequestID: s.RequestID + "/back", Node: s.Node, OrderID: t.id, FulfilmentID: fulfilment, Action: event.CapacityActionFree, RequestedAt: t.ctx.Now(),
		})
	}
}

// lessenGranted gives back what the places of the round under way are for beyond what
// is granted now.
func (t *turn) lessenGranted() {
	units := make(map[string]int64)
	for _, i := range t.items() {
		for _, g := range i.Grants {
			units[g.Node] += g.Qty
		}
	}
	for _, s := range t.slots.All(t.ctx) {
		t.lessen(order.FulfilmentID(t.id, s.Node, t.o.Rounds+1), units[s.Node])
	}
}

// lessen gives back what a place is for beyond the units that may still leave by it.
func (t *turn) lessen(fulfilment string, units int64) {
	s := t.slots.Get(t.ctx, fulfilment)
	if s == nil || units >= s.Units {
		return
	}
	s.Units = units
	t.slots.Put(t.ctx, fulfilment, s)
	t.out.capacity.Send(t.ctx, s.Node, &event.CapacityRequest{
		RequestID: fmt.Sprint(s.RequestID, "/", units), Node: s.Node, OrderID: t.id, FulfilmentID: fulfilment, Action: event.CapacityActionShrink, Units: units, RequestedAt: t.ctx.Now(),
	})
}

// deal books or frees places of one node's days.
func (r *Room) deal(ctx streams.Ctx, l *capacity.Load, in streams.Input) error {
	node := ctx.Key()
	switch in := in.(type) {
	case streams.Record[event.CapacityRequest]:
		if err := r.place(ctx, l, &in.Value); err != nil {
			return err
		}
	case streams.Timer:
		r.places.Delete(ctx, in.Name)
		return nil
	}
	capacity.Forget(l, ctx.Now().Add(-keepPlaces).UTC().Format(time.DateOnly))
	r.out.load.Send(ctx, node, &event.CapacityLoad{Node: node, Days: l.Days, AsOf: ctx.Now()})
	return nil
}

func (r *Room) place(ctx streams.Ctx, l *capacity.Load, q *event.CapacityRequest) error {
	held := r.places.Get(ctx, q.FulfilmentID)
	switch q.Action {
	case event.CapacityActionFree:
		if held != nil {
			capacity.Free(l, held.Day, held.Units)
			r.places.Delete(ctx, q.FulfilmentID)
			ctx.ClearTimer(q.FulfilmentID)
		}
		return nil
	case event.CapacityActionShrink:
		if held != nil && q.Units < held.Units {
			capacity.Shrink(l, held.Day, held.Units-q.Units)
			held.Units = q.Units
			r.places.Put(ctx, q.FulfilmentID, held)
		}
		return nil
	case event.CapacityActionBook:
	default:
		return fmt.Errorf("request %s of order %s says %q: it is book, free or shrink", q.RequestID, q.OrderID, q.Action)
	}
	if held == nil {
		held = &event.NodeSlotRecord{Day: r.find(l, ctx.Key(), q), Units: q.Units}
		r.places.Put(ctx, q.FulfilmentID, held)
		ctx.SetTimerAt(q.FulfilmentID, r.begins(ctx.Key(), held.Day).Add(keepPlaces))
	}
	r.out.granted.Send(ctx, q.OrderID, &event.CapacityGranted{
		RequestID: q.RequestID, Node: ctx.Key(), OrderID: q.OrderID, FulfilmentID: q.FulfilmentID, Day: held.Day, GrantedAt: ctx.Now(),
	})
	return nil
}

// find takes a place on the first day that has one; a node that bounds nothing any
// more has one at once.
func (r *Room) find(l *capacity.Load, node string, q *event.CapacityRequest) string {
	next := func(day string) (string, bool) {
		at, err := time.Parse(time.DateOnly, day)
		return at.AddDate(0, 0, 1).Format(time.DateOnly), err == nil
	}
	if works := r.calendar(node); works != nil {
		next = works.Next
	}
	return capacity.Book(l, q.Day, q.Units, r.limit(node), next)
}
