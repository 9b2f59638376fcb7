package business

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Report is what happened in a week.
type Report struct {
	Seed          uint64
	Virtual, Real time.Duration
	Orders        map[string]int64 // by how they ended
	Units         []Ledger         // of each node
	Money         []Ledger         // of each partner
	Drift         []Drift          // that was put in, by class
	Holds, Alerts map[string]int64 // orders held by reason, alerts by kind
	Waits         map[string]int64 // what orders were seen waiting for, a count an hour
	Met           map[string]int64 // what the week went through
	Compared      int64            // comparisons of a position with its node's books
	Violations    []Violation
	History       string // of the order that was traced
}

// Violation is something that does not hold.
type Violation struct {
	Rule string // the auditor's invariant, or ruleBooks
	Text string
}

// ruleBooks names what the books of the week themselves do not bear out.
const ruleBooks = "books"

// String says what does not hold.
func (v Violation) String() string { return v.Rule + " " + v.Text }

// ByRule groups violations by their rule, in the order of the rules' names.
func (r *Report) ByRule() (rules []string, of map[string][]Violation) {
	of = make(map[string][]Violation)
	for _, v := range r.Violations {
		of[v.Rule] = append(of[v.Rule], v)
	}
	return slices.Sorted(maps.Keys(of)), of
}

// Ledger is one account in a partner's books and in ours.
type Ledger struct{ Partner, Account, Theirs, Ours string }

// Drift is how many differences of a class were put in and found.
type Drift struct {
	Class      string
	Put, Found int
	Longest    time.Duration // from putting one in to the report
}

// shipped notes a shipment.
func (w *week) shipped(v *event.ShipmentConfirmed) {
	w.met["shipments"]++
	w.claim(v)
	w.carry(v)
}

func (w *week) alerted(v *event.AlertRaised) {
	w.alert[v.Kind]++
	w.named[v.OrderID] = w.named[v.OrderID] || v.Kind == "DOUBLE_SHIPMENT"
	switch v.Kind {
	case "BASELINE_HELD":
		w.approve(v.Subject)
	case "CARRIER_SILENT":
		w.unseen(v.OrderID, v.Subject)
	}
}

// judge checks what must hold when all has ended.
func (w *week) judge() {
	w.chain.judge()
	for _, d := range w.auditor.cases {
		if d.accepted != nil {
			w.balance(w.auditor, d)
			w.checkDelivered(d)
		}
	}
	w.checkDoubles()
	for _, f := range w.count.all {
		if f.found.IsZero() {
			w.auditor.breach("", "a difference of class %s was not found: %d units of %s at %s since %s", f.class, f.units, f.sku, f.node, f.at.Format(time.RFC3339))
		}
	}
	for _, s := range w.count.strange {
		w.auditor.breach("", "a difference was reported that nobody made: %s", s)
	}
	for _, c := range w.bank.complaints {
		w.auditor.breach("", "the bank complains: %s", c)
	}
}

// checkDoubles: of every order that a node shipped twice somebody was told, and of
// no other.
func (w *week) checkDoubles() {
	for id := range w.auditor.doubled {
		if !w.named[id] {
			w.auditor.breach(id, "a node shipped it twice, and no alert says so")
		}
	}
	for id, named := range w.named {
		if named && !w.auditor.doubled[id] {
			w.auditor.breach(id, "an alert says that it was shipped twice, and it was not")
		}
	}
}

func (w *week) report(faults []string) *Report {
	r := &Report{
		Seed: w.plan.Seed, Virtual: w.Now().Sub(w.start), Orders: make(map[string]int64), Holds: w.holds, Waits: w.reasons(), Alerts: w.alert, Met: w.met, Compared: w.count.compared,
		History: history(w.auditor.happened, w.plan.Trace),
	}
	for _, d := range w.auditor.cases {
		switch {
		case d.completed != nil && d.completed.UnitsCancelled > 0:
			r.Orders["completed in part"]++
		case d.completed != nil:
			r.Orders["completed"]++
		case d.cancelled != nil:
			r.Orders["cancelled"]++
		case d.rejected != nil:
			r.Orders["rejected"]++
		default:
			r.Orders["not ended"]++
		}
	}
	drifts := make(map[event.VarianceClass]*Drift)
	for _, f := range w.count.all {
		d := drifts[f.class]
		if d == nil {
			d = &Drift{Class: string(f.class)}
			drifts[f.class] = d
		}
		d.Put++
		if !f.found.IsZero() {
			d.Found++
			d.Longest = max(d.Longest, f.found.Sub(f.at))
		}
	}
	for _, d := range drifts {
		r.Drift = append(r.Drift, *d)
	}
	for _, p := range places {
		d := w.depots[p.name]
		var theirs, ours int64
		for n := range w.plan.Items {
			theirs += d.onHand[sku(n)]
			ours += w.count.ours[spot{sku(n), p.name}]
		}
		r.Units = append(r.Units, Ledger{p.name, "units on hand", fmt.Sprint(theirs), fmt.Sprint(ours)})
	}
	r.Money = w.moneyBooks()
	slices.SortFunc(r.Drift, func(a, b Drift) int { return strings.Compare(a.Class, b.Class) })
	r.Met["baselines"] = int64(w.count.taken)
	r.Met[grown] = int64(w.auditor.tally[grown])
	r.Met["aborted runs"] = int64(w.journal.voids)
	r.Met["repeated calls"] = int64(w.auditor.tally["repeated calls"])
	r.Violations = w.inspector.faults(100 * 24 * time.Hour)
	for _, t := range w.inspector.Tallies() {
		r.Met["audited "+string(t.Invariant)] = t.Checked
	}
	for _, text := range faults {
		r.Violations = append(r.Violations, Violation{ruleBooks, text})
	}
	for _, b := range w.auditor.breaches {
		text := b.text
		if b.order != "" {
			text = fmt.Sprintf("order %s: %s", b.order, text)
		}
		r.Violations = append(r.Violations, Violation{ruleBooks, text})
	}
	return r
}

// moneyBooks are the sums of all money in the books of partners and in ours.
func (w *week) moneyBooks() []Ledger {
	invoiced, credited, taken := new(big.Rat), new(big.Rat), int64(0)
	for _, s := range w.ledger.sales {
		invoiced.Add(invoiced, s.invoiced)
		credited.Add(credited, s.credited)
	}
	for _, p := range w.bank.accounts {
		taken += p.captured - p.refunded
	}
	var posted, prepaid int64
	for _, d := range w.auditor.cases {
		sum := int64(0)
		for _, i := range d.posted {
			sum += i.Total
		}
		for _, c := range d.credited {
			prepaid -= w.prepays(d, c.Total)
		}
		posted += sum
		prepaid += w.prepays(d, sum)
	}
	refunds := int64(0)
	for _, d := range w.auditor.cases {
		for _, c := range d.credited {
			refunds += c.Total
		}
	}
	euro := func(minor int64) string { return money(minor, "EUR").FloatString(2) }
	return []Ledger{
		{"erp", "EUR invoiced", invoiced.FloatString(2), euro(posted)},
		{"erp", "EUR credited", credited.FloatString(2), euro(refunds)},
		{"bank", "EUR taken less given back", euro(taken), euro(prepaid)},
	}
}

// prepays is an amount of an order whose buyer prepays, else 0.
func (w *week) prepays(d *docket, amount int64) int64 {
	if d.accepted == nil || !isKind(d.accepted.Customer.PartyID, "prepaid-") {
		return 0
	}
	return amount
}
