package orderstream_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
)

// history is everything that happens to one order, without an order of arrival:
// what was ordered, what stock has, what nodes, carriers and the ERP state, and
// what is asked to be cancelled.
type history struct {
	policy  event.ShortagePolicy
	lines   []event.OrderLine
	shelf   map[string]int64 // units by "sku node"
	courses []*course
	billed  bool
	basket  bool             // units are kept for it before its submission, or are asked for too late
	whole   bool             // a cancel of everything comes
	less    map[string]int64 // units of lines that are cancelled, by line
}

// course is what one node does: of each line it ships and withholds some units.
type course struct {
	node               string
	shipped            []map[string]int64 // a shipment each: units by line
	withheld           map[string]int64
	status             event.FulfilmentStatus
	final              bool
	delivered, corrupt bool // corrupt: it ships more after it said that was all
}

var bothNodes = []string{"north", "south"}

// asked is what the order asks of a node: all that is there is asked of the first
// node, the rest of the second; lines of one item are served in their order.
func (h *history) asked(node string) map[string]int64 {
	asked, left := map[string]int64{}, maps.Clone(h.shelf)
	for _, l := range h.lines {
		rest := l.Qty
		for _, n := range bothNodes {
			take := min(rest, left[l.Sku+" "+n])
			left[l.Sku+" "+n] -= take
			rest -= take
			if n == node && take > 0 {
				asked[l.LineID] = take
			}
		}
	}
	return asked
}

// drawHistory makes a history in which everybody keeps to the rules, but for
// shipments after a node's last word.
func drawHistory(t *rapid.T) *history {
	h := &history{
		policy: rapid.SampledFrom([]event.ShortagePolicy{event.ShortagePolicyBackorder, event.ShortagePolicyCancel}).Draw(t, "policy"),
		shelf:  map[string]int64{}, less: map[string]int64{}, billed: rapid.Bool().Draw(t, "billed"), whole: rapid.IntRange(0, 3).Draw(t, "whole") == 0,
	}
	for n := range rapid.IntRange(1, 3).Draw(t, "lines") {
		l := line(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "sku"), rapid.Int64Range(1, 5).Draw(t, "qty"))
		l.LineID = fmt.Sprint(n + 1)
		h.lines = append(h.lines, l)
		if rapid.IntRange(0, 3).Draw(t, "less") == 0 {
			h.less[l.LineID] = rapid.Int64Range(1, l.Qty).Draw(t, "off")
		}
	}
	for _, sku := range []string{"a", "b"} {
		for _, node := range bothNodes {
			h.shelf[sku+" "+node] = rapid.Int64Range(0, 8).Draw(t, "shelf")
		}
	}
	h.basket = rapid.Bool().Draw(t, "basket") && len(h.asked("south")) == 0 && h.missing() == 0
	for _, node := range bothNodes {
		if asked := h.asked(node); len(asked) > 0 {
			h.courses = append(h.courses, h.drawCourse(t, node, asked))
		}
	}
	return h
}

// missing is how many units nobody has.
func (h *history) missing() int64 {
	wanted := int64(0)
	for _, l := range h.lines {
		wanted += l.Qty
	}
	return wanted - sum(h.asked("north")) - sum(h.asked("south"))
}

