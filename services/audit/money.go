package audit

import (
	"fmt"
	"time"
)

// M1, money, in minor units of the order's one currency: a bill, a credit and a
// posted document add up; posted is what was asked; a line bears at most its
// amount and is billed for no more units than left (or, proforma, were ordered);
// the units of a bill are credited once; a payment is taken, set free or paid back
// once, no more than its request, and no more than the means of payment gives.
// Settle after the last word about its money, an order that has ended has
// captured - refunded = invoiced - credited when it was paid through us, every
// shipment is billed, and nothing stays set aside.
//
// What is credited without an order is M2.
//
// From order.accepted, order.amended, shipment.confirmed, invoice.*, refund.approved,
// credit.posted, payment.*. Sums of one record are judged at once, comparisons when
// the watermark passes by Skew, the balance by Settle.

// purse is the money in the book of an order.
type purse struct {
	Bills   map[string]*bill
	Credits map[string]*credit
	Tenders map[string]*tender
	// Wanted are the requests to payment partners, Moved the statements of them.
	Wanted map[string]*wanted
	Moved  map[string]moved
	// MoneyAt is when the newest record about money was written.
	MoneyAt time.Time
	// Declined says that a partner refused to give money back.
	Declined bool
}

func newPurse() purse {
	return purse{
		Bills: make(map[string]*bill), Credits: make(map[string]*credit), Tenders: make(map[string]*tender), Wanted: make(map[string]*wanted), Moved: make(map[string]moved),
	}
}

type bill struct {
	Place
	At                     time.Time
	Shipment               string
	Lines                  map[string]billed
	Shipping, Total, Owed  int64
	Posted                 Place
	PostedTotal, Corrected int64
	Revision               int64
}

type billed struct{ Qty, Amount int64 }

type credit struct {
	Place
	At      time.Time
	Invoice string
	Lines   map[string]int64
	Total   int64
	Posted  Place
	Owed    int64
}

// tender is a means of payment and what its partner stated about it.
type tender struct {
	Stated  []statement
	Expires time.Time
}

type statement struct {
	Place
	At      time.Time
	Action  string
	Payment string
	Amount  int64
}

// sum adds up what was stated of an action by a time; zero counts all.
func (t *tender) sum(action string, until time.Time) int64 {
	sum := int64(0)
	for _, s := range t.Stated {
		if s.Action == action && (until.IsZero() || !s.At.After(until)) {
			sum += s.Amount
		}
	}
	return sum
}

func (t *tender) places() []Place {
	places := make([]Place, len(t.Stated))
	for n, s := range t.Stated {
		places[n] = s.Place
	}
	return sorted(places)
}

type wanted struct {
	Place
	Amount int64
}

type moved struct {
	Place
	Amount int64
}

// coin returns the book that a record about money belongs to, and judges its currency.
func (a *Auditor) coin(f *fact) *order {
	o := a.word(f.text("order_id"), f)
	if f.at.After(o.MoneyAt) {
		o.MoneyAt = f.at
	}
	a.later(Money, judgeCurrency, o.ID, f.text("currency"), f, a.limits.Skew)
	return o
}

func (a *Auditor) judgeCurrencies(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil {
		return
	}
	a.checked(Money)
	if w.Ref != o.Accepted.Currency {
		a.violated(Money, o.ID, "currency "+w.Place.String(), "amounts in "+o.Accepted.Currency, w.Ref, o.Accepted.Place, w.Place)
	}
}

