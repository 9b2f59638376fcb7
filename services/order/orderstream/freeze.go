package orderstream

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// Actions of an audit.action about a freeze, and the kind of its subject.
const (
	actionFreeze = "FREEZE"
	actionThaw   = "THAW"
	kindOrder    = "order"
)

// frozen takes a word about whether the order may go on. It holds the order before
// its next gate until a word that thaws it; nobody's resume does. Words that change
// nothing are left: the first freeze stands, and one because of a violation that was
// answered by a thaw does not come back.
func (t *turn) frozen(f *event.OrderFreeze) {
	was := t.isFrozen()
	if f.Frozen == was || f.Frozen && f.ViolationID != "" && f.ViolationID == t.o.FrozenFor {
		return
	}
	t.freeze = f
	done := event.AuditAction{Action: actionThaw, Kind: kindOrder, Subject: t.id, By: f.By, Reason: f.Reason, ViolationID: t.o.FrozenFor, AskedAt: f.At, DoneAt: t.ctx.Now()}
	if f.Frozen {
		done.Action, done.ViolationID = actionFreeze, f.ViolationID
		note := f.Reason
		if f.ViolationID != "" {
			note = "violation " + f.ViolationID + ": " + note
		}
		t.halt = &order.Hold{Reason: order.HoldFrozen, HeldBy: f.By, Note: clip(note)}
		t.raise(order.Halt, order.View{})
	} else {
		t.resume(order.HoldFrozen, f.By)
	}
	if t.isFrozen() == was {
		return // it has ended
	}
	if f.Frozen {
		t.o.FrozenFor = f.ViolationID
	}
	t.out.action.Send(t.ctx, t.id, &done)
}

func (t *turn) isFrozen() bool { return slices.Contains(t.o.Holds, order.HoldFrozen) }
