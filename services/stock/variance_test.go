package stock

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

const (
	newsWithin = 15 * time.Minute
	untilDue   = newsWithin + time.Minute // by the skew of the clocks of sources
)

// await has the counts of a source wait for their news.
func (i *item) await(source string) {
	contract := i.rules.Contracts[source]
	contract.NewsWithin = newsWithin
	i.rules.Contracts[source] = contract
}

// silent lets time pass in which nothing is published.
func (i *item) silent(d time.Duration) {
	i.t.Helper()
	before := len(i.found)
	if i.pass(d); len(i.found) > before {
		i.t.Fatalf("variances %+v, want none", i.found[before:])
	}
}

// due lets the time of a count pass, which then differs as said.
func (i *item) due(class event.VarianceClass, expected, found int64) {
	i.t.Helper()
	before := len(i.found)
	i.pass(untilDue)
	if v := i.found[before:]; len(v) != 1 || v[0].Class != class || v[0].Expected != expected || v[0].Found != found {
		i.t.Fatalf("variances %+v, want one of class %s, %d found where %d were expected", v, class, found, expected)
	}
}

// telling is something that is said to stock at a time.
type telling struct {
	at  time.Time
	say func(*item)
}

// lagging is a history of one item: at a warehouse and in an ERP that follows it things
// happen, both tell of each of them, both count, and now and then the warehouse's books
// change without a word.
type lagging struct {
	t        *rapid.T
	now      time.Time
	counted  time.Time
	timed    bool // the warehouse's counts have no numbers, only times
	seq      int64
	books    []int64             // of the warehouse, after each of its numbers
	erp      []int64             // likewise of the ERP
	prompt   []telling           // what is said when everything is said at once
	late     []telling           // what is said with delays; counts are not late
	receipts []int64             //
	hidden   event.VarianceClass // what the next count has to show, if it contains the last number
	want     []event.VarianceClass
}

func (l *lagging) say(say func(*item)) {
	l.prompt = append(l.prompt, telling{l.now, say})
	for range rapid.IntRange(1, 2).Draw(l.t, "times") {
		delay := time.Duration(rapid.IntRange(0, int(newsWithin.Seconds())-1).Draw(l.t, "delay")) * time.Second
		l.late = append(l.late, telling{l.now.Add(delay), say})
	}
}

// counts is when somebody counts who does it now: so far apart that all counts have room
// to wait.
func (l *lagging) counts() time.Time {
	if next := l.counted.Add(untilDue / (maxAwaited - 1)); l.now.Before(next) {
		l.now = next
	}
	l.counted = l.now
	return l.now
}

func (l *lagging) count(say func(*item)) {
	l.prompt, l.late = append(l.prompt, telling{l.now, say}), append(l.late, telling{l.now, say})
}

// happen is a movement that both systems know; shipments are our own word first.
func (l *lagging) happen(qty int64) {
	l.seq++
	l.books, l.erp = append(l.books, l.books[len(l.books)-1]+qty), append(l.erp, l.erp[len(l.erp)-1]+qty)
	id, seq, at := fmt.Sprint("e", l.seq), l.seq, l.now
	if qty < 0 {
		l.say(func(i *item) { i.told(id, "order", 0, qty, at) })
	}
	l.say(func(i *item) { i.told(id, wms, seq, qty, at) })
	l.say(func(i *item) { i.told(id, "erp", seq, qty, at) })
}

// hide changes the books of the warehouse without a word, once a count.
func (l *lagging) hide() {
	if l.hidden != "" {
		return
	}
	units := int64(100_003 + len(l.want)) // no movement is as large
	l.hidden = event.VarianceClassUnknown
	if len(l.receipts) > 0 {
		switch receipt := rapid.SampledFrom(l.receipts).Draw(l.t, "of"); rapid.IntRange(0, 2).Draw(l.t, "mistake") {
		case 0:
			units, l.hidden = receipt, event.VarianceClassDuplicate
		case 1:
			units, l.hidden = -receipt, event.VarianceClassMissingEvent
		}
	}
	l.books[len(l.books)-1] += units
}

func (l *lagging) step() {
	l.now = l.now.Add(time.Duration(rapid.IntRange(1, 600).Draw(l.t, "seconds")) * time.Second)
	switch rapid.SampledFrom([]string{"ship", "ship", "receive", "hide", "count", "count", "erp"}).Draw(l.t, "what") {
	case "ship":
		l.happen(-rapid.Int64Range(1, 9).Draw(l.t, "qty"))
	case "receive":
		qty := 1000 + 11*l.seq
		l.receipts = append(l.receipts, qty)
		l.happen(qty)
	case "hide":
		if !l.timed { // what may have left or come around a count may explain it
			l.hide()
		}
	case "count":
		at, seq, qty := l.counts(), l.seq, l.books[len(l.books)-1]
		if l.timed {
			seq = 0
		}
		if l.hidden != "" {
			l.want, l.hidden = append(l.want, l.hidden), ""
		}
		l.count(func(i *item) { i.count(wms, qty, 0, seq, at) })
	case "erp": // it may be behind
		at, seq := l.counts(), rapid.Int64Range(max(1, l.seq-3), l.seq).Draw(l.t, "watermark")
		qty := l.erp[seq-1]
		l.count(func(i *item) { i.count("erp", qty, 0, seq, at) })
	}
}

