package orderstream_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

// TestScenarios runs the scripts of testdata/scenarios: each command is something
// that happens to one order, and what follows it is all that the order said then
// and where it stands. Run with -rewrite to accept what it says now.
//
//	shelf a@north=5             what stock gives from here on
//	item a frozen [because=v1] | thawed   nothing of an item is granted, or it is again
//	waits                       says what it waits for
//	supplier south maker        whose units stand at a node, who ships them himself
//	accept south 1=3:2 [reason=GONE] [seq=7]   a supplier takes on 3 units and refuses 2
//	node north zone=... 1=480-960 [orders=9] [units=50]   when a node works, minutes of a weekday, and how much it releases a day
//	booked north units=4        another order has a place in the node's day
//	lack a@north=2              stock says that what it granted is not there
//	submit a=5 b=4 [policy=cancel] [complete] [hold=FRAUD] [terms=prepaid] [theirs] [channel=hasty] [within=48h]
//	product a                   the item is published
//	means b7 a                  the catalogue says what a number of the channel means
//	credit granted|refused [reason=LIMIT]   to the last question
//	pay authorise|capture|void|refund tx=T1 amount=500
//	decline authorise|capture tx=T2 reason=FUNDS
//	status north ACCEPTED [shipped=3] [final] [withheld=1:2] [round=2]
//	ship north doc=N1 1=3 [lot=L7] [round=2]
//	parcel doc=N1 DELIVERED seq=2
//	bill doc=N1
//	cancel [reason] [id=r1 1=2]
//	amend revision=2 a=3 [price=50]
//	resolve hold|resume|give_up|plan_again [reason=...] [node=north] [for=2h]
//	freeze [because=v1] | thaw  somebody finds that its books do not add up, and looks
//	coming a [in=72h]           stock says when claimed units are to come
//	come a                      the claimed units are there
//	advance 4h
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		s := &script{counter: open(t), shelf: &shelf{left: map[string]int64{}, grants: map[string][]event.Grant{}, owners: map[string]string{}, frozen: map[string]bool{}}, shown: map[string]int{}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.run(d)
			for cmds := s.next(); len(cmds) > 0; cmds = s.next() {
				for _, cmd := range cmds {
					s.line("stock: %s", commandText(&cmd))
					s.shelf.answer(s.counter, cmd)
				}
			}
			return s.report()
		})
	})
}

// script plays one scenario.
type script struct {
	*counter
	shelf *shelf
	out   []string
	shown map[string]int // records of each topic that were shown
	seen  int64          // entries of the timeline
	// others are orders that took places in nodes' days.
	others int
}

func (s *script) line(format string, args ...any) {
	s.out = append(s.out, fmt.Sprintf(format, args...))
}

// words are what a command says: bare words, and values by name.
type words struct {
	bare   []string
	values map[string]string
	pairs  []string // names in their order
}

func wordsOf(d *datadriven.TestData) words {
	w := words{values: map[string]string{}}
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			w.bare = append(w.bare, a.Key)
			continue
		}
		w.values[a.Key] = strings.Join(a.Vals, ",")
		w.pairs = append(w.pairs, a.Key)
	}
	return w
}

// bareIs says whether a bare word stands there.
func (w words) bareIs(word string) bool { return slices.Contains(w.bare, word) }

// number reads a value, 0 without one.
func (w words) number(name string) int64 {
	n, _ := strconv.ParseInt(w.values[name], 10, 64)
	return n
}

// counts are the pairs whose value is a number and whose name is none of those.
func (w words) counts(not ...string) (names []string, qty []int64) {
	for _, name := range w.pairs {
		if n, err := strconv.ParseInt(w.values[name], 10, 64); err == nil && !slices.Contains(not, name) {
			names, qty = append(names, name), append(qty, n)
		}
	}
	return names, qty
}

// skuOf is the item of a line.
func (s *script) skuOf(lineID string) string {
	if f, err := s.room.Facts(s.Driver, s.id); err == nil && f != nil {
		for _, l := range order.Lines(f) {
			if l.LineID == lineID {
				return l.Sku
			}
		}
	}
	return "a"
}

