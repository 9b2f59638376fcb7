package stock

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// walk drives the book and the model side by side.
type walk struct {
	item  *item
	model model
	step  int
	plan  map[string]int64
	pools int64 // versions of the pools
}

func (w *walk) id() string {
	w.step++
	return fmt.Sprint("c", w.step)
}

func (w *walk) nodes(t *rapid.T) []event.NodeQty {
	var nodes []event.NodeQty
	for _, n := range []string{"north", "south"} {
		if qty := rapid.SampledFrom([]int64{0, 0, 1, 2, 3, 4}).Draw(t, n); qty > 0 {
			nodes = append(nodes, at(n, qty))
		}
	}
	return nodes
}

// expect compares what the book said with what the model says. What it asks back of
// promises that a node cannot keep is checkRecalls' to judge.
func (w *walk) expect(t *rapid.T, answers []event.InventoryAnswer, want ...string) {
	var got []string
	for _, a := range answers {
		if a.Verdict != event.StockVerdictLacking {
			got = append(got, a.CommandID+" "+string(a.Verdict))
		}
	}
	want = append(want, w.model.serve()...)
	if !slices.Equal(got, want) {
		t.Fatalf("step %d: the book says %q, the model %q", w.step, got, want)
	}
}

func (w *walk) reserve(t *rapid.T) {
	nodes := w.nodes(t)
	order := rapid.SampledFrom([]string{"o1", "o2", "o3", "o4", "o5"}).Draw(t, "order")
	if len(nodes) == 0 || slices.ContainsFunc(w.model.queue, func(x *waiter) bool { return x.order == order }) {
		t.Skip("nothing to ask, or in the queue")
	}
	w.plan[order]++
	w.model.lapse(order, w.item.now)
	mode := rapid.SampledFrom([]event.ReserveMode{event.ReserveModeHold, event.ReserveModeCommit, event.ReserveModeTentative, event.ReserveModeTentative, event.ReserveModeClaim, event.ReserveModeClaim}).Draw(t, "mode")
	c := reserve(w.id(), order, mode, w.plan[order], nodes...)
	c.Partial = mode == event.ReserveModeCommit && rapid.Bool().Draw(t, "partial")
	c.Channel, c.CustomerClass = orders[order].channel, orders[order].class
	c.Priority = rapid.IntRange(-1, 1).Draw(t, "priority")
	until := w.item.now.Add(10*time.Minute + time.Duration(w.step)*time.Second) // never two at once
	c.ExpiresAt = &until
	v := w.model.verdict(order, nodes, false)
	switch {
	case c.Partial:
		var parts []event.NodeQty
		for _, a := range nodes {
			if qty := min(a.Qty, w.model.deal(order, a.Node, w.model.sellable(a.Node)-w.model.taken(a.Node, false), false)-w.model.queued(a.Node)); qty > 0 && !w.model.frozen {
				parts, v = append(parts, at(a.Node, qty)), granted
			}
		}
		w.model.take(order, c.Plan, parts, true)
	case mode == event.ReserveModeClaim && v != short:
		x := &waiter{order: order, plan: c.Plan, priority: c.Priority, asked: nodes, commandID: c.CommandID}
		w.model.queue = append(w.model.queue, x)
		slices.SortStableFunc(w.model.queue, func(a, b *waiter) int { return cmp.Compare(b.priority, a.priority) })
		w.expect(t, w.item.command(c))
		return
	case v == granted:
		w.model.take(order, c.Plan, nodes, mode == event.ReserveModeCommit)
		if mode == event.ReserveModeHold {
			for _, h := range w.model.holds[len(w.model.holds)-len(nodes):] {
				h.until = until
			}
		}
	}
	w.expect(t, w.item.command(c), c.CommandID+" "+string(v))
}

// own draws a hold of the model.
func (w *walk) own(t *rapid.T) *hold {
	if len(w.model.holds) == 0 {
		t.Skip("nobody holds anything")
	}
	return rapid.SampledFrom(w.model.holds).Draw(t, "hold")
}

func (h *hold) id() string { return ReservationID(h.order, "lamp", h.node, h.plan) }

