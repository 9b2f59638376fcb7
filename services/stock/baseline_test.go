package stock

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

const wms = "wms"

// newCounted is an item whose stock at north is counted by its warehouse.
func newCounted(t fataler) *item {
	i := newItem(t)
	i.rules.Contracts = map[string]Contract{wms: {Skew: time.Minute, AckWithin: day}, "erp": {Net: true, Sellable: true}}
	i.rules.Authority = map[string]string{"north": wms}
	return i
}

// count stages and applies what a source counts at north.
func (i *item) count(source string, qty, allocated, seq int64, at time.Time) event.InventoryBaselineStaged {
	i.t.Helper()
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	row := &event.InventoryBaseline{Source: source, Batch: fmt.Sprint("b", seq, at), Sku: "lamp", Node: "north", Qty: qty, Allocated: allocated, WatermarkSeq: seq, WatermarkAt: at}
	if err := i.last.Stage(row); err != nil {
		i.t.Fatal(err)
	}
	staged := i.last.Staged()
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	i.last.Apply(source, row.Batch)
	return staged[len(staged)-1]
}

// told books a movement that a source states.
func (i *item) told(id, source string, seq, qty int64, at time.Time) {
	i.t.Helper()
	m := event.InventoryMovement{
		EntryID: id, Sku: "lamp", Node: "north", Qty: max(qty, -qty), Source: source, SourceSeq: seq, EffectiveAt: at,
		From: event.StockConditionOutside, To: event.StockConditionSellable,
	}
	if qty < 0 {
		m.From, m.To = m.To, m.From
	}
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	if err := i.last.Book(&m); err != nil {
		i.t.Fatal(err)
	}
}

func (i *item) variance(class event.VarianceClass, expected, found int64) {
	i.t.Helper()
	v := i.last.Variances()
	if len(v) != 1 || v[0].Class != class || v[0].Expected != expected || v[0].Found != found {
		i.t.Fatalf("variances %+v, want one of class %s, %d found where %d were expected", v, class, found, expected)
	}
}

func TestACountKeepsWhatCameAfterIt(t *testing.T) {
	i := newCounted(t)
	i.told("e1", wms, 1, 10, start)
	i.told("e2", wms, 2, -3, start)
	i.told("e3", wms, 3, 5, start)
	if s := i.count(wms, 7, 0, 2, start); s.Expected != 7 || s.Counted != 7 {
		t.Errorf("staged %+v", s)
	}
	i.expect(12, 0)
	if v := i.last.Variances(); len(v) != 0 {
		t.Errorf("variances %+v of an account that agrees", v)
	}
	i.count(wms, 11, 0, 3, start)
	i.expect(11, 0)
	i.variance(event.VarianceClassUnknown, 12, 11)
}

func TestReservationsStayThroughACount(t *testing.T) {
	i := newCounted(t)
	i.told("e1", wms, 1, 10, start)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 8))), granted)
	i.count(wms, 6, 0, 1, start)
	i.expect(6, 8)
	if s := i.last.Shortages(); len(s) != 1 || s[0].Qty != 2 {
		t.Errorf("shortages %+v", s)
	}
}

// A shipment that the warehouse may or may not have counted already leaves once,
// whichever of the two it turns out to be.
func TestAShipmentInDoubtCountsAsGoneUntilItIsKnown(t *testing.T) {
	for _, counted := range []bool{true, false} {
		i := newCounted(t)
		i.told("e1", wms, 1, 10, start)
		i.told("s1", "order", 0, -4, start)
		seq, qty := int64(3), int64(6)
		if !counted {
			seq, qty = 1, 10
		}
		i.count(wms, qty, 0, seq, start.Add(time.Hour))
		i.expect(qty-4, 0)
		i.told("s1", wms, 3, -4, start) // the warehouse says where it stands in its own count
		i.expect(6, 0)
	}
}