func (s *script) run(d *datadriven.TestData) {
	w := wordsOf(d)
	round := max(1, w.number("round"))
	switch d.Cmd {
	case "shelf":
		clear(s.shelf.left)
		for name, value := range w.values {
			sku, node, _ := strings.Cut(name, "@")
			s.shelf.left[sku+" "+node], _ = strconv.ParseInt(value, 10, 64)
		}
	case "waits":
		f := s.facts()
		for _, x := range order.Waits(f) {
			until := ""
			if x.Until != nil {
				until = " until " + x.Until.Format(time.RFC3339)
			}
			s.line("waits for %s %s since %s%s, %s", x.Cause, cmp.Or(x.Who, "-"), x.Since.Format(time.RFC3339), until, x.Detail)
		}
	case "item":
		s.freezeItem(w.bare[0], w.bareIs("frozen"), w.values["because"])
	case "supplier":
		s.shelf.owners[w.bare[0]] = w.bare[1]
	case "accept":
		put(s.counter, purchases, s.decision(w, round))
	case "node":
		s.publish(w)
	case "booked":
		s.book(w)
	case "submit":
		put(s.counter, submits, s.submission(w))
	case "status":
		st := s.status(w.bare[0], event.FulfilmentStatus(w.bare[1]), w.number("shipped"), w.bareIs("final"))
		st.FulfilmentID, st.OccurredAt = order.FulfilmentID(s.id, w.bare[0], round), s.Now()
		if id, qty, ok := strings.Cut(w.values["withheld"], ":"); ok {
			n, _ := strconv.ParseInt(qty, 10, 64)
			st.Withheld = []event.WithheldLine{{LineID: id, Sku: s.skuOf(id), Qty: n}}
		}
		put(s.counter, statuses, st)
	case "ship":
		x := &event.ShipmentConfirmed{
			ShipmentID: w.values["doc"], FulfilmentID: order.FulfilmentID(s.id, w.bare[0], round), OrderID: s.id, Node: w.bare[0],
			Document: w.values["doc"], Source: w.bare[0], ShippedAt: s.Now(), Carrier: "dhl", Tracking: w.values["doc"],
		}
		ids, qty := w.counts("round")
		for n, id := range ids {
			x.Lines = append(x.Lines, event.ShipmentLine{LineID: id, Sku: s.skuOf(id), Qty: qty[n], Lot: w.values["lot"]})
		}
		put(s.counter, shipments, x)
	case "parcel":
		put(s.counter, parcels, &event.ParcelStatusChanged{
			ParcelID: w.values["doc"], OrderID: s.id, ShipmentID: w.values["doc"], Carrier: "dhl", Tracking: w.values["doc"],
			Status: event.ParcelStatus(w.bare[0]), Seq: w.number("seq"), Word: strings.ToLower(w.bare[0]), OccurredAt: s.Now(),
		})
	case "bill":
		put(s.counter, invoices, s.invoice(w.values["doc"], 100))
	case "cancel":
		c := &event.OrderCancel{OrderID: s.id, Reason: append(w.bare, "CUSTOMER")[0], RequestID: w.values["id"]}
		ids, qty := w.counts("id")
		for n, id := range ids {
			c.Lines = append(c.Lines, event.CancelLine{LineID: id, Qty: qty[n]})
		}
		put(s.counter, cancels, c)
	case "amend":
		lines := s.submission(w).Lines
		for n := range lines {
			if price := w.number("price"); price > 0 {
				lines[n].Amount = price * lines[n].Qty
			}
		}
		put(s.counter, amends, &event.OrderAmend{OrderID: s.id, Revision: w.number("revision"), Reason: "CUSTOMER", Currency: "EUR", Lines: lines})
	case "resolve":
		r := &event.OrderResolve{OrderID: s.id, Action: event.ResolveAction(w.bare[0]), Reason: w.values["reason"], RequestedBy: "eve", RequestedAt: s.Now()}
		r.ShipmentID, r.Redress = w.values["doc"], w.values["redress"]
		if node := w.values["node"]; node != "" {
			r.FulfilmentID = order.FulfilmentID(s.id, node, round)
		}
		if span, err := time.ParseDuration(w.values["for"]); err == nil {
			until := s.Now().Add(span)
			r.ExpiresAt = &until
		}
		put(s.counter, resolves, r)
	case "freeze", "thaw":
		put(s.counter, freezes, &event.OrderFreeze{OrderID: s.id, Frozen: d.Cmd == "freeze", By: "ann", Reason: "it is odd", ViolationID: w.values["because"], At: s.Now()})
	case "lack":
		for _, name := range w.pairs {
			sku, node, _ := strings.Cut(name, "@")
			s.lack(sku, node, w.number(name))
		}
	case "product":
		streamstest.Send(s.Driver, products, w.bare[0], &event.ProductPublished{Sku: w.bare[0], Name: w.bare[0], Uom: "EA", Kind: event.LineKindGoods, Active: true, PublishedAt: s.Now()})
		s.Run()
	case "means":
		put(s.counter, founds, &event.CrossrefFound{OrderID: s.id, Partner: "shop", Kind: event.CrossrefKindItem, TheirID: w.bare[0], OurID: w.bare[1], Author: "ann", FoundAt: s.Now()})
	case "credit":
		s.answerCredit(w)
	case "pay":
		s.pay(w.bare[0], w.values["tx"], w.number("amount"))
	case "decline":
		put(s.counter, declines, &event.PaymentDeclined{
			PaymentID: w.values["tx"], TransactionID: w.values["tx"], OrderID: s.id, Action: event.PaymentAction(w.bare[0]), Currency: "EUR", Reason: w.values["reason"], DeclinedAt: s.Now(),
		})
	case "coming", "come":
		s.supplied(d.Cmd == "come", w)
	case "advance":
		span, err := time.ParseDuration(w.bare[0])
		if err != nil {
			s.t.Fatal(err)
		}
		s.Advance(span)
	default:
		s.t.Fatalf("%s: no such command: %s", d.Pos, d.Cmd)
	}
}