func (w *walk) commit(t *rapid.T) {
	h := w.own(t)
	w.model.lapse(h.order, w.item.now)
	verdict := refused
	if slices.Contains(w.model.holds, h) {
		verdict, h.firm = committed, true
	}
	c := act(w.id(), h.order, event.StockActionCommit, h.plan, h.id())
	w.expect(t, w.item.command(c), c.CommandID+" "+string(verdict))
}

func (w *walk) release(t *rapid.T) {
	h := w.own(t)
	w.model.lapse(h.order, w.item.now)
	c := act(w.id(), h.order, event.StockActionRelease, h.plan, h.id())
	w.expect(t, w.item.command(c), c.CommandID+" "+w.model.giveBack(h, h.qty))
}

func (w *walk) releaseSome(t *rapid.T) {
	h := w.own(t)
	w.model.lapse(h.order, w.item.now)
	qty := rapid.Int64Range(1, 8).Draw(t, "qty")
	c := act(w.id(), h.order, event.StockActionRelease, h.plan, h.id())
	c.Nodes = []event.NodeQty{at(h.node, qty)}
	var said string
	if c.Word = rapid.SampledFrom([]event.ReleaseWord{event.ReleaseWordAsker, event.ReleaseWordNode, event.ReleaseWordPerson}).Draw(t, "word"); c.Word == event.ReleaseWordAsker {
		said = w.model.giveBack(h, qty)
	} else {
		said = w.model.stays(h, qty)
	}
	w.expect(t, w.item.command(c), c.CommandID+" "+said)
	version := w.item.record.Version
	w.item.command(c) // sent again, it gives nothing back
	if w.item.record.Version != version {
		t.Fatalf("step %d: a release sent again changed something", w.step)
	}
}

// consign has a node asked to ship a hold.
func (w *walk) consign(t *rapid.T) {
	h := w.own(t)
	w.model.lapse(h.order, w.item.now)
	verdict := refused
	if slices.Contains(w.model.holds, h) && h.firm {
		verdict, h.away = committed, true
	}
	c := act(w.id(), h.order, event.StockActionConsign, h.plan, h.id())
	w.expect(t, w.item.command(c), c.CommandID+" "+string(verdict))
}

// recall asks units of a hold back that are at the node.
func (w *walk) recall(t *rapid.T) {
	h := w.own(t)
	w.model.lapse(h.order, w.item.now)
	qty := rapid.Int64Range(1, 8).Draw(t, "qty")
	c := act(w.id(), h.order, event.StockActionRecall, h.plan, h.id())
	c.Nodes = []event.NodeQty{at(h.node, qty)}
	said := "released"
	if h.away {
		said = w.model.giveBack(h, qty)
	}
	w.expect(t, w.item.command(c), c.CommandID+" "+said)
}

func (w *walk) releaseAll(t *rapid.T) {
	order := rapid.SampledFrom([]string{"o1", "o2", "o3", "o4", "o5"}).Draw(t, "order")
	w.model.lapse(order, w.item.now)
	said := "released"
	for _, h := range slices.Clone(w.model.holds) {
		if h.order == order && w.model.giveBack(h, h.qty) == "pending" {
			said = "pending"
		}
	}
	w.model.queue = slices.DeleteFunc(w.model.queue, func(x *waiter) bool { return x.order == order })
	c := act(w.id(), order, event.StockActionRelease, w.plan[order])
	w.expect(t, w.item.command(c), c.CommandID+" "+said)
}

func (w *walk) ship(t *rapid.T) {
	h := w.own(t)
	qty := rapid.Int64Range(1, 8).Draw(t, "qty")
	own := min(qty, h.qty)
	w.model.drop(h, own)
	w.model.over += qty - own
	if h.shelf != nil {
		h.shelf.left += own
	}
	w.model.put(h.node, event.OwnerSelf, "", event.StockConditionSellable, -qty)
	w.item.ship(w.id(), h.order, h.id(), h.node, qty)
	w.expect(t, w.item.last.Answers())
}

