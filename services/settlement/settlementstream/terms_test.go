package settlementstream_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var (
	completed  = typed[event.OrderCompleted](topic.OrderCompleted)
	cancelled  = typed[event.OrderCancelled](topic.OrderCancelled)
	asks       = typed[event.SettlementRequest](topic.SettlementRequest)
	payments   = typed[event.PaymentRequested](topic.PaymentRequested)
	authorised = typed[event.PaymentAuthorised](topic.PaymentAuthorised)
	captured   = typed[event.PaymentCaptured](topic.PaymentCaptured)
	voided     = typed[event.PaymentVoided](topic.PaymentVoided)
	refunded   = typed[event.PaymentRefunded](topic.PaymentRefunded)
	approved   = typed[event.RefundApproved](topic.RefundApproved)
	notes      = typed[event.CreditPosted](topic.CreditPosted)
	answers    = typed[event.ReturnCredited](topic.ReturnCredited)
	exposure   = typed[event.CreditRequest](topic.CreditRequest)
)

// till is a payment partner and a system of record that do what they are asked;
// an authorisation lapses after a week.
func till() *streams.Topology {
	t := streams.NewTopology("till")
	e := streams.NewEntity(t, "till", streams.JSON[int](), func(ctx streams.Ctx, n *int, in streams.Input) error {
		*n++
		number := fmt.Sprint("T", *n)
		switch in := in.(type) {
		case streams.Record[event.PaymentRequested]:
			p := in.Value
			switch p.Action {
			case event.PaymentActionAuthorise:
				at := ctx.Now().Add(7 * 24 * time.Hour)
				authorised.Send(ctx, ctx.Key(), &event.PaymentAuthorised{PaymentID: p.PaymentID, TransactionID: number, TenderID: "card " + number, Amount: p.Amount, Currency: p.Currency, AuthorisedAt: ctx.Now(), ExpiresAt: &at})
			case event.PaymentActionCapture:
				captured.Send(ctx, ctx.Key(), &event.PaymentCaptured{PaymentID: p.PaymentID, TransactionID: number, TenderID: p.TenderID, Amount: p.Amount, Currency: p.Currency})
			case event.PaymentActionVoid:
				voided.Send(ctx, ctx.Key(), &event.PaymentVoided{PaymentID: p.PaymentID, TransactionID: number, TenderID: p.TenderID, Amount: p.Amount, Currency: p.Currency})
			case event.PaymentActionRefund:
				refunded.Send(ctx, ctx.Key(), &event.PaymentRefunded{PaymentID: p.PaymentID, TransactionID: number, TenderID: p.TenderID, Amount: p.Amount, Currency: p.Currency})
			}
		case streams.Record[event.InvoiceRequested]:
			posted.Send(ctx, ctx.Key(), &event.InvoicePosted{InvoiceID: in.Value.InvoiceID, ShipmentID: in.Value.ShipmentID, Number: "I" + number, Total: in.Value.Total, Currency: in.Value.Currency, PostedAt: ctx.Now()})
		case streams.Record[event.RefundApproved]:
			notes.Send(ctx, ctx.Key(), &event.CreditPosted{RefundID: in.Value.RefundID, Number: "G" + number, Total: in.Value.Total, Currency: in.Value.Currency, PostedAt: ctx.Now()})
		}
		return nil
	})
	streams.Receive(e, payments)
	streams.Receive(e, requests)
	streams.Receive(e, approved)
	streams.Send(e, authorised)
	streams.Send(e, captured)
	streams.Send(e, voided)
	streams.Send(e, refunded)
	streams.Send(e, posted)
	streams.Send(e, notes)
	return t
}

// shop is an order by terms, between settlement and a till.
type shop struct {
	*streamstest.Driver
	t    *testing.T
	room *settlementstream.Room
}

func open(t *testing.T, terms event.PaymentTerms, lines ...event.OrderLine) *shop {
	t.Helper()
	room := settlementstream.New(schemas)
	s := &shop{t: t, room: room, Driver: streamstest.New(t, streamstest.Options{AbortRate: 0.2, CrashRate: 0.1}, room.Topology, till())}
	total := int64(0)
	for _, l := range lines {
		total += l.Amount
	}
	a := sold(total, lines...)
	a.Terms = &terms
	streamstest.Send(s.Driver, accepted, id, a)
	s.Run()
	return s
}

