package stock

import (
	"fmt"
	"slices"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// drawn is a whole baseline of rows {expected, counted}.
func drawn(rows ...[2]int64) *event.BaselineBatch {
	t := &event.BaselineBatch{Batch: "b1", State: event.BaselineStateStaging}
	sum := int64(0)
	for n, r := range rows {
		Tally(t, &event.InventoryBaselineStaged{Batch: "b1", Sku: fmt.Sprint("sku", n), Node: "north", Expected: r[0], Counted: r[1], Hash: int64(n), UnitValue: 100})
		sum += int64(n)
	}
	Announce(t, &event.InventoryBaselineBatch{Rows: int64(len(rows)), Checksum: sum, Nodes: []string{"north"}, WatermarkSeq: 7, WatermarkAt: start})
	return t
}

func repeat(n int, rows ...[2]int64) (all [][2]int64) {
	for range n {
		all = append(all, rows...)
	}
	return all
}

func TestWhatIsOddWaitsForAPerson(t *testing.T) {
	bounds := Breaker{Zeroed: 20, Changed: 60, Moved: 40, Value: 5000}
	mark := event.BaselineMark{Node: "north", Seq: 7, At: start, Checksum: 45}
	older, other := mark, mark
	older.Seq, other.Checksum = 8, 44
	elsewhere := older
	elsewhere.Node = "south"
	for name, c := range map[string]struct {
		batch   *event.BaselineBatch
		applied []event.BaselineMark
		on      BatchInput
		reason  string
	}{
		"all agree":                  {drawn(repeat(10, [2]int64{4, 4})...), nil, Sound, ""},
		"the first one of all":       {drawn(repeat(10, [2]int64{0, 4})...), nil, Sound, ""},
		"every product set to 0":     {drawn(repeat(10, [2]int64{4, 0})...), nil, Odd, HeldZeroed},
		"three of ten to 0":          {drawn(append(repeat(3, [2]int64{1, 0}), repeat(7, [2]int64{9, 9})...)...), nil, Odd, HeldZeroed},
		"most differ a little":       {drawn(append(repeat(7, [2]int64{40, 41}), repeat(3, [2]int64{9, 9})...)...), nil, Odd, HeldChanged},
		"few differ a lot":           {drawn(append(repeat(1, [2]int64{4, 40}), repeat(9, [2]int64{4, 4})...)...), nil, Odd, HeldMoved},
		"much value":                 {drawn(append(repeat(1, [2]int64{400, 460}), repeat(9, [2]int64{400, 400})...)...), nil, Odd, HeldValue},
		"too few to say anything":    {drawn(repeat(2, [2]int64{4, 0})...), nil, Sound, ""},
		"older than what was taken":  {drawn(repeat(10, [2]int64{4, 4})...), []event.BaselineMark{older}, Outdated, LeftOlder},
		"older than another node's":  {drawn(repeat(10, [2]int64{4, 4})...), []event.BaselineMark{elsewhere}, Sound, ""},
		"taken before":               {drawn(repeat(10, [2]int64{4, 4})...), []event.BaselineMark{mark}, Outdated, LeftTaken},
		"another of the same moment": {drawn(repeat(10, [2]int64{4, 4})...), []event.BaselineMark{other}, Odd, HeldSame},
	} {
		if on, reason := Judge(c.batch, c.applied, bounds); on != c.on || reason != c.reason {
			t.Errorf("%s: %s %s, want %s %s", name, on, reason, c.on, c.reason)
		}
	}
}

func TestWhatIsNotWhatItsManifestSaysIsNeverTaken(t *testing.T) {
	for name, spoil := range map[string]func(*event.BaselineBatch){
		HeldChecksum: func(t *event.BaselineBatch) { t.Hashes++ },
		HeldFaulty: func(t *event.BaselineBatch) {
			Tally(t, &event.InventoryBaselineStaged{Fault: FaultQuantity})
			t.Rows++
		},
	} {
		b := drawn(repeat(10, [2]int64{4, 4})...)
		spoil(b)
		on, reason := Judge(b, nil, DefaultBreaker)
		if on != Odd || reason != name || !Step(b, on, reason, "") || b.State != event.BaselineStateHeld {
			t.Fatalf("%s: %s %s %+v", name, on, reason, b)
		}
		if Step(b, Approve, "", "ann") {
			t.Errorf("%s was approved", name)
		}
		if !Step(b, Refuse, "", "ann") || b.State != event.BaselineStateDiscarding {
			t.Errorf("%s was not refused", name)
		}
	}
}

func TestABaselineIsWholeWhenEveryRowIsHere(t *testing.T) {
	b := drawn(repeat(3, [2]int64{4, 4})...)
	if !Whole(b) {
		t.Error("it is whole")
	}
	b.Complete = true
	if Whole(b) {
		t.Error("the items that it does not name were not looked for")
	}
	b.Swept, b.Absent = true, 1
	if Whole(b) {
		t.Error("one of them has not answered")
	}
	Tally(b, &event.InventoryBaselineStaged{Absent: true, Expected: 3})
	if !Whole(b) || b.Zeroed != 1 {
		t.Errorf("it is whole now, and takes something away: %+v", b)
	}
	b.Rows++
	if Whole(b) {
		t.Error("a row is missing")
	}
}

func TestTheWorstRowsAreShownFirst(t *testing.T) {
	var rows [][2]int64
	for n := range int64(50) {
		rows = append(rows, [2]int64{100, 100 + n})
	}
	b := drawn(rows...)
	if len(b.Worst) != maxWorst || b.Worst[0].Counted != 149 || b.Worst[maxWorst-1].Counted != 130 || b.Changed != 49 {
		t.Errorf("worst %+v of %d", b.Worst, b.Changed)
	}
}

func TestANodeOfWhoseUnitsTooFewAgreeIsAskedToCount(t *testing.T) {
	b := &event.BaselineBatch{Batch: "b1"}
	for _, s := range []event.InventoryBaselineStaged{
		{Sku: "a", Node: "north", Expected: 60, Counted: 58},
		{Sku: "b", Node: "north", Expected: 40, Counted: 43},
		{Sku: "c", Node: "south", Expected: 100, Counted: 100},
		{Sku: "d", Node: "east", Expected: 0, Counted: 3},
	} {
		Tally(b, &s)
	}
	thresholds := map[string]int64{"south": 100, "east": 1}
	for percent, want := range map[int64]int64{0: 0, 94: 0, 95: 0, 96: 95, 100: 95} {
		thresholds["north"] = percent
		all := CountRequests(b, "wms", thresholds, start)
		if all[len(all)-1].Node != "east" || all[len(all)-1].Accuracy != 0 {
			t.Errorf("east has three units that nobody knew: %+v", all)
		}
		if all = all[:len(all)-1]; (want > 0) != (len(all) == 1) {
			t.Fatalf("at %d percent: %+v", percent, all)
		}
		if want > 0 && (all[0].Accuracy != want || all[0].Moved != 5 || !slices.Equal(all[0].Skus, []string{"b", "a"})) {
			t.Errorf("at %d percent: %+v", percent, all)
		}
	}
}