func (s *script) submission(w words) *event.OrderSubmit {
	var lines []event.OrderLine
	skus, qty := w.counts("revision", "price")
	for n, sku := range skus {
		lines = append(lines, line(sku, qty[n]))
	}
	channel := cmp.Or(w.values["channel"], "shop")
	s.id = event.OrderID(channel, "1")
	x := s.order(lines...)
	x.Channel = channel
	for n := range x.Lines {
		x.Lines[n].Unmapped = w.bareIs("theirs")
	}
	if span, err := time.ParseDuration(w.values["within"]); err == nil {
		by := s.Now().Add(span)
		x.RequestedBy = &by
	}
	x.Hold, x.ShipComplete = w.values["hold"], w.bareIs("complete")
	if terms := event.PaymentTerms(w.values["terms"]); terms != "" {
		x.Terms, x.Customer.PartyID = &terms, "C1"
	}
	if p := w.values["policy"]; p != "" {
		x.Shortage = event.ShortagePolicy(p)
	}
	return x
}

// fresh are the values of a topic that were not shown before.
func fresh[V any](s *script, def topic.Def) []V {
	all := streamstest.Read(s.Driver, typed[V](def))
	var values []V
	for _, r := range all[s.shown[def.Name]:] {
		values = append(values, r.Value)
	}
	s.shown[def.Name] = len(all)
	return values
}

// say shows what was written to a topic.
func say[V any](s *script, def topic.Def, text func(v *V) string) {
	for _, v := range fresh[V](s, def) {
		s.line("%s %s", strings.TrimSuffix(def.Name, ".v1"), text(&v))
	}
}

