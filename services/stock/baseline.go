package stock

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Contract says what the account of a source contains.
type Contract struct {
	// Sellable says that it counts sellable units only, else all that is present.
	Sellable bool
	// Net says that it leaves out what it has allocated to orders, and then each row
	// says how much that is.
	Net bool
	// Skew is how far its clock may be off.
	Skew time.Duration
	// AckWithin is how long it may take to take note of an entry of ours; longer
	// raises an alert. 0 does not bound it.
	AckWithin time.Duration
	// NewsWithin is how long after a count news may come of movements that it contains.
	// A count sets at once what is there and is compared only then; 0 compares it at once.
	NewsWithin time.Duration
	// Breaker bounds what its baselines change without a person; the zero Breaker
	// leaves that to the installation.
	Breaker Breaker
	// Thresholds are the units from which differences are published, by class;
	// without one every unit is.
	Thresholds map[event.VarianceClass]int64
}

// counted is what a node has of what the account counts.
func (c *Contract) counted(n *event.StockNode) int64 {
	if c.Sellable {
		return n.OnHand - n.Unsellable
	}
	return n.OnHand
}

// effect is by how much an entry changes what the account counts.
func (c *Contract) effect(e *event.StockEntry) int64 {
	side := func(condition event.StockCondition) int64 {
		if condition == event.StockConditionSellable || condition != event.StockConditionOutside && !c.Sellable {
			return 1
		}
		return 0
	}
	return (e.Qty - e.Absorbed) * (side(e.To) - side(e.From))
}

// Reasons for which a row of a baseline cannot be taken.
const (
	FaultContract = "NO_CONTRACT" // nothing is agreed about what the source counts
	FaultQuantity = "QUANTITY"    // a quantity is out of bounds, or something is allocated in a gross account
	FaultTwice    = "TWICE"       // the baseline names the item at the node twice, and differently
)

// Fingerprint is the hash of a row of a baseline.
func Fingerprint(r *event.InventoryBaseline) int64 { return r.Fingerprint() }

func pendingKey(source, batch, node string) string { return source + sep + batch + sep + node }

// Stage keeps a row of a baseline until its whole baseline is taken or left, and
// says what it would change. The error is for one that belongs to no baseline.
func (b *Book) Stage(r *event.InventoryBaseline) error {
	if r.Sku != b.sku || r.Source == "" || r.Batch == "" || r.Node == "" {
		return fmt.Errorf("row of baseline %q of %q for item %q at %q: item %q needs its own name, a source, a baseline and a node", r.Batch, r.Source, r.Sku, r.Node, b.sku)
	}
	key, hash := pendingKey(r.Source, r.Batch, r.Node), Fingerprint(r)
	said := event.InventoryBaselineStaged{Source: r.Source, Batch: r.Batch, Sku: r.Sku, Node: r.Node, UnitValue: r.UnitValue, Hash: hash, Absent: r.Absent}
	contract, known := b.rules.Contracts[r.Source]
	old := b.rows.Pending(key)
	switch {
	case !known:
		said.Fault = FaultContract
	case r.Qty < -MaxQty || max(r.Qty, r.Allocated, r.UnitValue) > MaxQty || min(r.Allocated, r.UnitValue) < 0 || r.Allocated > 0 && !contract.Net:
		said.Fault = FaultQuantity
	case old != nil && old.Hash != hash:
		said.Fault = FaultTwice
	default:
		p := &event.StockPending{
			Source: r.Source, Batch: r.Batch, Node: r.Node, Qty: r.Qty + r.Allocated, WatermarkSeq: r.WatermarkSeq, WatermarkAt: r.WatermarkAt,
			Hash: hash, UnitValue: r.UnitValue, Absent: r.Absent,
		}
		b.rows.PutPending(key, p)
		said.Counted, said.Expected = p.Qty, b.weigh(b.node(r.Node), p, &contract).expected
	}
	b.staged = append(b.staged, said)
	b.settle()
	return nil
}

// Discard forgets what is staged of a baseline.
func (b *Book) Discard(source, batch string) {
	for _, p := range b.rows.Pendings(pendingKey(source, batch, "")) {
		b.rows.DeletePending(pendingKey(source, batch, p.Node))
	}
	b.settle()
}

