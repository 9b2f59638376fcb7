package stock

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// settleAfter is how long before the watermark something happened that no account
// is asked about any more. What came since is judged at each baseline, so what a
// baseline costs does not grow with what is kept.
const settleAfter = 48 * time.Hour

// rebase makes the account the new ground: what came after it is added, what may
// have left counts as gone, and what may have come waits until it is known to be
// there. What no entry explains is entered as a correction, so that the entries
// that count always add up to what is there. Reservations stay as they are.
func (b *Book) rebase(n *event.StockNode, p *event.StockPending, c *Contract, w *weight) {
	units := p.Qty + w.out + w.loss - c.counted(n)
	if units != 0 {
		shift(n, event.StockConditionSellable, units)
		b.touch()
	}
	for _, e := range w.entries {
		unsure, excluded := e.where == maybe, e.where == maybe && e.effect > 0
		if e.where == in {
			excluded = e.entry.Excluded
		}
		if excluded != e.entry.Excluded {
			if excluded {
				units += e.effect
			} else {
				units -= e.effect
			}
		}
		if e.entry.Maybe != unsure || e.entry.Excluded != excluded {
			b.doubt(e.id, e.entry, unsure, c)
			e.entry.Excluded = excluded
			b.rows.PutEntry(e.id, e.entry)
		}
	}
	b.correct(n, p, units)
	b.settleEntries(p, w)
	at := p.WatermarkAt
	n.BaseSource, n.BaseSeq, n.BaseAt = p.Source, p.WatermarkSeq, &at
	b.containMarked(n)
}

// correct enters what a baseline changed that no entry explains.
func (b *Book) correct(n *event.StockNode, p *event.StockPending, units int64) {
	if units == 0 {
		return
	}
	e := &event.StockEntry{
		Node: n.Node, Owner: n.Owner, Qty: max(units, -units), From: event.StockConditionOutside, To: event.StockConditionSellable,
		Source: p.Source, SourceSeq: p.WatermarkSeq, Document: p.Batch, Correction: true, EffectiveAt: p.WatermarkAt, RecordedAt: b.now,
	}
	if units < 0 {
		e.From, e.To = e.To, e.From
	}
	b.rows.PutEntry(uuid.NewSHA1(event.NS, []byte(strings.Join([]string{"correction", p.Source, p.Batch, b.sku, n.Node}, sep))).String(), e)
}

// settleEntries keeps what the new ground contains for long only so that it is
// known again.
func (b *Book) settleEntries(p *event.StockPending, w *weight) {
	before := p.WatermarkAt.Add(-settleAfter)
	for _, e := range w.entries {
		if e.where == in && e.entry.EffectiveAt.Before(before) {
			b.rows.SettleEntry(e.id, e.entry)
		}
	}
	for _, e := range w.idle {
		if e.entry.EffectiveAt.Before(before) {
			b.rows.SettleEntry(e.id, e.entry)
		}
	}
}

// settledEffects are the effects of what every account of a node contains; it is
// asked only when a difference has no young cause.
func (b *Book) settledEffects(node string, c *Contract) (effects []int64) {
	b.rows.SettledEntries(func(e *event.StockEntry) {
		if effect := c.effect(e); e.Node == node && e.Owner == b.rules.owner(node) && !e.Correction && effect != 0 {
			effects = append(effects, effect)
		}
	})
	return effects
}
