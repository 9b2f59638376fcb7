package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// order is the book of one order: what was said about it, by its own entity and
// by everybody else.
type order struct {
	ID string
	// Submits are the submissions by a hash of what they ask.
	Submits  map[string]Place
	Accepted *acceptance
	Rejected Place
	// Spoken are the places of the events of the order by their version; all up to
	// Whole are there.
	Spoken map[int64]Place
	Whole  int64
	End    *ending
	// LastWord is when the newest record about the order was written.
	LastWord time.Time
	// Lines is what is sold, by line, as of revision LinesAt of the order; Most is
	// how many units of each were ever wanted.
	Lines   map[string]sold
	LinesAt int64
	Most    map[string]int64
	State   *state
	// Shipments, Jobs (fulfilments), Claims (of returns), Allocations by their ids.
	Shipments   map[string]*shipment
	Jobs        map[string]*job
	Claims      map[string]*claim
	Allocations []allocation
	// Alerts are kinds of alerts that were raised about it.
	Alerts map[string]Place
	// Amended says that lines changed after the acceptance.
	Amended bool
	// SKUs are the items it sells.
	SKUs map[string]bool
	// Papers are the numbers that the outside gave, by what they are of.
	Papers map[string]paper
	// Reminders are the requests to partners that were made again, by ce_id; Repeats
	// are the documents sent again that are still to be judged, by their places.
	Reminders map[string]reminder
	Repeats   map[string]repeat
	purse
}

type acceptance struct {
	Place
	At              time.Time
	Hash            string
	Currency, Terms string
	Total, Shipping int64
}

type sold struct {
	SKU, Kind   string
	Qty, Amount int64
}

func (s sold) ships() bool { return s.Kind == "goods" || s.Kind == "kit" }

type ending struct {
	Place
	At                           time.Time
	Version                      int64
	Completed                    bool
	Shipped, Cancelled, Invoiced int64
}

type state struct {
	Place
	At      time.Time
	Version int64
	Status  string
	Shipped map[string]int64
	Ordered map[string]int64
}

type shipment struct {
	Place
	At    time.Time
	Job   string
	Lines map[string]int64
}

type job struct {
	Place
	Node            string
	Asked, Withheld map[string]int64
	Final, GivenUp  bool
}

type claim struct {
	Place
	At       time.Time
	Revision int64
	Accepted map[string]int64
}

type allocation struct {
	Place
	At                time.Time
	SKU, Node, Ref    string
	Line, Reservation string
	Qty               int64
}

// order returns the book of an order.
func (a *Auditor) order(id string) *order {
	a.touch(rowOrder + id)
	o := a.orders[id]
	if o == nil {
		o = &order{
			ID: id, Submits: make(map[string]Place), Spoken: make(map[int64]Place), Lines: make(map[string]sold), Most: make(map[string]int64), Shipments: make(map[string]*shipment),
			Jobs: make(map[string]*job), Claims: make(map[string]*claim), Alerts: make(map[string]Place), SKUs: make(map[string]bool),
			Papers: make(map[string]paper), Reminders: make(map[string]reminder), Repeats: make(map[string]repeat), purse: newPurse(),
		}
		a.orders[id] = o
	}
	return o
}

// word returns the book of the order that a record is about, and notes its time.
func (a *Auditor) word(id string, f *fact) *order {
	o := a.order(id)
	if f.at.After(o.LastWord) {
		o.LastWord = f.at
	}
	return o
}

// judged says whether the book is complete enough to be judged.
func (a *Auditor) judged(o *order) bool { return !a.config.Partial || o.Accepted != nil }

// shipped is how many units of each line left, by all shipments that are known.
func (o *order) shipped() map[string]int64 { return o.shippedBy(time.Time{}) }

// shippedBy is how many units of each line left by shipments that were written by
// a time; zero counts all.
func (o *order) shippedBy(until time.Time) map[string]int64 {
	sum := make(map[string]int64)
	for _, s := range o.Shipments {
		if !until.IsZero() && s.At.After(until) {
			continue
		}
		for line, qty := range s.Lines {
			sum[line] += qty
		}
	}
	return sum
}

func (o *order) shipmentPlaces() []Place {
	var places []Place
	for _, s := range o.Shipments {
		places = append(places, s.Place)
	}
	return sorted(places)
}

