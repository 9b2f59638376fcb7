package audit

import (
	"fmt"
	"time"
)

// M2, returns: what is credited without an order a person granted, in that currency, no
// more units of a line and no more money than he said; its credit note is posted once,
// with that total. And of a return no unit is credited twice, with an order or without:
// no more than nodes judged and did not refuse.
//
// From return.resolve, return.dispositioned, refund.approved and credit.posted, judged
// when the watermark passes the refund or the note by Skew.

// giveback is the book of one return.
type giveback struct {
	ID       string
	LastWord time.Time
	// Granted is what people credit without an order, by line of the return.
	Granted map[string]allowance
	// Worthy are the units that nodes judged and did not refuse, by the decision.
	Worthy  map[string]worthy
	Refunds map[string]*givenBack
}

// allowance is the most that people said about a line.
type allowance struct {
	Units, Amount int64
	Places        map[string]Place // by currency
}

type worthy struct {
	Place
	Units int64
}

// givenBack is a credit of units of a return.
type givenBack struct {
	Place
	At       time.Time
	Loose    bool // without an order
	Currency string
	Lines    map[string]billed
	Total    int64
	Posted   Place
	Noted    int64
	Number   string
}

// giveback returns the book of a return, and notes the time of a record about it.
func (a *Auditor) giveback(id string, f *fact) *giveback {
	a.touch(rowReturn + id)
	g := a.returns[id]
	if g == nil {
		g = newGiveback(id)
		a.returns[id] = g
		if f != nil {
			a.later("", forgetReturn, id, "", f, a.limits.Keep)
		}
	}
	if f != nil && f.at.After(g.LastWord) {
		g.LastWord = f.at
	}
	return g
}

func newGiveback(id string) *giveback {
	return &giveback{ID: id, Granted: make(map[string]allowance), Worthy: make(map[string]worthy), Refunds: make(map[string]*givenBack)}
}

func (g *giveback) refund(id string) *givenBack {
	r := g.Refunds[id]
	if r == nil {
		r = &givenBack{Lines: make(map[string]billed)}
		g.Refunds[id] = r
	}
	return r
}

func (a *Auditor) noteGrant(f *fact) {
	if f.text("action") != "without_reference" {
		return
	}
	g, line := a.giveback(f.text("return_id"), f), f.text("return_line")
	was := g.Granted[line]
	if was.Places == nil {
		was.Places = make(map[string]Place)
	}
	was.Places[f.text("currency")] = f.Place
	was.Units, was.Amount = max(was.Units, f.number("qty")), max(was.Amount, f.number("amount"))
	g.Granted[line] = was
}

func (a *Auditor) noteJudged(f *fact) {
	g, w := a.giveback(f.text("return_id"), f), worthy{Place: f.Place}
	for _, l := range f.rows("lines") {
		if !l.flag("refused") {
			w.Units += l.number("qty")
		}
	}
	g.Worthy[f.text("disposition_id")] = w
}

// noteGivenBack takes a credit that a return asked for.
func (a *Auditor) noteGivenBack(f *fact) {
	id := f.text("return_id")
	if id == "" {
		return
	}
	r := a.giveback(id, f).refund(f.text("refund_id"))
	if r.known() {
		return // M1 compares what is approved again
	}
	r.Place, r.At, r.Loose, r.Currency, r.Total = f.Place, f.at, f.text("order_id") == "", f.text("currency"), f.number("total")
	sum := int64(0)
	for _, l := range f.rows("lines") {
		was := r.Lines[l.text("line_id")]
		r.Lines[l.text("line_id")] = billed{was.Qty + l.number("qty"), was.Amount + l.number("amount")}
		sum += l.number("amount")
	}
	if r.Loose && sum != r.Total {
		a.violated(Returns, id, "credit "+f.text("refund_id"), fmt.Sprintf("lines make %d", sum), fmt.Sprintf("total %d", r.Total), f.Place)
	}
	a.later(Returns, judgeGiven, id, f.text("refund_id"), f, a.limits.Skew)
}