// pass lets time go by, in which holds end, each 30 seconds after its time.
func (w *walk) pass(t *rapid.T) {
	d := time.Duration(rapid.Int64Range(1, 600).Draw(t, "seconds")) * time.Second
	end := w.item.now.Add(d)
	var want []string
	for {
		var first *hold
		var ends *shelf
		grown := ""
		for _, node := range []string{"north", "south"} {
			if !w.model.expired[node] && !expiry[node].After(end) && grown == "" {
				grown = node
			}
		}
		for _, s := range w.model.pools {
			if !s.until.IsZero() && !s.until.After(end) && (ends == nil || s.until.Before(ends.until)) {
				ends = s
			}
		}
		for _, h := range w.model.holds {
			if h.basket() && h.until.Add(30*time.Second).Before(end) && (first == nil || h.until.Before(first.until)) {
				first = h
			}
		}
		if at := expiry[grown]; grown != "" && (first == nil || !at.After(first.until.Add(30*time.Second))) && (ends == nil || !at.After(ends.until)) {
			w.model.expired[grown] = true
			want = append(want, w.model.serve()...)
			continue
		}
		if ends != nil && (first == nil || !ends.until.After(first.until.Add(30*time.Second))) {
			w.model.end(ends.until)
			want = append(want, w.model.serve()...)
			continue
		}
		if first == nil {
			break
		}
		w.model.lapse(first.order, first.until.Add(time.Microsecond))
		want = append(want, w.model.serve()...)
	}
	w.expect(t, w.item.pass(d), want...)
}

func (w *walk) fact(t *rapid.T) {
	node := rapid.SampledFrom([]string{"north", "south"}).Draw(t, "node")
	qty := rapid.Int64Range(1, 3).Draw(t, "qty")
	conditions := []event.StockCondition{event.StockConditionOutside, event.StockConditionSellable, event.StockConditionDamaged, event.StockConditionQuarantine, event.StockConditionSuspect}
	from := rapid.SampledFrom(conditions).Draw(t, "from")
	to := rapid.SampledFrom(conditions).Draw(t, "to")
	if from == to {
		t.Skip("no movement")
	}
	m := event.InventoryMovement{EntryID: w.id(), Node: node, Qty: qty, From: from, To: to}
	m.Owner = rapid.SampledFrom([]string{"", event.OwnerSelf, "supplier"}).Draw(t, "owner")
	m.Lot = rapid.SampledFrom([]string{"", "", "L1", "L2"}).Draw(t, "lot")
	if expires := expiry[node]; m.Lot == "L1" {
		m.LotExpiresAt = &expires
	}
	owner := cmp.Or(m.Owner, event.OwnerSelf)
	w.model.put(node, owner, m.Lot, from, -qty)
	w.model.put(node, owner, m.Lot, to, qty)
	w.expect(t, w.item.move(m))
}

func (w *walk) receipt(t *rapid.T) {
	node := rapid.SampledFrom([]string{"north", "south"}).Draw(t, "node")
	qty := rapid.Int64Range(1, 12).Draw(t, "qty")
	w.model.put(node, event.OwnerSelf, "", event.StockConditionSellable, qty)
	w.expect(t, w.item.receive(w.id(), node, qty))
}

// check compares the sums, and counts each unit once.
// checkRecalls returns how many units of a node were asked back from orders: of those
// that it lacks, all that are promised and that it was not asked to ship.
func (w *walk) checkRecalls(t *rapid.T, n *event.StockNode) (recalled int64) {
	for order, h := range w.item.rows.holdings {
		for i := range h.Reservations {
			r := &h.Reservations[i]
			if r.Recalled < 0 || r.Recalled > openUnits(r) || r.Recalled > 0 && r.State != event.ReservationStateCommitted {
				t.Fatalf("step %d: order %s was asked for %d units of %+v", w.step, order, r.Recalled, *r)
			}
			if r.Node == n.Node {
				recalled += r.Recalled
			}
		}
	}
	if recalled < min(n.Lacking, n.Committed) {
		t.Fatalf("step %d: %d units are asked back of %+v", w.step, recalled, *n)
	}
	return recalled
}

