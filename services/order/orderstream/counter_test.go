package orderstream_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func typed[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

var (
	submits   = typed[event.OrderSubmit](topic.OrderSubmit)
	cancels   = typed[event.OrderCancel](topic.OrderCancel)
	amends    = typed[event.OrderAmend](topic.OrderAmend)
	commands  = typed[event.InventoryCommand](topic.InventoryCommand)
	answers   = typed[event.InventoryAnswer](topic.InventoryAnswer)
	statuses  = typed[event.FulfilmentStatusChanged](topic.FulfilmentStatus)
	purchases = typed[event.PurchaseAccepted](topic.PurchaseAccepted)
	shipments = typed[event.ShipmentConfirmed](topic.ShipmentConfirmed)
	parcels   = typed[event.ParcelStatusChanged](topic.ParcelStatus)
	resolves  = typed[event.OrderResolve](topic.OrderResolve)
	invoices  = typed[event.InvoicePosted](topic.InvoicePosted)
	movements = typed[event.InventoryMovement](topic.InventoryMovement)
	grants    = typed[event.CreditGranted](topic.CreditGranted)
	declines  = typed[event.PaymentDeclined](topic.PaymentDeclined)
	nodes     = typed[event.NodePublished](topic.NodePublished)
	products  = typed[event.ProductPublished](topic.ProductPublished)
	founds    = typed[event.CrossrefFound](topic.CrossrefFound)
	freezes   = typed[event.OrderFreeze](topic.OrderFreeze)
	requests  = typed[event.FulfilmentRequested](topic.FulfilmentRequested)
)

// counter is the order room with a test on the other side of every topic.
type counter struct {
	*streamstest.Driver
	t    *testing.T
	room *orderstream.Room
	id   string
	seen map[string]bool // commands that next returned
}

func open(t *testing.T) *counter {
	t.Helper()
	room, err := orderstream.New(orderstream.Config{Nodes: []string{"north", "south"}, Patience: map[string]time.Duration{"hasty": 72 * time.Hour}, MinShelfLife: map[string]int64{"dairy": 30}, Redress: map[string]order.Redress{"kind": order.Refund}}, schemas)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{Driver: streamstest.New(t, streamstest.Options{}, room.Topology), t: t, room: room, id: event.OrderID("shop", "1"), seen: map[string]bool{}}
	t.Cleanup(c.NoDeadLetters)
	return c
}

// order is a submission of lines "sku qty" of 1.00 a unit.
func (c *counter) order(lines ...event.OrderLine) *event.OrderSubmit {
	s := &event.OrderSubmit{
		SubmissionID: "first", OrderID: c.id, Channel: "shop", ExternalID: "1", Currency: "EUR", BodyHash: "hash", Source: "api",
		Shortage: event.ShortagePolicyBackorder, OrderedAt: c.Now(),
	}
	for n, l := range lines {
		l.LineID, l.Kind, l.Amount = fmt.Sprint(n+1), event.LineKindGoods, 100*l.Qty
		s.Lines = append(s.Lines, l)
		s.Total += l.Amount
	}
	return s
}

func line(sku string, qty int64) event.OrderLine { return event.OrderLine{Sku: sku, Qty: qty} }

func put[V any](c *counter, topic streams.Topic[V], value *V) {
	streamstest.Send(c.Driver, topic, c.id, value)
	c.Run()
}

// informs says whether stock answers a command only when it refuses it.
func informs(c *event.InventoryCommand) bool {
	return c.Action == event.StockActionConsign || c.Action == event.StockActionRecall
}

// next returns the commands that stock answers and that it did not return before.
func (c *counter) next() []event.InventoryCommand {
	var fresh []event.InventoryCommand
	for _, r := range streamstest.Read(c.Driver, commands) {
		if !informs(&r.Value) && !c.seen[r.Value.CommandID] {
			c.seen[r.Value.CommandID] = true
			fresh = append(fresh, r.Value)
		}
	}
	return fresh
}

// pay states what a payment partner did.
func (c *counter) pay(action, transaction string, amount int64) {
	switch event.PaymentAction(action) {
	case event.PaymentActionAuthorise:
		put(c, typed[event.PaymentAuthorised](topic.PaymentAuthorised), &event.PaymentAuthorised{TransactionID: transaction, OrderID: c.id, TenderID: "card", Amount: amount, Currency: "EUR", AuthorisedAt: c.Now()})
	case event.PaymentActionCapture:
		put(c, typed[event.PaymentCaptured](topic.PaymentCaptured), &event.PaymentCaptured{TransactionID: transaction, OrderID: c.id, TenderID: "card", Amount: amount, Currency: "EUR", CapturedAt: c.Now()})
	case event.PaymentActionVoid:
		put(c, typed[event.PaymentVoided](topic.PaymentVoided), &event.PaymentVoided{TransactionID: transaction, OrderID: c.id, TenderID: "card", Amount: amount, Currency: "EUR", VoidedAt: c.Now()})
	case event.PaymentActionRefund:
		put(c, typed[event.PaymentRefunded](topic.PaymentRefunded), &event.PaymentRefunded{TransactionID: transaction, OrderID: c.id, TenderID: "card", Amount: amount, Currency: "EUR", RefundedAt: c.Now()})
	default:
		c.t.Fatalf("no payment partner does %q", action)
	}
}

// answer answers a command.
func (c *counter) answer(cmd event.InventoryCommand, verdict event.StockVerdict, grants ...event.Grant) {
	put(c, answers, &event.InventoryAnswer{
		CommandID: cmd.CommandID, OrderID: cmd.OrderID, Sku: cmd.Sku, Plan: cmd.Plan, Verdict: verdict, Grants: grants, AnsweredAt: c.Now(),
	})
}

// facts reads the order.
func (c *counter) facts() *order.Facts {
	c.t.Helper()
	f, err := c.room.Facts(c.Driver, c.id)
	if err != nil {
		c.t.Fatal(err)
	}
	if f == nil {
		c.t.Fatal("there is no such order")
	}
	return f
}

func (c *counter) want(status event.OrderStatus) *order.Facts {
	c.t.Helper()
	f := c.facts()
	if got := order.Status(f.Order); got != status {
		c.t.Errorf("the order is %s, want %s: %+v", got, status, f.Order)
	}
	return f
}

func count[V any](c *counter, def topic.Def) int {
	return len(streamstest.Read(c.Driver, typed[V](def)))
}

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// knowsWhy requires that an order which is not over says what it waits for, and
// that one which is over waits for nothing.
func knowsWhy(t rapid.TB, f *order.Facts) {
	t.Helper()
	if waits := order.Waits(f); order.Waiting(f.Order) != (len(waits) > 0) {
		t.Fatalf("an order in phase %s waits for %+v: %+v", f.Order.Phase, waits, f.Order)
	}
}