// noteLooseNote takes a credit note that names no order.
func (a *Auditor) noteLooseNote(f *fact) {
	id := f.text("return_id")
	a.checked(Effects)
	r := a.giveback(id, f).refund(f.text("refund_id"))
	if r.Posted.known() {
		if r.Number != f.text("number") {
			a.violated(Effects, id, "credit note "+f.text("number"), "one number for a credit note", r.Number+" and "+f.text("number"), r.Posted, f.Place)
		}
		return
	}
	r.Posted, r.Noted, r.Number = f.Place, f.number("total"), f.text("number")
	a.later(Returns, judgeNoted, id, f.text("refund_id"), f, a.limits.Skew)
}

// judgeGivenBack: a person granted it, and no unit is credited twice.
func (a *Auditor) judgeGivenBack(w *appointment) {
	g := a.returns[w.Key]
	if g == nil || a.config.Partial && len(g.Worthy) == 0 {
		return
	}
	a.checked(Returns)
	r, units, worth := g.Refunds[w.Ref], int64(0), int64(0)
	var places []Place
	for _, other := range g.Refunds {
		if other.known() && !other.At.After(w.Since) {
			places = append(places, other.Place)
			for _, l := range other.Lines {
				units += l.Qty
			}
		}
	}
	for _, j := range g.Worthy {
		places = append(places, j.Place)
		worth += j.Units
	}
	if units > worth {
		a.violated(Returns, g.ID, "credited units", fmt.Sprintf("at most the %d units that nodes found worth money are credited", worth), fmt.Sprintf("%d", units), sorted(places)...)
	}
	if r.Loose {
		for line := range r.Lines {
			a.judgeGrant(w, g, line, r)
		}
	}
}

// judgeGrant: all credits of a line without an order are within what a person said.
func (a *Auditor) judgeGrant(w *appointment, g *giveback, line string, r *givenBack) {
	grant, sum := g.Granted[line], billed{}
	var places []Place
	for _, place := range grant.Places {
		places = append(places, place)
	}
	for _, other := range g.Refunds {
		if l, has := other.Lines[line]; has && other.Loose && !other.At.After(w.Since) {
			places = append(places, other.Place)
			sum = billed{sum.Qty + l.Qty, sum.Amount + l.Amount}
		}
	}
	if !grant.Places[r.Currency].known() || sum.Qty > grant.Units || sum.Amount > grant.Amount {
		a.violated(Returns, g.ID, "granted "+line, fmt.Sprintf("line %s: at most %d units for %d in %s credited without an order, as a person said", line, grant.Units, grant.Amount, r.Currency),
			fmt.Sprintf("%d for %d", sum.Qty, sum.Amount), sorted(places)...)
	}
}

// judgeNote: posted is what was approved.
func (a *Auditor) judgeNote(w *appointment) {
	g := a.returns[w.Key]
	if g == nil || a.config.Partial && len(g.Granted) == 0 {
		return
	}
	a.checked(Returns)
	switch r := g.Refunds[w.Ref]; {
	case !r.known():
		a.violated(Returns, g.ID, "credit unasked "+w.Ref, "a credit that was approved", "a credit note alone", r.Posted)
	case r.Noted != r.Total:
		a.violated(Returns, g.ID, "noted total "+w.Ref, fmt.Sprintf("a credit note of %d, as approved", r.Total), fmt.Sprintf("%d", r.Noted), r.Place, r.Posted)
	}
}

// forgetGiveback closes the book of a return of which nothing was said for long.
func (a *Auditor) forgetGiveback(w *appointment) {
	g := a.returns[w.Key]
	if g == nil {
		return
	}
	if until := g.LastWord.Add(a.limits.Keep); until.After(w.Due) {
		a.again(w, until)
		return
	}
	a.touch(rowReturn + g.ID)
	delete(a.returns, g.ID)
}
