package order

import (
	"strconv"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/sourcing"
)

// Agree keeps on which terms an order is sold: its own, else those of its
// customer. Credit is asked when the order says that it is on account, or when the
// customer is known; else nothing is agreed that a limit could come from.
func Agree(o *Record, own *event.PaymentTerms, customer *event.CustomerPublished) {
	o.Terms = own
	if own == nil && customer != nil {
		o.Terms = &customer.Terms
	}
	o.OnCredit = on(o, event.PaymentTermsAccount) && o.Customer.PartyID != ""
}

func on(o *Record, terms event.PaymentTerms) bool { return o.Terms != nil && *o.Terms == terms }

// Guarded says whether the release of the order waits for money or credit at all.
func Guarded(o *Record) bool {
	return o.OnCredit || o.Terms != nil && !on(o, event.PaymentTermsAccount)
}

// Waived are the guards of validation that nothing is attached to: they count as
// satisfied, and order.validated names them.
func Waived(o *Record) []string {
	waived := []string{"fraud", "address"}
	if !o.OnCredit {
		waived = append(waived, "credit")
	}
	if o.OnCredit || !Guarded(o) {
		waived = append(waived, "payment")
	}
	return waived
}

// Secured says whether nodes may be asked as far as money goes: on account the
// credit is granted, prepaid is set aside or taken, proforma is taken.
func Secured(o *Record) bool {
	if !Guarded(o) || o.Unsecured {
		return true
	}
	switch *o.Terms {
	case event.PaymentTermsPrepaid:
		return max(o.Authorised, o.Paid) >= o.Due
	case event.PaymentTermsProforma:
		return o.Paid >= o.Due
	}
	return o.CreditGranted >= o.Due
}

// Lacks is the reason of the hold under which an order waits for its money.
func Lacks(o *Record) string {
	if o.OnCredit {
		return HoldCredit
	}
	return HoldPayment
}

// Worth is what the buyer is to pay, minor units: of each line the share that is
// wanted, on credit also what is at a node or gone beyond that; charges and freight
// unless nothing is left of goods. Of who pays here settlement takes what left
// unwanted once it is billed; the rest need not wait for that.
func Worth(o *Record, items []*Item, charges []*Charge) int64 {
	sum, kept, goods := o.Shipping, int64(0), int64(0)
	for _, i := range items {
		for n := range i.Lines {
			l := &i.Lines[n]
			units := Wanted(l)
			if o.OnCredit {
				units = l.Line.Qty - Cancelled(l)
			}
			kept, goods = kept+units, goods+l.Line.Qty
			sum += sourcing.Share(l.Line.Amount, units, l.Line.Qty)
		}
	}
	for _, c := range charges {
		sum += c.Line.Amount
	}
	if goods > 0 && kept == 0 {
		return 0
	}
	return max(0, sum)
}

// Reprice makes an amount the share of the units of a line that are wanted. The line
// keeps its number of units, and its amount goes up or down in proportion: rounded, it
// still gives the same share, because more units change it by less than half.
func Reprice(l *event.ItemLine, amount int64) {
	if wanted := Wanted(l); wanted > 0 {
		l.Line.Amount = sourcing.Share(amount, l.Line.Qty, wanted)
	}
}

// Pays books a statement about the money of an order; Secured may hold after it.
func Pays(o *Record, action event.PaymentAction, amount int64) {
	switch action {
	case event.PaymentActionAuthorise:
		o.Authorised += amount
	case event.PaymentActionVoid:
		o.Authorised -= amount
	case event.PaymentActionCapture:
		o.Paid += amount
	case event.PaymentActionRefund:
		o.Paid -= amount
	}
}

// CreditID is the id of the nth question about the credit of an order.
func CreditID(orderID string, n int64) string {
	return derive("credit", orderID, strconv.FormatInt(n, 10))
}
