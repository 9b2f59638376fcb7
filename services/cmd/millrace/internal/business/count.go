package business

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/streams/streamstest"
)

// ackWithin is how long a node may take to say where in its books a shipment of
// ours stands.
const ackWithin = 2 * time.Hour

// spot is an item at a node.
type spot struct{ sku, node string }

// count is what is known of the differences between our books and those of nodes.
type count struct {
	taken    int              // counts so far
	doubt    map[spot]int64   // units of ours that a node has not acknowledged yet
	off      map[spot]int64   // by how much the node's books are above what it told us
	drifts   map[spot]*drift  // that no count has shown yet
	all      []*drift         //
	strange  []string         // variances that nothing explains
	ours     map[spot]int64   // on hand by our positions
	promises map[spot]int64   // available and spared by our positions
	seqs     map[string]int   // of counts, by source and name
	bases    map[spot]int     // of the one that stands
	theirs   map[spot]int64   // of the consignor
	versions map[string]int64 // of positions
	lost     map[spot][]func()
	compared int64 // of truth
}

// drift is a difference that was put in on purpose.
type drift struct {
	class event.VarianceClass
	spot
	units  int64
	at     time.Time
	found  time.Time // zero until it is reported
	echoes int       // further reports that the same mistake causes
	batch  string    // the count of which a row is wrong
	hides  int64     // how much is more in the books than in that row
}

func newCount() *count {
	return &count{
		doubt: make(map[spot]int64), off: make(map[spot]int64), drifts: make(map[spot]*drift), ours: make(map[spot]int64), promises: make(map[spot]int64), seqs: make(map[string]int), bases: make(map[spot]int), theirs: make(map[spot]int64),
		versions: make(map[string]int64), lost: make(map[spot][]func()),
	}
}

// take has a node count everything it has: rows in any order, some twice, over
// some minutes, and the manifest somewhere among them. Who was away counts what we are
// told of only later.
func (w *week) take(node string) {
	if w.street.away[node] {
		return
	}
	d := w.depots[node]
	d.work()
	if len(d.untold(w.cursor(node))) > 0 {
		w.met["counts before the news"]++
	}
	w.count.taken++
	wrong := w.drift(d)
	source, batch, at := node, fmt.Sprintf("%s %d", w.Now().Format(time.RFC3339), w.count.taken), w.Now()
	w.count.seqs[source+" "+batch] = d.seq
	var rows []*event.InventoryBaseline
	for n := range w.plan.Items {
		units := d.onHand[sku(n)]
		if wrong != nil && wrong.sku == sku(n) {
			wrong.batch, wrong.hides = batch, units-wrong.units
			units = wrong.units
		}
		if units != 0 {
			rows = append(rows, &event.InventoryBaseline{Source: source, Batch: batch, Sku: sku(n), Node: node, Qty: units, UnitValue: 100, WatermarkSeq: int64(d.seq), WatermarkAt: at})
		}
	}
	manifest := &event.InventoryBaselineBatch{
		Source: source, Batch: batch, Action: event.BaselineActionManifest, Rows: int64(len(rows)), Complete: true, Nodes: []string{node},
		WatermarkSeq: int64(d.seq), WatermarkAt: at, SentAt: at,
	}
	for _, r := range rows {
		manifest.Checksum += stock.Fingerprint(r)
	}
	w.dice.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	tell := func() { streamstest.Send(w.Driver, onBatch, source, manifest) }
	for page := range slices.Chunk(rows, max(1, len(rows)/4)) {
		w.in(0, 3*time.Minute, func() {
			for _, r := range page {
				streamstest.Send(w.Driver, onBaseline, r.Sku, r)
				if w.dice.IntN(20) == 0 {
					streamstest.Send(w.Driver, onBaseline, r.Sku, r)
				}
			}
		})
	}
	w.in(0, 3*time.Minute, tell)
	if w.dice.IntN(10) == 0 {
		w.in(0, 10*time.Minute, tell)
	}
}

// approve is a person who looks at a baseline that is held and takes it. subject
// is its source and its name.
func (w *week) approve(subject string) {
	source, batch, _ := strings.Cut(subject, "/")
	w.met["baselines that a person approved"]++
	w.in(time.Minute, 10*time.Minute, func() {
		streamstest.Send(w.Driver, onBatch, source, &event.InventoryBaselineBatch{Source: source, Batch: batch, Action: event.BaselineActionApprove, WatermarkAt: w.Now(), By: "ann", Reason: "looked at", SentAt: w.Now()})
	})
}

