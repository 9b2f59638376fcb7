package settlement

import (
	"maps"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Rows is one collection of an order's money, read when it is first needed.
type Rows[T any] struct {
	read    func(each func(key string, row *T))
	rows    map[string]*T
	changed map[string]bool
}

// NewRows makes a collection of what read calls each with; nil for an empty one.
func NewRows[T any](read func(each func(key string, row *T))) *Rows[T] { return &Rows[T]{read: read} }

func (r *Rows[T]) all() map[string]*T {
	if r.rows == nil {
		r.rows, r.changed = make(map[string]*T), make(map[string]bool)
		if r.read != nil {
			r.read(func(key string, row *T) { r.rows[key] = row })
		}
	}
	return r.rows
}

// Keys lists the keys in order.
func (r *Rows[T]) Keys() []string { return slices.Sorted(maps.Keys(r.all())) }

// Get returns a row, nil when there is none. A row that is changed must be put.
func (r *Rows[T]) Get(key string) *T { return r.all()[key] }

// Put keeps a row.
func (r *Rows[T]) Put(key string, row *T) {
	r.all()[key] = row
	r.changed[key] = true
}

// Changed calls each with every row that was put, in the order of keys.
func (r *Rows[T]) Changed(each func(key string, row *T)) {
	for _, key := range slices.Sorted(maps.Keys(r.changed)) {
		each(key, r.rows[key])
	}
}

// Books is all money of one order. Each fact or request is booked by one method;
// Settle then says what follows. Books is for one goroutine.
type Books struct {
	ID    string
	Order *Record
	// Price is nil until the order is accepted.
	Price func() *Price

	Bills        *Rows[Bill]
	Tenders      *Rows[Tender]
	Payments     *Rows[Payment]
	Transactions *Rows[Transaction]
	Requests     *Rows[Request]
	Credits      *Rows[Credit]
}

// Out is what follows from what was booked.
type Out struct {
	Invoices []*event.InvoiceRequested
	Payments []*event.PaymentRequested
	Refunds  []*event.RefundApproved
	Answers  []*event.ReturnCredited
	Exposure []*event.CreditRequest
	// Wake is when to settle again though nothing comes, nil for never.
	Wake *time.Time
}

// Settle says what follows at the time now. Called again at once it says nothing
// new.
func (b *Books) Settle(now time.Time) *Out {
	out := &Out{}
	if b.unreferenced() {
		b.answer(out, now)
	}
	if !b.Order.Known {
		return out
	}
	b.bill(out, now)
	b.credit(out, now)
	b.pay(out, now)
	b.release(out, now)
	b.answer(out, now)
	out.Wake = b.wake(now)
	return out
}

// collects says whether money is taken from the buyer here; on account the
// system of record collects it, and what is credited without an order stays there.
func (b *Books) collects() bool {
	return !b.unreferenced() && b.Order.Terms != event.PaymentTermsAccount
}

// quiet says whether the order has ended and everything that left is known.
func (b *Books) quiet() bool { return b.Order.Ended && b.Order.Shipped >= b.Order.EndedUnits }

// Owed is what the buyer owes by the invoices less the credits, minor units.
func (b *Books) Owed() int64 {
	sum := -b.Order.Credited
	for _, key := range b.Bills.Keys() {
		sum += b.Bills.Get(key).Owed
	}
	return sum
}

// release tells the credit of a customer on account that the order needs no more.
func (b *Books) release(out *Out, now time.Time) {
	o := b.Order
	if b.collects() || o.Exposed || !b.quiet() || o.Customer.PartyID == "" {
		return
	}
	billed := int64(0)
	for _, key := range b.Bills.Keys() {
		bill := b.Bills.Get(key)
		if bill.Number == "" && !bill.Covered {
			return
		}
		billed += bill.Owed
	}
	o.Exposed = true
	b.expose(out, event.CreditActionRelease, billed, "", now)
}

// expose tells the credit of a customer on account about a document.
func (b *Books) expose(out *Out, action event.CreditAction, amount int64, document string, at time.Time) {
	o := b.Order
	if b.collects() || o.Customer.PartyID == "" {
		return
	}
	out.Exposure = append(out.Exposure, &event.CreditRequest{
		RequestID: derive("exposure", b.ID, string(action), document), CustomerID: o.Customer.PartyID, OrderID: b.orderID(),
		Action: action, Currency: o.Currency, Amount: amount, Document: document, OccurredAt: at,
	})
}
