package returns

import (
	"cmp"
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Of some channels the system of record rules on what the policy allows. It is asked
// once, and once more each time that a person wants it; the answer to the newest
// question counts. While it has not answered nothing waits for a person: the return
// goes on by itself when it has. What it says no to, or nothing certain, comes back on
// a person's word alone, and that has to be younger than the ruling.

// ruled says whether the system of record rules on the return. On goods that nobody
// announced it does not: they are here.
func (b *Books) ruled() bool { return b.Return.Known && b.Policy.Ruled[b.Return.Channel] }

// question is the number of the newest question.
func (b *Books) question() int64 {
	n := int64(1)
	for _, w := range b.words() {
		if w.Action == event.ReturnResolutionAskAgain {
			n++
		}
	}
	return n
}

// undecided says whether a ruling is to come.
func (b *Books) undecided() bool { return b.ruled() && b.Return.Ruled < b.question() }

// granted says whether units of a line that the policy allows may come.
func (b *Books) granted(l *line) bool {
	switch r := b.Return; {
	case !b.ruled(), !b.undecided() && r.Ruling == event.ReturnDecisionAuthorised:
		return true
	case l.word == nil || l.word.Action != event.ReturnResolutionMatch || r.RuledAt == nil:
		return false
	default:
		return l.word.RequestedAt.After(*r.RuledAt)
	}
}

// Ruled books what the system of record answered.
func (b *Books) Ruled(f *event.ReturnRuled) error {
	r := b.Return
	if f.Decision == event.ReturnDecisionUnknown || f.Decision == "" {
		return fmt.Errorf("answer %d about return %s does not say what was decided: a newer version wrote it, update this one", f.Revision, b.ID)
	}
	if f.Revision <= r.Ruled {
		return nil
	}
	at := f.RuledAt
	r.Ruled, r.Ruling, r.RulingNumber, r.RulingReason, r.RulingSource, r.RuledAt = f.Revision, f.Decision, f.Number, f.Reason, f.Source, &at
	return nil
}

// rule counts what the ruling is needed for, and asks for it.
func (b *Books) rule(out *Out, v *View, lines []*line, now time.Time) {
	var open []event.ReturnableUnits
	for _, l := range lines {
		open = append(open, l.barred...)
	}
	if len(open) == 0 {
		return
	}
	r := b.Return
	if !b.undecided() {
		v.Informs = r.Ruling == event.ReturnDecisionInfoNeeded
		v.Barred = !v.Informs
		return
	}
	v.Asks = true
	if number := b.question(); v.Judged && !v.Refused && (v.Here || !v.Overdue && !over(*v)) && r.Questions < number {
		r.Questions, r.AskedAt = number, &now
		out.Question = &event.ReturnAuthorise{
			ReturnID: b.ID, Revision: number, Channel: r.Channel, ExternalID: r.ExternalID, Customer: *r.Customer, Reason: r.Reason, Lines: open, AskedAt: now,
		}
	}
}

// bar counts units that may come by the policy alone.
func (l *line) bar(p *Origin, units int64) {
	if units > 0 {
		l.barred = append(l.barred, event.ReturnableUnits{ReturnLine: l.ReturnLine, OrderID: p.OrderID, LineID: p.LineID, Sku: l.Sku, Qty: units})
	}
}

// barredUnits is how many units of a line may come by the policy alone.
func (l *line) barredUnits() (sum int64) {
	for _, u := range l.barred {
		sum += u.Qty
	}
	return min(sum, l.want-l.allowed)
}

// because says why the return stands where it does, who says so, and under which
// number; empty when there is nothing to say.
func (b *Books) because(v View) (reason, source, number string) {
	r := b.Return
	switch {
	case r.State == declined && v.Refused:
		return "REFUSED", own, ""
	case r.State == declined && v.Barred, r.State == asking && v.Informs:
		return cmp.Or(r.RulingReason, "RULED"), r.RulingSource, r.RulingNumber
	case r.State == declined:
		return "WINDOW", own, ""
	case r.State == asking:
		return "UNMATCHED", own, ""
	case b.ruled() && !b.undecided() && r.Ruling == event.ReturnDecisionAuthorised:
		return r.RulingReason, r.RulingSource, r.RulingNumber
	}
	return "", own, ""
}

// own is the source of what this room decides.
const own = "returns"
