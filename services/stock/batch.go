package stock

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// Breaker bounds what a baseline may change without a person, in percent.
type Breaker struct {
	Zeroed  int64 // of the rows of which we have something: that go to nothing
	Changed int64 // of the rows: that differ
	Moved   int64 // of the units by our account: by which rows differ
	Value   int64 // minor units by which rows differ; 0 does not bound it
}

// DefaultBreaker is what an installation has that says nothing.
var DefaultBreaker = Breaker{Zeroed: 20, Changed: 60, Moved: 40}

// breakerRows is from how many rows on shares say anything.
const breakerRows = 5

// maxWorst bounds the rows that are shown of a held baseline.
const maxWorst = 20

// Reasons for which a baseline is held or left.
const (
	HeldFaulty   = "FAULTY"         // rows cannot be taken; it can only be refused
	HeldChecksum = "CHECKSUM"       // it is not what its manifest says; it can only be refused
	HeldZeroed   = "ZEROED"         // too much goes to nothing
	HeldChanged  = "CHANGED"        // too many rows differ
	HeldMoved    = "MOVED"          // too many units differ
	HeldValue    = "VALUE"          // too much value differs
	HeldSame     = "SAME_WATERMARK" // another one was taken with this watermark that says something else
	LeftOlder    = "OLDER"          // a newer one was taken of one of its nodes
	LeftTaken    = "TAKEN"          // it was taken before
	LeftCutShort = "CUT_SHORT"      // its rows or its manifest never came
)

// BatchInput is what happens to a baseline.
type BatchInput string

// The inputs of a baseline.
const (
	Sound    BatchInput = "sound"    // all rows are here and nothing is odd
	Odd      BatchInput = "odd"      // all rows are here and something is odd
	Outdated BatchInput = "outdated" // it is old or was taken before
	Approve  BatchInput = "approve"  // a person takes it all the same
	Refuse   BatchInput = "refuse"   // a person leaves it
	Expire   BatchInput = "expire"   // rows or manifest did not come in time
	Walked   BatchInput = "walked"   // each of its rows was told
)

// BatchRule is one line of the table of a baseline.
type BatchRule struct {
	From event.BaselineState
	On   BatchInput
	To   event.BaselineState
	Why  string
}

// BatchTable is every transition of a baseline. A pair of state and input that is
// not here is refused, and nothing changes.
var BatchTable = []BatchRule{
	{event.BaselineStateStaging, Sound, event.BaselineStateApplying, "it is whole, and within bounds"},
	{event.BaselineStateStaging, Odd, event.BaselineStateHeld, "a person looks at it first"},
	{event.BaselineStateStaging, Outdated, event.BaselineStateDiscarding, "what is newer stays"},
	{event.BaselineStateStaging, Refuse, event.BaselineStateDiscarding, "somebody knows that it is wrong"},
	{event.BaselineStateStaging, Expire, event.BaselineStateDiscarding, "a baseline is taken whole or not at all"},
	{event.BaselineStateHeld, Approve, event.BaselineStateApplying, "somebody knows that it is right"},
	{event.BaselineStateHeld, Refuse, event.BaselineStateDiscarding, "somebody knows that it is wrong"},
	{event.BaselineStateApplying, Walked, event.BaselineStateApplied, "every item took its rows"},
	{event.BaselineStateDiscarding, Walked, event.BaselineStateRefused, "every item forgot its rows"},
}

// Step makes a transition of a baseline. It reports whether the table allows it;
// what can only be refused is never approved.
func Step(t *event.BaselineBatch, on BatchInput, reason, by string) bool {
	i := slices.IndexFunc(BatchTable, func(r BatchRule) bool { return r.From == t.State && r.On == on })
	if i < 0 || on == Approve && !Approvable(t) {
		return false
	}
	t.State, t.Reason, t.By, t.Cursor = BatchTable[i].To, cmp.Or(reason, t.Reason), cmp.Or(by, t.By), ""
	return true
}

// Approvable says whether a held baseline could be taken.
func Approvable(t *event.BaselineBatch) bool {
	return t.Reason != HeldFaulty && t.Reason != HeldChecksum
}

// Tally counts a row that waits at its item.
func Tally(t *event.BaselineBatch, s *event.InventoryBaselineStaged) {
	if s.Absent {
		t.AbsentStaged++
	} else {
		t.Staged++
		t.Hashes += s.Hash
	}
	if s.Fault != "" {
		t.Faults++
		return
	}
	account := accountOf(t, s.Node)
	account.Expected += max(0, s.Expected)
	account.Moved += max(s.Counted-s.Expected, s.Expected-s.Counted)
	if s.Expected > 0 {
		t.Stocked++
		t.Expected += s.Expected
		if s.Counted <= 0 {
			t.Zeroed++
		}
	}
	units := max(s.Counted-s.Expected, s.Expected-s.Counted)
	if units == 0 {
		return
	}
	t.Changed++
	t.Moved += units
	t.Value += worth(units, s.UnitValue)
	t.Worst = append(t.Worst, event.BaselineDrift{Sku: s.Sku, Node: s.Node, Expected: s.Expected, Counted: s.Counted, UnitValue: s.UnitValue})
	slices.SortStableFunc(t.Worst, worse)
	t.Worst = t.Worst[:min(len(t.Worst), maxWorst)]
}

