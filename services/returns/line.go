package returns

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// line is a line of a return with what the rows say about it.
type line struct {
	*Entry
	word   *Word // the last that a person said about it, nil for none
	here   int64 // units that arrived
	worth  int64 // units that a node found worth their price
	kept   int64 // units that the buyer keeps for less money
	keeps  []units
	judged bool  // searched, and answered by its orders
	final  bool  // no more is expected
	seen   int64 // units that a node judged, the kept ones not counted

	want    int64                   // units to be explained by orders
	found   int64                   // units of them that are, or that a person credits without one
	loose   int64                   // units of those that no order explains
	allowed int64                   // units of those that may come back
	barred  []event.ReturnableUnits // units of those that may come by the policy, and the system of record does not let come
	waits   int64                   // units that wait for a person
	settled bool                    // everything that is here is judged and paid
	gives   []given
	free    *given // what a person credits without an order, nil for nothing
}

// given is how many units an origin gives to be paid.
type given struct {
	*Origin
	units int64
}

func (l *line) goods() bool { return l.Kind == event.LineKindGoods || l.Kind == event.LineKindKit }

func (l *line) refused() bool {
	return l.word != nil && l.word.Action == event.ReturnResolutionRefuse
}

// outcome is how the search for what it came with ended.
func (l *line) outcome() Outcome {
	stated := slices.ContainsFunc(l.Parts, func(p Origin) bool { return p.Stated && !loose(&p) && p.Qty > 0 })
	switch {
	case l.matched() >= l.want:
		return Matched
	case l.matched() > 0 || l.Bought || stated:
		return Over
	default:
		return Unmatched
	}
}

// matched is how many units orders explain.
func (l *line) matched() int64 { return l.found - l.loose }

// units is what a fact says about units of a line.
type units struct {
	line, sku string
	qty       int64
	id        string                   // of the verdict
	verdict   *event.ReturnJudgedUnits // nil for a receipt
}

// lines joins the lines with the facts about them. A unit whose line the node
// cannot tell belongs to the first line of its item that expects more; one that
// no line expects has a line of its own.
func (b *Books) lines() []*line {
	var all []*line
	for _, key := range b.Entries.Keys() {
		all = append(all, &line{Entry: b.Entries.Get(key)})
	}
	slices.SortFunc(all, func(a, c *line) int { return compareLines(a.ReturnLine, c.ReturnLine) })
	received, worthy, worthless := b.facts()
	for _, u := range b.spread(&all, capacity(all), received) {
		lineOf(all, u.line).here += u.qty
	}
	room := capacity(all)
	for _, u := range append(b.spread(&all, room, worthy), b.spread(&all, room, worthless)...) {
		l := lineOf(all, u.line)
		switch {
		case u.verdict.Disposition == event.DispositionKeepWithAllowance:
			l.kept += u.qty
			l.keeps = append(l.keeps, u)
			continue
		case !u.verdict.Refused:
			l.worth += u.qty
		}
		l.seen += u.qty
	}
	ended, over := b.ended(), b.excess()
	for _, l := range all {
		l.word = b.wordOn(l.ReturnLine, over)
	}
	came := slices.ContainsFunc(all, func(l *line) bool { return l.here > 0 })
	gone := !came && (ended != event.ReturnResolutionNone || b.Return.Overdue)
	for _, l := range all {
		l.final = l.here+l.kept >= l.Qty || l.refused() || b.Return.Final || came && b.Return.Overdue
		l.want = max(l.Qty, l.here+l.kept)
		if b.Return.Final || came && b.Return.Overdue {
			l.want = l.here + l.kept
		}
		if l.refused() || gone || !l.goods() {
			l.want = 0
		}
	}
	return all
}

