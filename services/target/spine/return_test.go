package spine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams/streamstest"
)

var (
	wishes   = typed[event.ReturnRequested](topic.ReturnRequested)
	arrivals = typed[event.ReturnReceived](topic.ReturnReceived)
	verdicts = typed[event.ReturnDispositioned](topic.ReturnDispositioned)
	refunds  = typed[event.SettlementRequest](topic.SettlementRequest)
	resolves = typed[event.OrderResolve](topic.OrderResolve)
	approved = typed[event.RefundApproved](topic.RefundApproved)
	closed   = typed[event.ReturnClosed](topic.ReturnClosed)
	decided  = typed[event.ReturnResolve](topic.ReturnResolve)
	finished = typed[event.OrderCompleted](topic.OrderCompleted)
)

var buyer = event.PartyRef{PartyID: "C1", Country: "DE"}

// bought is an order of three lamps that was shipped and billed.
func (w *world) bought() *event.OrderSubmit {
	w.receive("lamp", "north", 5)
	w.Run()
	s := &event.OrderSubmit{
		Channel: "shop", ExternalID: "1", Customer: buyer, ShipTo: buyer, Currency: "EUR", Source: "api", Shortage: event.ShortagePolicyBackorder, Total: 300,
		Lines: []event.OrderLine{{LineID: "1", Sku: "lamp", Kind: event.LineKindGoods, Qty: 3, Uom: "EA", UnitPriceE6: 1e6, Amount: 300}}, OrderedAt: w.Now(),
	}
	s.OrderID = event.OrderID(s.Channel, s.ExternalID)
	s.SubmissionID, s.BodyHash = "sub "+s.OrderID, "hash "+s.OrderID
	w.submit(s)
	w.Settle(time.Hour)
	return s
}

// back gives lamps back: they are asked for, arrive and are judged.
func (w *world) back(l event.ReturnLine) {
	id := event.ReturnID("shop", "R1")
	l.Sku, l.Kind, l.UnitPriceE6 = "lamp", event.LineKindGoods, 1e6
	for range 2 { // whatever is said comes twice
		streamstest.Send(w.Driver, verdicts, id, &event.ReturnDispositioned{
			ReturnID: id, DispositionID: "v1", Node: "north", Currency: "EUR", DispositionedAt: w.Now(),
			Lines: []event.DispositionLine{{ReturnLine: "1", Sku: "lamp", Qty: l.Qty, Disposition: event.DispositionRestock}},
		})
		streamstest.Send(w.Driver, arrivals, id, &event.ReturnReceived{ReturnID: id, ReceiptID: "r1", Node: "north", ReceivedAt: w.Now(), Lines: []event.ReceivedLine{{Sku: "lamp", Qty: l.Qty}}})
		streamstest.Send(w.Driver, wishes, id, &event.ReturnRequested{ReturnID: id, Channel: "shop", ExternalID: "R1", Customer: buyer, Currency: "EUR", RequestedAt: w.Now(), Lines: []event.ReturnLine{l}})
	}
	w.Settle(time.Hour)
	w.NoDeadLetters()
}