// content is a hash of what an order asks for.
func content(f *fact) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %d\n", f.text("currency"), f.number("shipping"), f.number("total"))
	for _, l := range f.rows("lines") {
		fmt.Fprintf(h, "%q %q %s %d %d %d\n", l.text("line_id"), l.text("sku"), l.text("kind"), l.number("qty"), l.number("unit_price_e6"), l.number("amount"))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// noteLines takes what an order sells.
func (o *order) noteLines(f *fact) {
	if v := f.number("order_version"); v >= o.LinesAt {
		o.LinesAt = v
		clear(o.Lines)
		for _, l := range f.rows("lines") {
			o.Lines[l.text("line_id")] = sold{SKU: l.text("sku"), Kind: l.text("kind"), Qty: l.number("qty"), Amount: l.number("amount")}
		}
	}
	for _, l := range f.rows("lines") {
		o.SKUs[l.text("sku")] = true
		o.Most[l.text("line_id")] = max(o.Most[l.text("line_id")], l.number("qty"))
	}
}

func (a *Auditor) noteShipment(f *fact) {
	o := a.word(f.text("order_id"), f)
	id := f.text("shipment_id")
	if o.Shipments[id] != nil {
		return // said again
	}
	s := &shipment{Place: f.Place, At: f.at, Job: f.text("fulfilment_id"), Lines: make(map[string]int64)}
	for _, l := range f.rows("lines") {
		s.Lines[l.text("line_id")] += l.number("qty")
		o.SKUs[l.text("sku")] = true
	}
	o.Shipments[id] = s
	a.later(Lines, judgeShipped, o.ID, id, f, a.limits.Skew)
	a.later(Lines, judgeBooked, o.ID, id, f, a.limits.Book)
	a.later(Money, judgeBilled, o.ID, id, f, a.limits.Settle)
}

func (a *Auditor) noteAlert(f *fact) {
	if id := f.text("order_id"); id != "" {
		a.word(id, f).Alerts[f.text("kind")] = f.Place
	}
}

func (o *order) job(id string) *job {
	j := o.Jobs[id]
	if j == nil {
		j = &job{Asked: make(map[string]int64), Withheld: make(map[string]int64)}
		o.Jobs[id] = j
	}
	return j
}

func (a *Auditor) noteJob(f *fact) { a.asked(f, f.text("fulfilment_id")) }

// notePurchase follows what a supplier is asked to ship, under the number of the
// fulfilment. Goods that stand with us have left when they are bought.
func (a *Auditor) notePurchase(f *fact) {
	if f.text("kind") == "supplier" {
		a.asked(f, f.text("purchase_id"))
	}
}

func (a *Auditor) asked(f *fact, id string) {
	j := a.word(f.text("order_id"), f).job(id)
	if len(j.Asked) > 0 {
		return // the same document again
	}
	j.Place, j.Node = f.Place, f.text("node")
	for _, l := range f.rows("lines") {
		j.Asked[l.text("line_id")] += l.number("qty")
	}
}

func (a *Auditor) noteJobStatus(f *fact) {
	j := a.word(f.text("order_id"), f).job(f.text("fulfilment_id"))
	j.Final = j.Final || f.flag("final")
	for _, l := range f.rows("withheld") {
		j.Withheld[l.text("line_id")] = max(j.Withheld[l.text("line_id")], l.number("qty"))
	}
}

// notePurchaseDecision follows what a supplier refuses of a purchase.
func (a *Auditor) notePurchaseDecision(f *fact) {
	j := a.word(f.text("order_id"), f).job(f.text("purchase_id"))
	for _, l := range f.rows("lines") {
		j.Withheld[l.text("line_id")] = max(j.Withheld[l.text("line_id")], l.number("refused"))
	}
}

func (a *Auditor) noteResolve(f *fact) {
	if f.text("action") == "give_up" {
		a.word(f.text("order_id"), f).job(f.text("fulfilment_id")).GivenUp = true
	}
}

// forgetOrder closes the book of an order that ended long ago.
func (a *Auditor) forgetOrder(w *appointment) {
	o := a.orders[w.Key]
	if o == nil {
		return
	}
	if until := o.LastWord.Add(a.limits.Keep); until.After(w.Due) {
		a.again(w, until)
		return
	}
	delete(a.orders, w.Key)
}