func TestAReceiptInDoubtIsNotSoldUntilItIsKnown(t *testing.T) {
	for _, counted := range []bool{true, false} {
		i := newCounted(t)
		i.told("e1", wms, 1, 10, start)
		i.told("r1", "supplier", 0, 4, start)
		seq, qty := int64(3), int64(14)
		if !counted {
			seq, qty = 1, 10
		}
		i.count(wms, qty, 0, seq, start.Add(time.Hour))
		i.expect(qty, 0)
		i.told("r1", wms, 3, 4, start)
		i.expect(14, 0)
	}
}

func TestALateMovementThatTheCountContainsChangesNothing(t *testing.T) {
	i := newCounted(t)
	i.told("e1", wms, 1, 10, start)
	i.count(wms, 7, 0, 5, start)
	i.told("e4", wms, 4, -3, start)
	i.expect(7, 0)
	i.told("e6", wms, 6, -2, start)
	i.expect(5, 0)
	i.count(wms, 5, 0, 6, start)
	if v := i.last.Variances(); len(v) != 0 {
		t.Errorf("variances %+v", v)
	}
}

func TestOnlyTheAuthorityOfANodeSetsWhatIsThere(t *testing.T) {
	i := newCounted(t)
	i.told("e1", wms, 1, 10, start)
	i.count("erp", 5, 3, 1, start.Add(time.Hour))
	i.expect(10, 0)
	v := i.last.Variances()
	if len(v) != 0 { // the receipt of the warehouse is unknown to the ERP, so 10 may be right
		t.Errorf("variances %+v", v)
	}
	i.count("erp", 17, 3, 1, start.Add(time.Hour))
	i.variance(event.VarianceClassUnknown, 0, 20)
	i.expect(10, 0)
}

func TestACountOfSellableUnitsLeavesTheOthersAlone(t *testing.T) {
	i := newCounted(t)
	i.rules.Authority["north"] = "erp"
	i.receive("r1", "north", 10)
	i.move(event.InventoryMovement{EntryID: "d1", Node: "north", Qty: 3, From: event.StockConditionSellable, To: event.StockConditionDamaged})
	i.count("erp", 6, 2, 0, start.Add(-time.Hour)) // net: 2 more are allocated
	if p := i.position("north"); p.OnHand != 18 || p.Unsellable != 3 || p.Available != 15 {
		t.Errorf("north %+v: the movements since are added", p)
	}
}

func TestDifferencesHaveLikelyCauses(t *testing.T) {
	for _, c := range []struct {
		counted int64
		class   event.VarianceClass
	}{
		{24 * 12, event.VarianceClassUnitOfMeasure},
		{2, event.VarianceClassUnitOfMeasure},
		{24 + 7, event.VarianceClassDuplicate},
		{24 - 7, event.VarianceClassMissingEvent},
		{25, event.VarianceClassUnknown},
	} {
		i := newCounted(t)
		i.told("e1", wms, 1, 17, start)
		i.told("e2", wms, 2, 7, start)
		i.count(wms, c.counted, 0, 2, start)
		i.variance(c.class, 24, c.counted)
	}
	i := newCounted(t)
	contract := i.rules.Contracts[wms]
	contract.Thresholds = map[event.VarianceClass]int64{event.VarianceClassUnknown: 3}
	i.rules.Contracts[wms] = contract
	i.told("e1", wms, 1, 24, start)
	i.count(wms, 22, 0, 1, start)
	if v := i.last.Variances(); len(v) != 0 {
		t.Errorf("variances %+v below their threshold", v)
	}
	i.told("s1", "order", 0, -4, start)
	i.count(wms, 22, 0, 1, start.Add(3*day))
	i.variance(event.VarianceClassUnacknowledged, 22, 22)
}

func TestARowThatCannotBeTakenSaysWhy(t *testing.T) {
	for fault, row := range map[string]event.InventoryBaseline{
		FaultContract: {Source: "nobody", Qty: 1},
		FaultQuantity: {Source: wms, Qty: math.MinInt64},
		FaultTwice:    {Source: wms, Qty: 2},
	} {
		i := newCounted(t)
		row.Sku, row.Node, row.Batch = "lamp", "north", "b1"
		b := Open("lamp", &i.record, i.rows, &i.rules, start)
		first := event.InventoryBaseline{Sku: "lamp", Node: "north", Batch: "b1", Source: wms, Qty: 1}
		for _, r := range []*event.InventoryBaseline{&first, &row} {
			if err := b.Stage(r); err != nil {
				t.Fatal(err)
			}
		}
		if s := b.Staged(); s[len(s)-1].Fault != fault {
			t.Errorf("%+v, want %s", s, fault)
		}
		b.Discard(wms, "b1")
		if len(i.rows.pending) != 0 {
			t.Errorf("rows %v are left", i.rows.pending)
		}
	}
}

