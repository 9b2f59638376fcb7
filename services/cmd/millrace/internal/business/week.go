package business

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/streams/streamstest"
)

// Plan is a week to be played. The zero value of a field is its default.
type Plan struct {
	Orders int           // that buyers place; default 50,000
	Items  int           // that are sold; default 200
	Span   time.Duration // in which orders come; default 168 hours, from a Monday at nine
	Seed   uint64        // of all that happens and of its order
	Abort  float64       // share of transactions that are aborted and done again
	Crash  float64       // share of transactions after which a task is restored
	Faults float64       // share of calls to partners that fail before or after the work
	Trace  string        // an order whose history the report tells
	// Progress is told now and then how far the week has come; nil for nobody.
	Progress func(virtual time.Duration, orders int)
}

func (p Plan) withDefaults() Plan {
	if p.Orders == 0 {
		p.Orders = 50_000
	}
	if p.Items == 0 {
		p.Items = 200
	}
	if p.Span == 0 {
		p.Span = 7 * 24 * time.Hour
	}
	return p
}

// week is a chain with a market around it: buyers, a bank, and people who count.
type week struct {
	*chain
	inspector *inspector
	plan      Plan
	start     time.Time
	diary     diary
	bank      *bank
	dice      *rand.Rand // of what the outside does when it is told something
	count     *count
	carriers  *carriers
	holds     map[string]int64     // holds by reason
	alert     map[string]int64     // alerts by kind
	opened    map[string]*docket   // orders that have not ended
	waited    map[string]int64     // what orders were seen waiting for
	back      map[string]time.Time // when a partner that was away came back
	ended     int
	next      struct{ truth, progress time.Time }
	met       map[string]int64
	named     map[string]bool // orders of which it was told that too much left
}

// stopped is why a week cannot be played on.
type stopped struct{ error }

// stopper is what the driver needs of a test: what it finds ends the week.
type stopper struct{ faults []string }

func (s *stopper) Helper() {}

// Errorf keeps what is wrong.
func (s *stopper) Errorf(format string, args ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// Fatal ends the week.
func (s *stopper) Fatal(args ...any) { panic(stopped{errors.New(fmt.Sprint(args...))}) }

// Fatalf ends the week.
func (s *stopper) Fatalf(format string, args ...any) { panic(stopped{fmt.Errorf(format, args...)}) }

// Play plays a week and reports what happened. The error is why it could not be
// played to its end; what it violated is in the report.
func Play(plan Plan) (report *Report, err error) {
	defer func() {
		switch why := recover().(type) {
		case nil:
		case stopped:
			err = fmt.Errorf("playing the week of seed %d: %w", plan.Seed, why.error)
		default:
			panic(why)
		}
	}()
	begun := time.Now()
	faults := &stopper{}
	w, err := newWeek(faults, plan.withDefaults())
	if err != nil {
		return nil, err
	}
	w.prepare()
	w.open()
	w.finish()
	w.judge()
	report = w.report(faults.faults)
	report.Real = time.Since(begun)
	return report, w.street.close()
}

const (
	own   = "own"
	third = "threepl"
	maker = "supplier"
)

// places are the nodes of the week, in the order of sourcing.
var places = []struct {
	name, kind string
	capacity   int64 // share of all orders that it takes in a day, in percent; 0 for no bound
	week       bool  // works from Monday to Friday only
	issues     bool  // its own goods issues move stock
}{
	{name: "north", kind: own},
	{name: "south", kind: own},
	{name: "east", kind: own, week: true, issues: true},
	{name: "harbor", kind: third},
	{name: "quay", kind: third, week: true},
	{name: "depot", kind: own, capacity: 3},
	{name: "works", kind: maker},
}

func newWeek(t streamstest.T, plan Plan) (*week, error) {
	w := &week{
		plan: plan, start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), bank: newBank(), dice: rand.New(rand.NewPCG(plan.Seed, 11)),
		holds: make(map[string]int64), opened: make(map[string]*docket), waited: make(map[string]int64), back: make(map[string]time.Time), alert: make(map[string]int64), met: make(map[string]int64), named: make(map[string]bool),
	}
	w.count, w.carriers = newCount(), newCarriers()
	rules := &sourcing.Rules{Version: "week", Currency: "EUR", MaxNodes: 2, SplitAmount: 300, LateAmount: 500, LanesOptional: true}
	s := &scene{
		facts: plan.Seed, seed: plan.Seed, abort: plan.Abort, crash: plan.Crash, faults: plan.Faults, partitions: 4, forget: true,
		rules: func() *sourcing.Rules { return rules },
	}
	byMovement := make(map[string]bool)
	for _, p := range places {
		h := habits{short: 0.004, refuses: 0.002, pace: 20 * time.Minute, idle: 2 * time.Minute}
		if p.week {
			h.opens = workday
		}
		counts := &partner.Baseline{Nodes: []string{p.name}, Skew: 2 * time.Second, AckWithin: ackWithin}
		if p.kind == maker { // it is asked, may sell to anybody, and counts what is free
			counts.Sellable, counts.Every, counts.Breaker = true, time.Hour, &partner.Breaker{Zeroed: 100, Changed: 100, Moved: 100}
		}
		s.sites = append(s.sites, site{name: p.name, cases: p.kind == third, supplies: p.kind == maker, habits: h, issues: p.issues, counts: counts})
		byMovement[p.name] = p.issues
	}
	w.inspector = newInspector(audit.Config{IssueByMovement: byMovement}, func() time.Time { return w.Now() })
	s.appended = w.inspector.observe
	var err error
	if w.chain, err = newChain(t, s); err != nil {
		return nil, err
	}
	for _, d := range w.depots {
		d.byNumber = make(map[string]filed)
	}
	w.auditor.counted, w.auditor.trace = true, plan.Trace
	w.journal.follow = func(run []*entry) {
		w.auditor.follow(run)
		for _, e := range run {
			w.heard(e)
			w.hear(e)
		}
	}
	return w, nil
}

