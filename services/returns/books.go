package returns

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Rows is one collection of a return, by key.
type Rows[T any] struct {
	all     map[string]*T
	changed map[string]bool
}

// NewRows makes a collection.
func NewRows[T any]() *Rows[T] {
	return &Rows[T]{all: make(map[string]*T), changed: make(map[string]bool)}
}

// Load adds a row as it is kept.
func (r *Rows[T]) Load(key string, row *T) { r.all[key] = row }

// Get returns a row, nil when there is none. A row that is changed must be put.
func (r *Rows[T]) Get(key string) *T { return r.all[key] }

// Put keeps a row.
func (r *Rows[T]) Put(key string, row *T) {
	r.all[key] = row
	r.changed[key] = true
}

// Keys lists the keys in order.
func (r *Rows[T]) Keys() []string { return slices.Sorted(maps.Keys(r.all)) }

// Changed calls each with every row that was put, in the order of keys.
func (r *Rows[T]) Changed(each func(key string, row *T)) {
	for _, key := range slices.Sorted(maps.Keys(r.changed)) {
		each(key, r.all[key])
	}
}

// Policy says which returns are taken.
type Policy struct {
	// Window is how long after a shipment its goods may be given back.
	Window time.Duration
	// Expiry is how long after an authorisation goods may arrive; what has not
	// come by then does not come.
	Expiry time.Duration
	// Ruled names the channels of whose returns the system of record says whether
	// they may come, beside the rules.
	Ruled map[string]bool
	// Unreferenced is how much people may credit a return without an order, minor units
	// by channel and currency; nothing where it says nothing.
	Unreferenced map[string]map[string]int64
}

// Books is everything about one return. Each fact is booked by one method; Settle
// then says what follows. Books is for one goroutine.
type Books struct {
	ID     string
	Policy Policy
	Return *Record

	Entries  *Rows[Entry]
	Receipts *Rows[Receipt]
	Verdicts *Rows[Verdict]
	Words    *Rows[Word]
	Asks     *Rows[Ask]
}

// NewBooks opens the books of a return without rows.
func NewBooks(id string, policy Policy, r *Record) *Books {
	return &Books{
		ID: id, Policy: policy, Return: r, Entries: NewRows[Entry](), Receipts: NewRows[Receipt](), Verdicts: NewRows[Verdict](),
		Words: NewRows[Word](), Asks: NewRows[Ask](),
	}
}

// New returns the record of a return of which nothing is known.
func New() *Record {
	return &Record{State: none, Decision: event.ReturnDecisionUnknown, Ruling: event.ReturnDecisionUnknown, Outcome: event.ReturnOutcomeUnknown}
}

// Out is what follows from what was booked.
type Out struct {
	Wants    []*Want // searches to begin, to change or (of no units) to end
	Claims   []*event.OrderReturn
	Question *event.ReturnAuthorise
	Decision *event.ReturnAuthorised
	Requests []*event.SettlementRequest
	Orders   []*event.OrderSubmit
	Closed   *event.ReturnClosed
	// Waits says that the return counts on goods; Overdue is booked when none
	// came in the time of the policy.
	Waits bool
}

// Settle says what follows at the time now. Called again at once it says nothing
// new.
func (b *Books) Settle(now time.Time) *Out {
	out := &Out{}
	before := *b.Return
	lines := b.lines()
	for _, l := range lines {
		kept := *l.Entry
		kept.Parts = slices.Clone(l.Parts)
		b.trace(out, l, now)
		b.ask(out, l, now)
		b.replace(out, l, now)
		if !reflect.DeepEqual(&kept, l.Entry) {
			b.Entries.Put(l.ReturnLine, l.Entry)
		}
	}
	b.sum(lines)
	v := b.view(lines)
	b.rule(out, &v, lines, now)
	b.Return.State = advance(before.State, v)
	b.tell(out, &before, v, now)
	return out
}

// view is what the rows say.
func (b *Books) view(lines []*line) View {
	word := b.ended()
	v := View{
		Known: b.Return.Known, Here: b.Return.Here > 0, Judged: true, Overdue: b.Return.Overdue,
		Calls: word == event.ReturnResolutionCancel, Lost: word == event.ReturnResolutionLost,
	}
	unseen, goods, refused := b.Return.Here, 0, 0
	for _, l := range lines {
		v.Judged = v.Judged && l.judged
		v.Found = v.Found || l.found > 0
		v.Allowed = v.Allowed || l.allowed > 0
		unseen -= l.seen
		if l.goods() {
			goods++
		}
		if l.refused() {
			refused++
		}
	}
	v.Refused = goods > 0 && refused >= goods
	v.Finished = v.Here && v.Judged && b.Return.Waits == 0 && unseen <= 0 && !slices.ContainsFunc(lines, func(l *line) bool { return !l.settled })
	return v
}

// sum counts over the lines.
func (b *Books) sum(lines []*line) {
	r := b.Return
	r.Lines, r.Charges, r.Matched, r.OverLines, r.UnmatchedLines, r.Units, r.Here, r.Over, r.Unmatched, r.Waits = 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	for _, l := range lines {
		switch {
		case !l.goods():
			r.Charges++
			continue
		case !l.Asked && l.here+l.kept == 0:
			continue // its units turned out to be of a line that was asked for
		}
		r.Lines++
		r.Units += l.want
		r.Here += l.here
		r.Waits += l.waits
		if l.want == 0 || !l.judged {
			continue
		}
		switch l.outcome() {
		case Matched:
			r.Matched++
		case Over:
			r.OverLines++
			r.Over += l.want - l.matched()
		case Unmatched:
			r.UnmatchedLines++
			r.Unmatched += l.want - l.matched()
		}
	}
	r.Credited, r.Exchanged, r.Refused, r.Total = 0, 0, 0, 0
	for _, key := range b.Asks.Keys() {
		a := b.Asks.Get(key)
		r.Refused += a.Refused
		r.Total += a.Total
		if a.Use == event.ReturnUseExchange {
			r.Exchanged += a.Units
		} else {
			r.Credited += a.Units
		}
	}
}

// tell says what the buyer and others must hear of the state.
func (b *Books) tell(out *Out, before *Record, v View, now time.Time) {
	r := b.Return
	out.Waits = r.State == allowed || r.State == arrived
	if said, ok := decisions[r.State]; ok {
		reason, source, number := b.because(v)
		if said != r.Decision || reason != r.DecisionReason {
			r.Decision, r.DecisionReason = said, reason
			out.Decision = &event.ReturnAuthorised{ReturnID: b.ID, Decision: said, Number: number, Reason: reason, Source: source, AuthorisedAt: now}
			if r.State == allowed {
				until := now.Add(b.Policy.Expiry)
				out.Decision.ExpiresAt = &until
			}
		}
	}
	outcome, ended := outcomes[r.State]
	if r.State == closed {
		ended, outcome = true, event.ReturnOutcomeRefused
		switch {
		case r.Credited > 0:
			outcome = event.ReturnOutcomeCredited
		case r.Exchanged > 0:
			outcome = event.ReturnOutcomeExchanged
		}
	}
	said := outcome == r.Outcome && before.Total == r.Total && before.Credited == r.Credited && before.Over == r.Over && before.Unmatched == r.Unmatched
	if !ended || said {
		return
	}
	r.Outcome = outcome
	out.Closed = &event.ReturnClosed{
		ReturnID: b.ID, Outcome: outcome, Currency: r.Currency, Total: r.Total, Units: r.Credited, Over: r.Over, Unmatched: r.Unmatched, ClosedAt: now,
	}
}
