package spine_test

import (
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
