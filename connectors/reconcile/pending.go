package reconcile

import (
	"fmt"
	"maps"
	"slices"
)

// Pending is what of ours is known to be unfinished, and may be what two books differ by.
type Pending struct {
	Calls   map[string]int64 // to a partner, waiting or under way, by its id
	Records int64            // that rooms have not handled
}

// Most joins what was unfinished at two times: what ended between them may be what books
// differ by, too.
func (p Pending) Most(q Pending) Pending {
	most := Pending{Calls: maps.Clone(p.Calls), Records: max(p.Records, q.Records)}
	if most.Calls == nil {
		most.Calls = make(map[string]int64)
	}
	for partner, calls := range q.Calls {
		most.Calls[partner] = max(most.Calls[partner], calls)
	}
	return most
}

// Explain names differences that nothing in the books accounts for by what is
// unfinished: calls to the partner, else to any when the row is of several or the
// partner hears of it through others, else records. A document that was
// booked twice is explained by nothing.
func Explain(rows []Row, p Pending) []Row {
	all := int64(0)
	for _, calls := range p.Calls {
		all += calls
	}
	rows = slices.Clone(rows)
	for n := range rows {
		r := &rows[n]
		if r.Cause != Unexplained || r.What == documents {
			continue
		}
		switch own := p.Calls[r.Twin]; {
		case own > 0:
			r.Cause = fmt.Sprintf("%d calls to %s wait or are under way", own, r.Twin)
		case all > 0:
			r.Cause = fmt.Sprintf("%d calls to partners wait or are under way", all)
		case p.Records > 0:
			r.Cause = fmt.Sprintf("%d records that our rooms have not handled", p.Records)
		}
	}
	return rows
}
