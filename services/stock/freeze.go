package stock

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
)

// A frozen item is one whose books nobody trusts for now. It gives to nobody as if
// others held all its units tentatively: a first try is contended, claims stay in
// the queue, backorders keep what they were promised, and what was granted before
// goes its way. What comes free by the thaw goes to those that waited.

// Actions of an audit.action about a freeze, and the kind of its subject.
const (
	ActionFreeze = "FREEZE"
	ActionThaw   = "THAW"
	KindSKU      = "sku"
)

// SetFreeze freezes the item or thaws it. Words that change nothing are left: the
// first freeze stands until the thaw, and one because of a violation that was
// answered by a thaw does not come back. The error is for a word about another item.
func (b *Book) SetFreeze(f *event.InventoryFreeze) error {
	if f.Sku != b.sku {
		return fmt.Errorf("taking a freeze of item %q under the key of %q: the key is the item's", f.Sku, b.sku)
	}
	known := f.ViolationID != "" && f.ViolationID == b.record.FrozenFor
	if f.Frozen == b.frozen() || f.Frozen && known {
		return nil
	}
	done := event.AuditAction{Action: ActionThaw, Kind: KindSKU, Subject: b.sku, By: f.By, Reason: f.Reason, ViolationID: f.ViolationID, AskedAt: f.At, DoneAt: b.now}
	if f.Frozen {
		done.Action = ActionFreeze
		b.record.Freeze = &event.StockFreeze{By: f.By, Reason: f.Reason, ViolationID: f.ViolationID, Since: b.now}
		b.record.FrozenFor = f.ViolationID
	} else {
		done.ViolationID = b.record.Freeze.ViolationID
		b.record.Freeze = nil
	}
	b.done = append(b.done, done)
	b.stirred = b.stirred || b.record.Backorders > 0
	b.touch()
	b.settle()
	return nil
}

func (b *Book) frozen() bool { return b.record.Freeze != nil }

// Done is what the input had the item do outside its usual course.
func (b *Book) Done() []event.AuditAction { return b.done }