func (a *Auditor) noteBill(f *fact) {
	o := a.coin(f)
	a.checked(Money)
	b := &bill{Place: f.Place, At: f.at, Shipment: f.text("shipment_id"), Lines: make(map[string]billed), Shipping: f.number("shipping"), Total: f.number("total")}
	goods := int64(0)
	for _, l := range f.rows("lines") {
		goods += l.number("amount")
		was := b.Lines[l.text("line_id")]
		b.Lines[l.text("line_id")] = billed{was.Qty + l.number("qty"), was.Amount + l.number("amount")}
	}
	id := f.text("invoice_id")
	if goods != f.number("goods") || goods+b.Shipping != b.Total {
		a.violated(Money, o.ID, "bill "+id, fmt.Sprintf("lines of %d and freight of %d make %d", goods, b.Shipping, goods+b.Shipping), fmt.Sprintf("goods %d, total %d", f.number("goods"), b.Total), f.Place)
	}
	if was := o.Bills[id]; was != nil && was.Place.known() {
		if was.Total != b.Total {
			a.violated(Money, o.ID, "billed again "+id, fmt.Sprintf("one bill of %d", was.Total), fmt.Sprintf("%d asked again", b.Total), was.Place, f.Place)
		}
		return
	} else if was != nil {
		b.Posted, b.PostedTotal, b.Corrected, b.Revision = was.Posted, was.PostedTotal, was.Corrected, was.Revision
	}
	o.Bills[id] = b
	a.later(Money, judgeBills, o.ID, id, f, a.limits.Skew)
}

func (o *order) bill(id string) *bill {
	b := o.Bills[id]
	if b == nil {
		b = &bill{Lines: make(map[string]billed)}
		o.Bills[id] = b
	}
	return b
}

func (a *Auditor) notePosted(f *fact) {
	o := a.coin(f)
	b := o.bill(f.text("invoice_id"))
	a.numbered(o, "invoice "+f.text("invoice_id"), f.text("number"), f)
	if !b.Posted.known() {
		b.Posted, b.PostedTotal = f.Place, f.number("total")
	}
	a.later(Money, judgePosted, o.ID, f.text("invoice_id"), f, a.limits.Skew)
}

func (a *Auditor) noteCorrected(f *fact) {
	b := a.coin(f).bill(f.text("invoice_id"))
	if f.number("revision") > b.Revision {
		b.Revision, b.Corrected = f.number("revision"), f.number("total")
	}
}

// owed is what an invoice came to.
func (b *bill) owed() int64 {
	switch {
	case b.Revision > 0:
		return b.Corrected
	case b.Posted.known():
		return b.PostedTotal
	}
	return b.Total
}

// judgeBill: all bills together bear no more than was sold and left.
func (a *Auditor) judgeBill(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || o.Accepted == nil {
		return
	}
	a.checked(Money)
	sum, freight := make(map[string]billed), int64(0)
	var places []Place
	for _, b := range o.Bills {
		if !b.known() || b.At.After(w.Since) {
			continue
		}
		places = append(places, b.Place)
		freight += b.Shipping
		for id, l := range b.Lines {
			sum[id] = billed{sum[id].Qty + l.Qty, sum[id].Amount + l.Amount}
		}
	}
	places = append(sorted(places), o.Accepted.Place)
	shipped := o.shipped()
	for id, s := range sum {
		l := o.Lines[id]
		most := max(l.Qty, shipped[id])
		if l.ships() && o.Accepted.Terms != "proforma" {
			most = shipped[id]
		}
		if s.Qty > most && !o.Amended {
			a.violated(Money, o.ID, "billed units "+id, fmt.Sprintf("line %s: at most %d units billed", id, most), fmt.Sprintf("%d", s.Qty), append(places, o.shipmentPlaces()...)...)
		}
		if !o.Amended && shipped[id] <= l.Qty && (l.Amount >= 0 && s.Amount > l.Amount || l.Amount < 0 && s.Amount < l.Amount) {
			a.violated(Money, o.ID, "billed amount "+id, fmt.Sprintf("line %s: at most %d billed", id, l.Amount), fmt.Sprintf("%d", s.Amount), places...)
		}
	}
	if freight > o.Accepted.Shipping {
		a.violated(Money, o.ID, "freight", fmt.Sprintf("at most %d of freight billed", o.Accepted.Shipping), fmt.Sprintf("%d", freight), places...)
	}
}