// facts lists what nodes said, sorted so that nothing depends on what came first:
// what is worth money fills the lines that were asked for before what is not.
// What was judged is here, though its receipt may come later.
func (b *Books) facts() (received, worthy, worthless []units) {
	missing := make(map[string]int64) // units judged beyond those received, by item
	for _, key := range b.Receipts.Keys() {
		for _, x := range b.Receipts.Get(key).Lines {
			received = append(received, units{line: x.ReturnLine, sku: x.Sku, qty: x.Qty})
			missing[x.Sku] -= x.Qty
		}
	}
	for _, key := range b.Verdicts.Keys() {
		for n := range b.Verdicts.Get(key).Lines {
			x := &b.Verdicts.Get(key).Lines[n]
			if x.Disposition != event.DispositionKeepWithAllowance {
				missing[x.Sku] += x.Qty
			}
			u := units{x.ReturnLine, x.Sku, x.Qty, key + "/" + strconv.Itoa(n), x}
			if x.Refused {
				worthless = append(worthless, u)
			} else {
				worthy = append(worthy, u)
			}
		}
	}
	for _, sku := range slices.Sorted(maps.Keys(missing)) {
		if missing[sku] > 0 {
			received = append(received, units{sku: sku, qty: missing[sku]})
		}
	}
	return received, worthy, worthless
}

// capacity is how many units each line expects.
func capacity(all []*line) map[string]int64 {
	room := make(map[string]int64)
	for _, l := range all {
		if l.Asked && l.goods() {
			room[l.ReturnLine] = l.Qty
		}
	}
	return room
}

// spread gives units to lines that have room: those whose line is stated first.
func (b *Books) spread(all *[]*line, room map[string]int64, facts []units) []units {
	var given, rest []units
	for _, u := range facts {
		if l := lineOf(*all, u.line); l != nil && l.Asked && l.Sku == u.sku {
			room[u.line] -= u.qty
			given = append(given, u)
			continue
		}
		rest = append(rest, u)
	}
	for _, u := range rest {
		for _, l := range *all {
			if qty := min(u.qty, room[l.ReturnLine]); l.Sku == u.sku && qty > 0 {
				room[l.ReturnLine] -= qty
				u.qty -= qty
				given = append(given, units{l.ReturnLine, u.sku, qty, u.id, u.verdict})
			}
		}
		if u.qty > 0 {
			given = append(given, units{b.extra(all, u.sku), u.sku, u.qty, u.id, u.verdict})
		}
	}
	return given
}

// extra is the line of units of an item that nobody announced.
func (b *Books) extra(all *[]*line, sku string) string {
	id := "+" + sku
	if lineOf(*all, id) == nil {
		e := &Entry{ReturnLine: id, Sku: sku, Kind: event.LineKindGoods}
		b.Entries.Put(id, e)
		*all = append(*all, &line{Entry: e})
	}
	return id
}

func lineOf(all []*line, id string) *line {
	for _, l := range all {
		if l.ReturnLine == id {
			return l
		}
	}
	return nil
}

// words lists what people said, the last at the end.
func (b *Books) words() []*Word {
	var all []*Word
	for _, key := range b.Words.Keys() {
		all = append(all, b.Words.Get(key))
	}
	slices.SortStableFunc(all, func(a, c *Word) int {
		return cmp.Or(a.RequestedAt.Compare(c.RequestedAt), cmp.Compare(a.RequestID, c.RequestID))
	})
	return all
}

// wordOn is the last word about a line that is not over what may be said, nil for none.
func (b *Books) wordOn(id string, over map[string]bool) (last *Word) {
	for _, w := range b.words() {
		switch w.Action {
		case event.ReturnResolutionRefuse, event.ReturnResolutionMatch, event.ReturnResolutionWithoutReference:
			if (w.ReturnLine == id || w.ReturnLine == "" && w.Action == event.ReturnResolutionRefuse) && !over[w.RequestID] {
				last = w
			}
		}
	}
	return last
}

// ended is the last word that ends the whole return, none without one.
func (b *Books) ended() event.ReturnResolution {
	last := event.ReturnResolutionNone
	for _, w := range b.words() {
		if w.Action == event.ReturnResolutionCancel || w.Action == event.ReturnResolutionLost {
			last = w.Action
		}
	}
	return last
}

// asOf is when the buyer gave the goods back, as far as a window is concerned.
func (b *Books) asOf() (at time.Time) {
	if b.Return.RequestedAt != nil {
		return *b.Return.RequestedAt
	}
	for _, key := range b.Receipts.Keys() {
		if r := b.Receipts.Get(key); at.IsZero() || r.ReceivedAt.Before(at) {
			at = r.ReceivedAt
		}
	}
	return at
}