// A warehouse books what happens there by numbers of its own. We hear of it late,
// in any order, in part from others, and of its acknowledgements later; counts are
// taken of any moment. Never do we count a unit that does not exist, but for what
// left and nobody has told us of; and in the end we count what is there.
func TestCountsNeverMakeUnitsThatDoNotExist(t *testing.T) {
	type happening struct {
		id          string
		source      string
		qty         int64
		seq         int64 // at the warehouse
		told, acked bool
	}
	rapid.Check(t, func(t *rapid.T) {
		i := newCounted(t)
		var all []*happening
		var book []int64 // what the warehouse counts after each of its numbers
		truth, newest := int64(0), int64(0)
		tell := func(h *happening, seq int64, source string) { i.told(h.id, source, seq, h.qty, i.now.Add(-time.Hour)) }
		deliver := func(h *happening) {
			switch {
			case !h.told && h.source == wms:
				tell(h, h.seq, wms)
				h.acked = true
			case !h.told:
				tell(h, 0, h.source)
			case !h.acked:
				tell(h, h.seq, wms)
				h.acked = true
			}
			h.told = true
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"happen", "happen", "tell", "tell", "count"}).Draw(t, "what") {
			case "happen":
				qty := rapid.Int64Range(-4, 6).Draw(t, "qty")
				if qty == 0 || truth+qty < 0 {
					continue
				}
				truth += qty
				h := &happening{id: fmt.Sprint("h", len(all)), qty: qty, seq: int64(len(book)) + 1, source: rapid.SampledFrom([]string{wms, "order"}).Draw(t, "source")}
				all, book = append(all, h), append(book, truth)
			case "tell":
				if len(all) > 0 {
					deliver(rapid.SampledFrom(all).Draw(t, "happening"))
				}
			case "count":
				if int64(len(book)) > newest {
					newest = rapid.Int64Range(newest+1, int64(len(book))).Draw(t, "watermark")
					i.count(wms, book[newest-1], 0, newest, i.now)
				}
			}
			untold := int64(0)
			for _, h := range all {
				if !h.told && h.qty < 0 && h.seq > newest {
					untold -= h.qty
				}
			}
			if p := i.position("north"); p.OnHand > truth+untold {
				t.Fatalf("%d on hand, %d exist and %d left untold", p.OnHand, truth, untold)
			}
		}
		for _, h := range all {
			deliver(h)
			deliver(h)
		}
		if len(book) > 0 && newest > 0 && i.position("north").OnHand != truth {
			t.Fatalf("%d on hand in the end, %d exist", i.position("north").OnHand, truth)
		}
	})
}

func TestASourceThatTakesNoNoteInTimeIsTold(t *testing.T) {
	i := newCounted(t)
	i.told("e1", wms, 1, 10, start)
	i.told("s1", "order", 0, -4, start)
	i.told("s2", "order", 0, -1, start)
	i.count(wms, 10, 0, 1, start.Add(time.Hour))
	i.told("s2", wms, 2, -1, start.Add(time.Hour))
	i.pass(day - time.Second)
	if a := i.last.Alerts(); len(a) != 0 {
		t.Fatalf("alerts %+v before the time is over", a)
	}
	i.pass(time.Second)
	if a := i.last.Alerts(); len(a) != 1 || a[0].Kind != "STOCK_UNACKNOWLEDGED" || a[0].Subject != "lamp/s1" || a[0].Node != "north" {
		t.Fatalf("alerts %+v", a)
	}
	if len(i.rows.timers) != 0 {
		t.Errorf("reminders %v are left", i.rows.timers)
	}
}
