package erpstream_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/erp/erpstream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

type scene struct {
	*streamstest.Driver
	room *erpstream.Room
	twin *sandbox.ERP

	accepted   streams.Topic[event.OrderAccepted]
	amended    streams.Topic[event.OrderAmended]
	shipments  streams.Topic[event.ShipmentConfirmed]
	requests   streams.Topic[event.InvoiceRequested]
	completed  streams.Topic[event.OrderCompleted]
	cancelled  streams.Topic[event.OrderCancelled]
	registered streams.Topic[event.OrderRegistered]
	posted     streams.Topic[event.InvoicePosted]
	refunds    streams.Topic[event.RefundApproved]
	credited   streams.Topic[event.CreditPosted]
}

func newScene(t *testing.T, opts streamstest.Options, profile sandbox.Profile) *scene {
	t.Helper()
	twin, err := sandbox.StartERP(sandbox.Options{Name: "erp", Profile: profile, Seed: opts.Seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = twin.Close() })
	p, vendor, err := catalog.ERP(partner.WithBaseURL(partner.Shipped(), "erp", twin.URL()))
	if err != nil {
		t.Fatal(err)
	}
	s := codec.NewMemory()
	room := erpstream.New(s, p, vendor)
	return &scene{
		Driver: streamstest.New(t, opts, room.Topology), room: room, twin: twin,
		accepted: of[event.OrderAccepted](s, topic.OrderAccepted), amended: of[event.OrderAmended](s, topic.OrderAmended), shipments: of[event.ShipmentConfirmed](s, topic.ShipmentConfirmed),
		requests: of[event.InvoiceRequested](s, topic.InvoiceRequested), completed: of[event.OrderCompleted](s, topic.OrderCompleted),
		cancelled: of[event.OrderCancelled](s, topic.OrderCancelled), registered: of[event.OrderRegistered](s, topic.OrderRegistered),
		posted: of[event.InvoicePosted](s, topic.InvoicePosted), refunds: of[event.RefundApproved](s, topic.RefundApproved),
		credited: of[event.CreditPosted](s, topic.CreditPosted),
	}
}

// accept sends an order of 5 units at 1.10 and a charge of 2.00.
func (s *scene) accept(order string) {
	streamstest.Send(s.Driver, s.accepted, order, &event.OrderAccepted{
		OrderID: order, Channel: "shop", ExternalID: order, Currency: "GBP", Shipping: 50, Total: 800, Shortage: event.ShortagePolicyCancel,
		Lines: []event.OrderLine{
			{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 5, Uom: "EA", Amount: 550},
			{LineID: "2", Sku: "POST", Kind: event.LineKindCharge, Qty: 1, Uom: "EA", Amount: 200},
		},
	})
}

func (s *scene) ship(order, id string, qty int64) {
	streamstest.Send(s.Driver, s.shipments, order, &event.ShipmentConfirmed{ShipmentID: id, OrderID: order, Node: "north", Lines: []event.ShipmentLine{{LineID: "1", Sku: "tea", Qty: qty}}})
}

func (s *scene) invoice(order, id, shipment string, total int64) {
	streamstest.Send(s.Driver, s.requests, order, &event.InvoiceRequested{
		InvoiceID: id, OrderID: order, ShipmentID: shipment, Currency: "GBP", Total: total,
		Lines: []event.InvoiceLine{{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 1, Amount: total}},
	})
}

func TestWhateverTheOrderOfFactsTheSystemHasEachOnceAndExactly(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond = 0, 0
	for seed := range uint64(4) {
		s := newScene(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.2}, profile)
		const orders = 150
		for n := range orders {
			order := fmt.Sprint("order", n)
			facts := []func(){
				func() { s.accept(order) },
				func() { s.ship(order, "s"+order, 3) },
				func() { s.invoice(order, "i"+order, "s"+order, 333) },
				func() {
					streamstest.Send(s.Driver, s.completed, order, &event.OrderCompleted{OrderID: order, UnitsShipped: 3, UnitsCancelled: 2, Currency: "GBP"})
				},
			}
			for i := range facts {
				facts[(i+n)%len(facts)]()
			}
		}
		s.Settle(time.Hour)
		s.NoDeadLetters()
		b := s.twin.Books()
		want := sandbox.SaleUnits{Ordered: 5 * orders, Shipped: 3 * orders, Cancelled: 2 * orders}
		if b.Units != want || b.Sales != orders || b.Shipments != orders || b.Invoices != orders {
			t.Errorf("seed %d: books %+v, want %+v", seed, b, want)
		}
		if b.Invoiced["GBP"] != "499.50" || b.Net["tea"] != -3*orders {
			t.Errorf("seed %d: invoiced %v, net stock %v", seed, b.Invoiced, b.Net)
		}
		if b.Documents != b.Keys || b.Documents != 4*orders {
			t.Errorf("seed %d: %d documents under %d keys, want %d", seed, b.Documents, b.Keys, 4*orders)
		}
		numbers := make(map[string]bool)
		for _, r := range streamstest.Read(s.Driver, s.registered) {
			numbers[r.Value.Number] = true
		}
		for _, r := range streamstest.Read(s.Driver, s.posted) {
			numbers[r.Value.Number] = true
			if r.Value.Total != 333 || r.Value.ShipmentID != "s"+r.Key || r.Value.InvoiceID != "i"+r.Key || r.Value.Currency != "GBP" {
				t.Fatalf("seed %d: posted %+v", seed, r.Value)
			}
		}
		if len(numbers) != 2*orders {
			t.Errorf("seed %d: %d numbers came back, want %d", seed, len(numbers), 2*orders)
		}
	}
}