// play says what is told in the order of its time, and returns what stock published.
func play(t *rapid.T, wait bool, all []telling) (*item, map[string]event.InventoryVariance) {
	i := newCounted(t)
	i.rules.Contracts["erp"] = Contract{Skew: time.Minute}
	if wait {
		i.await(wms)
		i.await("erp")
	}
	slices.SortStableFunc(all, func(x, y telling) int { return x.at.Compare(y.at) })
	for _, s := range all {
		i.pass(s.at.Sub(i.now))
		s.say(i)
		i.found = append(i.found, i.last.Variances()...)
	}
	i.pass(untilDue)
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	i.last.Discard(wms, "") // whatever comes next, counts that agree are forgotten with it
	found := make(map[string]event.InventoryVariance)
	for _, v := range i.found {
		if _, twice := found[v.VarianceID]; twice {
			t.Fatalf("published twice: %+v", v)
		}
		v.FoundAt = time.Time{}
		found[v.VarianceID] = v
	}
	return i, found
}

// However late news come within their time, in any order and more than once: stock
// publishes what it would have if all had been told at once, ends up with the same, and
// says of every mistake of the warehouse once what it is.
func TestLateNewsAreAsGoodAsPromptOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &lagging{t: t, now: start, seq: 1, timed: rapid.Bool().Draw(t, "timed"), books: []int64{1_000_000}, erp: []int64{1_000_000}}
		l.count(func(i *item) {
			i.told("e1", wms, 1, 1_000_000, start)
			i.told("e1", "erp", 1, 1_000_000, start)
		})
		for range rapid.IntRange(2, 40).Draw(t, "steps") {
			l.step()
		}
		prompt, want := play(t, false, l.prompt)
		late, got := play(t, true, l.late)
		if !maps.Equal(got, want) {
			t.Fatalf("late news make %+v\nprompt ones %+v", got, want)
		}
		var classes []event.VarianceClass
		for _, v := range slices.SortedFunc(slices.Values(late.found), func(x, y event.InventoryVariance) int { return cmp.Compare(x.Batch, y.Batch) }) {
			if v.Source == wms {
				classes = append(classes, v.Class)
			}
		}
		slices.Sort(classes)
		slices.Sort(l.want)
		if !slices.Equal(classes, l.want) {
			t.Fatalf("published of the warehouse's mistakes %v, want %v", classes, l.want)
		}
		if p, q := prompt.position("north").OnHand, late.position("north").OnHand; p != q || len(late.record.Counts) != 0 || !late.rows.timers[newsReminder].IsZero() {
			t.Fatalf("%d on hand, %d with prompt news; left are %+v and a reminder at %s", q, p, late.record.Counts, late.rows.timers[newsReminder])
		}
	})
}

// A shipment of which the warehouse never takes note is told of when its count is
// compared, whether it contains it or not; one of which it did in time, though its word
// comes late, is not.
func TestAnAcknowledgementMayComeLateToo(t *testing.T) {
	for _, c := range []struct {
		acknowledged bool
		seq, counted int64 // the shipment is the second that the warehouse knows
		left         int64
	}{{true, 2, 6, 6}, {true, 1, 10, 6}, {false, 2, 6, 2}, {false, 1, 10, 6}} {
		i := newCounted(t)
		i.await(wms)
		i.told("e1", wms, 1, 10, start)
		i.told("s1", "order", 0, -4, start)
		i.now = start.Add(2 * day)
		i.count(wms, c.counted, 0, c.seq, i.now)
		if v := i.last.Variances(); len(v) != 0 {
			t.Fatalf("variances %+v before the news had time to come", v)
		}
		if c.acknowledged {
			i.told("s1", wms, 2, -4, start)
			i.silent(untilDue)
		} else {
			i.due(event.VarianceClassUnacknowledged, 10, c.counted)
		}
		i.expect(c.left, 0)
	}
}

func TestNewsOfOthersUnitsExplainNothing(t *testing.T) {
	i := newCounted(t)
	i.await(wms)
	i.told("e1", wms, 1, 10, start)
	i.count(wms, 7, 0, 2, start)
	theirs := event.InventoryMovement{
		EntryID: "c2", Sku: "lamp", Node: "north", Owner: "supplier", Qty: 3, Source: wms, SourceSeq: 2, EffectiveAt: start,
		From: event.StockConditionSellable, To: event.StockConditionOutside,
	}
	if err := Open("lamp", &i.record, i.rows, &i.rules, i.now).Book(&theirs); err != nil {
		t.Fatal(err)
	}
	i.due(event.VarianceClassUnknown, 10, 7)
}

// What waits is bounded, and what does not fit is compared early: nothing is lost.
func TestCountsThatDoNotFitAreComparedEarly(t *testing.T) {
	i := newCounted(t)
	i.await(wms)
	i.told("e1", wms, 1, 1000, start)
	for n := range int64(maxAwaited + 3) {
		i.count(wms, 1000-(n+1)*(n+1), 0, n+2, i.now)
		i.found = append(i.found, i.last.Variances()...)
		if len(i.record.Counts) > maxAwaited {
			t.Fatalf("%d counts wait", len(i.record.Counts))
		}
	}
	if len(i.found) != 3 {
		t.Fatalf("%d were compared early: %+v", len(i.found), i.found)
	}
	i.pass(untilDue)
	for n, v := range i.found {
		if want := int64(1000 - (n+1)*(n+1)); v.Found != want {
			t.Errorf("the variance %d is %+v, want %d found", n, v, want)
		}
	}
	if len(i.found) != maxAwaited+3 {
		t.Errorf("%d of %d are published", len(i.found), maxAwaited+3)
	}
}
