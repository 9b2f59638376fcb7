package stock

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// A count is often taken before the news of movements that it contains: they come over
// another channel, minutes later. It sets at once what is there, but is compared only
// when its news had time to come, and then with what should have been counted if all of
// it had been known before. So what is published follows from what happened and not from
// what was heard first: what news explain is not published, and what they seemed to
// explain is. No class is an exception: it is guessed from the size of a difference, which
// a movement that nobody told of yet may have as well, and an acknowledgement may be late
// as any other news.

const (
	// newsReminder is the name of the reminder about the counts that wait for news.
	newsReminder = "news"
	// maxAwaited bounds the counts of a source at a node that wait, at more than one a
	// minute of the usual wait; the oldest is compared early when there is no room for
	// another.
	maxAwaited = 16
)

// await compares a count when its news had time to come.
func (b *Book) await(n *event.StockNode, p *event.StockPending, c *Contract, w *weight) {
	alike := func(k event.StockCount) bool { return k.Source == p.Source && k.Node == p.Node }
	waiting := 0
	for i := range b.record.Counts {
		if alike(b.record.Counts[i]) {
			waiting++
		}
	}
	if waiting == maxAwaited {
		i := slices.IndexFunc(b.record.Counts, alike)
		b.conclude(&b.record.Counts[i])
		b.record.Counts = slices.Delete(b.record.Counts, i, i+1)
	}
	b.record.Counts = append(b.record.Counts, event.StockCount{
		Source: p.Source, Batch: p.Batch, Node: p.Node, Qty: p.Qty, WatermarkSeq: p.WatermarkSeq, WatermarkAt: p.WatermarkAt,
		Expected: w.expected, Doubt: w.doubt, Overdue: w.overdue, BaseSource: n.BaseSource, BaseSeq: n.BaseSeq, BaseAt: n.BaseAt,
		Due: b.now.Add(c.NewsWithin + c.Skew), // by its clock it may contain what happened so much later
	})
	b.awaited = true
}

// revise takes what is known of an entry into the counts that wait for news, as if it had
// been known when they came. was is what was known of it before, nil for nothing.
func (b *Book) revise(e, was *event.StockEntry) {
	if e.Owner != event.OwnerSelf {
		return
	}
	for i := range b.record.Counts {
		k := &b.record.Counts[i]
		if k.Node != e.Node {
			continue
		}
		expected, doubt := b.adds(k, e)
		if was != nil {
			before, doubted := b.adds(k, was)
			expected, doubt = expected-before, doubt-doubted
		}
		if expected != 0 || doubt != 0 {
			k.Expected, k.Doubt, b.awaited = k.Expected+expected, k.Doubt+doubt, true
		}
	}
}

// adds is what an entry adds to what a count should say, by what is known of it: what
// came between the account that the node stood on and the count. Nothing is expected of
// what may have come before the account, but it may be there.
func (b *Book) adds(k *event.StockCount, e *event.StockEntry) (expected, doubt int64) {
	contract := b.rules.Contracts[k.Source]
	effect := contract.effect(e)
	base := b.based(&event.StockNode{BaseSource: k.BaseSource, BaseSeq: k.BaseSeq, BaseAt: k.BaseAt}, e)
	if contains(e, k.Source, k.WatermarkSeq, k.WatermarkAt, contract.Skew) == in {
		expected = effect
		if base == maybe {
			doubt = max(effect, -effect)
		}
	}
	switch {
	case base == in:
		expected -= effect
	case base == maybe && effect > 0:
		expected = 0
	}
	return expected, doubt
}

// compareDue compares the counts whose news had time to come, and asks to be reminded
// of the next one that differs by what is known now.
func (b *Book) compareDue() {
	var next time.Time
	b.record.Counts = slices.DeleteFunc(b.record.Counts, func(k event.StockCount) bool {
		due, differs := !k.Due.After(b.now), k.Qty != k.Expected || k.Overdue
		switch {
		case due:
			b.conclude(&k)
		case differs && (next.IsZero() || k.Due.Before(next)):
			next = k.Due
		}
		return due
	})
	if b.awaited {
		b.awaited = false
		b.rows.Remind(newsReminder, next)
	}
}

// conclude compares a count by all that is known.
func (b *Book) conclude(k *event.StockCount) {
	if k.Qty == k.Expected && !k.Overdue {
		return
	}
	p := &event.StockPending{Source: k.Source, Batch: k.Batch, Node: k.Node, Qty: k.Qty, WatermarkSeq: k.WatermarkSeq, WatermarkAt: k.WatermarkAt}
	contract := b.rules.Contracts[k.Source]
	w := b.weigh(b.node(k.Node), p, &contract)
	w.expected, w.doubt = k.Expected, k.Doubt
	b.compare(p, &contract, &w)
}

// cases are the numbers of pieces in a case that a difference is tried with.
var cases = []int64{6, 10, 12, 20, 24, 48, 100}

// compare publishes the part of a difference that nothing open explains.
func (b *Book) compare(p *event.StockPending, c *Contract, w *weight) {
	drift := p.Qty - w.expected
	rest := max(0, drift-w.gain-w.doubt) + min(0, drift-w.loss)
	class, detail := classify(rest, p.Qty, w)
	if rest != 0 && class == event.VarianceClassUnknown {
		w.in = b.settledEffects(p.Node, c)
		class, detail = classify(rest, p.Qty, w)
	}
	if rest == 0 && w.overdue {
		class, rest = event.VarianceClassUnacknowledged, w.loss
		detail = fmt.Sprintf("%d units left that the source has not taken note of", -w.loss)
	}
	if size := max(rest, -rest); size == 0 || size < c.Thresholds[class] {
		return
	}
	b.found = append(b.found, event.InventoryVariance{
		VarianceID: uuid.NewSHA1(event.NS, []byte(strings.Join([]string{"baseline", p.Source, p.Batch, b.sku, p.Node}, sep))).String(),
		Sku:        b.sku, Node: p.Node, Owner: event.OwnerSelf, Class: class, Expected: w.expected, Found: p.Qty, Source: p.Source, Batch: p.Batch,
		Detail: detail, FoundAt: b.now,
	})
}

// classify names the likely cause of a difference.
func classify(rest, counted int64, w *weight) (event.VarianceClass, string) {
	for _, k := range cases {
		if w.expected > 0 && counted > 0 && (counted == w.expected*k || w.expected == counted*k) {
			return event.VarianceClassUnitOfMeasure, fmt.Sprintf("one account is %d times the other", k)
		}
	}
	for _, effect := range w.in {
		switch rest {
		case -effect:
			return event.VarianceClassMissingEvent, fmt.Sprintf("the source lacks a movement of %d units", effect)
		case effect:
			return event.VarianceClassDuplicate, fmt.Sprintf("the source has a movement of %d units twice", effect)
		}
	}
	return event.VarianceClassUnknown, "no movement explains it"
}