func TestACancelledOrderIsClosedAndOneThatShippedAllIsNot(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.accept("gone")
	streamstest.Send(s.Driver, s.cancelled, "gone", &event.OrderCancelled{OrderID: "gone", Reason: "STOCK", Units: 5})
	s.accept("whole")
	s.ship("whole", "s1", 5)
	streamstest.Send(s.Driver, s.completed, "whole", &event.OrderCompleted{OrderID: "whole", UnitsShipped: 5, Currency: "GBP"})
	s.Settle(time.Minute)
	if b := s.twin.Books(); b.Units != (sandbox.SaleUnits{Ordered: 10, Shipped: 5, Cancelled: 5}) || b.Documents != 4 {
		t.Errorf("books %+v", b)
	}
}

// An amendment lowers what an order wants and counts nothing as cancelled: the sale
// still has the units, and ends by what was shipped of it.
func TestASaleThatAnAmendmentMadeSmallerIsClosed(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.accept("less")
	s.ship("less", "s1", 3)
	streamstest.Send(s.Driver, s.completed, "less", &event.OrderCompleted{OrderID: "less", UnitsShipped: 3, Currency: "GBP"})
	s.accept("none")
	streamstest.Send(s.Driver, s.cancelled, "none", &event.OrderCancelled{OrderID: "none", Reason: "CUSTOMER", Units: 2})
	s.Settle(time.Minute)
	s.NoDeadLetters()
	if b := s.twin.Books(); b.Units != (sandbox.SaleUnits{Ordered: 10, Shipped: 3, Cancelled: 7}) {
		t.Errorf("books %+v", b)
	}
}

// amend says the lines of an order as accept makes it, with other units of tea.
func (s *scene) amend(order string, version, units int64) {
	streamstest.Send(s.Driver, s.amended, order, &event.OrderAmended{
		OrderID: order, OrderVersion: version, Reason: "CUSTOMER", Currency: "GBP", Total: 250 + 110*units,
		Lines: []event.OrderLine{
			{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: units, Uom: "EA", Amount: 110 * units},
			{LineID: "2", Sku: "POST", Kind: event.LineKindCharge, Qty: 1, Uom: "EA", Amount: 200},
		},
	})
}

// TestAmendmentsReachTheSystemOnceAndInOrder: whatever comes first and whatever
// happens to the calls, the system's sale ends as the order was last amended, and its
// net stock by what left, also of units that were taken off.
func TestAmendmentsReachTheSystemOnceAndInOrder(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond = 0, 0
	for seed := range uint64(4) {
		s := newScene(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.2}, profile)
		const orders = 90
		for n := range orders {
			order := fmt.Sprint("order", n)
			left := []int64{7, 4, 5}[n%3] // all that is wanted, fewer, more
			facts := []func(){
				func() { s.accept(order) },
				func() { s.amend(order, 2, 7); s.amend(order, 4, []int64{7, 7, 4}[n%3]); s.amend(order, 3, 9) },
				func() { s.ship(order, "s"+order, left) },
				func() {
					if n%3 != 1 {
						return // it ends when the system has heard of the rest
					}
					streamstest.Send(s.Driver, s.completed, order, &event.OrderCompleted{OrderID: order, UnitsShipped: left, Currency: "GBP"})
				},
			}
			for i := range facts {
				facts[(i+n/3)%len(facts)]()
			}
		}
		s.Settle(time.Hour)
		for n := range orders {
			order := fmt.Sprint("order", n)
			if sale, known := s.twin.Sale(order); !known || n%3 == 0 && (sale.Closed || sale.Total != "10.20" || sale.Open["tea"] != 0) || n%3 == 2 && (sale.Total != "6.90" || sale.Open["tea"] != 0) {
				t.Errorf("seed %d: sale %+v", seed, sale)
			}
			if n%3 != 1 {
				streamstest.Send(s.Driver, s.completed, order, &event.OrderCompleted{OrderID: order, UnitsShipped: []int64{7, 4, 5}[n%3], Currency: "GBP"})
			}
		}
		s.Settle(time.Hour)
		s.NoDeadLetters()
		b := s.twin.Books()
		if shipped := int64(orders / 3 * (7 + 4 + 5)); b.Units.Shipped != shipped || b.Units.Ordered-b.Units.Cancelled != shipped || b.Units.Open != 0 || b.Net["tea"] != -shipped {
			t.Errorf("seed %d: books %+v, want %d units sold and shipped", seed, b, shipped)
		}
		if b.Documents != b.Keys || b.Sales != orders {
			t.Errorf("seed %d: %d documents under %d keys", seed, b.Documents, b.Keys)
		}
		if sale, _ := s.twin.Sale("order0"); sale.Closed {
			t.Errorf("seed %d: the sale of an order that left whole is closed", seed)
		}
	}
}

