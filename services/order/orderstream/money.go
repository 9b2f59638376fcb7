package orderstream

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams"
)

// Who holds an order for want of money; the same ends the hold.
const (
	byCredit  = "credit"
	byPayment = "payment"
)

// byWhom holds an order under a reason of money.
var byWhom = map[string]string{order.HoldCredit: byCredit, order.HoldPayment: byPayment}

// agree settles on which terms the order is sold.
func (t *turn) agree() {
	var customer *event.CustomerPublished
	if row, known := t.customers.Get(t.o.Customer.PartyID); known {
		customer = &row
	}
	order.Agree(t.o, t.submission.Terms, customer)
}

// reckon keeps what the buyer is to pay right until nodes are asked to ship.
func (t *turn) reckon() {
	if order.Guarded(t.o) && (order.Planning(t.o) || t.o.Phase == event.OrderPhaseAllocated || t.o.Phase == event.OrderPhaseValidating) {
		t.o.Due = order.Worth(t.o, t.items(), t.charges.All(t.ctx))
	}
}

// awaitMoney asks the customer's credit whenever the order is worth another
// amount, and holds an order at its release that nothing comes for in time.
func (t *turn) awaitMoney() {
	if !order.Guarded(t.o) || !order.Open(t.o) {
		return
	}
	t.reckon()
	if t.o.OnCredit && t.o.Due != t.o.CreditAsked && t.o.CancelReason == "" {
		t.o.CreditAsks++
		t.o.CreditAsked = t.o.Due
		t.out.credit.Send(t.ctx, t.o.Customer.PartyID, &event.CreditRequest{
			RequestID: order.CreditID(t.id, t.o.CreditAsks), CustomerID: t.o.Customer.PartyID, OrderID: t.id, Action: event.CreditActionHold,
			Currency: t.o.Currency, Amount: t.o.Due, Revision: t.o.CreditAsks, OccurredAt: t.ctx.Now(),
		})
	}
	if !t.o.OnCredit && t.o.CancelReason == "" && slices.Contains(t.o.Holds, order.HoldPayment) {
		t.secure() // the order may be worth less than when it was held
	}
	if t.o.Phase == event.OrderPhaseAllocated && !order.Secured(t.o) && !t.ctx.TimerSet(timerMoney) {
		t.ctx.SetTimer(timerMoney, t.cfg.Clocks.Money)
	}
}

// unpaid holds an order that nothing came for in time.
func (t *turn) unpaid() {
	if t.o.Phase == event.OrderPhaseAllocated && !order.Secured(t.o) {
		t.refuse("nothing came in time")
	}
}

// refuse holds the order for want of money.
func (t *turn) refuse(why string) {
	reason := order.Lacks(t.o)
	h := &order.Hold{Reason: reason, HeldBy: byWhom[reason], Note: clip(why)}
	if t.hold(h) && t.o.SubmissionID != "" {
		t.sayHeld(h)
		t.publishing = true
	}
}

// secure sees how far the order can go now, if what came is enough.
func (t *turn) secure() {
	if !order.Secured(t.o) {
		return
	}
	t.ctx.ClearTimer(timerMoney)
	reason := order.Lacks(t.o)
	if h := t.holds.Get(t.ctx, reason); h != nil && h.HeldBy == byWhom[reason] {
		t.resume(reason, byWhom[reason])
		return
	}
	t.raise(order.Secure, order.View{})
}

// money takes what credit and payment partners say.
func (t *turn) money(in streams.Input) {
	switch in := in.(type) {
	case streams.Record[event.CreditGranted]:
		t.credit(&in.Value)
	case streams.Record[event.PaymentAuthorised]:
		t.pays(event.PaymentActionAuthorise, in.Value.TransactionID, in.Value.Amount, in.Value.Currency)
	case streams.Record[event.PaymentVoided]:
		t.pays(event.PaymentActionVoid, in.Value.TransactionID, in.Value.Amount, in.Value.Currency)
	case streams.Record[event.PaymentCaptured]:
		t.pays(event.PaymentActionCapture, in.Value.TransactionID, in.Value.Amount, in.Value.Currency)
	case streams.Record[event.PaymentRefunded]:
		t.pays(event.PaymentActionRefund, in.Value.TransactionID, in.Value.Amount, in.Value.Currency)
	case streams.Record[event.PaymentDeclined]:
		t.declined(&in.Value)
	}
}

// credit takes the answer to the last question about the customer's credit.
func (t *turn) credit(a *event.CreditGranted) {
	if a.RequestID != order.CreditID(t.id, t.o.CreditAsks) || order.Over(t.o) {
		return
	}
	if a.Outcome != event.CreditOutcomeGranted {
		t.moment("credit.refused", a.Reason)
		if !order.Secured(t.o) {
			t.refuse(fmt.Sprintf("%s: %d asked, %d of %d taken, minor units of %s", a.Reason, a.Amount, a.Exposure, a.Limit, a.Currency))
		}
		return
	}
	t.o.CreditGranted = a.Amount
	t.moment("credit.granted", "")
	t.secure()
}

// pays books a statement of a payment partner, once.
func (t *turn) pays(action event.PaymentAction, transaction string, amount int64, currency string) {
	key := string(action) + "/" + transaction
	if t.payments.Get(t.ctx, key) != nil || t.o.Currency != "" && currency != t.o.Currency {
		return // in another currency it is settlement's to report
	}
	t.payments.Put(t.ctx, key, &event.OrderPaymentRecord{Currency: currency, Amount: amount, At: t.ctx.Now()})
	order.Pays(t.o, action, amount)
	t.moment("payment."+string(action), fmt.Sprintf("%d minor units of %s", amount, currency))
	if order.Guarded(t.o) && !order.Over(t.o) {
		t.secure()
	}
}

// declined holds an order whose buyer could not pay.
func (t *turn) declined(d *event.PaymentDeclined) {
	key := "declined/" + d.PaymentID + "/" + d.TransactionID
	if t.payments.Get(t.ctx, key) != nil {
		return
	}
	t.payments.Put(t.ctx, key, &event.OrderPaymentRecord{Currency: d.Currency, Amount: d.Amount, At: t.ctx.Now()})
	t.moment("payment.declined", string(d.Action)+": "+d.Reason)
	takes := d.Action == event.PaymentActionAuthorise || d.Action == event.PaymentActionCapture
	if takes && !t.o.OnCredit && !order.Over(t.o) && !order.Secured(t.o) {
		t.refuse(d.Reason)
	}
}