// judgePosting: posted is what was asked.
func (a *Auditor) judgePosting(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || !a.judged(o) {
		return
	}
	a.checked(Money)
	b := o.Bills[w.Ref]
	switch {
	case !b.known():
		a.violated(Money, o.ID, "posted unasked "+w.Ref, "a bill that was asked for", "an invoice of "+fmt.Sprint(b.PostedTotal)+" alone", b.Posted)
	case b.PostedTotal != b.Total:
		a.violated(Money, o.ID, "posted total "+w.Ref, fmt.Sprintf("an invoice of %d, as asked", b.Total), fmt.Sprintf("%d", b.PostedTotal), b.Place, b.Posted)
	}
}

func (a *Auditor) noteRefund(f *fact) {
	if f.text("order_id") == "" {
		return // M2
	}
	o := a.coin(f)
	a.checked(Money)
	id := f.text("refund_id")
	c := &credit{Place: f.Place, At: f.at, Invoice: f.text("invoice_id"), Lines: make(map[string]int64), Total: f.number("total"), Owed: f.number("total")}
	sum := f.number("shipping")
	for _, l := range f.rows("lines") {
		sum += l.number("amount")
		c.Lines[l.text("line_id")] += l.number("qty")
	}
	if sum != c.Total {
		a.violated(Money, o.ID, "credit "+id, fmt.Sprintf("lines and freight make %d", sum), fmt.Sprintf("total %d", c.Total), f.Place)
	}
	if was := o.Credits[id]; was != nil && was.Place.known() {
		if was.Total != c.Total {
			a.violated(Money, o.ID, "credited again "+id, fmt.Sprintf("one credit of %d", was.Total), fmt.Sprintf("%d approved again", c.Total), was.Place, f.Place)
		}
		return
	} else if was != nil {
		c.Posted, c.Owed = was.Posted, was.Owed
	}
	o.Credits[id] = c
	a.later(Money, judgeCredits, o.ID, id, f, a.limits.Skew)
}

func (a *Auditor) noteCreditPosted(f *fact) {
	if f.text("order_id") == "" {
		a.noteLooseNote(f)
		return
	}
	o := a.coin(f)
	id := f.text("refund_id")
	a.numbered(o, "credit note "+id, f.text("number"), f)
	c := o.Credits[id]
	if c == nil {
		c = new(credit)
		o.Credits[id] = c
	}
	if !c.Posted.known() {
		c.Posted, c.Owed = f.Place, f.number("total")
	}
	a.later(Money, judgeCredits, o.ID, id, f, a.limits.Skew)
}

// judgeCredit: each unit of a bill is credited once, and no more than the bill.
func (a *Auditor) judgeCredit(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || !a.judged(o) {
		return
	}
	a.checked(Money)
	c := o.Credits[w.Ref]
	if !c.known() {
		a.violated(Money, o.ID, "credit unasked "+w.Ref, "a credit that was approved", "a credit note alone", c.Posted)
		return
	}
	b := o.Bills[c.Invoice]
	if b == nil {
		a.violated(Money, o.ID, "credit without bill "+w.Ref, "a credit of a bill", "no bill "+c.Invoice, c.Place)
		return
	}
	units, total := make(map[string]int64), int64(0)
	var places []Place
	for _, other := range o.Credits {
		if other.known() && other.Invoice == c.Invoice && !other.At.After(w.Since) {
			places = append(places, other.Place)
			total += other.Total
			for id, qty := range other.Lines {
				units[id] += qty
			}
		}
	}
	places = append(sorted(places), b.Place)
	for id, qty := range units {
		if qty > b.Lines[id].Qty && b.Place.known() {
			a.violated(Money, o.ID, "credited units "+c.Invoice+id, fmt.Sprintf("line %s: the %d units of the bill are credited once", id, b.Lines[id].Qty), fmt.Sprintf("%d credited", qty), places...)
		}
	}
	if most := max(b.owed(), b.Total); total > most {
		a.violated(Money, o.ID, "credited "+c.Invoice, fmt.Sprintf("at most %d credited of the bill", most), fmt.Sprintf("%d", total), places...)
	}
}