func (h *history) drawCourse(t *rapid.T, node string, asked map[string]int64) *course {
	c := &course{
		node: node, withheld: map[string]int64{}, final: h.whole || len(h.less) > 0 || rapid.Bool().Draw(t, "final"),
		status:    rapid.SampledFrom([]event.FulfilmentStatus{event.FulfilmentStatusAccepted, event.FulfilmentStatusPicked, event.FulfilmentStatusPacked}).Draw(t, "status"),
		delivered: rapid.Bool().Draw(t, "delivered"),
	}
	left := maps.Clone(asked)
	for range rapid.IntRange(0, 2).Draw(t, "shipments") {
		units := map[string]int64{}
		for _, id := range slices.Sorted(maps.Keys(left)) {
			if qty := rapid.Int64Range(0, left[id]).Draw(t, "shipped"); qty > 0 {
				units[id], left[id] = qty, left[id]-qty
			}
		}
		if len(units) > 0 {
			c.shipped = append(c.shipped, units)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		if rapid.IntRange(0, 2).Draw(t, "withholds") == 0 {
			c.withheld[id] = rapid.Int64Range(0, left[id]).Draw(t, "withheld")
		}
	}
	c.corrupt = c.final && len(c.shipped) > 1 && rapid.IntRange(0, 4).Draw(t, "corrupt") == 0
	return c
}

func sum(units map[string]int64) int64 {
	total := int64(0)
	for _, qty := range units {
		total += qty
	}
	return total
}

// stated is how many units a node says have left when it ends.
func (x *course) stated() int64 {
	total := int64(0)
	for n, units := range x.shipped {
		if !x.corrupt || n > 0 {
			total += sum(units)
		}
	}
	return total
}

// expected is where the units of each line must be in the end, whatever came
// first, and the status; it is computed from the history alone.
func (h *history) expected() (map[string]event.OrderLineState, event.OrderStatus) {
	lines := map[string]event.OrderLineState{}
	var shipped, flying, lacking int64
	for _, l := range h.lines {
		s := event.OrderLineState{LineID: l.LineID, Sku: l.Sku, Kind: event.LineKindGoods, Ordered: l.Qty}
		wanted := max(0, l.Qty-h.less[l.LineID])
		if h.whole {
			wanted = 0
		}
		atNodes := int64(0)
		for _, x := range h.courses {
			left := int64(0)
			for _, units := range x.shipped {
				left += units[l.LineID]
				if x.delivered {
					s.Delivered += units[l.LineID]
				}
			}
			s.Shipped += left
			if x.final {
				continue
			}
			rest := h.asked(x.node)[l.LineID] - left - x.withheld[l.LineID]
			atNodes += rest
			switch x.status {
			case event.FulfilmentStatusPicked:
				s.Picked += rest
			case event.FulfilmentStatusPacked:
				s.Packed += rest
			default:
				s.Released += rest
			}
		}
		missing := max(0, wanted-s.Shipped-atNodes)
		s.Cancelled = l.Qty - s.Shipped - atNodes - missing
		if h.policy == event.ShortagePolicyCancel {
			s.Cancelled, missing = s.Cancelled+missing, 0
		}
		s.Backordered = missing
		shipped, flying, lacking = shipped+s.Shipped, flying+atNodes, lacking+missing
		lines[l.LineID] = s
	}
	switch {
	case flying > 0 && shipped == 0:
		return lines, event.OrderStatusReleased
	case flying > 0:
		return lines, event.OrderStatusPartlyShipped
	case shipped == 0 && lacking == 0:
		return lines, event.OrderStatusCancelled
	case shipped > 0 && !h.billed && lacking > 0:
		return lines, event.OrderStatusPartlyShipped
	case shipped > 0 && !h.billed:
		return lines, event.OrderStatusShipped
	case lacking > 0:
		return lines, event.OrderStatusBackordered
	}
	return lines, event.OrderStatusCompleted
}

// inputs are the facts of a history, and its requests, each to be given once or
// more often, in any order.
func (h *history) inputs(c *counter) (facts, requests []func()) {
	for _, x := range h.courses {
		id := order.FulfilmentID(c.id, x.node, 1)
		facts = append(facts, func() { put(c, statuses, c.status(x.node, x.status, 0, false)) })
		for n, units := range x.shipped {
			doc := fmt.Sprint(x.node, n)
			s := &event.ShipmentConfirmed{ShipmentID: doc, FulfilmentID: id, OrderID: c.id, Node: x.node, Document: doc, Source: x.node, ShippedAt: noon, Carrier: "dhl", Tracking: doc}
			for _, l := range h.lines {
				if units[l.LineID] > 0 {
					s.Lines = append(s.Lines, event.ShipmentLine{LineID: l.LineID, Sku: l.Sku, Qty: units[l.LineID]})
				}
			}
			facts = append(facts, func() { put(c, shipments, s) })
			for seq, status := range []event.ParcelStatus{event.ParcelStatusInTransit, event.ParcelStatusDelivered} {
				if status == event.ParcelStatusInTransit || x.delivered {
					facts = append(facts, func() {
						put(c, parcels, &event.ParcelStatusChanged{ParcelID: doc, OrderID: c.id, ShipmentID: doc, Carrier: "dhl", Tracking: doc, Status: status, Seq: int64(seq + 1), OccurredAt: noon})
					})
				}
			}
			if h.billed {
				facts = append(facts, func() { put(c, invoices, c.invoice(doc, 100)) })
			}
		}
		last := c.status(x.node, x.status, x.stated(), x.final)
		for _, l := range h.lines {
			if x.withheld[l.LineID] > 0 {
				last.Withheld = append(last.Withheld, event.WithheldLine{LineID: l.LineID, Sku: l.Sku, Qty: x.withheld[l.LineID]})
			}
		}
		facts = append(facts, func() { put(c, statuses, last) })
	}
	if h.basket {
		facts = append(facts, func() {
			until := c.Now().Add(time.Hour)
			r := &event.OrderReserve{OrderID: c.id, Action: event.BasketActionKeep, RequestID: "basket", BodyHash: "basket", Channel: "shop", ExternalID: "1", Until: &until}
			for _, l := range h.lines {
				r.Lines = append(r.Lines, event.BasketLine{Sku: l.Sku, Qty: l.Qty})
			}
			put(c, typed[event.OrderReserve](topic.OrderReserve), r)
		})
	}
	if h.whole {
		requests = append(requests, func() { put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CUSTOMER"}) })
	}
	for _, id := range slices.Sorted(maps.Keys(h.less)) {
		requests = append(requests, func() {
			put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "LESS", RequestID: id, Lines: []event.CancelLine{{LineID: id, Qty: h.less[id]}}})
		})
	}
	return facts, requests
}

// play gives a history in a drawn order and returns the order in the end. What a
// node said it has left on its shelf is not there: after the first release stock
// has nothing more.
func (h *history) play(t *rapid.T, c *counter) *order.Facts {
	stock := &shelf{left: maps.Clone(h.shelf), grants: map[string][]event.Grant{}}
	answer := func() bool {
		cmds := c.next()
		for _, cmd := range cmds {
			if count[event.OrderReleased](c, topic.OrderReleased) > 0 {
				clear(stock.left)
			}
			stock.answer(c, cmd)
		}
		return len(cmds) > 0
	}
	facts, requests := h.inputs(c)
	submitted := false
	s := c.order(h.lines...)
	s.Shortage = h.policy
	type input struct {
		do      func()
		request bool
		submit  bool
	}
	var all []input
	for _, do := range facts {
		for range rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "times") {
			all = append(all, input{do: do})
		}
	}
	for _, do := range requests {
		all = append(all, input{do: do, request: true}, input{do: do, request: true})
	}
	all = append(all, input{do: func() { put(c, submits, s); submitted = true }, submit: true})
	var waiting []func()
	for _, in := range rapid.Permutation(all).Draw(t, "arrival") {
		switch {
		case in.request && !submitted:
			waiting = append(waiting, in.do) // of an order that a client has not submitted it cannot cancel lines
		default:
			in.do()
		}
		if rapid.Bool().Draw(t, "stock answers") {
			answer()
		}
		if submitted {
			knowsWhy(t, c.facts())
		}
	}
	for _, do := range waiting {
		do()
	}
	for answer() {
	}
	c.Advance(2 * time.Hour)
	for answer() {
	}
	return c.facts()
}