// Apply takes what is staged of a baseline. Only the authority of a node sets what
// is there; the accounts of others are compared. A supplier also sells to others, so
// that its count differs from ours says nothing.
func (b *Book) Apply(source, batch string) {
	for _, p := range b.rows.Pendings(pendingKey(source, batch, "")) {
		b.rows.DeletePending(pendingKey(source, batch, p.Node))
		contract := b.rules.Contracts[source]
		n := b.keepNode(p.Node, b.rules.owner(p.Node))
		w := b.weigh(n, p, &contract)
		switch {
		case n.Owner != event.OwnerSelf:
		case contract.NewsWithin == 0:
			b.compare(p, &contract, &w)
		default:
			b.await(n, p, &contract, &w)
		}
		if b.rules.Authority[p.Node] == source {
			b.rebase(n, p, &contract, &w)
		}
	}
	b.settle()
}

// containment says whether an account contains an entry of ours.
type containment int

const (
	maybe containment = iota
	in
	out
)

// contains judges an entry by the mark that it has in the source of the account:
// its own position there, or that of the source's acknowledgement.
func contains(e *event.StockEntry, source string, seq int64, at time.Time, skew time.Duration) containment {
	mark, known := event.StockAck{Seq: e.SourceSeq, At: e.EffectiveAt}, e.Source == source
	for _, a := range e.Acks {
		if a.Source == source {
			mark, known = a, true
		}
	}
	return within(mark, known, seq, at, skew)
}

// within judges a mark, known to be the source's own or only a time of ours.
func within(mark event.StockAck, known bool, seq int64, at time.Time, skew time.Duration) containment {
	switch {
	case known && mark.Seq > 0 && seq > 0 && mark.Seq <= seq:
		return in
	case known && mark.Seq > 0 && seq > 0:
		return out
	case known && !mark.At.After(at.Add(-skew)):
		return in
	case mark.At.After(at.Add(skew)):
		return out
	}
	return maybe
}

// based says whether the account that a node stands on contains an entry.
func (b *Book) based(n *event.StockNode, e *event.StockEntry) containment {
	contract := b.rules.Contracts[n.BaseSource]
	if n.BaseAt == nil || contract.effect(e) == 0 {
		return out
	}
	return contains(e, n.BaseSource, n.BaseSeq, *n.BaseAt, contract.Skew)
}

// weight is what our ledger says as of a watermark.
type weight struct {
	expected int64     // units that the account should count
	out      int64     // what came after it
	loss     int64     // what may have come after it, below zero
	gain     int64     // likewise, above zero
	doubt    int64     // how much more there may be, for the account that we stand on left it open
	overdue  bool      // something lost has been unknown to the source for too long
	in       []int64   // effects of entries that it contains
	entries  []weighed // those that are judged
	idle     []weighed // those that the account is not about
}

type weighed struct {
	id     string
	entry  *event.StockEntry
	effect int64
	where  containment
}

// weigh judges every entry of a node against a baseline. An entry that is not kept
// any more is contained in every account.
func (b *Book) weigh(n *event.StockNode, p *event.StockPending, c *Contract) (w weight) {
	w.expected = c.counted(n)
	b.rows.Entries(func(id string, e *event.StockEntry) {
		effect := c.effect(e)
		if e.Node != n.Node || e.Owner != n.Owner || e.Correction {
			return
		}
		if effect == 0 {
			w.idle = append(w.idle, weighed{id: id, entry: e})
			return
		}
		where := contains(e, p.Source, p.WatermarkSeq, p.WatermarkAt, c.Skew)
		w.entries = append(w.entries, weighed{id, e, effect, where})
		if where == in {
			w.in = append(w.in, effect)
			if e.Maybe { // what left counts as gone and what came does not, and either may be wrong
				w.doubt += max(effect, -effect)
			}
			return
		}
		if !e.Excluded || b.based(n, e) == in {
			w.expected -= effect
		}
		switch {
		case where == out:
			w.out += effect
		case effect > 0:
			w.gain += effect
		default:
			w.loss += effect
			w.overdue = w.overdue || c.AckWithin > 0 && p.WatermarkAt.Sub(e.EffectiveAt) > c.AckWithin
		}
	})
	return w
}

