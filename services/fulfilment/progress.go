package fulfilment

import "github.com/millrace/millrace/schemas/event"

// Progress is how far one fulfilment is.
type Progress = event.FulfilmentProgressRecord

// statuses lists every status that a table may map to.
var statuses = []event.FulfilmentStatus{
	event.FulfilmentStatusPlanned, event.FulfilmentStatusReleaseSent, event.FulfilmentStatusAcknowledged,
	event.FulfilmentStatusAccepted, event.FulfilmentStatusRejected, event.FulfilmentStatusPicking,
	event.FulfilmentStatusPicked, event.FulfilmentStatusShortPicked, event.FulfilmentStatusPacking,
	event.FulfilmentStatusPacked, event.FulfilmentStatusManifested, event.FulfilmentStatusShipped,
	event.FulfilmentStatusClosed, event.FulfilmentStatusOnHold, event.FulfilmentStatusCancelRequested,
	event.FulfilmentStatusCancelled, event.FulfilmentStatusCancelRefused, event.FulfilmentStatusIncomplete,
}

// ends says whether nothing more comes after a status. A node that is incomplete
// may only be waiting: it has ended when its report says so.
func ends(s event.FulfilmentStatus) bool {
	return s.Rank() == event.FulfilmentStatusClosed.Rank() && s != event.FulfilmentStatusIncomplete
}

// Advance books a statement: status is the canonical word, units what a shipment
// document that was not seen before says left. It returns the status to publish,
// or nil when the statement says nothing new.
func Advance(p *Progress, r *event.FulfilmentReported, status event.FulfilmentStatus, version string, units int64) *event.FulfilmentStatusChanged {
	news := units > 0 || len(r.Withheld) > 0
	p.Shipped += units
	if final := r.Final || ends(status); final && !p.Final {
		p.Final, news = true, true
	}
	switch {
	case status.Rank() > p.Status.Rank():
		p.Status, news = status, true
	case status.Rank() == 0:
		news = beside(p, r, status) || news
	}
	p.SourceSeq = max(p.SourceSeq, r.SourceSeq)
	if r.OccurredAt.After(p.OccurredAt) {
		p.OccurredAt = r.OccurredAt
	}
	if !news {
		return nil
	}
	return &event.FulfilmentStatusChanged{
		FulfilmentID: r.FulfilmentID, OrderID: r.OrderID, Node: r.Node, Status: status, Word: r.Word, MappingVersion: version,
		Source: r.Source, SourceSeq: r.SourceSeq, OccurredAt: r.OccurredAt, Shipped: p.Shipped, Final: p.Final, Withheld: r.Withheld,
	}
}

// beside books a status that stands beside the course: news when it is newer
// than all before, by the source's count or else its time, and says another word.
func beside(p *Progress, r *event.FulfilmentReported, status event.FulfilmentStatus) bool {
	newer := r.SourceSeq > p.SourceSeq
	if r.SourceSeq == 0 {
		newer = r.OccurredAt.After(p.OccurredAt)
	}
	mark := string(status) + " " + r.Word
	if !newer || mark == p.Beside {
		return false
	}
	p.Beside = mark
	return true
}
