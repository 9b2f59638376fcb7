package returns

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Cause is what a return waits for.
type Cause string

// The causes.
const (
	WaitPerson Cause = "PERSON" // units that fit no order, that come too late, or that the system of record does not let come
	WaitRuling Cause = "RULING" // the system of record was asked and has not answered
	WaitGoods  Cause = "GOODS"  // it may come, and nothing has
)

// Waits says what a return waits for and, when it was asked for that, since when;
// empty for nothing but its own course.
func Waits(r *Record) (cause Cause, since *time.Time) {
	open := r.State == pending || r.State == allowed || r.State == arrived
	switch {
	case r.State == asking, open && r.Waits > 0:
		return WaitPerson, nil
	case open && r.Questions > r.Ruled:
		return WaitRuling, r.AskedAt
	case r.State == allowed:
		return WaitGoods, nil
	}
	return "", nil
}

// Number is that of the authorisation at the system of record, empty without one.
func Number(r *Record) string {
	if r.Ruling != event.ReturnDecisionAuthorised {
		return ""
	}
	return r.RulingNumber
}
