package order

import (
	"time"

	"github.com/millrace/millrace/services/order/calendar"
)

// Clocks says how long an order waits before it acts. Those of nodes run in the
// node's working time.
type Clocks struct {
	Acknowledge time.Duration // a node has not acknowledged: it is asked again. Default 2 h
	Accept      time.Duration // a node has not accepted: it is doubted and asked to stop. Default 4 h
	Stop        time.Duration // a node has not answered a cancel: it is asked again. Default 1 h
	Scan        time.Duration // no carrier has seen a parcel: somebody is told. Default 24 h
	Arrive      time.Duration // the buyer was promised a shipment, and it has not arrived: somebody is told. Default 48 h
	Bill        time.Duration // a shipment is not billed: somebody is told. Default 24 h
	Money       time.Duration // neither money nor credit came: the order is held. Default 15 min
	Promise     time.Duration // a promised date has passed: it is planned again, and somebody is told. Default 24 h
	Supply      time.Duration // no date is promised: it is looked whether other nodes have units. Default 24 h
	Early       time.Duration // a fact's cause has not come: it becomes an exception. Default 1 h
}

// WithDefaults fills in what is not set.
func (c Clocks) WithDefaults() Clocks {
	for _, d := range []struct {
		clock    *time.Duration
		standard time.Duration
	}{
		{&c.Acknowledge, 2 * time.Hour},
		{&c.Accept, 4 * time.Hour},
		{&c.Stop, time.Hour},
		{&c.Scan, 24 * time.Hour},
		{&c.Arrive, 48 * time.Hour},
		{&c.Bill, 24 * time.Hour},
		{&c.Money, 15 * time.Minute},
		{&c.Promise, 24 * time.Hour},
		{&c.Supply, 24 * time.Hour},
		{&c.Early, time.Hour},
	} {
		if *d.clock == 0 {
			*d.clock = d.standard
		}
	}
	return c
}

// MaxRecalls is how often a node is asked to stop before only people ask.
const MaxRecalls = 12

// Step is what is to be done about a fulfilment when its time has come.
type Step string

// The steps.
const (
	Nothing    Step = ""             // nobody waits for the node
	Remind     Step = "remind"       // send the same document again
	Doubt      Step = "doubt"        // ask to stop, tell somebody; its units stay where they are
	RecallOnce Step = "recall again" // ask to stop once more
)

// Due says what is to be done next about a fulfilment, and when. The calendar is
// the node's, nil when nothing is known of it.
func Due(f *Fulfilment, clocks Clocks, works *calendar.Calendar) (Step, time.Time) {
	switch {
	case f.Round == 0 || Ended(f) || f.Shipped >= f.Units:
		return Nothing, time.Time{}
	case f.CancelAsked && !f.Refused:
		if f.Recalls >= MaxRecalls {
			return Nothing, time.Time{}
		}
		return RecallOnce, after(works, f.RecalledAt, clocks.Stop)
	case !Heard(f) && f.Attempts < 2:
		return Remind, after(works, f.ReleasedAt, clocks.Acknowledge)
	case !Accepted(f) && !f.InDoubt:
		return Doubt, after(works, f.ReleasedAt, clocks.Accept)
	}
	return Nothing, time.Time{}
}

// after is when a node has worked for so long; one that nothing is known of works
// always, and so does one that does not within a year.
func after(works *calendar.Calendar, from time.Time, d time.Duration) time.Time {
	if works != nil {
		if at, ok := works.Add(from, d); ok {
			return at
		}
	}
	return from.Add(d)
}

// InDoubt says whether nobody knows if the node ships.
func InDoubt(f *Fulfilment) bool { return f.InDoubt && !Accepted(f) && !Ended(f) }
