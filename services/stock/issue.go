package stock

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// ReasonGoodsIssue is the reason of a movement by which a node says itself that
// units left under a document. Without it, units that leave are a correction.
const ReasonGoodsIssue = "GOODS_ISSUE"

const (
	sep = "\x1f" // stands in no name
	// issueReminder is the prefix of the names of reminders about goods issues.
	issueReminder = "issue" + sep
	// maxWaiting bounds the confirmed shipments of one document that wait.
	maxWaiting = 200
)

// witnessed says whether a movement is one of the two accounts that there may be
// of a goods issue: the confirmed shipment, which names its reservation, and the
// node's own.
func (b *Book) witnessed(m *event.InventoryMovement) bool {
	return m.From == event.StockConditionSellable && m.To == event.StockConditionOutside && m.Document != "" &&
		cmp.Or(m.Owner, event.OwnerSelf) == b.rules.owner(m.Node) && (m.ReservationID != "" || m.Reason == ReasonGoodsIssue)
}

// witness takes one account of a goods issue. Only the one that counts at the
// node moves stock, so that two accounts of a document move its units once.
func (b *Book) witness(m *event.InventoryMovement) error {
	key := m.Node + sep + m.Document
	i := b.rows.Issue(key)
	if i == nil {
		i = &event.StockIssue{Node: m.Node, Document: m.Document}
	}
	if m.ReservationID == "" {
		i.Stated += m.Qty
	} else {
		if len(i.Waiting) == maxWaiting {
			return fmt.Errorf("document %q of %s has %d shipments that wait for the node's goods issue, there is no room for another", m.Document, m.Node, maxWaiting)
		}
		i.Confirmed += m.Qty
		i.Waiting = append(i.Waiting, event.StockIssueLine{OrderID: m.OrderID, ReservationID: m.ReservationID, Qty: m.Qty})
	}
	i.Lot = cmp.Or(m.Lot, i.Lot)
	b.enter(m, b.advance(i))
	b.keepIssue(key, i)
	return nil
}

// advance returns how many more units leave by what is told so far, and consumes
// the reservations of confirmed shipments as far as their units have left.
func (b *Book) advance(i *event.StockIssue) int64 {
	goal := i.Confirmed
	switch {
	case i.Overdue:
		goal = max(i.Confirmed, i.Stated)
	case b.rules.IssueByMovement[i.Node]:
		goal = i.Stated
	}
	leave := max(0, goal-i.Booked)
	i.Booked += leave
	consumed := i.Confirmed
	for _, w := range i.Waiting {
		consumed -= w.Qty
	}
	for left := i.Booked - consumed; left > 0 && len(i.Waiting) > 0; {
		w := &i.Waiting[0]
		units := min(left, w.Qty)
		b.consume(w.OrderID, w.ReservationID, units)
		left, w.Qty = left-units, w.Qty-units
		if w.Qty == 0 {
			i.Waiting = i.Waiting[1:]
		}
	}
	return leave
}

// agrees says whether nothing is left to be told. A node that moves stock by
// shipments need not tell of its goods issues at all.
func (b *Book) agrees(i *event.StockIssue) bool {
	return i.Stated == i.Confirmed || i.Stated < i.Confirmed && !b.rules.IssueByMovement[i.Node]
}

func (b *Book) keepIssue(key string, i *event.StockIssue) {
	i.TouchedAt = b.now
	b.rows.PutIssue(key, i)
	switch {
	case i.Overdue:
	case b.agrees(i):
		b.rows.Remind(issueReminder+key, time.Time{})
	default:
		b.rows.Remind(issueReminder+key, b.now.Add(b.rules.IssueWait))
	}
}

// Reminded goes on with what the book asked to be reminded of. It reports whether
// the name is one of its own.
func (b *Book) Reminded(name string) bool {
	key, issue := strings.CutPrefix(name, issueReminder)
	orderID, hold := strings.CutPrefix(name, holdReminder)
	lot, ages := strings.CutPrefix(name, lotReminder)
	entryID, ack := strings.CutPrefix(name, ackReminder)
	switch {
	case issue:
		b.overdue(key)
	case ages:
		b.lotAges(lot)
	case ack:
		b.unacknowledged(entryID)
	case hold:
		b.holdEnds(orderID)
	case name == poolReminder:
		b.endPools()
	case name == backorderReminder:
		b.stirred = true
	case name == newsReminder:
		b.awaited = true
	default:
		return false
	}
	b.settle()
	return true
}

// overdue ends the wait for the second account of a goods issue: what either of
// them tells is taken for gone, because units that may have left must not be
// promised.
func (b *Book) overdue(key string) {
	i := b.rows.Issue(key)
	if i == nil || i.Overdue || b.agrees(i) {
		return
	}
	i.Overdue = true
	leave := b.advance(i)
	id := uuid.NewSHA1(event.NS, []byte("overdue"+sep+b.sku+sep+key)).String()
	if leave > 0 {
		b.enter(&event.InventoryMovement{
			EntryID: id, Sku: b.sku, Node: i.Node, Owner: b.rules.owner(i.Node), Lot: i.Lot, Qty: leave, Source: "stock", Document: i.Document,
			From: event.StockConditionSellable, To: event.StockConditionOutside, EffectiveAt: b.now,
		}, leave)
	}
	b.keepIssue(key, i)
	b.found = append(b.found, event.InventoryVariance{
		VarianceID: id, Sku: b.sku, Node: i.Node, Owner: b.rules.owner(i.Node), Class: event.VarianceClassMissingEvent, Expected: i.Confirmed, Found: i.Stated,
		Source: "stock", Document: i.Document, FoundAt: b.now,
		Detail: fmt.Sprintf("%d units were confirmed as shipped and the node's goods issues say %d", i.Confirmed, i.Stated),
	})
}