// TestEveryOrderOfArrivalEndsAlike: all permutations and duplications of what
// happens to an order, the submission among them, end in the state that the
// model computes from what happened alone.
func TestEveryOrderOfArrivalEndsAlike(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHistory(rt)
		c := open(t)
		f := h.play(rt, c)
		lines, status := h.expected()
		for _, got := range order.Lines(f) {
			if want := lines[got.LineID]; got != want {
				rt.Fatalf("line %s is\n%+v, the model says\n%+v\n%+v", got.LineID, got, want, f.Order)
			}
		}
		corrupt := slices.ContainsFunc(h.courses, func(x *course) bool { return x.corrupt })
		unasked := slices.ContainsFunc(f.Fulfilments, func(x *order.Fulfilment) bool { return x.Round == 0 })
		if got := order.Status(f.Order); got != status && !corrupt && !unasked {
			rt.Fatalf("the order is %s, the model says %s: %+v", got, status, f.Order)
		}
		var shipped, lacking, flying int64
		for _, l := range lines {
			shipped, lacking, flying = shipped+l.Shipped, lacking+l.Backordered, flying+l.Released+l.Picked+l.Packed
		}
		if o := f.Order; o.Shipped != shipped || o.Lacking != lacking || o.InFlight != flying || o.Pending != 0 {
			rt.Fatalf("the sums differ from %d shipped, %d lacking, %d at nodes: %+v", shipped, lacking, flying, o)
		}
		if !unasked {
			h.checkExceptions(rt, f)
		}
	})
}

// checkExceptions: an exception stands for a broken word and for nothing else.
func (h *history) checkExceptions(t *rapid.T, f *order.Facts) {
	if h.whole || len(h.less) > 0 {
		return // a node that is asked for less ships more than that
	}
	want := 0
	for _, x := range h.courses {
		if x.corrupt {
			want++
		}
	}
	got := 0
	for _, e := range f.Exceptions {
		if e.Kind != "SHIPPED_AFTER_END" {
			got++
		}
	}
	if got != want {
		t.Fatalf("%d exceptions, want %d: %+v", got, want, f.Exceptions)
	}
}
