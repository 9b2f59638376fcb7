package business

import (
	"math/big"
	"time"

	"github.com/bojanz/currency"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams/streamstest"
)

// pay has the bank do what is asked, and its answer come: late, twice, or not at
// all, so that it is asked again.
func (w *week) pay(r *event.PaymentRequested) {
	request := *r
	w.in(time.Second, time.Minute, func() {
		f := w.bank.ask(&request, w.Now(), w.dice.IntN(30) == 0)
		switch w.dice.IntN(25) {
		case 0:
			w.met["lost answers of the bank"]++
		case 1:
			w.met["repeated answers of the bank"]++
			w.in(0, time.Hour, func() { w.say(f) })
			fallthrough
		default:
			w.in(0, time.Minute, func() { w.say(f) })
		}
		if f.declined && f.action == event.PaymentActionAuthorise {
			w.in(time.Hour, 3*time.Hour, func() { w.declined(f) })
		}
	})
}

// declined is a buyer whose card was refused: one takes another, the other goes.
func (w *week) declined(f *fact) {
	if w.dice.IntN(3) == 0 {
		w.cancel(f.order)
		return
	}
	w.say(w.bank.offer(f.order, f.currency, f.amount, w.Now()))
}

// say states a fact of the bank.
func (w *week) say(f *fact) {
	switch {
	case f.declined:
		streamstest.Send(w.Driver, onDeclined, f.order, &event.PaymentDeclined{PaymentID: f.payment, TransactionID: f.number, OrderID: f.order, Action: f.action, TenderID: f.tender, Amount: f.amount, Currency: f.currency, Reason: "DECLINED", Source: "bank", DeclinedAt: f.at})
	case f.action == event.PaymentActionAuthorise:
		streamstest.Send(w.Driver, onAuthorised, f.order, &event.PaymentAuthorised{PaymentID: f.payment, TransactionID: f.number, OrderID: f.order, TenderID: f.tender, Amount: f.amount, Currency: f.currency, Method: "CARD", Source: "bank", AuthorisedAt: f.at})
	case f.action == event.PaymentActionCapture:
		streamstest.Send(w.Driver, onCaptured, f.order, &event.PaymentCaptured{PaymentID: f.payment, TransactionID: f.number, OrderID: f.order, TenderID: f.tender, Amount: f.amount, Currency: f.currency, Source: "bank", CapturedAt: f.at})
	case f.action == event.PaymentActionVoid:
		streamstest.Send(w.Driver, onVoided, f.order, &event.PaymentVoided{PaymentID: f.payment, TransactionID: f.number, OrderID: f.order, TenderID: f.tender, Amount: f.amount, Currency: f.currency, Source: "bank", VoidedAt: f.at})
	case f.action == event.PaymentActionRefund:
		streamstest.Send(w.Driver, onRefunded, f.order, &event.PaymentRefunded{PaymentID: f.payment, TransactionID: f.number, OrderID: f.order, TenderID: f.tender, Amount: f.amount, Currency: f.currency, Source: "bank", RefundedAt: f.at})
	}
}

// invoiced lets a buyer on account pay, some time after its invoice.
func (w *week) invoiced(v *event.InvoicePosted) {
	buyer := w.asked[v.OrderID].submit.Customer.PartyID
	if !isKind(buyer, "account-") || v.Total == 0 {
		return
	}
	document, amount, id := v.InvoiceID, v.Total, buyer
	w.in(4*time.Hour, 30*time.Hour, func() {
		streamstest.Send(w.Driver, onCredit, id, &event.CreditRequest{
			RequestID: "paid " + document, CustomerID: id, Action: event.CreditActionPayment, Currency: "EUR", Amount: amount, Document: "P" + document, OccurredAt: w.Now(),
		})
	})
}

func isKind(buyer, kind string) bool { return len(buyer) > len(kind) && buyer[:len(kind)] == kind }

// money is an amount in major units.
func money(minor int64, code string) *big.Rat {
	digits, _ := currency.GetDigits(code)
	return new(big.Rat).SetFrac(big.NewInt(minor), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
}

// checkMoney: what the bank took and gave back is what the system of record
// invoiced and credited.
func (w *week) balance(a *auditor, d *docket) {
	p, s := w.bank.accounts[d.id], w.ledger.sales[d.id]
	if s == nil || !isKind(d.accepted.Customer.PartyID, "prepaid-") {
		if p != nil {
			a.breach(d.id, "the bank has money of an order that does not prepay: %+v", *p)
		}
		return
	}
	owed := new(big.Rat).Sub(s.invoiced, s.credited)
	taken := new(big.Rat)
	if p != nil {
		taken = money(p.captured-p.refunded, d.accepted.Currency)
	}
	if owed.Cmp(taken) != 0 {
		a.breach(d.id, "the bank took %s, the ERP invoiced %s and credited %s", taken.FloatString(2), s.invoiced.FloatString(2), s.credited.FloatString(2))
	}
	if p == nil {
		return
	}
	for name, t := range p.tenders {
		if t.authorised != t.captured+t.voided {
			a.breach(d.id, "%s has %d set aside, %d taken and %d set free", name, t.authorised, t.captured, t.voided)
		}
	}
}
