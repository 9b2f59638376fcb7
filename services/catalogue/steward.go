package catalogue

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Kind is what the steward must know of rows of one type.
type Kind interface {
	// Compare reads a row and says what is wrong or odd in it beside the published
	// one, nil for none, and which fields differ. A row that cannot be read is a
	// fatal finding.
	Compare(key string, published, submitted []byte) (findings []Finding, changed []string)
}

// Decision is what became of an input.
type Decision struct {
	Judged []event.CatalogJudged
	// Publish is the row to be published, nil for none, as version Version with the
	// fields Changed.
	Publish []byte
	Version int64
	Changed []string
}

// Submit decides what becomes of a submission and keeps row in step.
func Submit(row *event.CatalogRow, s *event.CatalogSubmit, kind Kind, now time.Time) Decision {
	judged := event.CatalogJudged{
		SubmissionID: s.SubmissionID, Kind: s.Kind, RowKey: s.RowKey, Source: s.Source, Version: row.Version, JudgedAt: now,
	}
	if s.SubmissionID == row.LastSubmission {
		return Decision{} // it was judged before
	}
	row.LastSubmission = s.SubmissionID
	if s.SourceSeq > 0 && s.Source == row.Source && s.SourceSeq <= row.SourceSeq {
		judged.Verdict = event.CatalogVerdictStale
		return Decision{Judged: []event.CatalogJudged{judged}}
	}
	row.Source, row.SourceSeq = s.Source, s.SourceSeq
	d := Decision{Judged: supersede(row, s.Kind, s.RowKey, now)}
	findings, changed := kind.Compare(s.RowKey, row.Row, s.Row)
	switch {
	case len(findings) > 0:
		row.WaitingSubmission, row.WaitingRow, row.WaitingSource, row.WaitingSince, row.Findings = s.SubmissionID, s.Row, s.Source, &now, findings
		judged.Verdict, judged.Findings, judged.Changed = event.CatalogVerdictQuarantined, findings, changed
	case row.Version > 0 && len(changed) == 0:
		judged.Verdict = event.CatalogVerdictUnchanged
	default:
		d.publish(row, s.Row, changed, &judged)
	}
	d.Judged = append(d.Judged, judged)
	return d
}

// supersede takes what waits out of quarantine: its source, or another one, has
// said something newer.
func supersede(row *event.CatalogRow, kind event.CatalogKind, key string, now time.Time) []event.CatalogJudged {
	if row.WaitingSubmission == "" {
		return nil
	}
	judged := event.CatalogJudged{
		SubmissionID: row.WaitingSubmission, Kind: kind, RowKey: key, Source: row.WaitingSource, Version: row.Version,
		Verdict: event.CatalogVerdictSuperseded, JudgedAt: now,
	}
	release(row)
	return []event.CatalogJudged{judged}
}

func release(row *event.CatalogRow) {
	row.WaitingSubmission, row.WaitingRow, row.WaitingSource, row.WaitingSince, row.Findings = "", nil, "", nil, nil
}

// Resolve does what a person said of the row in quarantine. A word on what does
// not wait any more, or an approval of what nobody can approve, does nothing.
func Resolve(row *event.CatalogRow, r *event.CatalogResolve, kind Kind, now time.Time) Decision {
	if r.SubmissionID == "" || r.SubmissionID != row.WaitingSubmission {
		return Decision{}
	}
	judged := event.CatalogJudged{
		SubmissionID: r.SubmissionID, Kind: r.Kind, RowKey: r.RowKey, Source: row.WaitingSource, Version: row.Version,
		Findings: row.Findings, By: r.By, Reason: r.Reason, JudgedAt: now, Verdict: event.CatalogVerdictRejected,
	}
	var d Decision
	if r.Approve {
		if slices.ContainsFunc(row.Findings, func(f Finding) bool { return f.Fatal }) {
			return Decision{}
		}
		_, changed := kind.Compare(r.RowKey, row.Row, row.WaitingRow)
		d.publish(row, row.WaitingRow, changed, &judged)
	}
	release(row)
	d.Judged = []event.CatalogJudged{judged}
	return d
}

// publish makes a row the published one.
func (d *Decision) publish(row *event.CatalogRow, with []byte, changed []string, judged *event.CatalogJudged) {
	if row.Version == 0 {
		changed = nil // the first says everything
	}
	row.Version++
	row.Row = with
	d.Publish, d.Version, d.Changed = with, row.Version, changed
	judged.Verdict, judged.Version, judged.Changed = event.CatalogVerdictPublished, row.Version, changed
}