// report shows all that the order said, and where it stands.
func (s *script) report() string {
	say(s, topic.OrderAccepted, func(v *event.OrderAccepted) string { return fmt.Sprintf("%d lines", len(v.Lines)) })
	say(s, topic.OrderRejected, func(v *event.OrderRejected) string { return v.Reasons[0].Code })
	say(s, topic.CreditRequest, func(v *event.CreditRequest) string {
		return fmt.Sprintf("%s %d of %s", v.Action, v.Amount, v.CustomerID)
	})
	say(s, topic.OrderHeld, func(v *event.OrderHeld) string { return strings.TrimSpace(v.Reason + " " + v.Note) })
	say(s, topic.OrderResumed, func(v *event.OrderResumed) string { return v.Reason + " by " + v.ResumedBy })
	s.sayRedress()
	s.sayPlaces()
	say(s, topic.AuditAction, func(v *event.AuditAction) string {
		return strings.TrimSpace(fmt.Sprintf("%s by %s: %s %s", v.Action, v.By, v.Reason, v.ViolationID))
	})
	say(s, topic.CrossrefWanted, func(v *event.CrossrefWanted) string {
		if v.Gone {
			return v.TheirID + " no more"
		}
		return fmt.Sprintf("%s, worth %d", v.TheirID, v.Amount)
	})
	say(s, topic.OrderAmended, func(v *event.OrderAmended) string {
		text := fmt.Sprintf("revision %d", v.Revision)
		if v.Reason == order.HoldUnmapped {
			text += ":"
			for _, l := range v.Lines {
				text += fmt.Sprintf(" %s=%d %s", l.LineID, l.Qty, l.Sku)
			}
		}
		if v.Reason == order.ReasonPromisePassed || v.Reason == order.ReasonRefused {
			text += ", " + v.Reason
		}
		return text
	})
	say(s, topic.OrderAllocated, func(v *event.OrderAllocated) string {
		text := fmt.Sprintf("plan %d:", v.Plan)
		for _, a := range v.Allocations {
			text += fmt.Sprintf(" %s=%d@%s", a.LineID, a.Qty, a.Node)
			if a.Provisional {
				text += " provisional"
			}
		}
		return text
	})
	say(s, topic.OrderBackordered, func(v *event.OrderBackordered) string {
		text := ""
		for _, l := range v.Lines {
			text += fmt.Sprintf(" %s=%d", l.LineID, l.Qty)
		}
		return strings.TrimSpace(text)
	})
	say(s, topic.OrderPromise, func(v *event.OrderPromise) string {
		said := "no date"
		if v.PromisedFor != nil {
			said = v.PromisedFor.Format(time.RFC3339)
		}
		return fmt.Sprintf("%d %s at %s: %s, %s", v.Qty, v.Sku, v.Node, said, v.Cause)
	})
	say(s, topic.FulfilmentRequested, func(v *event.FulfilmentRequested) string {
		text := fmt.Sprintf("%s attempt %d:", v.Node, v.Attempt)
		for _, l := range v.Lines {
			text += fmt.Sprintf(" %s=%d", l.LineID, l.Qty)
		}
		return text
	})
	say(s, topic.PurchaseRequested, func(v *event.PurchaseRequested) string {
		text := fmt.Sprintf("%s at %s attempt %d:", v.Owner, v.Node, v.Attempt)
		for _, l := range v.Lines {
			text += fmt.Sprintf(" %s=%d", l.LineID, l.Qty)
		}
		return text
	})
	say(s, topic.FulfilmentCancel, func(v *event.FulfilmentCancel) string {
		text := fmt.Sprintf("%s attempt %d, %s:", v.Node, v.Attempt, v.Reason)
		for _, l := range v.Lines {
			text += fmt.Sprintf(" %s=%d", l.LineID, l.Qty)
		}
		if len(v.Lines) == 0 {
			text += " everything"
		}
		return text
	})
	say(s, topic.InventoryMovement, func(v *event.InventoryMovement) string {
		text := fmt.Sprintf("%d %s leave %s", v.Qty, v.Sku, v.Node)
		if v.Lot != "" {
			text += ", lot " + v.Lot
		}
		if v.Owner != event.OwnerSelf {
			text += " of " + v.Owner
		}
		if v.Reason != "" {
			text += ", " + v.Reason
		} else if v.ReservationID == "" {
			text += ", nobody reserved them"
		}
		return text
	})
	say(s, topic.AlertRaised, func(v *event.AlertRaised) string { return v.Kind + " " + v.Node })
	say(s, topic.OrderCompleted, func(v *event.OrderCompleted) string {
		return fmt.Sprintf("%d shipped, %d cancelled", v.UnitsShipped, v.UnitsCancelled)
	})
	say(s, topic.OrderCancelled, func(v *event.OrderCancelled) string { return fmt.Sprintf("%d units, %s", v.Units, v.Reason) })
	s.stands()
	text := strings.Join(s.out, "\n") + "\n"
	s.out = nil
	return text
}