// What settlement credits is posted once, whatever happens to the call, also after
// the sale is closed, and the ERP's number comes back with it.
func TestACreditIsPostedOnceAndItsNumberComesBack(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond, profile.Cut = 0, 0, 0.1
	s := newScene(t, streamstest.Options{Seed: 5, AbortRate: 0.2, CrashRate: 0.2}, profile)
	const orders = 60
	for n := range orders {
		order := fmt.Sprint("order", n)
		s.accept(order)
		s.ship(order, "s"+order, 3)
		s.invoice(order, "i"+order, "s"+order, 333)
		streamstest.Send(s.Driver, s.completed, order, &event.OrderCompleted{OrderID: order, UnitsShipped: 3, UnitsCancelled: 2, Currency: "GBP"})
	}
	s.Settle(time.Hour)
	for n := range orders {
		order := fmt.Sprint("order", n)
		for _, i := range streamstest.Of(s.Driver, s.posted, order) {
			streamstest.Send(s.Driver, s.refunds, order, &event.RefundApproved{
				RefundID: "r" + order, OrderID: order, RequestID: "q", Cause: "RETURN", InvoiceID: i.InvoiceID, InvoiceNumber: i.Number, ShipmentID: i.ShipmentID,
				Currency: "GBP", Lines: []event.CreditLine{{LineID: "1", Sku: "tea", Qty: 1, Amount: 111}}, Total: 111, ApprovedAt: s.Now(),
			})
		}
	}
	s.Settle(time.Hour)
	s.NoDeadLetters()
	numbers := make(map[string]bool)
	for _, r := range streamstest.Read(s.Driver, s.credited) {
		numbers[r.Value.Number] = true
		if r.Value.RefundID != "r"+r.Key || r.Value.OrderID != r.Key || r.Value.Total != 111 || r.Value.Currency != "GBP" {
			t.Errorf("posted %+v", r.Value)
		}
	}
	if b := s.twin.Books(); len(numbers) != orders || b.Credits != orders || b.Credited["GBP"] != "66.60" || b.Documents != b.Keys {
		t.Errorf("%d numbers of credit notes, books %+v", len(numbers), b)
	}
}

// A return without an order has no sale to wait for; its credit note is posted once, and
// comes back under the return.
func TestACreditWithoutAnOrderIsPostedOnceForItsCustomer(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond, profile.Cut = 0, 0, 0.1
	s := newScene(t, streamstest.Options{Seed: 5, AbortRate: 0.2, CrashRate: 0.2}, profile)
	const returns = 40
	for n := range returns {
		id := fmt.Sprint("return", n)
		streamstest.Send(s.Driver, s.refunds, id, &event.RefundApproved{
			RefundID: "r" + id, RequestID: "q", ReturnID: id, Cause: "RETURN", Currency: "GBP", Customer: event.PartyRef{PartyID: "C1"},
			Lines: []event.CreditLine{{LineID: "1", Sku: "tea", Qty: 1, Amount: 111}}, Total: 111, ApprovedAt: s.Now(),
		})
	}
	s.Settle(time.Hour)
	s.NoDeadLetters()
	numbers := make(map[string]bool)
	for _, r := range streamstest.Read(s.Driver, s.credited) {
		numbers[r.Value.Number] = true
		if r.Value.RefundID != "r"+r.Key || r.Value.OrderID != "" || r.Value.ReturnID != r.Key || r.Value.Total != 111 {
			t.Errorf("posted %+v", r.Value)
		}
	}
	if b := s.twin.Books(); len(numbers) != returns || b.Credits != returns || b.Unsold != returns || b.Credited["GBP"] != "44.40" || b.Documents != b.Keys {
		t.Errorf("%d numbers of credit notes, books %+v", len(numbers), b)
	}
}

