package orderstream_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

// supplied answers the last claim on an item.
func (s *script) supplied(there bool, w words) {
	var claim *event.InventoryCommand
	for _, r := range streamstest.Read(s.Driver, commands) {
		if r.Value.Sku == w.bare[0] && r.Value.Mode == event.ReserveModeBackorder && r.Value.Action == event.StockActionReserve {
			claim = &r.Value
		}
	}
	if claim == nil {
		s.t.Fatalf("nothing is claimed of %s", w.bare[0])
	}
	a := &event.InventoryAnswer{CommandID: claim.CommandID, OrderID: s.id, Sku: claim.Sku, Plan: claim.Plan, Verdict: event.StockVerdictBackordered, AnsweredAt: s.Now()}
	if in, err := time.ParseDuration(w.values["in"]); err == nil {
		when := s.Now().Add(in)
		a.PromisedFor = &when
	}
	if n := claim.Nodes[0]; there {
		a.Verdict = event.StockVerdictGranted
		a.Grants = []event.Grant{{ReservationID: order.ReservationID(s.id, claim.Sku, n.Node, claim.Plan), Node: n.Node, Qty: n.Qty}}
	}
	put(s.counter, answers, a)
}

// freezeItem has stock freeze an item, or thaw it and serve who waited.
func (s *script) freezeItem(sku string, frozen bool, violation string) {
	p := &event.InventoryPosition{Sku: sku, Version: 1, AsOf: s.Now(), Frozen: frozen}
	for _, node := range bothNodes {
		p.Nodes = append(p.Nodes, event.NodePosition{Node: node, Available: s.shelf.left[sku+" "+node]})
	}
	if frozen {
		p.Freeze = &event.StockFreeze{By: "auditor", Reason: "it does not add up", ViolationID: violation, Since: s.Now()}
	}
	streamstest.Send(s.Driver, typed[event.InventoryPosition](topic.InventoryPosition), sku, p)
	s.Run()
	s.shelf.frozen[sku] = frozen
	if frozen {
		return
	}
	waited := s.shelf.queue
	s.shelf.queue = nil
	for _, cmd := range waited {
		s.shelf.answer(s.counter, cmd)
	}
}

// publish publishes a node.
func (s *script) publish(w words) {
	row := &event.NodePublished{Node: w.bare[0], TimeZone: w.values["zone"], Active: true, PublishedAt: s.Now(), Capacity: w.number("orders"), CapacityUnits: w.number("units")}
	for day := int64(1); day <= 7; day++ {
		if opens, closes, ok := strings.Cut(w.values[fmt.Sprint(day)], "-"); ok {
			from, _ := strconv.Atoi(opens)
			to, _ := strconv.Atoi(closes)
			row.Hours = append(row.Hours, event.WorkingDay{Weekday: int(day), Opens: from, Closes: to, Cutoff: to})
		}
	}
	streamstest.Send(s.Driver, nodes, row.Node, row)
	s.Run()
}

// book has another order take a place in a node's day, today at the earliest.
func (s *script) book(w words) {
	s.others++
	other := fmt.Sprint("other ", s.others)
	streamstest.Send(s.Driver, typed[event.CapacityRequest](topic.CapacityRequest), w.bare[0], &event.CapacityRequest{
		RequestID: other, Node: w.bare[0], OrderID: event.OrderID("shop", other), FulfilmentID: other, Action: event.CapacityActionBook,
		Day: s.Now().UTC().Format(time.DateOnly), Units: w.number("units"), RequestedAt: s.Now(),
	})
	s.Run()
}

// sayPlaces shows the days of nodes that bound them.
func (s *script) sayPlaces() {
	say(s, topic.CapacityLoad, func(v *event.CapacityLoad) string {
		text := v.Node + ":"
		for _, d := range v.Days {
			text += fmt.Sprintf(" %s %d of %d units", d.Day, d.Orders, d.Units)
		}
		return text
	})
}

// answerCredit answers the last question about the customer's credit.
func (s *script) answerCredit(w words) {
	asked := streamstest.Read(s.Driver, typed[event.CreditRequest](topic.CreditRequest))
	q := asked[len(asked)-1].Value
	put(s.counter, grants, &event.CreditGranted{
		RequestID: q.RequestID, CustomerID: q.CustomerID, OrderID: s.id, Outcome: event.CreditOutcome(w.bare[0]),
		Currency: q.Currency, Amount: q.Amount, Limit: 1000, Exposure: 800, Reason: w.values["reason"], DecidedAt: s.Now(),
	})
}