// moved has a node acknowledge what left or came by our word: soon, late, twice,
// or not before it is missed. One that tells its goods issues has nothing to add.
func (w *week) moved(m *event.InventoryMovement) {
	d := w.depots[m.Node]
	if d == nil || d.issues || d.supplies || m.Source != "order" && m.Source != "returns" || m.Qty == 0 {
		return
	}
	place, known := d.places[m.Document]
	if !known {
		return
	}
	at := spot{m.Sku, m.Node}
	ack := *m
	ack.Source, ack.SourceSeq, ack.EffectiveAt = m.Node, int64(place), w.Now()
	w.count.doubt[at] += m.Qty
	acked := false
	said := func() {
		streamstest.Send(w.Driver, onMovement, ack.Sku, &ack)
		if !acked {
			acked = true
			w.diary.at(w.Now().Add(time.Second), func() { w.count.doubt[at] -= ack.Qty })
		}
	}
	switch draw := w.dice.IntN(2000); {
	case draw == 0 && w.count.drifts[at] == nil && w.lossy():
		w.met["lost acknowledgements"]++
		w.count.lost[at] = append(w.count.lost[at], said)
		w.count.inject(&drift{class: event.VarianceClassUnacknowledged, spot: at, units: -ack.Qty, at: w.Now()})
	case draw < 40:
		w.met["late acknowledgements"]++
		w.acknowledge(m.Node, 20*time.Minute, 80*time.Minute, said)
	case draw < 60:
		w.met["repeated acknowledgements"]++
		w.acknowledge(m.Node, time.Minute, time.Hour, said)
		fallthrough
	default:
		w.acknowledge(m.Node, time.Second, 2*time.Minute, said)
	}
}

// lossy says whether a mistake can still be found before the week ends.
func (w *week) lossy() bool { return w.Now().Before(w.start.Add(w.plan.Span - 2*ackWithin)) }

// acknowledge lets a node speak when it is there.
func (w *week) acknowledge(node string, least, most time.Duration, said func()) {
	w.in(least, most, func() {
		if w.street.away[node] {
			w.acknowledge(node, time.Minute, 4*time.Minute, said)
			return
		}
		said()
	})
}

func (c *count) inject(d *drift) {
	c.drifts[d.spot] = d
	c.all = append(c.all, d)
}

// drift puts a mistake into the books of a node right before it counts, now and
// then. It returns a row that is wrong itself.
func (w *week) drift(d *depot) *drift {
	if w.dice.IntN(8) != 0 || !w.lossy() {
		return nil
	}
	for range 20 {
		at := spot{sku(w.plan.Items - 1 - w.dice.IntN(w.plan.Items*2/3)), d.name}
		have := d.onHand[at.sku]
		if w.count.drifts[at] != nil || w.count.doubt[at] != 0 || w.count.off[at] != 0 || have < 150 || have-d.picked[at.sku] < 150 {
			continue
		}
		switch w.dice.IntN(4) {
		case 0: // something broke, was stolen or found, and nobody noted it
			units := -(61 + w.dice.Int64N(30))
			return w.silent(d, at, event.VarianceClassUnknown, units)
		case 1: // a delivery that the node told of is not in its books
			if units := d.lastDelivery(at.sku); units > 0 && units <= have-d.picked[at.sku]-20 {
				return w.silent(d, at, event.VarianceClassMissingEvent, -units)
			}
		case 2: // a delivery was entered twice
			if units := d.lastDelivery(at.sku); units > 0 {
				return w.silent(d, at, event.VarianceClassDuplicate, units)
			}
		case 3: // a row is in cases
			if have%6 == 0 {
				f := &drift{class: event.VarianceClassUnitOfMeasure, spot: at, units: have / 6, at: w.Now(), echoes: 1}
				w.count.inject(f)
				return f
			}
		}
	}
	return nil
}

// silent changes a node's books without a word.
func (w *week) silent(d *depot, at spot, class event.VarianceClass, units int64) *drift {
	d.onHand[at.sku] += units
	w.count.off[at] += units
	w.count.inject(&drift{class: class, spot: at, units: units, at: w.Now()})
	return nil
}

// applied has our books follow those of a node as of a count: nothing is hidden any more
// but by a row that is wrong itself.
func (w *week) applied(v *event.InventoryCommand, seq int) {
	at := spot{v.Sku, v.Source}
	w.count.bases[at], w.count.off[at] = seq, 0
	if f := w.count.drifts[at]; f != nil && f.batch == v.Batch {
		w.count.off[at] = f.hides
	}
}

