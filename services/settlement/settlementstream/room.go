// Package settlementstream wires the money of orders to topics: application
// settlement, one entity an order id, or a return id for what is credited without an
// order. Prices, bills, means of payment, transactions, requests and credits are
// children; of those an input reads only what its decision needs.
package settlementstream

import (
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/settlement"
	"github.com/millrace/millrace/streams"
)

// App is the application id of the topology.
const App = "settlement"

const (
	soldKey   = "sold" // key of the one row of prices
	timerWake = "wake" // settles again though nothing came
)

// Room is the settlement room.
type Room struct {
	Topology *streams.Topology

	orders       *streams.Entity[settlement.Record]
	prices       *streams.Children[settlement.Price]
	bills        *streams.Children[settlement.Bill]
	tenders      *streams.Children[settlement.Tender]
	payments     *streams.Children[settlement.Payment]
	transactions *streams.Children[settlement.Transaction]
	requests     *streams.Children[settlement.Request]
	credits      *streams.Children[settlement.Credit]
	out          outputs
}

// outputs are the topics that the room writes.
type outputs struct {
	invoices streams.Topic[event.InvoiceRequested]
	payments streams.Topic[event.PaymentRequested]
	refunds  streams.Topic[event.RefundApproved]
	answers  streams.Topic[event.ReturnCredited]
	exposure streams.Topic[event.CreditRequest]
}

// New makes the room.
func New(schemas *codec.Schemas) *Room {
	r := &Room{Topology: streams.NewTopology(App), out: outputs{
		invoices: typed[event.InvoiceRequested](schemas, topic.InvoiceRequested),
		payments: typed[event.PaymentRequested](schemas, topic.PaymentRequested),
		refunds:  typed[event.RefundApproved](schemas, topic.RefundApproved),
		answers:  typed[event.ReturnCredited](schemas, topic.ReturnCredited),
		exposure: typed[event.CreditRequest](schemas, topic.CreditRequest),
	}}
	r.orders = streams.NewEntity(r.Topology, "settlement", codec.State[settlement.Record](schemas, "settlement"), r.handle)
	r.prices = streams.NewChildren(r.orders, "price", codec.State[settlement.Price](schemas, "settlement_price"))
	r.bills = streams.NewChildren(r.orders, "bill", codec.State[settlement.Bill](schemas, "settlement_bill"))
	r.tenders = streams.NewChildren(r.orders, "tender", codec.State[settlement.Tender](schemas, "settlement_tender"))
	r.payments = streams.NewChildren(r.orders, "payment", codec.State[settlement.Payment](schemas, "settlement_payment"))
	r.transactions = streams.NewChildren(r.orders, "transaction", codec.State[settlement.Transaction](schemas, "settlement_transaction"))
	r.requests = streams.NewChildren(r.orders, "request", codec.State[settlement.Request](schemas, "settlement_request"))
	r.credits = streams.NewChildren(r.orders, "credit", codec.State[settlement.Credit](schemas, "settlement_credit"))
	r.wire(schemas)
	return r
}