// said lists what was asked of the payment partner.
func (s *shop) said(want ...string) {
	s.t.Helper()
	var got []string
	for _, p := range streamstest.Of(s.Driver, payments, id) {
		got = append(got, fmt.Sprint(p.Action, " ", p.Amount))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("payments %v, want %v", got, want)
	}
}

// balance is what the buyer owes, has paid and got back.
func (s *shop) balance(invoiced, credited, captured, refunded int64) {
	s.t.Helper()
	o, err := s.room.Order(s.Driver, id)
	if err != nil || o.Posted != invoiced || o.Credited != credited || o.Captured != captured || o.Refunded != refunded {
		s.t.Errorf("%+v, %v; want %d invoiced, %d credited, %d captured, %d refunded", o, err, invoiced, credited, captured, refunded)
	}
	s.NoDeadLetters()
}

func (s *shop) ship(shipment, line string, qty int64) {
	streamstest.Send(s.Driver, shipments, id, left(shipment, line, qty))
	s.Run()
}

func (s *shop) ask(request, cause, returned string, shipment *string, line string, qty int64) {
	streamstest.Send(s.Driver, asks, id, &event.SettlementRequest{
		RequestID: request, OrderID: id, Action: event.SettlementActionRefund, Cause: cause, Currency: "EUR", ReturnID: returned,
		Lines: []event.SettlementLine{{LineID: line, Qty: qty, ShipmentID: shipment}},
	})
	s.Run()
}

func TestPrepaidIsTakenByShipmentAndTheRestSetFree(t *testing.T) {
	s := open(t, event.PaymentTermsPrepaid, goods("1", 3, 1000))
	s.ship("a", "1", 1)
	s.ship("b", "1", 1)
	streamstest.Send(s.Driver, completed, id, &event.OrderCompleted{OrderID: id, UnitsShipped: 2, UnitsCancelled: 1})
	s.Run()
	s.said("authorise 1000", "capture 333", "capture 334", "void 333")
	s.balance(667, 0, 667, 0)
}

func TestCancelledBeforeAnythingLeftTakesNothing(t *testing.T) {
	s := open(t, event.PaymentTermsPrepaid, goods("1", 3, 1000))
	streamstest.Send(s.Driver, cancelled, id, &event.OrderCancelled{OrderID: id, Units: 3})
	s.Run()
	s.said("authorise 1000", "void 1000")
	s.balance(0, 0, 0, 0)
}

func TestAuthorisationIsRenewedBeforeItLapses(t *testing.T) {
	s := open(t, event.PaymentTermsPrepaid, goods("1", 1, 1000))
	s.Advance(6*24*time.Hour + time.Minute)
	s.said("authorise 1000", "authorise 1000", "void 1000")
	s.ship("a", "1", 1)
	streamstest.Send(s.Driver, completed, id, &event.OrderCompleted{OrderID: id, UnitsShipped: 1})
	s.Run()
	s.balance(1000, 0, 1000, 0)
}

func TestLostParcelThatIsRefundedAndThenReturnedIsCreditedOnce(t *testing.T) {
	s := open(t, event.PaymentTermsPrepaid, goods("1", 5, 1000))
	s.ship("a", "1", 2)
	s.ship("b", "1", 3)
	a := "a"
	s.ask("lost a", "LOST", "", &a, "1", 2)
	s.balance(1000, 400, 1000, 400)
	s.ask("return 1", "RETURN", "R1", &a, "1", 2)
	s.balance(1000, 400, 1000, 400)
	if all := streamstest.Of(s.Driver, answers, "R1"); len(all) != 1 || all[0].Refused != 2 || all[0].Total != 0 {
		t.Errorf("the return is told %+v, want 2 units refused", all)
	}
	s.ask("return 2", "RETURN", "R2", nil, "1", 4) // 3 are left to credit
	streamstest.Send(s.Driver, completed, id, &event.OrderCompleted{OrderID: id, UnitsShipped: 5})
	s.Run()
	s.balance(1000, 1000, 1000, 1000)
	if all := streamstest.Of(s.Driver, answers, "R2"); len(all) == 0 || all[len(all)-1].Units != 3 || all[len(all)-1].Refused != 1 || all[len(all)-1].Total != 600 {
		t.Errorf("the return is told %+v, want 3 units over 600 and 1 refused", all)
	}
}

