package returns

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// policy of the tests.
var policy = Policy{Window: 90 * 24 * time.Hour, Expiry: 30 * 24 * time.Hour, Unreferenced: map[string]map[string]int64{"shop": {"EUR": mostLoose}}}

// till grants each unit of an order line once, as settlement does.
type till struct {
	sold    map[string]int64 // by order and line: units that can be credited
	answers map[string]*event.ReturnCredited
	amounts map[string]int64
}

func (x *till) answer(q *event.SettlementRequest) *event.ReturnCredited {
	if x.answers[q.RequestID] == nil {
		a := &event.ReturnCredited{RequestID: q.RequestID, ReturnID: q.ReturnID, OrderID: q.OrderID, Currency: "EUR"}
		for _, l := range q.Lines {
			at := q.OrderID + " " + l.LineID
			if q.OrderID == "" {
				x.sold[at] += l.Qty // nothing of it is known
			}
			a.Units = min(l.Qty, x.sold[at])
			a.Refused = l.Qty - a.Units
			x.sold[at] -= a.Units
			amount := 100 * a.Units
			if l.Allowance != nil {
				amount = *l.Allowance
			}
			a.Total += amount
			x.amounts[at] += amount
		}
		x.answers[q.RequestID] = a
	}
	return x.answers[q.RequestID]
}

// world is one return between its neighbours. What they tell each other travels
// in no order and twice now and then; only what this room tells itself keeps its
// order.
type world struct {
	t      *testing.T
	rng    *rand.Rand
	id     string
	record *Record
	books  *Books
	sales  map[string]*Sale
	lines  map[string]map[string]*SaleLine
	bought map[string]map[string]*Bought // by account, then order and line
	wants  map[string]map[string]*Want
	till   *till
	mail   []any
	inner  []any // in order
	moves  map[string]string
	sent   map[string]int64 // units ordered in exchange, by item
	goods  map[string]int64 // units by place, at the end of all movements
	states []State
	policy Policy
	ruling event.ReturnDecision // of the system of record on a first question; it says yes to any other
	asked  map[int64]bool       // questions
}

func newWorld(t *testing.T, seed uint64) *world {
	id := event.ReturnID("shop", "R1")
	return &world{
		t: t, rng: rand.New(rand.NewPCG(seed, 3)), id: id, record: New(), sales: map[string]*Sale{}, lines: map[string]map[string]*SaleLine{},
		bought: map[string]map[string]*Bought{}, wants: map[string]map[string]*Want{}, moves: map[string]string{}, sent: map[string]int64{}, goods: map[string]int64{},
		till:  &till{sold: map[string]int64{}, answers: map[string]*event.ReturnCredited{}, amounts: map[string]int64{}},
		books: NewBooks(id, policy, nil), policy: policy, asked: map[int64]bool{},
	}
}

// ruledBy has the system of record rule on the return.
func (w *world) ruledBy(ruling event.ReturnDecision) *world {
	if ruling != event.ReturnDecisionUnknown {
		w.policy.Ruled, w.ruling = map[string]bool{"shop": true}, ruling
	}
	return w
}

// run delivers everything there is.
func (w *world) run(facts ...any) {
	w.mail = append(w.mail, facts...)
	for len(w.mail)+len(w.inner) > 0 {
		if len(w.inner) > 0 && (len(w.mail) == 0 || w.rng.IntN(2) == 0) {
			next := w.inner[0]
			w.inner = w.inner[1:]
			w.deliver(next)
			continue
		}
		n := w.rng.IntN(len(w.mail))
		next := w.mail[n]
		if w.rng.IntN(4) > 0 {
			w.mail = slices.Delete(w.mail, n, n+1)
		}
		w.deliver(next)
	}
}