// workday is the next moment from one on that is on a day from Monday to Friday.
func workday(at time.Time) time.Time {
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	return at
}

// until plays the diary up to a moment.
func (w *week) until(end time.Time) {
	for {
		due, more := w.diary.due()
		if !more || due.After(end) {
			break
		}
		w.pass(due)
		w.diary.do()
	}
	w.pass(end)
}

// truthEvery is how often all books are compared while the week runs.
const truthEvery = 10 * time.Minute

// pass lets time pass, and compares books on the way.
func (w *week) pass(to time.Time) {
	for !to.Before(w.next.truth) {
		w.advance(w.next.truth)
		w.Run()
		w.truth()
		if w.Now().Minute() == 0 {
			w.waits()
			if w.Now().Hour() == 12 {
				w.chase()
			}
		}
		w.inspector.Advance(w.Now()) // everything until now is read
		w.next.truth = w.next.truth.Add(truthEvery)
		if w.plan.Progress != nil {
			w.plan.Progress(w.Now().Sub(w.start), len(w.order))
		}
	}
	w.advance(to)
}

func (w *week) advance(to time.Time) {
	if span := to.Sub(w.Now()); span > 0 {
		w.Advance(span)
	}
}

// in puts something into the diary, some time after now.
func (w *week) in(least, most time.Duration, do func()) {
	w.diary.at(w.Now().Add(least+time.Duration(w.dice.Int64N(int64(most-least)+1))), do)
}

// settleWithin is how long after the last order all must have ended.
const settleWithin = 12 * 24 * time.Hour

// finish heals everything, sees to it that there is enough, and waits until every
// order has ended.
func (w *week) finish() {
	w.until(w.start.Add(w.plan.Span))
	for name := range w.street.away {
		w.arrive(name)
	}
	w.Release()
	for limit := w.Now().Add(settleWithin); w.Now().Before(limit); {
		if w.Now().Hour()%6 == 0 {
			w.restock(1)
		}
		w.until(w.Now().Add(time.Hour))
		if _, more := w.diary.due(); w.ended == len(w.chain.order) && w.quiet() && !more {
			break
		}
	}
	w.until(w.Now().Add(2 * ackWithin)) // what was lost is missed by then
	w.Run()
	w.truth()
}

// hear is what the outside does when it is told something.
func (w *week) hear(e *entry) {
	switch v := e.value.(type) {
	case *event.PaymentRequested:
		w.pay(v)
	case *event.InvoicePosted:
		w.invoiced(v)
	case *event.InventoryMovement:
		w.moved(v)
	case *event.InventoryVariance:
		w.varied(v)
	case *event.InventoryPosition:
		w.position(v)
	case *event.InventoryBaselineBatch:
		w.count.seqs[v.Source+" "+v.Batch] = int(v.WatermarkSeq)
	case *event.InventoryCommand:
		if seq, known := w.count.seqs[v.Source+" "+v.Batch]; known && v.Action == event.StockActionBaselineApply {
			w.applied(v, seq)
		}
	case *event.PurchaseAccepted:
		w.decided(v)
	case *event.ShipmentConfirmed:
		w.shipped(v)
	case *event.AlertRaised:
		w.alerted(v)
	case *event.OrderHeld:
		w.holds[v.Reason]++
	case *event.OrderCompleted, *event.OrderCancelled, *event.OrderRejected:
		w.ended++
	}
}