func TestCreditBeforeItsInvoiceWaits(t *testing.T) {
	room := settlementstream.New(schemas)
	d := streamstest.New(t, streamstest.Options{}, room.Topology)
	streamstest.Send(d, accepted, id, sold(900, goods("1", 3, 900)))
	streamstest.Send(d, shipments, id, left("a", "1", 3))
	streamstest.Send(d, asks, id, &event.SettlementRequest{RequestID: "r", Action: event.SettlementActionCredit, Cause: "RETURN", ReturnID: "R", Lines: []event.SettlementLine{{LineID: "1", Qty: 1}}})
	d.Run()
	if n := len(streamstest.Of(d, approved, id)); n != 0 {
		t.Fatalf("%d credits without an invoice", n)
	}
	if all := streamstest.Of(d, answers, "R"); len(all) != 1 || all[0].Waiting != 1 {
		t.Errorf("the return is told %+v, want 1 unit waiting", all)
	}
	i := streamstest.Of(d, requests, id)[0]
	streamstest.Send(d, posted, id, &event.InvoicePosted{InvoiceID: i.InvoiceID, ShipmentID: "a", Number: "N1", Total: 900})
	d.Run()
	if all := streamstest.Of(d, approved, id); len(all) != 1 || all[0].Total != 300 || all[0].InvoiceNumber != "N1" {
		t.Errorf("%+v", all)
	}
}

func TestProformaIsInvoicedFirstAndWhatNeverShipsIsCredited(t *testing.T) {
	s := open(t, event.PaymentTermsProforma, goods("1", 4, 1000))
	streamstest.Send(s.Driver, captured, id, &event.PaymentCaptured{TransactionID: "bank 1", TenderID: "bank", Amount: 1000, Currency: "EUR"})
	s.Run()
	s.balance(1000, 0, 1000, 0)
	s.ship("a", "1", 3)
	streamstest.Send(s.Driver, completed, id, &event.OrderCompleted{OrderID: id, UnitsShipped: 3, UnitsCancelled: 1})
	s.Run()
	s.said("refund 250")
	s.balance(1000, 250, 1000, 250)
}

func TestAccountTellsTheCustomersCreditWhatWasPosted(t *testing.T) {
	s := open(t, event.PaymentTermsAccount, goods("1", 2, 1000))
	s.ship("a", "1", 2)
	s.ask("r", "RETURN", "R", nil, "1", 1)
	streamstest.Send(s.Driver, completed, id, &event.OrderCompleted{OrderID: id, UnitsShipped: 2})
	s.Run()
	s.said()
	s.balance(1000, 500, 0, 0)
	var got []string
	for _, r := range streamstest.Of(s.Driver, exposure, "C1") {
		got = append(got, fmt.Sprint(r.Action, " ", r.Amount))
	}
	if fmt.Sprint(got) != "[invoice 1000 credit 500 release 1000]" {
		t.Errorf("credit is told %v", got)
	}
}

func TestStatementThatCannotBeBookedIsADeadLetter(t *testing.T) {
	s := open(t, event.PaymentTermsPrepaid, goods("1", 1, 100))
	streamstest.Send(s.Driver, captured, id, &event.PaymentCaptured{TransactionID: "x", TenderID: "card", Amount: 100, Currency: "USD"})
	s.Run()
	if letters := s.DeadLetters(settlementstream.App); len(letters) != 1 {
		t.Errorf("%d dead letters, want the payment in another currency", len(letters))
	}
}

// TestAmendedOrderIsBilledAsAmended: other lines hold for what leaves from then on
// and for what is set aside; goods that were taken off, whole lines or units of one,
// are billed if they leave all the same.
func TestAmendedOrderIsBilledAsAmended(t *testing.T) {
	s := open(t, event.PaymentTermsPrepaid, goods("1", 4, 1000), goods("2", 1, 300))
	s.said("authorise 1300")
	change := &event.OrderAmended{OrderID: id, OrderVersion: 5, Currency: "EUR", Lines: []event.OrderLine{goods("1", 2, 500), goods("3", 1, 2000)}, Total: 2500}
	for _, a := range []*event.OrderAmended{change, change, {OrderID: id, OrderVersion: 4, Currency: "EUR", Lines: []event.OrderLine{goods("1", 9, 9000)}, Total: 9000}} {
		streamstest.Send(s.Driver, typed[event.OrderAmended](topic.OrderAmended), id, a)
		s.Run()
	}
	s.said("authorise 1300", "authorise 1200")
	s.ship("s1", "1", 2)
	s.ship("s2", "2", 1)
	s.ship("s3", "3", 1)
	s.balance(500+300+2000, 0, 2800, 0)
	s.ship("s4", "1", 2)
	s.balance(500+300+2000+500, 0, 3300, 0)
}