func (w *walk) check(t *rapid.T) {
	w.checkOffers(t)
	for i := range w.item.record.Nodes {
		n := w.item.record.Nodes[i]
		is := func(c event.StockCondition) int64 {
			return w.model.count(n.Node, n.Owner, func(o event.StockCondition) bool { return o == c })
		}
		want := event.StockNode{
			Node: n.Node, Owner: n.Owner, OnHand: w.model.count(n.Node, n.Owner, nil),
			Quarantine: is(event.StockConditionQuarantine), Damaged: is(event.StockConditionDamaged),
		}
		want.Unsellable = want.OnHand - is(event.StockConditionSellable)
		if n.Owner == event.OwnerSelf && w.model.expired[n.Node] {
			want.Expired = max(0, w.model.units[pile{n.Node, event.OwnerSelf, "L1", event.StockConditionSellable}])
		}
		if n.Owner == event.OwnerSelf {
			want.Waiting = w.model.queued(n.Node)
			for _, h := range w.model.holds {
				switch {
				case h.node != n.Node:
				case h.away:
					want.AtNode += h.qty
					want.CancelPending += h.asked
				case h.firm:
					want.Committed += h.qty
				case h.basket():
					want.Held += h.qty
				default:
					want.Tentative += h.qty
				}
			}
			all := w.model.taken(n.Node, false)
			want.Lacking, want.LackingSince = min(all, max(0, all-w.model.sellable(n.Node))), n.LackingSince
			want.Recalled = w.checkRecalls(t, &n)
		}
		if n != want {
			t.Fatalf("step %d: the book has %+v, the model %+v", w.step, n, want)
		}
	}
	for p, units := range w.model.units {
		key := p.node + sep + p.owner + sep + string(p.condition) + sep + p.lot
		if l := w.item.rows.lots[key]; p.lot != "" && l.Qty != units {
			t.Fatalf("step %d: the book has %d of %+v, the model %d", w.step, l.Qty, p, units)
		}
	}
	if w.item.record.OverShipped != w.model.over || w.item.record.Claims != int64(len(w.model.queue)) || len(w.item.rows.claims) != len(w.model.queue) {
		t.Fatalf("step %d: over-shipped %d claims %d, the model %d and %d", w.step, w.item.record.OverShipped, w.item.record.Claims, w.model.over, len(w.model.queue))
	}
	open := map[State]int64{}
	for order, h := range w.item.rows.holdings {
		for i := range h.Reservations {
			r := &h.Reservations[i]
			if r.Consumed < 0 || r.GivenBack < 0 || openUnits(r) < 0 || (r.State == event.ReservationStateClosed) != (openUnits(r) == 0) {
				t.Fatalf("step %d: order %s has %+v", w.step, order, *r)
			}
			open[r.State] += openUnits(r)
		}
	}
	for i := range w.item.record.Nodes {
		n := &w.item.record.Nodes[i]
		open[event.ReservationStateWaiting] -= n.Waiting
		open[event.ReservationStateTentative] -= n.Tentative
		open[event.ReservationStateCommitted] -= n.Committed
		open[event.ReservationStateAtNode] -= n.AtNode
		open[event.ReservationStateHeld] -= n.Held
	}
	for s, left := range open {
		if left != 0 {
			t.Fatalf("step %d: the sums of %s are off by %d", w.step, s, left)
		}
	}
}

func openUnits(r *event.StockReservation) int64 { return r.Qty - r.Consumed - r.GivenBack }

func TestTheBookDoesWhatTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &walk{item: newItem(t), plan: map[string]int64{}, model: model{units: map[pile]int64{}, expired: map[string]bool{}}}
		for _, node := range []string{"north", "south"} { // else most is short
			w.model.put(node, event.OwnerSelf, "", event.StockConditionSellable, 5)
			w.item.receive("opening "+node, node, 5)
		}
		t.Repeat(map[string]func(*rapid.T){
			"":            w.check,
			"reserve":     w.reserve,
			"reserve 2":   w.reserve,
			"reserve 3":   w.reserve,
			"reserve 4":   w.reserve,
			"commit":      w.commit,
			"release":     w.release,
			"releaseSome": w.releaseSome,
			"releaseAll":  w.releaseAll,
			"ship":        w.ship,
			"fact":        w.fact,
			"receipt":     w.receipt,
			"pass":        w.pass,
			"keep":        w.keep,
			"consign":     w.consign,
			"recall":      w.recall,
			"freeze":      w.freeze,
		})
	})
}