// accountOf is the account of a node, begun if it is new.
func accountOf(t *event.BaselineBatch, node string) *event.BaselineAccount {
	i := slices.IndexFunc(t.Accounts, func(a event.BaselineAccount) bool { return a.Node == node })
	if i < 0 {
		i = len(t.Accounts)
		t.Accounts = append(t.Accounts, event.BaselineAccount{Node: node})
	}
	return &t.Accounts[i]
}

// CountRequests asks each node to count of whose units too few agree, by the
// percent that have to; a node without a threshold is never asked.
func CountRequests(t *event.BaselineBatch, source string, thresholds map[string]int64, now time.Time) (all []event.InventoryCountRequest) {
	for _, a := range t.Accounts {
		threshold := thresholds[a.Node]
		if threshold == 0 || a.Moved == 0 || a.Moved*100 <= a.Expected*(100-threshold) {
			continue
		}
		request := event.InventoryCountRequest{
			RequestID: uuid.NewSHA1(event.NS, []byte(strings.Join([]string{"count", source, t.Batch, a.Node}, sep))).String(),
			Node:      a.Node, Source: source, Batch: t.Batch, Expected: a.Expected, Moved: a.Moved, Threshold: threshold, RequestedAt: now,
		}
		if a.Moved < a.Expected {
			request.Accuracy = (a.Expected - a.Moved) * 100 / a.Expected
		}
		for _, d := range t.Worst {
			if d.Node == a.Node {
				request.Skus = append(request.Skus, d.Sku)
			}
		}
		all = append(all, request)
	}
	return all
}

// worth is a value that may be too great to be told, and is bounded then.
func worth(units, unitValue int64) int64 {
	const most = 1e15
	if unitValue > 0 && units > most/unitValue {
		return most
	}
	return units * unitValue
}

func worse(x, y event.BaselineDrift) int {
	size := func(d event.BaselineDrift) int64 { return max(d.Counted-d.Expected, d.Expected-d.Counted) }
	return cmp.Or(cmp.Compare(worth(size(y), y.UnitValue), worth(size(x), x.UnitValue)), cmp.Compare(size(y), size(x)))
}

// Announce takes the manifest; the first one counts.
func Announce(t *event.BaselineBatch, m *event.InventoryBaselineBatch) {
	if t.Announced {
		return
	}
	at := m.WatermarkAt
	t.Announced, t.Rows, t.Checksum, t.Complete, t.Nodes = true, m.Rows, m.Checksum, m.Complete, m.Nodes
	t.WatermarkSeq, t.WatermarkAt = m.WatermarkSeq, &at
}

// Sent says whether all rows that the manifest names are here.
func Sent(t *event.BaselineBatch) bool { return t.Announced && t.Staged >= t.Rows }

// Whole says whether all rows are here, also those of items that a complete
// baseline does not name.
func Whole(t *event.BaselineBatch) bool {
	return Sent(t) && (!t.Complete || t.Swept && t.AbsentStaged >= t.Absent)
}

// Judge says what becomes of a whole baseline, and why it is not simply taken.
func Judge(t *event.BaselineBatch, applied []event.BaselineMark, bounds Breaker) (BatchInput, string) {
	switch {
	case t.Staged != t.Rows || t.Hashes != t.Checksum:
		return Odd, HeldChecksum
	case t.Faults > 0:
		return Odd, HeldFaulty
	}
	if on, reason := judgeAge(t, applied); on != Sound {
		return on, reason
	}
	share := func(part, whole, percent int64) bool { return whole > 0 && part*100 > whole*percent }
	rows := t.Rows + t.Absent
	switch {
	case bounds.Value > 0 && t.Value > bounds.Value:
		return Odd, HeldValue
	case rows < breakerRows:
		return Sound, ""
	case share(t.Zeroed, t.Stocked, bounds.Zeroed):
		return Odd, HeldZeroed
	case t.Stocked >= breakerRows && share(t.Changed, rows, bounds.Changed):
		return Odd, HeldChanged
	case t.Stocked >= breakerRows && share(t.Moved, t.Expected, bounds.Moved):
		return Odd, HeldMoved
	}
	return Sound, ""
}

// judgeAge holds the watermark against those of what was taken of its nodes.
func judgeAge(t *event.BaselineBatch, applied []event.BaselineMark) (BatchInput, string) {
	on, reason := Sound, ""
	for _, a := range applied {
		if !slices.Contains(t.Nodes, a.Node) {
			continue
		}
		age := t.WatermarkAt.Compare(a.At)
		if t.WatermarkSeq > 0 && a.Seq > 0 {
			age = cmp.Compare(t.WatermarkSeq, a.Seq)
		}
		switch {
		case age < 0:
			return Outdated, LeftOlder
		case age == 0 && a.Checksum == t.Checksum:
			on, reason = Outdated, LeftTaken
		case age == 0:
			return Odd, HeldSame
		}
	}
	return on, reason
}

// Mark notes that a baseline is being taken.
func Mark(applied []event.BaselineMark, t *event.BaselineBatch) []event.BaselineMark {
	kept := slices.DeleteFunc(applied, func(a event.BaselineMark) bool { return slices.Contains(t.Nodes, a.Node) })
	for _, node := range t.Nodes {
		kept = append(kept, event.BaselineMark{Node: node, Seq: t.WatermarkSeq, At: *t.WatermarkAt, Checksum: t.Checksum})
	}
	return kept
}