func (w *world) deliver(fact any) {
	var moves []*event.InventoryMovement
	var err error
	b := NewBooks(w.id, w.policy, w.record)
	b.Entries.all, b.Receipts.all, b.Verdicts.all, b.Words.all, b.Asks.all = w.books.Entries.all, w.books.Receipts.all, w.books.Verdicts.all, w.books.Words.all, w.books.Asks.all
	w.books = b
	switch f := fact.(type) {
	case *event.OrderAccepted:
		s := w.sale(f.OrderID)
		s.Known, s.CustomerID, s.OrderedAt = true, f.Customer.PartyID, &f.OrderedAt
		for _, l := range f.Lines {
			row := w.line(f.OrderID, l.LineID)
			row.Sku, row.Currency, row.UnitPriceE6, row.Priced = l.Sku, f.Currency, l.UnitPriceE6, true
			w.dealt(f.OrderID, row)
		}
		return
	case *event.ShipmentConfirmed:
		for _, l := range f.Lines {
			row := w.line(f.OrderID, l.LineID)
			if row.Sku = l.Sku; Left(row, f.ShipmentID, l.Qty, f.ShippedAt) {
				w.till.sold[f.OrderID+" "+l.LineID] += l.Qty
				w.dealt(f.OrderID, row)
			}
		}
		return
	case *event.OrderReturn:
		for n, l := range f.Lines {
			row := w.line(f.OrderID, l.LineID)
			k := Claimed(row, f, &f.Lines[n])
			w.dealt(f.OrderID, row)
			w.mail = append(w.mail, Answer(f.OrderID, row, k, monday))
		}
		return
	case *event.SettlementRequest:
		w.mail = append(w.mail, w.till.answer(f))
		return
	case *Want:
		w.want(f)
		return
	case event.ReturnWantRecord:
		b.Found(&f)
	case *event.ReturnRequested:
		err = b.Requested(f)
	case *event.ReturnReceived:
		moves, err = b.Received(f)
	case *event.ReturnDispositioned:
		moves, err = b.Dispositioned(f)
	case *event.ReturnResolve:
		err = b.Resolved(f)
	case *event.ReturnClaimed:
		b.OrderAnswered(f)
	case *event.ReturnCredited:
		b.Credited(f)
	case *event.ReturnRuled:
		err = b.Ruled(f)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.moved(moves)
	w.follow(b.Settle(monday))
	if again := b.Settle(monday); len(again.Wants)+len(again.Claims)+len(again.Requests)+len(again.Orders) > 0 || again.Closed != nil || again.Decision != nil || again.Question != nil {
		w.t.Fatalf("settled twice at once, it says %+v", again)
	}
	w.states = append(w.states, w.record.State)
}

func (w *world) moved(moves []*event.InventoryMovement) {
	for _, m := range moves {
		if w.moves[m.EntryID] != "" {
			w.t.Fatalf("entry %s is said twice", m.EntryID)
		}
		w.moves[m.EntryID] = fmt.Sprint(m.Qty, m.Sku, m.Node, m.From, m.To)
		w.goods[m.Sku+" "+string(m.From)] -= m.Qty
		w.goods[m.Sku+" "+string(m.To)] += m.Qty
	}
}

func (w *world) follow(out *Out) {
	for _, v := range out.Wants {
		w.inner = append(w.inner, v)
	}
	for _, v := range out.Claims {
		w.mail = append(w.mail, v)
	}
	for _, v := range out.Requests {
		w.mail = append(w.mail, v)
	}
	if q := out.Question; q != nil {
		if w.asked[q.Revision] || w.policy.Ruled == nil || len(q.Lines) == 0 {
			w.t.Fatalf("the system of record is asked %+v", q)
		}
		w.asked[q.Revision] = true
		answer := &event.ReturnRuled{ReturnID: q.ReturnID, Revision: q.Revision, Decision: event.ReturnDecisionAuthorised, Source: "erp", RuledAt: monday}
		if q.Revision == 1 {
			answer.Decision = w.ruling
		}
		w.mail = append(w.mail, answer)
	}
	for _, v := range out.Orders {
		for _, l := range v.Lines {
			w.sent[l.Sku] += l.Qty
		}
	}
}

func (w *world) sale(order string) *Sale {
	if w.sales[order] == nil {
		w.sales[order], w.lines[order] = &Sale{}, map[string]*SaleLine{}
	}
	return w.sales[order]
}

func (w *world) line(order, id string) *SaleLine {
	w.sale(order)
	if w.lines[order][id] == nil {
		w.lines[order][id] = &SaleLine{LineID: id}
	}
	return w.lines[order][id]
}

// dealt tells the claims and the account about a line of an order.
func (w *world) dealt(order string, row *SaleLine) {
	for _, k := range Deal(row) {
		w.mail = append(w.mail, Answer(order, row, k, monday))
	}
	given, left := int64(0), int64(0)
	for _, k := range row.Claims {
		given += k.Accepted
	}
	for _, s := range row.Shipments {
		left += s.Qty
	}
	if given > left {
		w.t.Fatalf("%d units of line %s of order %s are returned, %d left", given, row.LineID, order, left)
	}
	if b := BoughtOf(order, w.sale(order), row); b != nil {
		account := AccountID(w.sale(order).CustomerID, row.Sku)
		w.account(account)[order+" "+row.LineID] = b
		w.searched(account, nil)
	}
}

func (w *world) account(id string) map[string]*Bought {
	if w.bought[id] == nil {
		w.bought[id], w.wants[id] = map[string]*Bought{}, map[string]*Want{}
	}
	return w.bought[id]
}

func (w *world) want(q *Want) {
	account := AccountID(w.record.Customer.PartyID, w.books.Entries.Get(q.ReturnLine).Sku)
	w.account(account)
	if q.Qty == 0 {
		delete(w.wants[account], q.ReturnLine)
	} else {
		row := *q
		if before := w.wants[account][q.ReturnLine]; before != nil {
			row.Found, row.Known = before.Found, before.Known
		}
		w.wants[account][q.ReturnLine] = &row
	}
	w.searched(account, w.wants[account][q.ReturnLine])
}

// searched has an account look again, and answers what changed or was asked.
func (w *world) searched(account string, asked *Want) {
	var bought []*Bought
	for _, key := range slices.Sorted(maps.Keys(w.bought[account])) {
		bought = append(bought, w.bought[account][key])
	}
	var wants []*Want
	for _, key := range slices.Sorted(maps.Keys(w.wants[account])) {
		wants = append(wants, w.wants[account][key])
	}
	changed := Search(bought, wants)
	if asked != nil && !slices.Contains(changed, asked) {
		changed = append(changed, asked)
	}
	for _, x := range changed {
		row := *x
		row.Found = slices.Clone(x.Found)
		w.inner = append(w.inner, row)
	}
}

// ends says all that matters at the end, and nothing of what was said on the way.
func (w *world) ends() string {
	r := w.record
	text := fmt.Sprintf("%s: %d lines, %d matched, %d over, %d unmatched; %d units, %d here, %d over, %d unmatched, %d wait, %d credited, %d exchanged, %d refused for %d\n",
		r.State, r.Lines, r.Matched, r.OverLines, r.UnmatchedLines, r.Units, r.Here, r.Over, r.Unmatched, r.Waits, r.Credited, r.Exchanged, r.Refused, r.Total)
	for _, key := range w.books.Entries.Keys() {
		e := w.books.Entries.Get(key)
		accepted, asked := int64(0), int64(0)
		for _, p := range e.Parts {
			accepted += p.Accepted
			asked += p.Asked
		}
		if !e.Asked && accepted+asked == 0 {
			continue
		}
		text += fmt.Sprintf("line %s: %d accepted, %d asked, %d replaced\n", key, accepted, asked, e.Replaced)
	}
	return text + fmt.Sprintln(w.till.sold, w.till.amounts, w.sent, w.goods, len(w.moves))
}

func TestTheFactsOfAReturnEndAlikeInEveryOrderAndNumber(t *testing.T) {
	worlds := uint64(2000)
	if testing.Short() {
		worlds = 150
	}
	met, loose := make(map[State]int), int64(0)
	rulings := []event.ReturnDecision{event.ReturnDecisionUnknown, event.ReturnDecisionAuthorised, event.ReturnDecisionDeclined, event.ReturnDecisionInfoNeeded}
	ruled := make(map[event.ReturnDecision]int)
	for seed := range worlds {
		want := ""
		for order := range uint64(6) {
			before, all := facts(rand.New(rand.NewPCG(seed, 1)))
			w := newWorld(t, seed*100+order).ruledBy(rulings[seed%4])
			w.run(before...)
			w.run(all...)
			w.check(seed)
			if want == "" {
				want = w.ends()
				met[w.record.State]++
				loose += w.checkLoose(seed)
				ruled[w.record.Ruling]++
			}
			if got := w.ends(); got != want {
				t.Fatalf("facts %d end in one order as\n%sand in order %d as\n%s", seed, want, order, got)
			}
		}
	}
	for _, ruling := range rulings {
		if ruled[ruling] == 0 {
			t.Errorf("no world was ruled %s, so nothing was shown for it: %v", ruling, ruled)
		}
	}
	if loose == 0 {
		t.Error("nothing was credited without an order, so nothing was shown for it")
	}
	for _, s := range []State{asking, allowed, declined, arrived, closed, cancelled, lost} {
		if met[s] == 0 {
			t.Errorf("no world ended %s, so nothing was shown for it: %v", s, met)
		}
	}
}

// check holds what must hold at the end of every world.
func (w *world) check(seed uint64) {
	r := w.record
	for at, left := range w.till.sold {
		if left < 0 {
			w.t.Fatalf("world %d: %s is credited for more than left", seed, at)
		}
	}
	if r.Exchanged != w.sent["d"] {
		w.t.Fatalf("world %d: %d units are exchanged, %d sent", seed, r.Exchanged, w.sent["d"])
	}
	if r.State == pending || r.Questions > r.Ruled {
		w.t.Fatalf("world %d: a question is open, and it was answered: %+v", seed, r)
	}
	loose := w.checkLoose(seed)
	if w.policy.Ruled != nil && r.Ruling != event.ReturnDecisionAuthorised && r.Known && r.Credited+r.Exchanged > loose {
		w.t.Fatalf("world %d: credited without a ruling: %+v", seed, r)
	}
	if r.Credited+r.Exchanged+r.Refused > r.Here {
		w.t.Fatalf("world %d: more is paid than came: %+v", seed, r)
	}
	if r.State == closed && r.Waits > 0 {
		w.t.Fatalf("world %d: closed as %+v", seed, r)
	}
}