// varied takes a report of a difference.
func (w *week) varied(v *event.InventoryVariance) {
	at := spot{v.Sku, v.Node}
	f := w.count.drifts[at]
	mended := f != nil && f.class == event.VarianceClassUnitOfMeasure && f.echoes == 0 // what left meanwhile hides how it came
	if f == nil || f.class != v.Class && !mended {
		w.count.strange = append(w.count.strange, fmt.Sprintf("%s of %s at %s in %s: %d where %d were expected, %s", v.Class, v.Sku, v.Node, v.Batch, v.Found, v.Expected, v.Detail))
		return
	}
	if f.found.IsZero() {
		f.found = w.Now()
	}
	switch f.class {
	case event.VarianceClassUnacknowledged:
		for _, said := range w.count.lost[at] {
			w.in(time.Second, time.Minute, said) // asked for, the node says it
		}
		if len(w.count.lost[at]) > 0 {
			delete(w.count.lost, at)
			w.in(3*time.Minute, 3*time.Minute, func() { delete(w.count.drifts, at) })
		}
		return
	case event.VarianceClassUnitOfMeasure:
		if f.echoes > 0 {
			f.echoes-- // the next count mends it
			return
		}
	}
	delete(w.count.drifts, at)
}

// position checks what stock says of an item against itself.
func (w *week) position(p *event.InventoryPosition) {
	if was := w.count.versions[p.Sku]; p.Version != was+1 {
		w.auditor.breach("", "position of %s has version %d after %d", p.Sku, p.Version, was)
	}
	w.count.versions[p.Sku] = p.Version
	for _, o := range p.Others {
		if at := (spot{p.Sku, o.Node}); o.Owner != consignor || o.OnHand != w.count.theirs[at] {
			w.auditor.breach("", "%s at %s: %d of %s, who gave %d", p.Sku, o.Node, o.OnHand, o.Owner, w.count.theirs[at])
		}
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		w.count.ours[spot{p.Sku, n.Node}], w.count.promises[spot{p.Sku, n.Node}] = n.OnHand, n.Available+n.SafetyStock
		if sum := n.OnHand - n.Unsellable - n.Reserved + n.Contained - n.SafetyStock; n.Available != sum-n.Claimed && n.Available != sum || n.Reserved < 0 || n.Unsellable < 0 {
			w.auditor.breach("", "position of %s at %s does not add up: %+v", p.Sku, n.Node, *n)
		}
	}
}

// cursor is how far a node's news were read and published.
func (w *week) cursor(node string) int {
	f, err := w.nodes.Feeds.Get(w.Driver, node)
	if err != nil {
		w.t.Fatalf("reading how far %s was read: %v", node, err)
	}
	if f == nil {
		return 0
	}
	return int(f.Cursor)
}

// truth compares our books with those of every node: what it has, less what it has
// not told us and what it hides, is what we have; of that we may count as gone what
// it has not acknowledged, and never a unit more than there is.
func (w *week) truth() {
	for _, p := range places {
		d := w.depots[p.name]
		if p.kind == maker {
			w.offer(d)
			continue
		}
		cursor := w.cursor(p.name)
		news := d.untold(cursor)
		for n := range w.plan.Items {
			at := spot{sku(n), p.name}
			untold := news[at.sku]
			if base := w.count.bases[at]; base > cursor {
				untold = d.changed(at.sku, base) // the count told the rest before the news
			}
			there := d.onHand[at.sku] - untold - w.count.off[at]
			w.count.compared++
			if ours := w.count.ours[at]; ours > there || ours < there-w.count.doubt[at] {
				w.auditor.breach("", "%s at %s: we count %d at %s; the node has %d, of which %d are untold, %d hidden, and %d in doubt", at.sku, at.node, ours, w.Now().Format(time.RFC3339), d.onHand[at.sku], untold, w.count.off[at], w.count.doubt[at])
			}
		}
	}
}

// offer holds what we promise of a supplier's goods against what it has free: never
// more than that, less what it made and sold otherwise since the count that stands.
func (w *week) offer(d *depot) {
	for n := range w.plan.Items {
		at := spot{sku(n), d.name}
		w.count.compared++
		if ours, free := w.count.promises[at], d.free(at.sku)-d.changed(at.sku, w.count.bases[at]); ours > max(0, free) {
			w.auditor.breach("", "%s at %s: we can promise %d at %s; of what it counted it has %d left", at.sku, at.node, ours, w.Now().Format(time.RFC3339), free)
		}
	}
}

// decided counts what suppliers decide.
func (w *week) decided(a *event.PurchaseAccepted) {
	var accepted, refused int64
	for _, l := range a.Lines {
		accepted, refused = accepted+l.Accepted, refused+l.Refused
	}
	switch {
	case refused == 0:
		w.met["purchases accepted"]++
	case accepted == 0:
		w.met["purchases declined"]++
	default:
		w.met["purchases accepted in part"]++
	}
}

// lastDelivery is the size of the last delivery of an item, 0 for none.
func (d *depot) lastDelivery(item string) int64 { return d.deliveries[item] }