// unknown gives lamps back that nobody ever bought, and has a person credit them.
func (w *world) unknown(number string, units, amount int64) (id string) {
	id = event.ReturnID("shop", number)
	streamstest.Send(w.Driver, wishes, id, &event.ReturnRequested{
		ReturnID: id, Channel: "shop", ExternalID: number, Customer: buyer, Currency: "EUR", RequestedAt: w.Now(),
		Lines: []event.ReturnLine{{Sku: "lamp", Kind: event.LineKindGoods, Qty: units, UnitPriceE6: 77e6}},
	})
	for range 2 { // whatever is said comes twice
		streamstest.Send(w.Driver, decided, id, &event.ReturnResolve{
			RequestID: "word " + number, ReturnID: id, Action: event.ReturnResolutionWithoutReference, ReturnLine: "1", Qty: units, Amount: amount, Currency: "EUR", AskedBy: "ann", RequestedAt: w.Now(),
		})
		streamstest.Send(w.Driver, arrivals, id, &event.ReturnReceived{ReturnID: id, ReceiptID: "r1", Node: "north", ReceivedAt: w.Now(), Lines: []event.ReceivedLine{{ReturnLine: "1", Sku: "lamp", Qty: units}}})
		for unit := range units { // judged one by one, so that the amount is dealt
			streamstest.Send(w.Driver, verdicts, id, &event.ReturnDispositioned{
				ReturnID: id, DispositionID: fmt.Sprint("v", unit), Node: "north", Currency: "EUR", DispositionedAt: w.Now(),
				Lines: []event.DispositionLine{{ReturnLine: "1", Sku: "lamp", Qty: 1, Disposition: event.DispositionScrap}},
			})
		}
	}
	return id
}

// credited is what was approved for an order in sum.
func (w *world) credited(order string) (total int64) {
	for _, r := range streamstest.Of(w.Driver, approved, order) {
		total += r.Total
	}
	return total
}

// sellable is how many units of an item can be sold.
func (w *world) sellable(t *testing.T, sku string) int64 {
	t.Helper()
	all := streamstest.Of(w.Driver, positions, sku)
	if len(all) == 0 {
		t.Fatalf("stock says nothing of %s", sku)
	}
	return all[len(all)-1].TotalAvailable
}

// ended is how the return ended.
func (w *world) ended(t *testing.T) event.ReturnClosed {
	t.Helper()
	all := streamstest.Of(w.Driver, closed, event.ReturnID("shop", "R1"))
	if len(all) != 1 {
		r, err := w.returns.Return(w.Driver, event.ReturnID("shop", "R1"))
		t.Fatalf("the return ended %d times: %+v; it is %+v, %v", len(all), all, r, err)
	}
	return all[0]
}

func TestGoodsThatComeBackAreCreditedAndCanBeSoldAgain(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t, seed, habits{})
		s := w.bought()
		w.back(event.ReturnLine{Qty: 2})
		if end := w.ended(t); end.Outcome != event.ReturnOutcomeCredited || end.Total != 200 || w.credited(s.OrderID) != 200 || w.sellable(t, "lamp") != 4 {
			t.Errorf("seed %d: ended as %+v, credited %d, %d lamps can be sold; want 200 and 4", seed, end, w.credited(s.OrderID), w.sellable(t, "lamp"))
		}
	}
}

func TestLostParcelThatIsRefundedAndThenReturnedIsTakenInAndRefundedOnce(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t, seed, habits{})
		s := w.bought()
		streamstest.Send(w.Driver, refunds, s.OrderID, &event.SettlementRequest{
			RequestID: "lost", OrderID: s.OrderID, Action: event.SettlementActionRefund, Cause: "LOST", Currency: "EUR", AskedBy: "ann", RequestedAt: w.Now(),
			Lines: []event.SettlementLine{{LineID: "1", Qty: 3}},
		})
		w.Settle(time.Hour)
		w.back(event.ReturnLine{Qty: 3})
		if end := w.ended(t); end.Outcome != event.ReturnOutcomeRefused || end.Total != 0 || w.credited(s.OrderID) != 300 || w.sellable(t, "lamp") != 5 {
			t.Errorf("seed %d: ended as %+v, credited %d, %d lamps can be sold; want 300 once and 5", seed, end, w.credited(s.OrderID), w.sellable(t, "lamp"))
		}
	}
}

