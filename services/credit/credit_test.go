package credit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// ledger is a system of record: it knows what was posted, and nothing of grants.
type ledger []posting

type posting struct {
	amount int64
	at     time.Time
}

func (l ledger) balance(by time.Time) (sum int64) {
	for _, p := range l {
		if !p.at.After(by) {
			sum += p.amount
		}
	}
	return sum
}

// trade is a customer's orders between credit and a ledger; facts travel in no
// order, twice now and then.
type trade struct {
	t       *testing.T
	rng     *rand.Rand
	now     time.Time
	limit   int64
	ledger  ledger
	mail    []any
	a       *Record
	holds   map[string]*Hold
	entries map[string]*Entry
	// granted and billed are what the world knows of each order.
	granted, billed map[string]int64
	ended, revised  map[string]bool
	serial          int
}

// truth is what the customer owes or was promised, by the world's own count.
func (w *trade) truth() int64 {
	sum := w.ledger.balance(w.now)
	for id, granted := range w.granted {
		if !w.ended[id] {
			sum += max(0, granted-w.billed[id])
		}
	}
	return sum
}

func (w *trade) hold(id string) *Hold {
	if w.holds[id] == nil {
		w.holds[id] = NewHold(id)
	}
	return w.holds[id]
}

// heard takes an answer; a grant must fit under the limit as the world sees it.
func (w *trade) heard(h *Hold, before int64, said *event.CreditGranted) {
	if said == nil || said.Outcome != event.CreditOutcomeGranted {
		return
	}
	more := said.Amount > w.granted[h.OrderID]
	w.granted[h.OrderID] = said.Amount
	if truth := w.truth(); more && truth > w.limit && truth > before {
		for id, h := range w.holds {
			w.t.Logf("%s granted %d billed %d ended %t: %+v", id, w.granted[id], w.billed[id], w.ended[id], h)
		}
		w.t.Fatalf("order %s is granted %d: %d of %d are owed or promised: %+v, ledger %v, %s", h.OrderID, said.Amount, truth, w.limit, w.a, w.ledger, w.now)
	}
}

func (w *trade) deliver(fact any) {
	truth := w.truth()
	switch f := fact.(type) {
	case *event.CustomerPublished:
		Agree(w.a, f)
	case *event.CreditBaseline:
		var all []*Entry
		for _, e := range w.entries {
			all = append(all, e)
		}
		Rebase(w.a, all, f)
	case *event.CreditRequest:
		h := w.hold(f.OrderID)
		switch f.Action {
		case event.CreditActionHold:
			w.heard(h, truth, Decide(w.a, h, f, w.now))
		case event.CreditActionRelease:
			End(w.a, h, f, w.now)
		default:
			if w.entries[f.RequestID] == nil {
				e, err := Post(w.a, h, f, w.now)
				if err != nil {
					w.t.Fatal(err)
				}
				w.entries[f.RequestID] = e
			}
		}
	}
	for n := range w.serial + 1 {
		if h := w.holds[fmt.Sprint(n)]; h != nil && h.State == event.HoldStateWaiting {
			w.heard(h, w.truth(), Retry(w.a, h, w.now))
		}
	}
	w.checkSums()
}

// checkSums: the sums in the record are those of the rows.
func (w *trade) checkSums() {
	held, posted := int64(0), int64(0)
	for _, h := range w.holds {
		held += open(h)
	}
	for _, e := range w.entries {
		if e.Counts {
			posted += e.Amount
		}
	}
	if held != w.a.Held || posted != w.a.Posted {
		w.t.Fatalf("rows hold %d and post %d, the record says %+v", held, posted, w.a)
	}
}

func (w *trade) post(action event.CreditAction, order string, amount int64) {
	signed := amount
	if action != event.CreditActionInvoice {
		signed = -amount
	}
	w.ledger = append(w.ledger, posting{signed, w.now})
	w.serial++
	w.mail = append(w.mail, &event.CreditRequest{
		RequestID: fmt.Sprint("doc ", w.serial), OrderID: order, Action: action, Currency: "EUR", Amount: amount, OccurredAt: w.now,
	})
}

