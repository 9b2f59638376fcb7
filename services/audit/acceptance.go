package audit

// A1, acceptance: an order that was accepted stands in the log as it was asked
// for: some submission of it has the same lines, prices, freight and total. (What
// the HTTP interface answered stands in no topic; that it wrote what it accepted
// is shown here, that it accepted what it wrote by K2.)
//
// From order.submit and order.accepted, judged when the watermark passes the
// acceptance by Skew.
func (a *Auditor) noteSubmit(f *fact) {
	o := a.word(f.key, f)
	hash := content(f)
	if _, known := o.Submits[hash]; !known && len(o.Submits) < maxSubmits {
		o.Submits[hash] = f.Place
	}
	if o.Accepted == nil && !o.Rejected.known() { // else it says again what was answered
		a.ask("submit", o.ID, f)
	}
}

// maxSubmits bounds the different submissions of one order that are remembered.
const maxSubmits = 64

func (a *Auditor) noteAccepted(f *fact) {
	o := a.word(f.key, f)
	a.answered("submit", o.ID, f)
	o.noteLines(f)
	if o.Accepted != nil {
		a.violated(Terminal, o.ID, "accepted twice", "one order.accepted", "two", o.Accepted.Place, f.Place)
		return
	}
	o.Accepted = &acceptance{
		Place: f.Place, At: f.at, Hash: content(f), Currency: f.text("currency"), Terms: f.text("terms"), Total: f.number("total"), Shipping: f.number("shipping"),
	}
	if o.Rejected.known() {
		a.bothVerdicts(o)
	}
	a.later(Acceptance, judgeAsked, o.ID, "", f, a.limits.Skew)
	a.later(Terminal, judgeEnd, o.ID, "", f, a.limits.End)
}

// judgeAcceptance: what was accepted was submitted.
func (a *Auditor) judgeAcceptance(w *appointment) {
	o := a.orders[w.Key]
	if o == nil || a.config.Partial && len(o.Submits) == 0 {
		return
	}
	a.checked(Acceptance)
	if _, asked := o.Submits[o.Accepted.Hash]; asked {
		return
	}
	seen := "no submission"
	places := []Place{o.Accepted.Place}
	for _, place := range o.Submits {
		seen = "submissions with other lines or amounts"
		places = append(places, place)
	}
	a.violated(Acceptance, o.ID, "asked", "a submission with what was accepted", seen, sorted(places)...)
}