// wire declares what the room reads and writes.
func (r *Room) wire(schemas *codec.Schemas) {
	streams.Receive(r.orders, typed[event.OrderAccepted](schemas, topic.OrderAccepted))
	streams.Receive(r.orders, typed[event.OrderAmended](schemas, topic.OrderAmended))
	streams.Receive(r.orders, typed[event.OrderReleased](schemas, topic.OrderReleased))
	streams.Receive(r.orders, typed[event.OrderCompleted](schemas, topic.OrderCompleted))
	streams.Receive(r.orders, typed[event.OrderCancelled](schemas, topic.OrderCancelled))
	streams.Receive(r.orders, typed[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed))
	streams.Receive(r.orders, typed[event.InvoicePosted](schemas, topic.InvoicePosted))
	streams.Receive(r.orders, typed[event.InvoiceCorrected](schemas, topic.InvoiceCorrected))
	streams.Receive(r.orders, typed[event.CreditPosted](schemas, topic.CreditPosted))
	streams.Receive(r.orders, typed[event.SettlementRequest](schemas, topic.SettlementRequest))
	streams.Receive(r.orders, typed[event.PaymentAuthorised](schemas, topic.PaymentAuthorised))
	streams.Receive(r.orders, typed[event.PaymentDeclined](schemas, topic.PaymentDeclined))
	streams.Receive(r.orders, typed[event.PaymentCaptured](schemas, topic.PaymentCaptured))
	streams.Receive(r.orders, typed[event.PaymentVoided](schemas, topic.PaymentVoided))
	streams.Receive(r.orders, typed[event.PaymentRefunded](schemas, topic.PaymentRefunded))
	streams.Send(r.orders, r.out.invoices)
	streams.Send(r.orders, r.out.payments)
	streams.Send(r.orders, r.out.refunds)
	streams.Send(r.orders, r.out.answers)
	streams.Send(r.orders, r.out.exposure)
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// handle books an input and does what follows.
func (r *Room) handle(ctx streams.Ctx, o *settlement.Record, in streams.Input) error {
	books := r.books(ctx, o)
	facts := &settlement.Out{}
	if err := r.take(ctx, books, facts, in); err != nil {
		return err
	}
	r.send(ctx, facts)
	r.send(ctx, books.Settle(ctx.Now()))
	books.Bills.Changed(func(key string, row *settlement.Bill) { r.bills.Put(ctx, key, row) })
	books.Tenders.Changed(func(key string, row *settlement.Tender) { r.tenders.Put(ctx, key, row) })
	books.Payments.Changed(func(key string, row *settlement.Payment) { r.payments.Put(ctx, key, row) })
	books.Transactions.Changed(func(key string, row *settlement.Transaction) { r.transactions.Put(ctx, key, row) })
	books.Requests.Changed(func(key string, row *settlement.Request) { r.requests.Put(ctx, key, row) })
	books.Credits.Changed(func(key string, row *settlement.Credit) { r.credits.Put(ctx, key, row) })
	return nil
}

// take books an input. What it says to others at once goes to out.
func (r *Room) take(ctx streams.Ctx, books *settlement.Books, out *settlement.Out, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.OrderAccepted]:
		if price := books.Accepted(&in.Value); price != nil {
			r.prices.Put(ctx, soldKey, price)
		}
	case streams.Record[event.OrderAmended]:
		if price := books.Amended(&in.Value); price != nil {
			r.prices.Put(ctx, soldKey, price)
		}
	case streams.Record[event.OrderReleased]:
		books.Released(&in.Value)
	case streams.Record[event.OrderCompleted]:
		books.Ended(in.Value.UnitsShipped)
	case streams.Record[event.OrderCancelled]:
		books.Ended(0)
	case streams.Record[event.ShipmentConfirmed]:
		books.Shipped(&in.Value)
	case streams.Record[event.InvoicePosted]:
		books.Posted(out, &in.Value)
	case streams.Record[event.InvoiceCorrected]:
		books.Corrected(out, &in.Value)
	case streams.Record[event.CreditPosted]:
		books.CreditPosted(out, &in.Value)
	case streams.Record[event.SettlementRequest]:
		if in.Value.ReturnID == ctx.Key() {
			return books.Unreferenced(out, &in.Value, ctx.Now())
		}
		return books.Requested(&in.Value, ctx.Now())
	case streams.Record[event.PaymentDeclined]:
		books.Declined(&in.Value, ctx.Now())
	case streams.Record[event.PaymentAuthorised]:
		return books.Authorised(&in.Value, ctx.Now())
	case streams.Record[event.PaymentCaptured]:
		return books.Captured(&in.Value, ctx.Now())
	case streams.Record[event.PaymentVoided]:
		return books.Voided(&in.Value, ctx.Now())
	case streams.Record[event.PaymentRefunded]:
		return books.Refunded(&in.Value, ctx.Now())
	}
	return nil
}

// books opens the rows of the order.
func (r *Room) books(ctx streams.Ctx, o *settlement.Record) *settlement.Books {
	var price *settlement.Price
	return &settlement.Books{
		ID: ctx.Key(), Order: o,
		Price: func() *settlement.Price {
			if price == nil {
				price = r.prices.Get(ctx, soldKey)
			}
			return price
		},
		Bills: rows(ctx, r.bills), Tenders: rows(ctx, r.tenders), Payments: rows(ctx, r.payments),
		Transactions: rows(ctx, r.transactions), Requests: rows(ctx, r.requests), Credits: rows(ctx, r.credits),
	}
}

func rows[T any](ctx streams.Ctx, children *streams.Children[T]) *settlement.Rows[T] {
	return settlement.NewRows(func(each func(key string, row *T)) {
		children.Range(ctx, "", func(id string, child *T) bool {
			each(id, child)
			return true
		})
	})
}

// send says what follows.
func (r *Room) send(ctx streams.Ctx, out *settlement.Out) {
	for _, v := range out.Invoices {
		r.out.invoices.Send(ctx, ctx.Key(), v)
	}
	for _, v := range out.Payments {
		r.out.payments.Send(ctx, ctx.Key(), v)
	}
	for _, v := range out.Refunds {
		r.out.refunds.Send(ctx, ctx.Key(), v)
	}
	for _, v := range out.Answers {
		r.out.answers.Send(ctx, v.ReturnID, v)
	}
	for _, v := range out.Exposure {
		r.out.exposure.Send(ctx, v.CustomerID, v)
	}
	if out.Wake != nil {
		ctx.SetTimer(timerWake, out.Wake.Sub(ctx.Now()))
	}
}

// Order reads the committed money of an order; nil when there is none.
func (r *Room) Order(from streams.Committed, id string) (*settlement.Record, error) {
	return r.orders.Get(from, id)
}

// Bills reads the committed bills of an order.
func (r *Room) Bills(from streams.Committed, id string) ([]*settlement.Bill, error) {
	return r.bills.Read(from, id)
}

// Tenders reads the committed means of payment of an order.
func (r *Room) Tenders(from streams.Committed, id string) ([]*settlement.Tender, error) {
	return r.tenders.Read(from, id)
}

// Credits reads what is credited of an order, as committed.
func (r *Room) Credits(from streams.Committed, id string) ([]*settlement.Credit, error) {
	return r.credits.Read(from, id)
}

// Scan calls fn with the money of each order whose task is active in this process,
// in no order that means anything, until fn returns false.
func (r *Room) Scan(from streams.Committed, fn func(id string, o *settlement.Record) bool) error {
	return r.orders.Scan(from, fn)
}