// happen lets something happen in the world.
func (w *trade) happen() {
	order := fmt.Sprint(w.rng.IntN(w.serial + 1))
	switch w.rng.IntN(8) {
	case 0, 1:
		w.serial++
		w.ask(fmt.Sprint(w.serial), 0)
	case 2:
		if w.billed[order] == 0 { // nobody makes an order smaller than its invoices
			w.revised[order] = true
			w.ask(order, 1+w.rng.Int64N(3))
		}
	case 3:
		if rest := w.granted[order] - w.billed[order]; rest > 0 && !w.ended[order] && !w.revised[order] {
			part := 1 + w.rng.Int64N(rest)
			w.billed[order] += part
			w.post(event.CreditActionInvoice, order, part)
		}
	case 4:
		w.ended[order] = true
		w.mail = append(w.mail, &event.CreditRequest{RequestID: "end " + order, OrderID: order, Action: event.CreditActionRelease, Amount: w.billed[order]})
	case 5:
		w.post([]event.CreditAction{event.CreditActionCredit, event.CreditActionPayment}[w.rng.IntN(2)], "", 1+w.rng.Int64N(500))
	case 6:
		by := w.now.Add(-time.Duration(w.rng.IntN(120)) * time.Minute)
		w.mail = append(w.mail, &event.CreditBaseline{Currency: "EUR", Balance: w.ledger.balance(by), AsOf: by})
	case 7:
		w.now = w.now.Add(time.Duration(w.rng.IntN(60)) * time.Minute)
	}
}

func (w *trade) ask(order string, revision int64) {
	w.mail = append(w.mail, &event.CreditRequest{
		RequestID: fmt.Sprint("hold ", order, " ", revision), OrderID: order, Action: event.CreditActionHold, Currency: "EUR",
		Amount: 1 + (int64(len(order))*7919+revision*331)%900, Revision: revision,
	})
}

func TestOrdersNeverPassTheLimitTogether(t *testing.T) {
	seeds := uint64(30_000)
	if testing.Short() {
		seeds = 3_000
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 11))
		w := &trade{
			t: t, rng: rng, now: start, limit: 500 + rng.Int64N(2000), a: &Record{}, holds: make(map[string]*Hold), entries: make(map[string]*Entry),
			granted: make(map[string]int64), billed: make(map[string]int64), ended: make(map[string]bool), revised: make(map[string]bool),
		}
		w.mail = append(w.mail, &event.CustomerPublished{CreditLimit: &w.limit, Currency: "EUR", Version: 1})
		for range 60 {
			if len(w.mail) == 0 || rng.IntN(2) == 0 {
				w.happen()
				continue
			}
			n := rng.IntN(len(w.mail))
			fact := w.mail[n]
			if rng.IntN(4) > 0 {
				w.mail = append(w.mail[:n], w.mail[n+1:]...)
			}
			w.deliver(fact)
		}
		w.settle(seed)
	}
}

// settle delivers everything and a balance long after the last document: then
// the books are exact, and nobody who fits waits.
func (w *trade) settle(seed uint64) {
	for _, fact := range w.mail {
		w.deliver(fact)
	}
	w.now = w.now.Add(time.Hour)
	w.deliver(&event.CreditBaseline{Currency: "EUR", Balance: w.ledger.balance(w.now), AsOf: w.now})
	if got, want := Exposure(w.a), w.truth(); got != want {
		w.t.Fatalf("seed %d: the exposure is %d, the world says %d", seed, got, want)
	}
	for id, h := range w.holds {
		if h.State == event.HoldStateWaiting && refusal(w.a, h, h.Amount, h.Currency) == "" {
			w.t.Fatalf("seed %d: order %s waits and fits: %+v", seed, id, h)
		}
		if w.ended[id] && open(h) != 0 {
			w.t.Fatalf("seed %d: order %s has ended and holds %d", seed, id, open(h))
		}
	}
}

func TestMachineReportIsCurrent(t *testing.T) {
	b, err := os.ReadFile("machine.md")
	if err != nil || string(b) != Report() {
		t.Errorf("machine.md is out of date (%v): run go generate", err)
	}
}