// ground judges a new entry against the baseline that the node stands on, after
// its units were moved.
func (b *Book) ground(n *event.StockNode, id string, e *event.StockEntry) {
	contract := b.rules.Contracts[n.BaseSource]
	if n.BaseAt == nil || !b.promised(n) {
		return
	}
	effect := contract.effect(e)
	if effect == 0 {
		return
	}
	where := contains(e, n.BaseSource, n.BaseSeq, *n.BaseAt, contract.Skew)
	b.doubt(id, e, where == maybe, &contract)
	if where == in || where == maybe && effect > 0 {
		e.Excluded = true
		shift(n, event.StockConditionSellable, -effect)
	}
}

// maxAcks bounds the systems that take note of an entry.
const maxAcks = 8

// acknowledge takes the word of another system that it knows of an entry, which
// is the same movement from another source.
func (b *Book) acknowledge(e *event.StockEntry, m *event.InventoryMovement) {
	for _, a := range e.Acks {
		if a.Source == m.Source {
			return
		}
	}
	if e.Source == m.Source || len(e.Acks) == maxAcks {
		return
	}
	was := *e
	e.Acks = append(e.Acks, event.StockAck{Source: m.Source, Seq: m.SourceSeq, At: m.EffectiveAt})
	n := b.keepNode(e.Node, e.Owner)
	if e.Maybe && n.BaseSource == m.Source {
		b.resolve(n, m.EntryID, e)
	}
	b.revise(e, &was)
	b.rows.PutEntry(m.EntryID, e)
}

// resolve ends the doubt about an entry, if the acknowledgement can.
func (b *Book) resolve(n *event.StockNode, id string, e *event.StockEntry) {
	contract := b.rules.Contracts[n.BaseSource]
	where := contains(e, n.BaseSource, n.BaseSeq, *n.BaseAt, contract.Skew)
	excluded := where == in || where == maybe && e.Excluded
	b.doubt(id, e, where == maybe, &contract)
	if excluded == e.Excluded {
		return
	}
	units := contract.effect(e)
	if excluded {
		units = -units
	}
	e.Excluded = excluded
	shift(n, event.StockConditionSellable, units)
	b.touch()
}

// ackReminder is the prefix of the names of reminders about entries that a source
// has not taken note of.
const ackReminder = "ack" + sep

// doubt notes whether it is known that the baseline contains an entry. A source
// that takes longer than it may to take note of it is told of.
func (b *Book) doubt(id string, e *event.StockEntry, unsure bool, c *Contract) {
	if e.Maybe == unsure {
		return
	}
	e.Maybe = unsure
	switch {
	case c.AckWithin == 0:
	case unsure:
		b.rows.Remind(ackReminder+id, e.EffectiveAt.Add(c.AckWithin))
	default:
		b.rows.Remind(ackReminder+id, time.Time{})
	}
}

// alertUnacknowledged says that a source of counts has not taken note of an entry.
const alertUnacknowledged = "STOCK_UNACKNOWLEDGED"

// unacknowledged tells of an entry that is still in doubt when its time is over.
func (b *Book) unacknowledged(id string) {
	e := b.rows.Entry(id)
	if e == nil || !e.Maybe {
		return
	}
	source := b.node(e.Node).BaseSource
	subject := b.sku + "/" + id
	b.alerts = append(b.alerts, event.AlertRaised{
		AlertID: event.AlertID(alertUnacknowledged, subject), Kind: alertUnacknowledged, Subject: subject, Node: e.Node, RaisedAt: b.now,
		Detail: fmt.Sprintf("%s has not taken note of entry %s, which moved %d units of %s at %s on %s from %s to %s; until it does, what left counts as gone and what came is not promised",
			source, id, e.Qty, b.sku, e.Node, e.EffectiveAt.UTC().Format(time.RFC3339), e.From, e.To),
	})
}

// introduce tells the authority of each node that the item is known there, so that
// a complete baseline which does not name it speaks about it too.
func (b *Book) introduce() {
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		if source := b.rules.Authority[n.Node]; b.promised(n) && n.KnownTo != source {
			n.KnownTo = source
			if source != "" {
				b.staged = append(b.staged, event.InventoryBaselineStaged{Source: source, Sku: b.sku, Node: n.Node})
			}
		}
	}
}