// A person says that the parcel is lost; the rest is done by the rooms.
func TestLostShipmentIsMadeGoodAndGivesNothingMoreWhenItIsReturned(t *testing.T) {
	for seed := range uint64(10) {
		for redress, owed := range map[string]int64{"refund": 300, "reship": 0} {
			w := newWorld(t, seed, habits{})
			w.receive("lamp", "south", 5)
			s := w.bought()
			left := streamstest.Of(w.Driver, typed[event.ShipmentConfirmed](topic.ShipmentConfirmed), s.OrderID)
			for range 2 {
				streamstest.Send(w.Driver, resolves, s.OrderID, &event.OrderResolve{
					OrderID: s.OrderID, Action: event.ResolveActionLost, ShipmentID: left[0].ShipmentID, Redress: redress, RequestedBy: "ann", RequestedAt: w.Now(),
				})
			}
			w.Settle(time.Hour)
			sent := int64(0)
			for _, done := range streamstest.Of(w.Driver, finished, event.OrderID("shop", "1/reship/"+left[0].ShipmentID)) {
				sent += done.UnitsShipped
			}
			if want := 3 - owed/100; w.credited(s.OrderID) != owed || sent != want {
				t.Errorf("seed %d: %s credits %d and sends %d, want %d and %d", seed, redress, w.credited(s.OrderID), sent, owed, want)
			}
			w.back(event.ReturnLine{Qty: 3, OrderID: &s.OrderID, LineID: "1"})
			if end := w.ended(t); end.Outcome != event.ReturnOutcomeRefused || end.Total != 0 || w.credited(s.OrderID) != owed {
				t.Errorf("seed %d: returned after %s it ended as %+v, credited %d", seed, redress, end, w.credited(s.OrderID))
			}
		}
	}
}

func TestExchangeSendsOtherGoodsInPlaceOfMoney(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t, seed, habits{})
		w.receive("lantern", "south", 2)
		s, other := w.bought(), "lantern"
		w.back(event.ReturnLine{Qty: 2, OrderID: &s.OrderID, LineID: "1", ExchangeSku: &other})
		sent := int64(0)
		for _, o := range streamstest.Of(w.Driver, submits, event.OrderID("shop", "R1/exchange/1/1")) {
			for _, done := range streamstest.Of(w.Driver, finished, o.OrderID) {
				sent += done.UnitsShipped
			}
		}
		if end := w.ended(t); end.Outcome != event.ReturnOutcomeExchanged || w.credited(s.OrderID) != 0 || sent != 2 {
			t.Errorf("seed %d: ended as %+v, credited %d, %d lanterns sent; want no money and 2", seed, end, w.credited(s.OrderID), sent)
		}
	}
}

// Of goods that nobody bought a person says what they are worth. The money is approved
// and posted once, the return ends by it, and an order that is matched later gives nothing more.
func TestGoodsWithoutAnOrderAreCreditedOnceAlsoWhenTheirOrderIsFoundLater(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t, seed, habits{}, notes())
		s := w.bought()
		id := w.unknown("U1", 3, 250)
		w.Settle(time.Hour)
		total := int64(0)
		for _, n := range streamstest.Of(w.Driver, creditNotes, id) {
			total += n.Total
		}
		r, err := w.returns.Return(w.Driver, id)
		if err != nil || r.State != event.ReturnStateClosed || r.Credited != 3 || r.Total != 250 || r.Unmatched != 3 || total != 250 || w.credited(id) != 250 {
			t.Fatalf("seed %d: %+v, %v; %d approved, notes of %d; want 250 once", seed, r, err, w.credited(id), total)
		}
		streamstest.Send(w.Driver, decided, id, &event.ReturnResolve{
			RequestID: "match", ReturnID: id, Action: event.ReturnResolutionMatch, ReturnLine: "1", OrderID: &s.OrderID, LineID: ptr("1"), AskedBy: "ann", RequestedAt: w.Now().Add(time.Minute),
		})
		w.Settle(time.Hour)
		w.NoDeadLetters()
		if w.credited(s.OrderID) != 0 || w.credited(id) != 250 {
			t.Errorf("seed %d: after the match the order gives %d, and without it %d are credited", seed, w.credited(s.OrderID), w.credited(id))
		}
	}
}

func ptr(text string) *string { return &text }