// decision is what a supplier says about a purchase: units of a line that it takes on,
// and after a colon those that it refuses.
func (s *script) decision(w words, round int64) *event.PurchaseAccepted {
	a := &event.PurchaseAccepted{
		PurchaseID: order.FulfilmentID(s.id, w.bare[0], round), OrderID: s.id, Node: w.bare[0], Source: "maker", SourceSeq: w.number("seq"), DecidedAt: s.Now(), Document: "P1",
	}
	for _, name := range w.pairs {
		takes, refuses, _ := strings.Cut(w.values[name], ":")
		l := event.DecidedLine{LineID: name, Sku: s.skuOf(name)}
		var err error
		if l.Accepted, err = strconv.ParseInt(takes, 10, 64); err != nil || name == "seq" || name == "round" {
			continue
		}
		if l.Refused, err = strconv.ParseInt(refuses, 10, 64); err == nil {
			l.Reason = w.values["reason"]
		}
		a.Lines = append(a.Lines, l)
	}
	return a
}

// sayRedress shows how what was lost is made good.
func (s *script) sayRedress() {
	say(s, topic.SettlementRequest, func(v *event.SettlementRequest) string {
		text := v.Cause
		for _, l := range v.Lines {
			if text += fmt.Sprintf(" %d of %s", l.Qty, l.LineID); l.Allowance != nil {
				text += fmt.Sprintf(" for %d", *l.Allowance)
			}
		}
		return text
	})
	for _, v := range fresh[event.OrderSubmit](s, topic.OrderSubmit) {
		if v.Source == "order" { // else the script said it
			s.line("order.submit %s: %d %s for %d", v.ExternalID, v.Lines[0].Qty, v.Lines[0].Sku, v.Total)
		}
	}
}

// commandText shows what is asked of stock.
func commandText(c *event.InventoryCommand) string {
	text := string(c.Action) + " " + c.Sku
	if c.Action == event.StockActionAccept {
		text += fmt.Sprintf(" as of %d", c.AcceptedSeq)
	}
	if c.Mode == event.ReserveModeBackorder && c.Action == event.StockActionReserve {
		text = "claim " + c.Sku
	}
	if c.DatesOnly {
		text += ", a date only,"
	}
	for _, n := range c.Nodes {
		text += fmt.Sprintf(" %d@%s", n.Qty, n.Node)
	}
	return text
}

// stands shows the status, each line's buckets, and what should not have happened.
func (s *script) stands() {
	f, err := s.room.Facts(s.Driver, s.id)
	if err != nil {
		s.t.Fatal(err)
	}
	if f == nil {
		s.line("= nothing is known of it")
		return
	}
	s.line("= %s", order.Status(f.Order))
	knowsWhy(s.t, f)
	for _, l := range order.Lines(f) {
		text := ""
		for _, b := range []struct {
			name string
			qty  int64
		}{
			{"open", l.Open},
			{"backordered", l.Backordered},
			{"reserved", l.Reserved},
			{"allocated", l.Allocated},
			{"released", l.Released},
			{"picked", l.Picked},
			{"packed", l.Packed},
			{"shipped", l.Shipped},
			{"cancelled", l.Cancelled},
			{"delivered", l.Delivered},
			{"provisional", l.Provisional},
		} {
			if b.qty > 0 {
				text += fmt.Sprintf(", %d %s", b.qty, b.name)
			}
		}
		s.line("  line %s: %d %s%s", l.LineID, l.Ordered, l.Sku, text)
	}
	for _, x := range f.Fulfilments {
		if order.InDoubt(x) {
			s.line("  %s is in doubt", x.Node)
		}
	}
	for _, e := range f.Exceptions {
		s.line("  ! %s: %s", e.Kind, e.Detail)
	}
	if len(f.Timeline) == 0 {
		return
	}
	last := f.Timeline[len(f.Timeline)-1]
	if f.Order.Moments > s.seen && slices.Contains([]string{"AMEND_TOO_LATE", "AMEND_STALE", "CANCEL_TOO_LATE", "HOLD_TOO_LATE", "NOTHING_TO_GIVE_UP"}, last.Event) {
		s.line("  refused: %s", last.Event)
	}
	s.seen = f.Order.Moments
}