func TestACancelledOrderOfChargesAloneIsClosed(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	streamstest.Send(s.Driver, s.accepted, "fee", &event.OrderAccepted{
		OrderID: "fee", Channel: "shop", ExternalID: "fee", Currency: "GBP", Total: 200, Shortage: event.ShortagePolicyCancel,
		Lines: []event.OrderLine{{LineID: "1", Sku: "POST", Kind: event.LineKindCharge, Qty: 1, Uom: "EA", Amount: 200}},
	})
	streamstest.Send(s.Driver, s.cancelled, "fee", &event.OrderCancelled{OrderID: "fee", Reason: "CUSTOMER"})
	s.Settle(time.Minute)
	if n := s.twin.Calls()["POST /sales/{reference}/close: answered"]; n != 1 {
		t.Errorf("closed %d times, want once", n)
	}
}

// A kit leaves as one unit, so its shipment is waited for like that of goods.
func TestTheClosingWaitsForShipmentsOfKits(t *testing.T) {
	s := newScene(t, streamstest.Options{HoldEffects: true}, sandbox.Quick)
	streamstest.Send(s.Driver, s.accepted, "kit", &event.OrderAccepted{
		OrderID: "kit", Channel: "shop", ExternalID: "kit", Currency: "GBP", Total: 550, Shortage: event.ShortagePolicyCancel,
		Lines: []event.OrderLine{{LineID: "1", Sku: "tea", Kind: event.LineKindKit, Qty: 5, Uom: "EA", Amount: 550}},
	})
	streamstest.Send(s.Driver, s.completed, "kit", &event.OrderCompleted{OrderID: "kit", UnitsShipped: 3, UnitsCancelled: 2, Currency: "GBP"})
	s.Run()
	if n := s.Waiting()["erp"]; n != 1 {
		t.Errorf("%d documents wait before the shipment is known, want the sale alone", n)
	}
	s.ship("kit", "s1", 3)
	s.Run()
	if n := s.Waiting()["erp"]; n != 3 {
		t.Errorf("%d documents wait, want sale, shipment and closing", n)
	}
	s.Release()
	s.Settle(time.Minute)
	s.NoDeadLetters()
	if b := s.twin.Books(); b.Units != (sandbox.SaleUnits{Ordered: 5, Shipped: 3, Cancelled: 2}) {
		t.Errorf("books %+v", b)
	}
}

func TestARefusalForGoodIsADeadLetterAndTheOrderGoesOn(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	streamstest.Send(s.Driver, s.accepted, "order", &event.OrderAccepted{OrderID: "order", Currency: "GBP", Total: 1, Shortage: event.ShortagePolicyCancel})
	s.Settle(time.Minute)
	if letters := s.DeadLetters("erp"); len(letters) != 1 {
		t.Errorf("%d dead letters, want the refused sale", len(letters))
	}
	s.accept("next")
	s.Settle(time.Minute)
	if b := s.twin.Books(); b.Sales != 1 {
		t.Errorf("books %+v", b)
	}
}

// An order whose items are not all known is registered once they are, with its lines
// as they are then, whichever the system hears of first.
func TestTheSaleWaitsUntilEveryItemIsKnown(t *testing.T) {
	for _, early := range []bool{false, true} {
		s := newScene(t, streamstest.Options{}, sandbox.Quick)
		lines := func(unmapped bool, sku string) []event.OrderLine {
			return []event.OrderLine{
				{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 2, Uom: "EA", Amount: 200},
				{LineID: "2", Sku: sku, Kind: event.LineKindGoods, Qty: 1, Uom: "EA", Amount: 100, Unmapped: unmapped},
			}
		}
		accept := func() {
			streamstest.Send(s.Driver, s.accepted, "one", &event.OrderAccepted{
				OrderID: "one", OrderVersion: 1, Channel: "shop", ExternalID: "one", Currency: "GBP", Total: 300, Shortage: event.ShortagePolicyCancel, Lines: lines(true, "B7"),
			})
			s.Settle(time.Minute)
		}
		amend := func(version int64, lines []event.OrderLine) {
			streamstest.Send(s.Driver, s.amended, "one", &event.OrderAmended{OrderID: "one", OrderVersion: version, Reason: "SKU_UNMAPPED", Currency: "GBP", Lines: lines, Total: 300})
			s.Settle(time.Minute)
		}
		if !early {
			accept()
		}
		amend(2, lines(true, "B7"))
		if n := s.twin.Books().Sales; n != 0 {
			t.Fatalf("early %v: %d sales while an item is not known", early, n)
		}
		amend(3, lines(false, "coffee"))
		if early {
			accept()
		}
		amend(4, lines(false, "coffee"))
		s.ship("one", "s1", 2)
		s.Settle(time.Minute)
		s.NoDeadLetters()
		if b := s.twin.Books(); b.Sales != 1 || b.Amended != 1 || b.Units.Ordered != 3 || b.Shipments != 1 {
			t.Errorf("early %v: books %+v", early, b)
		}
	}
}
