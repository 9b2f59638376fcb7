package audit

import (
	"fmt"
	"time"
)

// The part of M1 about payments; see money.go.

func (o *order) tender(id string) *tender {
	t := o.Tenders[id]
	if t == nil {
		t = new(tender)
		o.Tenders[id] = t
	}
	return t
}

// notePayment files a request to a payment partner; a repeat has the same id.
func (a *Auditor) notePayment(f *fact) {
	o := a.coin(f)
	id := f.text("payment_id")
	q := o.want(id)
	if !q.known() {
		q.Place, q.Amount = f.Place, f.number("amount")
	}
}

func (o *order) want(id string) *wanted {
	q := o.Wanted[id]
	if q == nil {
		q = new(wanted)
		o.Wanted[id] = q
	}
	return q
}

func (a *Auditor) noteDeclined(f *fact) {
	o := a.coin(f)
	if action := f.text("action"); action == "refund" || action == "void" {
		o.Declined = true
	}
}

// transact files a statement of a payment partner, once a transaction, and returns
// the means of payment that it moved; nil when it was said before.
func (a *Auditor) transact(f *fact, action string) *tender {
	o := a.coin(f)
	a.checked(Money)
	id, amount := action+sep+f.text("source")+sep+f.text("transaction_id"), f.number("amount")
	if was, again := o.Moved[id]; again {
		if was.Amount != amount {
			a.violated(Money, o.ID, "transaction "+id, fmt.Sprintf("one transaction of %d", was.Amount), fmt.Sprintf("%d under the same number", amount), was.Place, f.Place)
		}
		return nil
	}
	o.Moved[id] = moved{f.Place, amount}
	t := o.tender(f.text("tender_id"))
	t.Stated = append(t.Stated, statement{f.Place, f.at, action, f.text("payment_id"), amount})
	a.later(Money, judgeTender, o.ID, f.text("tender_id")+sep+f.text("payment_id"), f, a.limits.Skew)
	if o.End != nil {
		a.later(Money, judgeBalance, o.ID, "", f, a.limits.Settle)
	}
	return t
}

func (a *Auditor) noteAuthorised(f *fact) {
	if t := a.transact(f, authorise); t != nil {
		if at := f.moment("expires_at"); at.After(t.Expires) {
			t.Expires = at
		}
	}
}

// What a payment partner does.
const (
	authorise = "authorise"
	capture   = "capture"
	void      = "void"
	refund    = "refund"
)

func (a *Auditor) noteCaptured(f *fact) { a.transact(f, capture) }

func (a *Auditor) noteVoided(f *fact) { a.transact(f, void) }

func (a *Auditor) noteRefunded(f *fact) { a.transact(f, refund) }

// judgeTenders: a means of payment gives no more than was set aside and pays back
// no more than was taken; a request is done once.
func (a *Auditor) judgeTenders(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || !a.judged(o) {
		return
	}
	a.checked(Money)
	id, asked := cut(w.Ref)
	t := o.Tenders[id]
	aside, all := t.sum(authorise, time.Time{}), t.sum(capture, time.Time{})
	if taken := t.sum(capture, w.Since); aside > 0 && taken > aside {
		a.violated(Money, o.ID, "captured "+id, fmt.Sprintf("at most the %d set aside are captured", aside), fmt.Sprintf("%d", taken), t.places()...)
	}
	if back := t.sum(refund, w.Since); back > all {
		a.violated(Money, o.ID, "refunded "+id, fmt.Sprintf("at most the %d captured are refunded", all), fmt.Sprintf("%d", back), t.places()...)
	}
	q, done := o.Wanted[asked], int64(0)
	for _, s := range t.Stated {
		if s.Payment == asked && !s.At.After(w.Since) {
			done += s.Amount
		}
	}
	if asked != "" && q != nil && done > q.Amount {
		a.violated(Money, o.ID, "done "+asked, fmt.Sprintf("the %d of the request, once", q.Amount), fmt.Sprintf("%d done", done), append(t.places(), q.Place)...)
	}
}

// judgeBalances: in the end the buyer paid what the bills less the credits say,
// and nothing stays set aside.
func (a *Auditor) judgeBalances(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil || o.End == nil {
		return
	}
	if until := o.MoneyAt.Add(a.limits.Settle); until.After(w.Due) {
		a.again(w, until)
		return
	}
	a.checked(Money)
	owed, paid, places := int64(0), int64(0), []Place{o.End.Place}
	for _, b := range o.Bills {
		owed += b.owed()
		places = append(places, b.Place, b.Posted)
	}
	for _, c := range o.Credits {
		owed -= c.Owed
		places = append(places, c.Place)
	}
	for id, t := range o.Tenders {
		taken := t.sum(capture, time.Time{})
		paid += taken - t.sum(refund, time.Time{})
		places = append(places, t.places()...)
		if aside := t.sum(authorise, time.Time{}) - taken - t.sum(void, time.Time{}); aside > 0 && !o.Declined && (t.Expires.IsZero() || t.Expires.After(w.Due)) {
			a.violated(Leftovers, o.ID, "set aside "+id, "nothing is set aside after the end", fmt.Sprintf("%d", aside), append(t.places(), o.End.Place)...)
		}
	}
	through := o.Accepted.Terms == "prepaid" || o.Accepted.Terms == "proforma" || paid != 0
	if through && paid != owed && !o.Declined {
		a.violated(Money, o.ID, "balance", fmt.Sprintf("captured less refunded is %d, invoiced less credited", owed), fmt.Sprintf("%d", paid), sorted(places)...)
	}
	if o.End.Completed && o.End.Invoiced != a.invoiced(o) {
		a.violated(Money, o.ID, "invoiced", fmt.Sprintf("%d invoiced", a.invoiced(o)), fmt.Sprintf("the end says %d", o.End.Invoiced), sorted(places)...)
	}
}

// invoiced is what had been posted when the order ended.
func (a *Auditor) invoiced(o *order) int64 {
	sum := int64(0)
	for _, b := range o.Bills {
		if b.Posted.known() {
			sum += b.PostedTotal
		}
	}
	return sum
}

// judgeBilling: what left is billed.
func (a *Auditor) judgeBilling(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil || o.Accepted.Terms == "proforma" {
		return
	}
	a.checked(Money)
	for _, b := range o.Bills {
		if b.Shipment == w.Ref && b.known() {
			return
		}
	}
	a.violated(Money, o.ID, "unbilled "+w.Ref, fmt.Sprintf("shipment %s is billed within %s", w.Ref, a.limits.Settle), "no bill", w.Place)
}
